"""Takes the body of an answer, gives the feed in it, or says in plain words what it is instead.

A sound document is read here, in linear time. One that is damaged, or whose items lack what every item has, is also given to
the slow reader (`slow`), which the caller runs in a child that can be killed; the better of the two readings is taken.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import ChildFailed, ParseFailure
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.json_feed import read_json
from monitor.parse.limits import ended_by
from monitor.parse.links import absolute
from monitor.parse.prolog import FEEDS, after_junk, another_kind, root_of
from monitor.parse.raw import RawEntry, RawFeed
from monitor.parse.text import cut, plain, tidy
from monitor.parse.xml_feed import mend, read_xml
from monitor.types import ParsedEntry, ParsedFeed, Wishes

SlowFeed = Callable[[bytes], RawFeed]

TITLE, SUMMARY, CONTENT = 1_000, 5_000, 200_000
_SLOW_BYTES = 2_000_000  #: feedparser reads 1 MB/s; more would run into the child's time limit
_TEASER = 500  #: length of the summary where a feed carries only full texts: what other feeds' teasers have at most
_JSON_FEED = "jsonfeed.org/version"  #: what every JSON Feed names in its `version`
_HEAD = 2_000  #: characters in which it is looked for
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    max_entries: int = 2_000,
    slow: SlowFeed | None = None,
    now: datetime | None = None,
) -> ParsedFeed:
    """Read a feed; `slow` reads what the fast reader cannot, without `now` dates in the future are not judged.

    Raises:
        ParseFailure: `not-a-feed` (something else lies there) or `parse-error` (a feed, but unreadable or unsafe).
    """
    text = decode(body, content_type).strip("\0 \t\r\n")
    if not text:
        raise ParseFailure("not-a-feed", "The document is empty.")
    raw = _json(text, max_entries) if text[0] in "{[" else _xml(text, max_entries, slow)
    return finished(raw, url, max_entries, now)


def _json(text: str, max_entries: int) -> RawFeed:
    raw = read_json(text, max_entries)
    if raw is None and _JSON_FEED in text[:_HEAD]:
        raise ParseFailure("parse-error", "The feed is damaged: it breaks off in the middle, or is no sound JSON.")
    if raw is None:
        raise ParseFailure("not-a-feed", "JSON, but no JSON Feed.")
    return raw


def _xml(text: str, max_entries: int, slow: SlowFeed | None) -> RawFeed:
    position, name = root_of(text)
    if name not in FEEDS:
        text = after_junk(text)
        position, name = root_of(text)
    if name not in FEEDS:
        raise another_kind(name, text, wanted="feed")
    text = text[position:]
    fast = read_xml(text, max_entries)
    if fast is not None and _complete(fast, text):
        return fast
    end = "" if fast is not None and fast.whole else ended_by(text)
    return _better(fast, _slowly(text, fast, slow), end)


def _complete(raw: RawFeed, text: str) -> bool:
    """Whether the fast reading leaves nothing that a thorough one could find."""
    if not raw.entries:
        return raw.whole and not _ITEM.search(text)
    return raw.whole and all(entry.link or entry.title or entry.summary for entry in raw.entries)


def _slowly(text: str, fast: RawFeed | None, slow: SlowFeed | None) -> RawFeed | None:
    body = mend(text).encode("utf-8", "replace")
    if slow is None or len(body) > _SLOW_BYTES:
        return None
    try:
        return slow(body)
    except ChildFailed as failure:
        if fast is None or not fast.entries:
            raise ParseFailure("parse-error", f"The feed is damaged: {failure}.") from failure
        return None


def _better(fast: RawFeed | None, slow: RawFeed | None, end: str) -> RawFeed:
    readings = [raw for raw in (slow, fast) if raw and (raw.entries or (raw.whole and raw.title))]
    if not readings:
        raise ParseFailure("parse-error", f"The feed is damaged: {end or 'nothing could be read'}.")
    best = max(readings, key=_found)
    return best if fast and _found(best) > _found(fast) else replace(best, cut=end)


def _found(raw: RawFeed) -> int:
    return sum(bool(entry.title) + bool(entry.link) for entry in raw.entries)


def finished(raw: RawFeed, url: str, max_entries: int, now: datetime | None) -> ParsedFeed:
    """Make the texts of a raw document plain, its links absolute and its dates moments; `url` is where it lay."""
    base = absolute(url, plain(raw.link)) or url
    return ParsedFeed(
        title=cut(plain(raw.title), TITLE),
        entries=tuple(_entry(entry, base, now) for entry in raw.entries[:max_entries]),
        language=plain(raw.language)[:35] or None,
        wishes=Wishes(
            ttl=timedelta(minutes=raw.ttl) if raw.ttl else None, skip_hours=raw.skip_hours, skip_days=raw.skip_days
        ),
        left_out=raw.left_out + max(0, len(raw.entries) - max_entries),
        cut=raw.cut,
    )


def _within(base: str, own: str) -> str:
    return (absolute(base, plain(own)) or base) if own else base


def _entry(raw: RawEntry, base: str, now: datetime | None) -> ParsedEntry:
    described = plain(raw.summary)
    full = plain(raw.content)
    summary = cut(described, SUMMARY) if described else cut(full, _TEASER)
    content = cut(max(described, full, key=len), CONTENT)
    return ParsedEntry(
        guid=tidy(raw.guid) or None,
        title=cut(plain(raw.title), TITLE),
        link=absolute(_within(base, raw.base), plain(raw.link)) if raw.link.strip() else None,
        published=read_date(raw.date, now),
        summary=summary,
        content=content if len(content) > len(summary) else "",
    )
