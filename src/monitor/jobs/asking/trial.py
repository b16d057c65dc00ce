"""Takes an address, gives what lies there right now; nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.errors import ParseFailure
from monitor.jobs.poll import remarks, request_for, understood
from monitor.jobs.sitemap_index import Visit
from monitor.parse.charset import decode
from monitor.parse.prolog import FEEDS, after_junk, root_of
from monitor.parse.sitemap import is_sitemap
from monitor.ports import Fetcher, Reader
from monitor.sources import fresh
from monitor.sources.words import moment
from monitor.types import (
    Fetched,
    FetchOutcome,
    FetchSettings,
    Gone,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    Source,
    SourceKind,
    TryLater,
)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Web:
    """What looking at addresses needs."""

    limits: FetchSettings
    fetcher: Fetcher
    reader: Reader
    clock: Callable[[], datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What lies at an address; `result` is a word of the poll log, `detail` a sentence."""

    result: str
    detail: str = ""
    kind: SourceKind | None = None  #: what the document is
    page: Fetched | None = None
    feed: ParsedFeed | None = None  #: with the newest entries of an index's sitemaps
    sitemaps: int = 0  #: that an index of sitemaps names
    remarks: tuple[str, ...] = ()  #: what was not read and why, a sentence each

    @property
    def newest(self) -> datetime | None:
        """Give the date of the newest entry."""
        entries = self.feed.entries if self.feed else ()
        return max((entry.published for entry in entries if entry.published), default=None)

    def latest(self, limit: int) -> list[ParsedEntry]:
        """Give its newest entries, the newest first, undated ones last."""
        entries = self.feed.entries if self.feed else ()
        return sorted(entries, key=lambda entry: entry.published or _LONG_AGO, reverse=True)[:limit]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One source as it answered."""

    source: str
    result: str
    entries: int = 0
    detail: str = ""


def look(web: Web, source: Source, *, guess: bool = False, as_page: bool = False) -> Look:
    """Fetch and parse what lies at a source's address; trouble is a result.

    Args:
        web: what it takes.
        source: where, and how it is declared.
        guess: go by what the document is, feed or sitemap, instead of by the declared kind.
        as_page: ask robots.txt first: the address may be one made for people.
    """
    started = web.clock()
    state = fresh(source, started)
    request = request_for(source, state, web.limits, started)
    outcome = web.fetcher.fetch(replace(request, check_robots=as_page or request.check_robots), started)
    page = outcome if isinstance(outcome, Fetched) else None
    kind = kind_of(page) if page else None
    if guess:
        source = replace(source, kind=SourceKind.SITEMAP if kind is SourceKind.SITEMAP else SourceKind.FEED)
    visit = Visit(
        source=source, state=state, fetcher=web.fetcher, reader=web.reader, limits=web.limits, clock=web.clock
    )
    reading = understood(visit, outcome)
    result, detail = _ending(reading.outcome)
    return Look(
        result=result,
        detail=detail,
        kind=kind,
        page=page,
        feed=reading.feed,
        sitemaps=reading.sitemaps,
        remarks=remarks(reading),
    )


def kind_of(page: Fetched) -> SourceKind | None:
    """Tell by its content what a document is; what has elements and is neither feed nor sitemap is taken for a page."""
    try:
        if is_sitemap(page.body):
            return SourceKind.SITEMAP
        text = decode(page.body, page.headers.get("content-type", "")).strip("\0 \t\r\n")
        is_feed = text[:1] in ("{", "[") or root_of(text)[1] in FEEDS or root_of(after_junk(text))[1] in FEEDS
    except ParseFailure:  # entities: refused again, and told, where it is parsed
        return SourceKind.FEED
    if is_feed:
        return SourceKind.FEED
    return SourceKind.PAGE if "<" in text else None


def try_source(web: Web, source: Source) -> Trial:
    """Fetch and parse one source; trouble is a result."""
    found = look(web, source)
    if found.feed is None:
        return Trial(source=source.id, result=found.result, detail=found.detail)
    dated = f"The newest is of {moment(found.newest)}." if found.newest else "None is dated."
    told = (dated if found.feed.entries else "", *found.remarks)
    return Trial(source=source.id, result="ok", entries=len(found.feed.entries), detail=" ".join(filter(None, told)))


def _ending(outcome: FetchOutcome) -> tuple[str, str]:
    """Give the word and the sentence for how asking an address for the first time ended."""
    if isinstance(outcome, TryLater):
        return outcome.result, outcome.detail
    if isinstance(outcome, Gone):
        return "gone", "The server says that this address is gone for good (410)."
    if isinstance(outcome, NotModified):
        return "not-modified", "The server says that nothing changed since the last time, and there was none."
    return "ok", ""
