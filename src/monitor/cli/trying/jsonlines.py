"""Takes files of JSON lines, gives news items; a line that is none becomes a `Bad`, and the others are still read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.errors import UsageError


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One line: an article to try a stage on. `id` is given back as it came; where there is none, file and line."""

    id: str | int
    title: str
    text: str
    url: str | None = None
    outlet: str = ""
    date: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bad:
    """One line that cannot be read as an item, and why."""

    id: str | int
    error: str


def read_items(path: Path) -> Iterator[Item | Bad]:
    """Read the items of a file, line by line; blank lines are passed over.

    Raises:
        UsageError: the file cannot be opened.
    """
    try:
        lines = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    with lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _item(line, f"{path}:{number}")


def read_all(paths: Iterable[Path]) -> Iterator[Item | Bad]:
    """Read the items of several files, one file after the other."""
    for path in paths:
        yield from read_items(path)


def write_line(record: Mapping[str, object]) -> None:
    """Print one JSON line; non-ASCII is escaped, so that any terminal and any text will do."""
    print(json.dumps(record))


def _item(line: bytes, place: str) -> Item | Bad:
    from monitor.parse.dates import read_date

    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return Bad(id=place, error=f"not JSON: {error}")
    if not isinstance(row, dict):
        return Bad(id=place, error="not a JSON object")
    name = row.get("id", row.get("doc_id"))
    name = name if isinstance(name, str | int) else place
    try:
        title, text = words_of(row, "title"), words_of(row, "text")
        if not title.strip() and not text.strip():
            return Bad(id=name, error="neither title nor text")
        date = words_of(row, "date")
        return Item(
            id=name,
            title=title,
            text=text,
            url=words_of(row, "url") or None,
            outlet=words_of(row, "outlet"),
            date=read_date(date) if date else None,
            language=words_of(row, "lang") or None,
        )
    except ValueError as error:
        return Bad(id=name, error=str(error))


def words_of(row: Mapping[str, Any], key: str) -> str:
    """Give a field's text, "" where it is absent or null; lone surrogates, which no output can carry, are replaced."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return value.encode("utf-8", "replace").decode("utf-8")
