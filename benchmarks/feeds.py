"""Takes real feeds, gives how far our reading of links, titles and dates is feedparser's, and the speed of three readers.

    python benchmarks/feeds.py [../shared/data/feeds] [--show]

`--show` lists each difference (others' words: for the eye only). feedparser is called without cleaning, its titles are made plain
as ours are, and relative links are resolved against the same address. fastfeedparser is timed where it is installed (`.[bench]`).
"""

import argparse
import calendar
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import feedparser

from monitor.errors import ParseFailure
from monitor.parse import parse_feed, plain
from monitor.parse.slow_feed import read_slowly

FEEDS = Path(__file__).parents[2] / "shared/data/feeds"
URL = "https://outlet.example/feed"
PLACEHOLDER = "ours: what software writes for no date is none"
FIELDS = ("link", "title", "published")


class Read(NamedTuple):
    """What a reader makes of an entry; `key` finds the same entry in another's reading."""

    key: str
    link: str
    title: str
    published: datetime | None


class Difference(NamedTuple):
    """A field of an entry that two readers see differently."""

    file: str
    field: str
    ours: object
    theirs: object


def ours(body: bytes) -> list[Read]:
    """Read a feed as the product does."""
    try:
        feed = parse_feed(body, url=URL, slow=read_slowly, max_entries=100_000)
    except ParseFailure:
        return []
    return [Read(e.guid or e.link or e.title, e.link or "", e.title, e.published) for e in feed.entries]


def theirs(body: bytes) -> list[Read]:
    """Read a feed with feedparser."""
    document = feedparser.parse(BytesIO(body), response_headers={"content-location": URL}, sanitize_html=False)
    return list(map(_theirs, document.entries))


def _theirs(entry: Any) -> Read:
    link, title = str(entry.get("link", "")), plain(str(entry.get("title", "")))
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    return Read(str(entry.get("id", "")) or link or title, link, title, moment)


def pairs(mine: list[Read], other: list[Read]) -> Iterator[tuple[Read | None, Read | None]]:
    """Put the readings of one entry side by side: by position where both are as long, else by key."""
    if len(mine) == len(other):
        yield from zip(mine, other, strict=True)
        return
    waiting: dict[str, list[Read]] = defaultdict(list)
    for entry in other:
        waiting[entry.key].append(entry)
    for entry in mine:
        yield entry, waiting[entry.key].pop(0) if waiting[entry.key] else None
    yield from ((None, entry) for left in waiting.values() for entry in left)


def differences(folder: Path) -> tuple[int, list[Difference]]:
    """Compare all feeds of a folder; give the number of entries, and what differs. An entry one reader lacks differs in all."""
    entries, found = 0, []
    for path in sorted(folder.iterdir()):
        body = path.read_bytes()
        for mine, other in pairs(ours(body), theirs(body)):
            entries += 1
            for field in FIELDS:
                values = getattr(mine, field, "(none)"), getattr(other, field, "(none)")
                if not _equal(*values):
                    found.append(Difference(path.name, field, *values))
    return entries, found


def _equal(mine: object, other: object) -> bool:
    if isinstance(mine, datetime):
        mine = mine.replace(microsecond=0)  # which feedparser drops
    return mine == other


def reason(difference: Difference) -> str:
    """Say which side is right, where that can be told."""
    other = difference.theirs
    if difference.ours is None and isinstance(other, datetime) and other.year < 1995:
        return PLACEHOLDER
    return "not looked at yet"


def speed(read: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Give megabytes a second of processor time."""
    started = time.process_time()
    for body in bodies:
        with suppress(Exception):  # a reader that refuses a feed has still taken its time
            read(body)
    return sum(map(len, bodies)) / 1e6 / (time.process_time() - started)


def main() -> None:
    """Compare, measure, print."""
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("folder", nargs="?", type=Path, default=FEEDS)
    asking.add_argument("--show", action="store_true")
    asked = asking.parse_args()
    entries, found = differences(asked.folder)
    count = Counter(difference.field for difference in found)
    print("| field | entries | equal to feedparser's |\n|---|---|---|")
    for field in FIELDS:
        print(f"| {field} | {entries:,} | {1 - count[field] / entries:.4f} |")
    print(f"| all fields | {entries * len(FIELDS):,} | {1 - len(found) / entries / len(FIELDS):.4f} |")
    print("\n| differs | entries | right is |\n|---|---|---|")
    for (file, field, right), number in Counter((d.file, d.field, reason(d)) for d in found).items():
        print(f"| {field} in {file} | {number} | {right} |")
    if asked.show:
        for difference in found:
            print(*difference, sep="\n    ")

    bodies = [path.read_bytes() for path in asked.folder.iterdir()]
    readers: dict[str, Callable[[bytes], object]] = {
        "ours, texts plain and dates moments": partial(parse_feed, url=URL, slow=read_slowly),
        "feedparser": lambda body: feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False),
    }
    with suppress(ImportError):
        import fastfeedparser  # noqa: PLC0415 - not installed everywhere

        readers["fastfeedparser"] = fastfeedparser.parse
    print("\n| reader | MB/s of one core |\n|---|---|")
    for name, read in readers.items():
        print(f"| {name} | {speed(read, bodies):.1f} |")


if __name__ == "__main__":
    main()
