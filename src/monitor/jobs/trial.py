"""Takes an address, gives what lies there right now; nothing is stored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.errors import ChildFailed, ParseFailure
from monitor.jobs.poll import request_for
from monitor.jobs.sitemap_index import Visit, follow
from monitor.parse import parse
from monitor.parse.charset import decode
from monitor.parse.prolog import FEEDS, after_junk, root_of
from monitor.parse.sitemap import is_sitemap
from monitor.ports import Fetcher, Reader
from monitor.sources import fresh
from monitor.types import Fetched, FetchSettings, ParsedFeed, Source, SourceKind, TryLater


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

    @property
    def newest(self) -> datetime | None:
        """Give the date of the newest entry."""
        return (
            max((entry.published for entry in self.feed.entries if entry.published), default=None)
            if self.feed
            else None
        )


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
    request = request_for(source, fresh(source, started), web.limits, started)
    outcome = web.fetcher.fetch(replace(request, check_robots=as_page or request.check_robots), started)
    if isinstance(outcome, TryLater):
        return Look(result=outcome.result, detail=outcome.detail)
    if not isinstance(outcome, Fetched):
        return Look(result="gone", detail="the server says that this address is gone for good")
    kind = kind_of(outcome)
    if guess:
        source = replace(source, kind=SourceKind.SITEMAP if kind is SourceKind.SITEMAP else SourceKind.FEED)
    try:
        return _read(web, source, outcome, kind)
    except (ParseFailure, ChildFailed) as failure:
        word = failure.result if isinstance(failure, ParseFailure) else "parse-error"
        return Look(result=word, detail=str(failure), page=outcome, kind=kind)


def kind_of(page: Fetched) -> SourceKind:
    """Tell by its content what a document is; what is neither feed nor sitemap is taken for a page."""
    try:
        if is_sitemap(page.body):
            return SourceKind.SITEMAP
        text = decode(page.body, page.headers.get("content-type", "")).strip("\0 \t\r\n")
        is_feed = text[:1] in ("{", "[") or root_of(text)[1] in FEEDS or root_of(after_junk(text))[1] in FEEDS
    except ParseFailure:  # entities: refused again, and told, where it is parsed
        is_feed = True
    return SourceKind.FEED if is_feed else SourceKind.PAGE


def try_source(web: Web, source: Source) -> Trial:
    """Fetch and parse one source; trouble is a result."""
    found = look(web, source)
    if found.feed is None:
        return Trial(source=source.id, result=found.result, detail=found.detail)
    newest, count = found.newest, len(found.feed.entries)
    dated = f"newest of {newest:%Y-%m-%d %H:%M} UTC" if newest else "none dated"
    return Trial(source=source.id, result="ok", entries=count, detail=dated if count else "")


def _read(web: Web, source: Source, page: Fetched, kind: SourceKind) -> Look:
    now, reader = web.clock(), web.reader
    feed = parse(source, page, limits=web.limits, slow=reader.slow_feed, listing=reader.listing, now=now)
    index = feed.sitemaps
    if index:
        state, clock = fresh(source, now), web.clock
        visit = Visit(source=source, state=state, fetcher=web.fetcher, reader=reader, limits=web.limits, clock=clock)
        followed = follow(visit, page, index)
        failure = followed.outcome
        if isinstance(failure, TryLater):
            return Look(result=failure.result, detail=failure.detail, page=page, kind=kind, sitemaps=len(index))
        feed = followed.feed or feed
    return Look(result="ok", page=page, kind=kind, feed=feed, sitemaps=len(index))
