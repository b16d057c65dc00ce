"""Takes a source's state and how a poll of it ended, gives the state to keep, with the time of the next poll.

Pace: a source is asked at its declared interval, and less often only where it has proved quiet: so that about one poll in 24 brings
something new, but never beyond four times the interval nor six hours above it. At 60 minutes, a source that brings something
every day keeps its hour, one that does so twice a week is asked every 3½ hours or so, a weekly one every 4. How often a source
brings something is learnt over about a week, so that nights and weekends change nothing; a source that wakes up is back at its
interval after half a dozen polls that bring something.
Sooner than declared, down to the floor, it is asked only where entries might be lost: after a poll that found most of the
document new, the next comes before as many again can have pushed half of it out. The first document, all new, hurries nothing.

Wait: the pace, give or take a tenth, but never less than the floor, what the server's headers ask (`freshness`) or the feed's
`ttl`, and never before Retry-After. After a failure the pace is doubled per failure, counted by weight, up to seven days; no source
is given up. A time within the feed's `skipHours` or `skipDays` is moved to the end of them, unless that is more than a week away.
410 stops a source until its declared address changes or it answers a run that asks every source. A permanent redirect is
believed once two polls in a row saw it, and forgotten when the new address fails.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.sources.freshness import fresh_for
from monitor.sources.networks import in_networks
from monitor.sources.origin import same_origin
from monitor.sources.words import counted
from monitor.types import (
    Fetched,
    FetchOutcome,
    FetchSettings,
    Gone,
    NotModified,
    Source,
    SourceState,
    TryLater,
    Weight,
    Wishes,
)

LONGEST_WAIT = timedelta(days=7)
LONGEST_ASKED = timedelta(hours=24)  #: of max-age and ttl: some servers send a year for a feed that changes daily
WORTH = 24  #: polls per one that brings something. At 12, sources that publish daily were asked every two hours
MEMORY = timedelta(days=7)  #: over which that is learnt: a whole week, so that weekdays and weekends even out
PACE_CEILING = 4  #: times the declared interval
LATEST = timedelta(hours=6)  #: beyond the declared interval: nobody who asks for daily news means every fourth day
SPREAD = timedelta(minutes=15)  #: over which polls put off to the same hour are spread
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
    wishes: Wishes | None,
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
        wishes: what the feed itself asks for; None where there was no document, so that the last one's hold.
        now: when the poll ended.
        jitter: a random number in [0, 1).
    """
    floor = _floor(source, settings)
    if isinstance(outcome, TryLater):
        return _after_failure(state, outcome, _pace(state, source, floor), now, jitter)
    if isinstance(outcome, Gone):
        return _after_gone(state, _pace(state, source, floor), now, jitter)
    wishes = wishes or state.wishes
    learnt = _learnt(state, source, now, brought=new > 0)
    pace = min(_pace(replace(state, pace=learnt), source, floor), _turnover(state, now, new=new, total=total))
    asked = max(floor, min(max(fresh_for(outcome.headers, now), wishes.ttl or timedelta()), LONGEST_ASKED))
    wait = min(max(pace * (0.9 + 0.2 * jitter), asked * (1 + 0.1 * jitter)), LONGEST_WAIT)
    kept = replace(
        _remember_move(state, source, outcome.permanent_url),
        stopped=False,
        last_poll_at=now,
        last_ok_at=now,
        retry_after=None,
        failures=0.0,
        failed_polls=0,
        pace=learnt,
        wishes=wishes,
        next_poll_at=_not_skipped(now + wait, wishes, now, jitter),
    )
    return _answered(kept, outcome, new=new, total=total, recovery=_recovery(state), now=now)


def _answered(
    kept: SourceState, outcome: Fetched | NotModified, *, new: int, total: int, recovery: str, now: datetime
) -> SourceState:
    if isinstance(outcome, NotModified):
        return replace(kept, result="not-modified", detail=f"Nothing changed since the last poll.{recovery}")
    brought = f"{counted(total)}, {new:,} of them new." if total else "The document has no entries."
    return replace(
        kept,
        last_full_at=now,
        etag=outcome.headers.get("etag"),
        last_modified=outcome.headers.get("last-modified"),
        document_url=outcome.url,
        result="ok",
        detail=f"{brought}{recovery}",
    )


def _after_gone(state: SourceState, pace: timedelta, now: datetime, jitter: float) -> SourceState:
    if state.poll_url != state.url:  # it is the redirect's target that has gone
        gone = TryLater(result="gone", detail="The address that this source had moved to is gone for good (410).")
        return _after_failure(state, gone, pace, now, jitter)
    return replace(
        state,
        stopped=True,
        last_poll_at=now,
        retry_after=None,
        failed_polls=state.failed_polls + 1,
        next_poll_at=now + LONGEST_WAIT,
        result="gone",
        detail="The server says that this address is gone for good (410); it is not asked again.",
    )


def _recovery(state: SourceState) -> str:
    if not state.failed_polls:
        return ""
    return f" Works again after {state.failed_polls} failed poll{'s' if state.failed_polls > 1 else ''}."


def _floor(source: Source, settings: FetchSettings) -> timedelta:
    """Give the shortest wait: the configured one, or the declared interval where a source on an allowed network wants less."""
    if in_networks(urlsplit(source.url).hostname or "", settings.allow_networks):
        return min(settings.min_interval, source.interval)
    return settings.min_interval


def _pace(state: SourceState, source: Source, floor: timedelta) -> timedelta:
    """Give what was learnt, within today's bounds: the declared interval may have changed since."""
    longest = _longest(source)
    learnt = timedelta(seconds=min(state.pace or 0.0, longest.total_seconds()))
    return max(floor, min(max(learnt, source.interval), longest))


def _longest(source: Source) -> timedelta:
    return min(source.interval * PACE_CEILING, source.interval + LATEST, LONGEST_WAIT)


def _learnt(state: SourceState, source: Source, now: datetime, *, brought: bool) -> float:
    """Give the pace, in seconds, at which one poll in `WORTH` brings something.

    Kept is the rate of polls that brought something: it fades with the time constant `MEMORY`, and each such poll adds its share.
    Polls are counted, not entries: ten items of one bulletin are one occasion.
    """
    memory, longest = MEMORY.total_seconds(), _longest(source).total_seconds()
    rate = 1 / (WORTH * min(state.pace or source.interval.total_seconds(), longest))
    rate = rate * math.exp(-_elapsed(state, now).total_seconds() / memory) + brought / memory
    return min(longest, 1 / max(WORTH * rate, 1 / longest))


def _turnover(state: SourceState, now: datetime, *, new: int, total: int) -> timedelta:
    """Give the time in which half of the document is pushed out by new entries, at the rate they came since the last poll."""
    if state.first_poll or not new:
        return LONGEST_WAIT
    return _elapsed(state, now) * total / (2 * new)


def _elapsed(state: SourceState, now: datetime) -> timedelta:
    return max(timedelta(), now - (state.last_ok_at or now))


def _not_skipped(due: datetime, wishes: Wishes, now: datetime, jitter: float) -> datetime:
    """Move a time out of the hours and days that the feed skips; a feed that skips all of them means none."""
    hours = wishes.skip_hours if len(wishes.skip_hours) < 24 else frozenset()
    days = wishes.skip_days if len(wishes.skip_days) < 7 else frozenset()
    moved = due
    while moved.hour in hours or moved.weekday() in days:
        moved = moved.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if moved == due:
        return due
    moved += SPREAD * jitter
    return moved if moved - now <= LONGEST_WAIT else due


def _remember_move(state: SourceState, source: Source, permanent_url: str | None) -> SourceState:
    believed = state.poll_url != state.url
    if permanent_url is None:  # asked at the new address, no redirect is expected
        return state if believed else replace(state, moved_to=None, moved_seen=0)
    if source.headers and not same_origin(permanent_url, source.url):
        # A declared header may be a password: it goes to the declared origin only, so the redirect is followed anew each time.
        return replace(state, moved_to=None, moved_seen=0)
    seen = state.moved_seen + 1 if permanent_url == state.moved_to else 1
    return replace(state, moved_to=permanent_url, moved_seen=seen)


def _after_failure(state: SourceState, outcome: TryLater, pace: timedelta, now: datetime, jitter: float) -> SourceState:
    failures = state.failures + WEIGHTS[outcome.weight]
    wait = min(pace * 2 ** min(failures, MOST_DOUBLINGS) * (0.9 + 0.2 * jitter), LONGEST_WAIT * (1 - 0.1 * jitter))
    due = max(now + wait, outcome.retry_after or now)
    failed = replace(
        state,
        last_poll_at=now,
        retry_after=outcome.retry_after,
        failures=failures,
        failed_polls=state.failed_polls + 1,
        next_poll_at=_not_skipped(due, state.wishes, now, jitter),
        result=outcome.result,
        detail=outcome.detail,
    )
    if state.poll_url != state.url and failures >= 1:
        return replace(failed, moved_to=None, moved_seen=0)  # the new address is no good: ask the declared one again
    return failed
