"""Takes a claimed source, gives its new entries to the store and its next poll a time."""

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import ChildFailed, ParseFailure
from monitor.fetch import conditional_headers, headers_for
from monitor.fetch.outcome import naming
from monitor.jobs import check
from monitor.jobs.context import Context
from monitor.jobs.sitemap_index import Reading, Visit, follow, of_index
from monitor.parse import Changes, compare, identify, lookups, parse
from monitor.sources import after_poll
from monitor.types import (
    Fetched,
    FetchOutcome,
    FetchRequest,
    FetchSettings,
    NotModified,
    Polled,
    PollRecord,
    Source,
    SourceKind,
    SourceState,
    TryLater,
)

NOT_OURS = timedelta(minutes=1)  #: in which nobody claims a source that one of us does not know: those who do come next


def poll(ctx: Context, state: SourceState) -> Polled:
    """Fetch, parse and store one claimed source.

    Raises:
        StoreBusy, StoreFull, StoreError: nothing was stored; the claim ends with the worker or with the next poll.
    """
    source = ctx.sources[state.source_id]
    started = ctx.clock()
    visit = Visit(
        source=source,
        state=state,
        fetcher=ctx.fetcher,
        reader=ctx.reader,
        limits=ctx.settings.fetch,
        clock=ctx.clock,
    )
    reading = read(visit)
    now = ctx.clock()
    changes = _changes(ctx, source, state, reading, now)
    feed = reading.feed
    total = len(feed.entries) if feed else 0
    after = after_poll(
        state,
        source,
        ctx.settings.fetch,
        reading.outcome,
        new=len(changes.new),
        total=total,
        wishes=feed.wishes if feed else None,
        now=now,
        jitter=ctx.chance(),
    )
    after = _settled(after, state, reading)
    record = PollRecord(
        source_id=source.id,
        at=started,
        result=after.result,
        detail=after.detail,
        entries=total,
        new=len(changes.new),
        seconds=(now - started).total_seconds(),
    )
    if corrected := check.of_changes(ctx, changes.changed, now):
        ctx.store.save_corrections(corrected)
    new = ctx.store.save_poll(ctx.worker, after, record, changes.new, changes.changed)
    return Polled(source_id=source.id, result=after.result, entries=total, new=new)


def read(visit: Visit) -> Reading:
    """Fetch and parse what lies at a source's address, an index with those of its sitemaps that are worth asking."""
    now = visit.clock()
    request = request_for(visit.source, visit.state, visit.limits, now)
    return understood(visit, visit.fetcher.fetch(request, now))


def understood(visit: Visit, outcome: FetchOutcome) -> Reading:
    """Parse what a source's address answered, as `read` does."""
    source, state, limits, reader = visit.source, visit.state, visit.limits, visit.reader
    if isinstance(outcome, NotModified) and state.sitemaps:
        return follow(visit, outcome, ())
    if not isinstance(outcome, Fetched):
        cap = "fetch.max_page_bytes" if source.kind is SourceKind.PAGE else "fetch.max_feed_bytes"
        return Reading(outcome=naming(outcome, cap), known=state.sitemaps)
    try:
        feed = parse(source, outcome, limits=limits, slow=reader.slow_feed, listing=reader.listing, now=visit.clock())
    except ParseFailure as failure:
        return Reading(outcome=TryLater(result=failure.result, detail=str(failure)), known=state.sitemaps)
    except ChildFailed as failure:
        return Reading(outcome=TryLater(result="parse-error", detail=str(failure)), known=state.sitemaps)
    if feed.sitemaps:
        return follow(visit, outcome, feed.sitemaps)
    return Reading(outcome=outcome, feed=feed)


def request_for(source: Source, state: SourceState, settings: FetchSettings, now: datetime) -> FetchRequest:
    """Give the request of a poll; a page is made for people, so robots.txt is asked about it."""
    is_page = source.kind is SourceKind.PAGE
    return FetchRequest(
        url=state.poll_url,
        headers=(*headers_for(source, state.poll_url), *conditional_headers(state, source, now)),
        max_bytes=settings.max_page_bytes if is_page else settings.max_feed_bytes,
        check_robots=is_page,
        conditional_at=state.document_url,
    )


def _changes(ctx: Context, source: Source, state: SourceState, reading: Reading, now: datetime) -> Changes:
    feed = reading.feed
    if feed is None:
        return Changes()
    items = identify(feed)
    known = ctx.store.known_entries(source.id, *lookups(items))
    changes = compare(items, known, source=source, language=feed.language, now=now, backlog=state.first_poll)
    return of_index(changes, reading.history) if reading.index else changes


def _settled(after: SourceState, state: SourceState, reading: Reading) -> SourceState:
    """Give the state with what only the reading knows: the sitemaps of an index, its own validators, and what was cut off."""
    after = replace(after, sitemaps=reading.known, detail=" ".join(filter(None, (after.detail, *remarks(reading)))))
    if isinstance(reading.index, Fetched):
        headers = reading.index.headers
        after = replace(
            after,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            document_url=reading.index.url,
            last_full_at=after.last_ok_at,
        )
    elif reading.index:
        after = replace(
            after,
            etag=state.etag,
            last_modified=state.last_modified,
            document_url=state.document_url,
            last_full_at=state.last_full_at,
        )
    if reading.retry_after:
        next_poll_at = max(after.next_poll_at, reading.retry_after)
        after = replace(after, retry_after=reading.retry_after, next_poll_at=next_poll_at)
    return after


def remarks(reading: Reading) -> tuple[str, ...]:
    """Give, a sentence each, what was not read and why."""
    feed = reading.feed
    left_out = f"{feed.left_out:,} more were left out (fetch.max_entries)." if feed and feed.left_out else ""
    cut = f"The document was not read to its end: {feed.cut}." if feed and feed.cut else ""
    return tuple(filter(None, (left_out, cut, reading.note)))


def failed(ctx: Context, state: SourceState, detail: str) -> Polled:
    """Store that a poll failed by a fault of ours, so that the source is tried again with back-off."""
    source, now = ctx.sources[state.source_id], ctx.clock()
    outcome = TryLater(result="error", detail=detail)
    after = after_poll(
        state, source, ctx.settings.fetch, outcome, new=0, total=0, wishes=None, now=now, jitter=ctx.chance()
    )
    record = PollRecord(source_id=source.id, at=now, result="error", detail=detail, entries=0, new=0, seconds=0.0)
    ctx.store.save_poll(ctx.worker, after, record)
    return Polled(source_id=source.id, result="error")


def not_ours(ctx: Context, state: SourceState) -> Polled:
    """Free a claimed source that our configuration does not declare any more, or not yet; what is known of it stays."""
    now = ctx.clock()
    after = replace(state, next_poll_at=max(state.next_poll_at, now + NOT_OURS))
    detail = "This source is not in the configuration of whoever was to poll it."
    record = PollRecord(source_id=state.source_id, at=now, result="error", detail=detail, entries=0, new=0, seconds=0.0)
    ctx.store.save_poll(ctx.worker, after, record)
    return Polled(source_id=state.source_id, result="error")
