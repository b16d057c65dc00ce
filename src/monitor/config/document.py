"""Takes the bytes of a YAML file, gives plain data, the place of everything in it, and what is wrong with its form.

ruamel composes the nodes once (YAML 1.2, so `12:30` is text); data are built from the nodes and places are looked up in them
only where there is something to say. A second pass with the library's own constructor would double the time (5,000 sources:
2 s to compose). Keys are always text. `<<` merges, because people share settings between sources with it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

Path = tuple[str | int, ...]
Pairs = dict[str, tuple[Node, Node]]

MAX_DEPTH = 40  # the deepest key we know lies six levels down
MAX_DIGITS = 30  # a longer number is text: nothing here needs it, and Python refuses to print very long ones
_TAG = "tag:yaml.org,2002:"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # escapes alone can write these
_HASH_VALUE = re.compile(r":\s+#\w")
_HINTS = {
    "'\\t'": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put text that holds `: ` in quotes, and indent the keys of one block alike",
    "could not find expected ':'": "write `key: value`",
    "undefined alias": "define it first with `&name`, or put text that starts with * in quotes",
    "expected <block end>": "indent the entries of one block alike",
    "expected alphabetic or numeric": "put text that starts with * or & in quotes",
    "unexpected end of stream": "close the quote",
    "found unknown escape": "use 'single quotes' around text that holds a backslash",
    "cannot start any token": "put this text in quotes",
    "another document": "remove the line `---` and join the two parts",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong at a place (counted from 1), with what to write instead."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


@dataclass(kw_only=True, slots=True)
class Document:
    """A file that was read; `data` is {} where nothing could be read, and `problems` tells why."""

    name: str
    text: str = ""
    data: Any = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    pairs: dict[int, Pairs] = field(default_factory=dict)

    @property
    def readable(self) -> bool:
        """Whether there are data to rely on: the file was composed, or is empty."""
        return self.root is not None or not self.problems

    def problem(self, path: Path, text: str) -> Problem:
        """Say what is wrong at the key or item that `path` leads to."""
        line, column = self.place(path)
        return Problem(file=self.name, line=line, column=column, text=text)

    def place(self, path: Path) -> tuple[int, int]:
        """Give line and column of the key or item at `path`, or of the nearest thing above it that is there."""
        node, mark = self.root, self.root.start_mark if self.root else None
        for step in path:
            if isinstance(node, MappingNode) and (pair := self.pairs[id(node)].get(str(step))):
                mark, node = pair[0].start_mark, pair[1]
            elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                mark = node.start_mark
            elif isinstance(node, MappingNode) and step == 0:
                continue  # one thing was written where a list of them may stand
            else:
                break
        return (mark.line + 1, mark.column + 1) if mark else (1, 1)

    def line(self, path: Path) -> str:
        """Give the line of the file on which the key or item at `path` stands."""
        return _lines(self.text)[self.place(path)[0] - 1]


def read_document(name: str, raw: bytes) -> Document:
    """Read one file; never raises, whatever the bytes."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(raw[: error.start].decode("utf-8-sig", "replace"))
        text = "this is not UTF-8 text: save the file with the encoding UTF-8"
        return Document(name=name, problems=[Problem(file=name, line=line, column=column, text=text)])
    document = Document(name=name, text=text)
    try:
        document.root = _compose(text)
    except ReaderError as error:
        line, column = _position(text[: error.position])
        what = f"the character U+{ord(text[error.position]):04X} may not stand in YAML: remove it"
        document.problems.append(Problem(file=name, line=line, column=column, text=what))
    except MarkedYAMLError as error:
        document.problems.append(_syntax_problem(name, text, error))
    except (YAMLError, ValueError, OverflowError, AttributeError, IndexError, AssertionError) as error:
        # The library trips over some malformed escapes, directives and tags without saying where.
        document.problems.append(
            document.problem((), f"broken YAML ({' '.join(str(error).split())}): check quotes, `%` and `!` signs")
        )
    else:
        _Builder(document).build()
    return document


def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MAX_DEPTH
    yaml.composer.warn_double_anchors = False  # YAML allows an anchor to be defined again
    node: Node | None = yaml.compose(text)
    return node


def _lines(text: str) -> list[str]:
    """Split as YAML does (1.2.2, section 5.4); `splitlines` knows more ends of lines."""
    return re.split(r"\r\n?|\n", text)


def _position(before: str) -> tuple[int, int]:
    lines = _lines(before)
    return len(lines), len(lines[-1]) + 1


def _syntax_problem(name: str, text: str, error: MarkedYAMLError) -> Problem:
    mark: StringMark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context).split()).removeprefix("but ")
    return Problem(
        file=name,
        line=mark.line + 1,
        column=mark.column + 1,
        text=f"broken YAML: {problem.split('; ')[0].split(', if necessary')[0]}; {_hint(text, problem, error)}",
    )


def _hint(text: str, problem: str, error: MarkedYAMLError) -> str:
    first = (error.context_mark or error.problem_mark).line
    lines = _lines(text)[first : error.problem_mark.line + 1] if error.problem_mark else []
    if any(_HASH_VALUE.search(line) for line in lines):
        return 'text that starts with # is read as a comment: put it in quotes ("#name")'
    if "exceeded" in problem:
        return "write it with fewer brackets inside each other"
    return next((hint for part, hint in _HINTS.items() if part in problem), "look at the line before as well")


def _number(text: str) -> object:
    if len(text) > MAX_DIGITS:
        return text
    plain = text.replace("_", "")
    for read in (lambda: int(plain, 0), lambda: int(plain), lambda: float(plain)):
        try:
            return read()
        except ValueError:
            continue
    return text


_SCALARS: Mapping[str, Callable[[str], object]] = {
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    f"{_TAG}int": _number,
    f"{_TAG}float": _number,
}


class _Builder:
    """Builds the data of a document, each node once, so that aliases of aliases cost nothing and rings do no harm."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._built: dict[int, Any] = {}

    def build(self) -> None:
        root = self._document.root
        data = {} if root is None else self._value(root)
        self._document.data = {} if data is None else data

    def _value(self, node: Node) -> Any:
        if id(node) not in self._built:
            if isinstance(node, MappingNode):
                mapping = self._built[id(node)] = {}
                mapping.update({key: self._value(value) for key, (_, value) in self._pairs(node).items()})
            elif isinstance(node, SequenceNode):
                sequence = self._built[id(node)] = []
                sequence.extend(self._value(item) for item in node.value)
            else:
                self._built[id(node)] = self._scalar(node)
        return self._built[id(node)]

    def _scalar(self, node: Node) -> object:
        if _UNSTORABLE.search(node.value):
            self._note(
                node, "this text holds a character that cannot be stored: remove its escape (\\0 or \\uD800 to \\uDFFF)"
            )
            return ""
        read = _SCALARS.get(str(node.tag))
        return read(node.value) if read else node.value

    def _pairs(self, node: MappingNode) -> Pairs:
        known = self._document.pairs
        if id(node) in known:
            return known[id(node)]
        own: Pairs = {}
        merged: Pairs = {}
        known[id(node)] = own
        for key, value in node.value:
            if str(key.tag) == f"{_TAG}merge":
                self._merge(key, value, merged)
            elif not isinstance(key, ScalarNode):
                self._note(key, "a key must be a word: put it in quotes if it starts with [ or {")
            elif key.value in own:
                first = own[key.value][0].start_mark.line + 1
                self._note(key, f"key {key.value!r} stands here twice (first in line {first}): remove one")
            else:
                own[key.value] = (key, value)
        own.update({key: pair for key, pair in merged.items() if key not in own})
        return own

    def _merge(self, key: Node, value: Node, merged: Pairs) -> None:
        for source in value.value if isinstance(value, SequenceNode) else [value]:
            if isinstance(source, MappingNode):
                for name, pair in self._pairs(source).items():
                    merged.setdefault(name, pair)
            else:
                self._note(key, "`<<` takes in other keys: write `<<: *name`, with `&name` at the block to take in")

    def _note(self, node: Node, text: str) -> None:
        mark = node.start_mark
        problem = Problem(file=self._document.name, line=mark.line + 1, column=mark.column + 1, text=text)
        self._document.problems.append(problem)
