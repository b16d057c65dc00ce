"""Takes files of labelled articles, gives them as values, or why a line is none: JSON lines, or CSV with a column per topic.

Words from the web stand in the cells of a CSV so that no spreadsheet runs them as a formula; reading takes that off again.
"""

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from monitor.cli.trying.jsonlines import words_of
from monitor.errors import UsageError
from monitor.sources.formulas import bare, guarded
from monitor.types import Imported, Judgement, Opinion

BATCH = 500  # articles to a transaction
YES, NO, UNSURE = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"}), frozenset({"unsure", "?"})
FIELDS = ("title", "text", "url", "lang", "who", "name", "when", "reason")
LONGEST = 10_000_000  # characters of one line


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line that can be read; `language` "" where it is not stated."""

    place: str
    item: Imported


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRow:
    """One line that cannot, and why."""

    place: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What a line may say: which topics there are, who is taken to have answered, and when."""

    topics: Collection[str]
    who: str
    now: datetime


def read(file: IO[bytes], path: Path, rules: Rules) -> Iterator[Row | BadRow]:
    """Read the lines of a file: CSV where its name ends so, else JSON lines. Blank lines are passed over.

    Raises:
        UsageError: the first line of a CSV names a column that is neither a field nor a topic, or no topic at all.
    """
    lines = _csv(file, path, rules.topics) if path.suffix.lower() == ".csv" else _json_lines(file)
    for number, line in lines:
        place = f"{path}:{number}"
        try:
            yield Row(place=place, item=_item(line, rules))
        except (ValueError, RecursionError) as error:
            yield BadRow(place=place, error=str(error))


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows a transaction's worth at a time."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _json_lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            yield number, line


def _csv(file: IO[bytes], path: Path, topics: Collection[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    usual = csv.field_size_limit(LONGEST)  # of the whole process: others rely on theirs
    try:
        yield from _csv_rows(file, path, topics)
    finally:
        csv.field_size_limit(usual)


def _csv_rows(file: IO[bytes], path: Path, topics: Collection[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    lines = (line.decode("utf-8-sig" if not number else "utf-8", "replace") for number, line in enumerate(file))
    reader = csv.DictReader(line.replace("\0", "") for line in lines)
    try:
        columns = reader.fieldnames or []
    except csv.Error as error:
        raise UsageError(f"{path}:1: not CSV: {error}") from error
    unknown = [name for name in columns if name not in FIELDS and name not in topics]
    if unknown or not set(columns) & set(topics):
        what = f"column {unknown[0]!r} is neither a field nor a topic" if unknown else "there is no column of a topic"
        raise UsageError(f"{path}:1: {what}: fields are {', '.join(FIELDS)}; topics are {', '.join(sorted(topics))}")
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, {"bad": str(error)}
            continue
        if None in row:
            yield reader.line_num, {"bad": "more cells than columns"}
            continue
        labels = {topic: row[topic] for topic in topics if (row.get(topic) or "").strip()}
        yield reader.line_num, {**{name: bare(row.get(name) or "") for name in FIELDS}, "labels": labels}


def _item(line: bytes | Mapping[str, Any], rules: Rules) -> Imported:
    row = _object(line) if isinstance(line, bytes) else line
    if "bad" in row and isinstance(line, Mapping):
        raise ValueError(row["bad"])
    title, text, url, who, name, reason = (
        words_of(row, field) for field in ("title", "text", "url", "who", "name", "reason")
    )
    if not (title.strip() or text.strip() or url.strip()):
        raise ValueError("neither title, text nor url")
    labels = row.get("labels")
    if not isinstance(labels, Mapping) or not labels:
        raise ValueError('no labels: write "labels": {"TOPIC": true}')
    unknown = sorted(str(name) for name in labels if name not in rules.topics)
    if unknown:
        raise ValueError(f"unknown topic {unknown[0]!r}: topics.yaml has {', '.join(sorted(rules.topics))}")
    at = _moment(words_of(row, "when"), rules.now)
    opinions = tuple(
        Opinion(
            topic=topic,
            value=_value(topic, value),
            who=who.strip() or rules.who,
            name=name.strip(),
            at=at,
            reason=reason,
        )
        for topic, value in sorted(labels.items())
    )
    return Imported(
        url=_canonical(url), title=title.strip(), text=text.strip(), language=words_of(row, "lang"), opinions=opinions
    )


def _object(line: bytes) -> Mapping[str, Any]:
    if len(line) > LONGEST:
        raise ValueError(f"longer than {LONGEST:,} bytes")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row


def _value(topic: str, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    for words, meaning in ((YES, True), (NO, False), (UNSURE, None)):
        if word in words:
            return meaning
    raise ValueError(f"label {str(value)[:40]!r} of {topic}: write true, false or null (unsure)")


def _moment(written: str, now: datetime) -> datetime:
    from monitor.parse.dates import read_date

    if not written.strip():
        return now
    at = read_date(written)
    if at is None:
        raise ValueError(f"when {written[:40]!r} is no date: write it like 2026-11-29T08:30:00Z")
    if at > now + timedelta(days=1):
        raise ValueError(f"when {written[:40]!r} lies in the future")
    return at


def _canonical(url: str) -> str | None:
    from monitor.parse import canonical_url

    if not url.strip():
        return None
    found = canonical_url(url.strip())
    if found is None:
        raise ValueError(f"url {url[:80]!r} is no web address")
    return found


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def json_line(one: Judgement) -> Iterator[str]:
    """Give the labels of an article as lines that can be read back: one per person."""
    for row, labels in _by_person(one):
        yield json.dumps({**row, "labels": labels}, ensure_ascii=False)


def csv_rows(one: Judgement, topics: Sequence[str]) -> Iterator[list[str]]:
    """Give the labels of an article as cells in the order of `csv_head`: one row per person."""
    words = {True: "yes", False: "no", None: "unsure"}
    for row, labels in _by_person(one):
        yield [*(guarded(row[name]) for name in FIELDS), *(words[labels[t]] if t in labels else "" for t in topics)]


def csv_head(topics: Sequence[str]) -> list[str]:
    """Give the first line of a CSV file."""
    return [*FIELDS, *topics]


def _by_person(one: Judgement) -> Iterator[tuple[dict[str, str], dict[str, bool | None]]]:
    entry = one.article.entry
    for who in sorted({label.who for label in one.labels}):
        own = [label for label in one.labels if label.who == who]
        yield (
            {
                "title": entry.title,
                "text": one.article.text,
                "url": entry.url or "",
                "lang": one.language or "",
                "who": who,
                "name": own[-1].name,
                "when": max(label.at for label in own).isoformat(),
                "reason": next((label.reason for label in own if label.reason), ""),
            },
            {label.topic: label.value for label in own},
        )
