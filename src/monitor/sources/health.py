"""Takes a source, what is remembered of it and how often it used to bring something, gives its state as a word and a sentence.

Three standings: *sick* (its last poll failed, or the server said 410), *silent* (it answers, but brings nothing new although it
used to), *well*. A source is silent where its silence, counted up to the last poll that was answered, has less than one chance in
a thousand had it gone on as in the 28 days before (polls that bring something taken as a Poisson process: exp(-rate × silence)
< 0.001), is half as long again as the longest pause in that time, which spares the weekends of a paper that keeps them, and lasts
24 hours at least. A source known for less than a week, or that brought something fewer than five times, is not called silent.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from monitor.sources.advice import advice
from monitor.sources.words import moment
from monitor.types import Activity, PollRecord, Source, SourceState

WINDOW = timedelta(days=28)  #: four weekends; what `Store.activity` is asked for
IMPLAUSIBLE = 0.001
SHORTEST_SILENCE = timedelta(hours=24)
LONGER_THAN_BEFORE = 1.5  #: times the longest pause in the window
YOUNG = timedelta(days=7)
FEWEST_OCCASIONS = 5

_DAY = timedelta(days=1)


class Standing(IntEnum):
    """How much a source needs a person, most first."""

    SICK = 0
    SILENT = 1
    WELL = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    """A source's state: `state` for programs, `detail` for people, and since when it is so, where that is known.

    `state` is working, not-modified, unjudged, silent, resting, gone, not-polled, or the result of the last, failed poll.
    """

    state: str
    detail: str
    standing: Standing
    since: datetime | None = None
    per_day: float | None = None  #: entries a day while it last was active; None where too little is known


def source_health(
    source: Source,
    state: SourceState,
    activity: Activity | None,
    polls: Sequence[PollRecord],
    *,
    judged: Collection[str],
    now: datetime,
) -> SourceHealth:
    """Give a source's state in words.

    Args:
        source: as it is declared.
        state: what is remembered of it.
        activity: how often it brought something over `WINDOW`; None where it never brought an entry.
        polls: its latest polls, latest first; `state.failed_polls` of them tell since when it fails.
        judged: the languages that are judged.
        now: the time.
    """
    per_day = _per_day(activity)
    if state.stopped or state.failed_polls:
        return _sick(state, polls, per_day, now)
    if state.last_poll_at is None:
        return SourceHealth(state="not-polled", detail="Not polled yet.", standing=Standing.WELL)
    silent = _silence(state, activity)
    if silent and activity:
        detail = f"Works, but brought nothing new for {_span(silent)}, although it usually brings {_rate(per_day)}."
        return SourceHealth(
            state="silent", detail=detail, standing=Standing.SILENT, since=activity.latest, per_day=per_day
        )
    word, detail, since = _working(source, state, judged)
    if state.poll_url != state.url:
        detail += f" It has moved to {state.poll_url}: put that into sources.yaml."
    return SourceHealth(state=word, detail=detail, standing=Standing.WELL, since=since, per_day=per_day)


def _sick(state: SourceState, polls: Sequence[PollRecord], per_day: float | None, now: datetime) -> SourceHealth:
    failed = polls[: state.failed_polls]
    since = failed[-1].at if failed else state.last_poll_at
    word = state.result
    told = state.detail.rstrip(".") + "."
    if since:
        counted = "1 poll" if state.failed_polls == 1 else f"{state.failed_polls} polls"
        told += f" Failing since {moment(since)} ({counted})."
    meaning = advice(word)
    if not state.stopped and state.retry_after and state.retry_after > now:
        word, meaning = "resting", f"Resting until {moment(state.retry_after)}."
    detail = f"{told} {meaning}".strip()
    return SourceHealth(state=word, detail=detail, standing=Standing.SICK, since=since, per_day=per_day)


def _working(source: Source, state: SourceState, judged: Collection[str]) -> tuple[str, str, datetime | None]:
    if source.language and source.language not in judged:
        known = ", ".join(sorted(judged))
        detail = f"Works, but its language ({source.language}) is not judged (only {known}): nothing is ever flagged."
        return "unjudged", detail, None
    if state.result == "not-modified" and state.last_full_at:
        return "not-modified", f"Works; not modified since {moment(state.last_full_at)}.", state.last_full_at
    return "working", f"Works: {state.detail}", None


def _known_for(activity: Activity) -> timedelta:
    return min(WINDOW, activity.latest - activity.first)


def _per_day(activity: Activity | None) -> float | None:
    if activity is None or not activity.entries or _known_for(activity) < _DAY:
        return None
    return activity.entries / (_known_for(activity) / _DAY)


def _silence(state: SourceState, activity: Activity | None) -> timedelta | None:
    """Give how long a source has been silent, where that is too long for chance."""
    if activity is None or state.last_ok_at is None:
        return None
    if activity.occasions < FEWEST_OCCASIONS or _known_for(activity) < YOUNG:
        return None
    silence = state.last_ok_at - activity.latest
    usual = _known_for(activity) / activity.occasions
    implausible = max(usual * -math.log(IMPLAUSIBLE), activity.longest_gap * LONGER_THAN_BEFORE, SHORTEST_SILENCE)
    return silence if silence > implausible else None


def _span(length: timedelta) -> str:
    days = length // _DAY
    return f"{days} days" if days > 1 else f"{length // timedelta(hours=1)} hours"


def _rate(per_day: float | None) -> str:
    if per_day is None or per_day < 1:
        return f"about {max(1, round((per_day or 0) * 7))} a week"
    return f"about {round(per_day)} a day"
