"""Takes the text of sources.yaml and entries, gives the text with them at the end of its list; no other character changes.

ruamel's own round trip would keep comments and order, but lays the rest of the file out anew (spaces that align values, folded
lines, the indent of lists). So its parser only tells where the list ends and how the last entry is written; the new ones, which
ruamel writes too, follow that in form (block or braces), indent, quotes and blank lines between.
"""

import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.events import AliasEvent, MappingStartEvent, NodeEvent, ScalarEvent, SequenceStartEvent
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

Fields = Mapping[str, str | Sequence[str]]  #: a source as it is written: key → text or list of texts

_QUOTED = {'"': DoubleQuotedScalarString, "'": SingleQuotedScalarString}
_REST_OF_LINE = re.compile(r"(,?)([ \t]*(?:#[^\n]*)?\n)")  #: behind an entry of a list in brackets
_UNBROKEN = 10**9  #: characters on a line: an entry in braces stays on one


@dataclass(frozen=True, kw_only=True, slots=True)
class _Style:
    """How an entry is laid out."""

    column: int = 2
    after_dash: int = 1
    braces: bool = False
    key_quote: str = ""
    quotes: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False  #: by a blank line


def as_line(fields: Fields) -> str:
    """Write an entry as one line of YAML, to be pasted under `sources:`."""
    return f"- {_written(fields, _Style(braces=True))}"


def with_entries(text: str, entries: Sequence[Fields]) -> str | None:
    """Give the text with the entries added; None where it is written in a way that this module does not follow.

    `text` is sound YAML. The caller reads the result back: whether it says what it should is not checked here.
    """
    events = list(YAML(typ="safe", pure=True).parse(text))
    root = next((number for number, event in enumerate(events) if isinstance(event, NodeEvent)), None)
    in_braces = root is not None and bool(getattr(events[root], "flow_style", True))
    found = None if root is None else _value_of(events, root, "sources")
    if found is None:
        return None if in_braces else f"{_ended(text)}sources:\n{_items(entries, _Style())}"
    key, value = found
    end = _after(events, value)
    if isinstance(events[value], SequenceStartEvent) and end - value > 2:
        add = _into_brackets if events[value].flow_style else _below
        return add(text, events[value:end], entries)
    if not isinstance(events[value], (SequenceStartEvent, ScalarEvent)):
        return None
    first, last = events[value].start_mark.index, events[end - 1].end_mark.index
    if in_braces:
        style = _Style(braces=True, key_quote=events[key].style or "")
        return f"{text[:first]}[{', '.join(_written(e, style) for e in entries)}]{text[last:]}"
    emptied = text[:first].rstrip(" ") + text[last:] if last > first else text
    line = _line_end(emptied, events[key].end_mark.index)
    return _ended(emptied[:line]) + _items(entries, _Style()) + emptied[line:]


def _value_of(events: list[Any], mapping: int, wanted: str) -> tuple[int, int] | None:
    """Give the numbers of the events at which a key and its value begin."""
    key = mapping + 1
    while isinstance(events[mapping], MappingStartEvent) and isinstance(events[key], NodeEvent):
        value = _after(events, key)
        if isinstance(events[key], ScalarEvent) and events[key].value == wanted:
            return key, value
        key = _after(events, value)
    return None


def _after(events: list[Any], start: int) -> int:
    """Give the number of the event that follows a node."""
    depth = 0
    for number in range(start, len(events)):
        event = events[number]
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            depth += 1
        elif not isinstance(event, (ScalarEvent, AliasEvent)):
            depth -= 1
        if depth == 0:
            return number + 1
    raise AssertionError("a node ends")


def _into_brackets(text: str, events: list[Any], entries: Sequence[Fields]) -> str:
    last = _starts(events)[-1]
    style = _style_of(events[last:], column=0)
    before = text[: events[last].start_mark.index]
    indent = before[before.rfind("\n") + 1 :]
    end = events[-2].end_mark.index
    lines = [_written(entry, style) for entry in entries]
    rest = _REST_OF_LINE.match(text, end)
    if rest and not indent.strip():  # an entry to a line: a comment behind the last one stays with it
        added = f",\n{indent}".join(lines)
        return f"{text[:end]},{rest[2]}{indent}{added}{rest[1]}\n{text[rest.end() :]}"
    return f"{text[:end]}, {', '.join(lines)}{text[end:]}"


def _below(text: str, events: list[Any], entries: Sequence[Fields]) -> str:
    starts = _starts(events)
    before = text[: events[starts[-1]].start_mark.index].split("\n")
    dash = before[-1].find("-")
    style = _style_of(events[starts[-1] :], column=dash if dash >= 0 else events[0].start_mark.column)
    apart = len(starts) > 1 and len(before) > 1 and not before[-2].strip()
    end = _end_of(events)
    line = end if text[end - 1] == "\n" else _line_end(text, end)
    items = _items(entries, replace(style, apart=apart))
    return _ended(text[:line]) + items + text[line:]


def _starts(events: list[Any]) -> list[int]:
    """Give the numbers of the events at which the items of a list begin."""
    starts, number = [], 1
    while isinstance(events[number], NodeEvent):
        starts.append(number)
        number = _after(events, number)
    return starts


def _end_of(events: list[Any]) -> int:
    """Give where the last thing written in a block list ends: the end of a block, and an empty value, lie at what follows."""
    open_flow: list[bool] = []
    end = 0
    for event in events:
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            open_flow.append(bool(event.flow_style))
        elif isinstance(event, (ScalarEvent, AliasEvent)):
            end = event.end_mark.index if event.end_mark.index > event.start_mark.index else end
        elif open_flow.pop():
            end = event.end_mark.index
    return end


def _style_of(events: list[Any], *, column: int) -> _Style:
    """Look at an entry to see how the next is to be written; `events` begin with it."""
    if not isinstance(events[0], MappingStartEvent):
        return _Style(column=column)
    scalars: dict[str, str] = {}
    key, keys = 1, ""
    while isinstance(events[key], ScalarEvent):
        value = _after(events, key)
        keys = events[key].style or keys
        scalars[events[key].value] = getattr(events[value], "style", None) or ""
        key = _after(events, value)
    return _Style(
        column=column,
        after_dash=max(1, events[0].start_mark.column - column - 1) if not events[0].flow_style else 1,
        braces=bool(events[0].flow_style),
        key_quote=keys,
        quotes=scalars,
    )


def _items(entries: Sequence[Fields], style: _Style) -> str:
    dash = f"{' ' * style.column}-{' ' * style.after_dash}"
    rest = " " * len(dash)
    blank = "\n" if style.apart else ""
    return "".join(f"{blank}{dash}{textwrap.indent(_written(entry, style), rest).lstrip(' ')}\n" for entry in entries)


def _written(fields: Fields, style: _Style) -> str:
    entry = CommentedMap()
    for key, value in fields.items():
        quote = style.quotes.get(key, style.key_quote)
        entry[_quoted(key, style.key_quote)] = (
            _quoted(value, quote) if isinstance(value, str) else _list([_quoted(one, style.key_quote) for one in value])
        )
    if style.braces:
        entry.fa.set_flow_style()
    stream, yaml = io.StringIO(), YAML()
    yaml.width = _UNBROKEN
    yaml.dump(entry, stream)
    return stream.getvalue().rstrip("\n")


def _quoted(text: str, quote: str) -> str:
    if not text.isprintable():  # line ends among them: only double quotes can say them on one line
        quote = '"'
    return _QUOTED[quote](text) if quote in _QUOTED else text


def _list(words: list[str]) -> CommentedSeq:
    found = CommentedSeq(words)
    found.fa.set_flow_style()
    return found


def _line_end(text: str, position: int) -> int:
    """Give where the next line begins."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
