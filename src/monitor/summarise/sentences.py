"""Takes a text, gives its sentences as they stand in it.

A line ends a sentence, since extracted text has a paragraph a line; only where a line breaks off and the next goes on in lower
case is the break a space. Within a line sentencex decides.
"""

import re
from collections.abc import Iterable

_WRAPPED = re.compile(r"(?<=[\w,;])[ \t]*\n[ \t]*(?=[a-zà-ÿ])")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-ZÀ-Þ0-9])")


def sentences(text: str, language: str = "en") -> list[str]:
    """Give the sentences of a text, white space at their ends removed and a line break within one turned into a space."""
    lines = _WRAPPED.sub(" ", text).splitlines()
    found = (sentence.strip() for line in lines if line.strip() for sentence in _segment(line, language))
    return [sentence for sentence in found if sentence]


def _segment(line: str, language: str) -> list[str]:
    import sentencex  # noqa: PLC0415 - a compiled part that commands without summaries need not load

    try:
        return _rejoined(sentencex.segment(language, line))
    except BaseException as error:
        # A Rust panic comes as pyo3_runtime.PanicException, which is no Exception and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        return _plainly(line)


def _rejoined(pieces: Iterable[str]) -> list[str]:
    """Put together again what was parted where no space stands: "then-U.S. President", "Rep.Smith"."""
    found: list[str] = []
    for piece in pieces:
        if found and piece[:1].isalnum() and not found[-1][-1:].isspace():
            found[-1] += piece
        else:
            found.append(piece)
    return found


def _plainly(line: str) -> list[str]:
    """Split after a full stop that is followed by a capital: wrong after "Mr.", but never at a loss."""
    ends = [found.end() for found in _SENTENCE_END.finditer(line)]
    return [line[start:end] for start, end in zip([0, *ends], [*ends, len(line)], strict=True)]
