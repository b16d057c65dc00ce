"""Takes a cell of a list of sources, gives its words, and back: what OPML and CSV files have in common.

A row is a source as such a file declares it, key by key as in sources.yaml; nothing is checked here but the form of the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

LISTS = ("topics", "tags")
#: The keys that travel, in the order of the columns. Headers do not: they may be passwords.
KEYS = (
    "id",
    "name",
    "url",
    "query",
    "kind",
    "interval",
    "full_text",
    "language",
    "country",
    "selector",
    "user_agent",
    *LISTS,
    "note",
)
MOST_BYTES = 10_000_000
MOST_ROWS = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A source, and the line of the file on which it stands."""

    line: int
    fields: Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A line that is no source, and why."""

    line: int
    reason: str


def as_many_as_fit(rows: Iterator[Row | Refusal]) -> list[Row | Refusal]:
    """Give at most `MOST_ROWS` rows, and a refusal where there were more."""
    found = list(islice(rows, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        reason = f"more than {MOST_ROWS:,} sources: this line and the rest were not read"
        found[MOST_ROWS] = Refusal(line=found[MOST_ROWS].line, reason=reason)
    return found


def joined(words: Sequence[str]) -> str:
    r"""Write several words into one cell: separated by `;`, with `\` before a `;` or `\` that belongs to a word."""
    return ";".join(re.sub(r"([\\;])", r"\\\1", word) for word in words)


def split(cell: str) -> list[str]:
    """Read the words of a cell; blank ones are left out."""
    words = [""]
    for part in re.findall(r"\\.|[^\\;]+|;|\\", cell, re.DOTALL):
        if part == ";":
            words.append("")
        else:
            words[-1] += part[1:] if len(part) == 2 and part[0] == "\\" else part
    return [word.strip() for word in words if word.strip()]


def fields_from(cells: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """Give the keys of a source from the cells of a file; empty cells are left out."""
    found: dict[str, str | Sequence[str]] = {}
    for key in KEYS:
        if text := cells.get(key, "").strip():
            found[key] = split(text) if key in LISTS else text
    return found


def cells_of(fields: Mapping[str, str | Sequence[str]]) -> dict[str, str]:
    """Give the cells of a source, in the order of `KEYS`; what is not declared is left out."""
    return {
        key: value if isinstance(value, str) else joined(value)
        for key in KEYS
        if (value := fields.get(key)) is not None
    }
