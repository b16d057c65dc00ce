"""Takes a claimed source, gives its new entries to the store and its next poll a time."""

from datetime import datetime

from monitor.errors import ChildFailed, ParseFailure
from monitor.fetch import conditional_headers
from monitor.jobs.context import Context
from monitor.parse import Changes, compare, identify, lookups, parse
from monitor.sources import after_poll
from monitor.types import (
    Fetched,
    FetchOutcome,
    FetchRequest,
    FetchSettings,
    ParsedFeed,
    Polled,
    PollRecord,
    Source,
    SourceKind,
    SourceState,
    TryLater,
    Weight,
)


def poll(ctx: Context, state: SourceState) -> Polled:
    """Fetch, parse and store one claimed source.

    Raises:
        StoreBusy, StoreFull, StoreError: nothing was stored; the claim ends with the worker or with the next poll.
    """
    source = ctx.sources[state.source_id]
    started = ctx.clock()
    outcome = ctx.fetcher.fetch(request_for(source, state, ctx.settings.fetch, started), started)
    now = ctx.clock()
    feed: ParsedFeed | None = None
    if isinstance(outcome, Fetched):
        outcome, feed = _parse(ctx, source, outcome, now)
    changes = _changes(ctx, source, state, feed, now)
    total = len(feed.entries) if feed else 0
    after = after_poll(
        state,
        source,
        ctx.settings.fetch,
        outcome,
        new=len(changes.new),
        total=total,
        ttl=feed.ttl if feed else None,
        now=now,
        jitter=ctx.chance(),
    )
    record = PollRecord(
        source_id=source.id,
        at=started,
        result=after.result,
        detail=after.detail,
        entries=total,
        new=len(changes.new),
        seconds=(now - started).total_seconds(),
    )
    new = ctx.store.save_poll(ctx.worker, after, record, changes.new, changes.changed)
    return Polled(source_id=source.id, result=after.result, entries=total, new=new)


def request_for(source: Source, state: SourceState, settings: FetchSettings, now: datetime) -> FetchRequest:
    """Give the request of a poll; a page is made for people, so robots.txt is asked about it."""
    is_page = source.kind is SourceKind.PAGE
    agent = (("User-Agent", source.user_agent),) if source.user_agent else ()
    return FetchRequest(
        url=state.poll_url,
        headers=(*source.headers, *agent, *conditional_headers(state, source, now)),
        max_bytes=settings.max_page_bytes if is_page else settings.max_feed_bytes,
        check_robots=is_page,
    )


def _parse(ctx: Context, source: Source, page: Fetched, now: datetime) -> tuple[FetchOutcome, ParsedFeed | None]:
    try:
        reader = ctx.reader
        limits = ctx.settings.fetch
        return page, parse(source, page, limits=limits, slow=reader.slow_feed, listing=reader.listing, now=now)
    except ParseFailure as failure:
        return TryLater(result=failure.result, detail=str(failure), weight=Weight.HARD), None
    except ChildFailed as failure:
        return TryLater(result="parse-error", detail=str(failure), weight=Weight.HARD), None


def _changes(ctx: Context, source: Source, state: SourceState, feed: ParsedFeed | None, now: datetime) -> Changes:
    if feed is None:
        return Changes()
    items = identify(feed)
    known = ctx.store.known_entries(source.id, *lookups(items))
    return compare(items, known, source=source, language=feed.language, now=now, backlog=state.first_poll)


def failed(ctx: Context, state: SourceState, detail: str) -> Polled:
    """Store that a poll failed by a fault of ours, so that the source is tried again with back-off."""
    source, now = ctx.sources[state.source_id], ctx.clock()
    outcome = TryLater(result="error", detail=detail)
    after = after_poll(
        state, source, ctx.settings.fetch, outcome, new=0, total=0, ttl=None, now=now, jitter=ctx.chance()
    )
    record = PollRecord(source_id=source.id, at=now, result="error", detail=detail, entries=0, new=0, seconds=0.0)
    ctx.store.save_poll(ctx.worker, after, record)
    return Polled(source_id=source.id, result="error")
