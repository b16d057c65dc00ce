"""Takes a source's state and how a poll of it ended, gives the state to keep, with the time of the next poll.

Pace: the declared interval is the start; it grows by half, up to four times the interval, after a poll that brought mostly known
entries (a 304 brings nothing but known ones), and shrinks as much, down to the floor, after one that brought mostly new ones.
The first document of a source says nothing about its pace.
Wait: the pace, give or take a tenth, but never less than the floor, the server's `max-age` or the feed's `ttl`, and never
before Retry-After. After a failure the pace is doubled per failure, counted by weight, up to seven days; no source is given up.
410 stops a source. A permanent redirect is believed once two polls in a row saw it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.sources.networks import in_networks
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone, NotModified, Source, SourceState, TryLater, Weight

LONGEST_WAIT = timedelta(days=7)
LONGEST_ASKED = timedelta(hours=24)  #: of max-age and ttl: some servers send a year for a feed that changes daily
PACE_STEP = 1.5
PACE_CEILING = 4  #: times the declared interval
WEIGHTS = {Weight.HARD: 1.0, Weight.SOFT: 0.5, Weight.TRANSIENT: 0.25}
MOST_DOUBLINGS = 20  #: beyond any that matters; keeps 2 ** failures a small number


def fresh(source: Source, now: datetime) -> SourceState:
    """Give the state of a source that was never polled: due at once."""
    return SourceState(source_id=source.id, url=source.url, next_poll_at=now)


def after_poll(
    state: SourceState,
    source: Source,
    settings: FetchSettings,
    outcome: FetchOutcome,
    *,
    new: int,
    total: int,
    ttl: timedelta | None,
    now: datetime,
    jitter: float,
) -> SourceState:
    """Give the state after a poll that ended in `outcome`.

    Args:
        state: what was remembered before the poll.
        source: the source as it is declared now.
        settings: the floor of intervals, and the networks in which a source may go below it.
        outcome: how the poll ended; a document that could not be parsed is passed as `TryLater`.
        new: entries stored for the first time.
        total: entries in the document; 0 where there was none.
        ttl: what the feed itself asks for.
        now: when the poll ended.
        jitter: a random number in [0, 1).
    """
    floor = _floor(source, settings)
    if isinstance(outcome, TryLater):
        return _after_failure(state, outcome, _pace(state, source, floor), now, jitter)
    if isinstance(outcome, Gone):
        return _stopped(state, now)
    pace = _pace(state, source, floor)
    if not state.first_poll:
        pace = _adapted(pace, source, floor, new=new, total=total)
    asked = max(floor, min(max(_max_age(outcome), ttl or timedelta()), LONGEST_ASKED))
    wait = max(pace * (0.9 + 0.2 * jitter), asked * (1 + 0.1 * jitter))
    kept = replace(
        _remember_move(state, source, outcome.permanent_url),
        stopped=False,
        last_poll_at=now,
        last_ok_at=now,
        retry_after=None,
        failures=0.0,
        pace=pace.total_seconds(),
        next_poll_at=now + wait,
    )
    if isinstance(outcome, NotModified):
        return replace(kept, result="not-modified", detail="Nothing changed since the last poll.")
    return replace(
        kept,
        last_full_at=now,
        etag=outcome.headers.get("etag"),
        last_modified=outcome.headers.get("last-modified"),
        result="ok",
        detail=f"{_counted(total)}, {new} of them new." if total else "The document has no entries.",
    )


def _stopped(state: SourceState, now: datetime) -> SourceState:
    return replace(
        state,
        stopped=True,
        last_poll_at=now,
        retry_after=None,
        next_poll_at=now + LONGEST_WAIT,
        result="gone",
        detail="The server says that this address is gone for good (410); it is not asked again.",
    )


def _counted(total: int) -> str:
    return "1 entry" if total == 1 else f"{total} entries"


def _floor(source: Source, settings: FetchSettings) -> timedelta:
    """Give the shortest wait: the configured one, or the declared interval where a source on an allowed network wants less."""
    if in_networks(urlsplit(source.url).hostname or "", settings.allow_networks):
        return min(settings.min_interval, source.interval)
    return settings.min_interval


def _pace(state: SourceState, source: Source, floor: timedelta) -> timedelta:
    """Give the pace so far, within today's bounds: the declared interval may have changed since."""
    pace = timedelta(seconds=state.pace) if state.pace is not None else source.interval
    return _bounded(pace, source, floor)


def _bounded(pace: timedelta, source: Source, floor: timedelta) -> timedelta:
    return max(floor, min(pace, source.interval * PACE_CEILING, LONGEST_WAIT))


def _adapted(pace: timedelta, source: Source, floor: timedelta, *, new: int, total: int) -> timedelta:
    if 2 * new > total:
        pace /= PACE_STEP
    elif 2 * new < total or total == 0:
        pace *= PACE_STEP
    return _bounded(pace, source, floor)


def _max_age(outcome: Fetched | NotModified) -> timedelta:
    """Give Cache-Control's max-age (RFC 9111, section 5.2.2.1); nothing where it is absent or no number."""
    for directive in outcome.headers.get("cache-control", "").split(","):
        name, _, value = directive.strip().partition("=")
        value = value.strip('" ')
        if name.strip().lower() == "max-age" and value.isascii() and value.isdigit():
            return timedelta(seconds=min(int(value[:10]), int(LONGEST_ASKED.total_seconds())))
    return timedelta()


def _remember_move(state: SourceState, source: Source, permanent_url: str | None) -> SourceState:
    believed = state.poll_url != state.url
    if permanent_url is None:  # asked at the new address, no redirect is expected
        return state if believed else replace(state, moved_to=None, moved_seen=0)
    if source.headers and urlsplit(permanent_url).netloc != urlsplit(source.url).netloc:
        # A declared header may be a password: it goes to the declared host only, so the redirect is followed anew each time.
        return replace(state, moved_to=None, moved_seen=0)
    seen = state.moved_seen + 1 if permanent_url == state.moved_to else 1
    return replace(state, moved_to=permanent_url, moved_seen=seen)


def _after_failure(state: SourceState, outcome: TryLater, pace: timedelta, now: datetime, jitter: float) -> SourceState:
    failures = state.failures + WEIGHTS[outcome.weight]
    wait = min(pace * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_WAIT) * (0.9 + 0.2 * jitter)
    failed = replace(
        state,
        last_poll_at=now,
        retry_after=outcome.retry_after,
        failures=failures,
        next_poll_at=max(now + wait, outcome.retry_after or now),
        result=outcome.result,
        detail=outcome.detail,
    )
    if state.poll_url != state.url and failures >= 1:
        return replace(failed, moved_to=None, moved_seen=0)  # the new address is no good: ask the declared one again
    return failed
