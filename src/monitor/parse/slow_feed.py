"""Takes a damaged or rare document (CDF among them), gives its raw items by way of feedparser.

feedparser reads what nobody else does, at 1 MB/s and with inputs that keep it busy for minutes: 64 KB in an
`<author>`. It is called in a child that can be killed.
"""

from io import BytesIO
from time import struct_time
from typing import Any

from monitor.parse.dates import read_date
from monitor.parse.raw import RawEntry, RawFeed


def read_slowly(body: bytes, max_entries: int = 10_000) -> RawFeed:
    """Read a document in UTF-8 with feedparser."""
    import feedparser  # noqa: PLC0415 - heavy, and seldom needed

    headers = {"content-type": "application/xml; charset=utf-8"}
    document = feedparser.parse(
        BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    feed = document.feed
    return RawFeed(
        title=_string(feed, "title"),
        link=_string(feed, "link"),
        language=_string(feed, "language"),
        entries=tuple(_entry(entry) for entry in document.entries[:max_entries]),
    )


def _entry(entry: Any) -> RawEntry:  # a feedparser dictionary; it publishes no types
    contents = [_string(part, "value") for part in entry.get("content", [])]
    return RawEntry(
        guid=_string(entry, "id"),
        title=_string(entry, "title"),
        link=_string(entry, "link"),
        date=_date(entry),
        summary=_string(entry, "summary"),
        content=max(contents, key=len, default=""),
    )


def _date(entry: Any) -> str:
    """Give the date as written where this package reads it, else as feedparser, which knows rarer forms, reads it."""
    for name in ("published", "updated"):
        written, parsed = _string(entry, name), entry.get(f"{name}_parsed")
        if read_date(written):
            return written
        if isinstance(parsed, struct_time):
            return "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parsed[:6])
    return ""


def _string(of: Any, key: str) -> str:
    return str(of.get(key) or "")  # None is the address of a link that has none
