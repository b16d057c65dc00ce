"""Takes polls of every ending, gives that each source is asked again at the right time, and none is given up or hurried."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources import after_poll, fresh
from monitor.sources.schedule import LONGEST_WAIT, MEMORY
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

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://news.example/feed"
MOVED = "https://news.example/new"
SOURCE = Source(id="gazette", name="Harbour Gazette", url=URL)
SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",))
SEEN = replace(
    fresh(SOURCE, NOW),
    last_ok_at=NOW - HOUR,
    last_full_at=NOW - HOUR,
    etag='"1"',
    last_modified="yesterday",
    pace=3600.0,
)
MIDDLE = 0.5  #: the jitter that changes nothing


def ok(permanent_url: str | None = None, **headers: str) -> Fetched:
    """Give a document."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(url=URL, headers=named, body=b"<rss/>", permanent_url=permanent_url)


def later(result: str = "http-500", weight: Weight = Weight.SOFT, retry_after: datetime | None = None) -> TryLater:
    """Give a failure."""
    return TryLater(result=result, detail="why", weight=weight, retry_after=retry_after)


def polled(
    outcome: FetchOutcome,
    state: SourceState = SEEN,
    source: Source = SOURCE,
    *,
    new: int = 5,
    total: int = 10,
    wishes: Wishes | None = None,
    now: datetime = NOW,
    jitter: float = MIDDLE,
) -> SourceState:
    """Give the state after a poll; half of its entries were new, unless told otherwise."""
    return after_poll(state, source, SETTINGS, outcome, new=new, total=total, wishes=wishes, now=now, jitter=jitter)


def wait(state: SourceState) -> timedelta:
    """Give the time until the next poll."""
    return state.next_poll_at - NOW


# ── pace ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_new_source_is_due_at_once() -> None:
    """Nothing is known of it, nothing delays it."""
    state = fresh(SOURCE, NOW)

    assert (state.next_poll_at, state.first_poll, state.poll_url) == (NOW, True, URL)


def test_the_first_document_does_not_change_the_pace() -> None:
    """All of it is new by nature; the next poll comes after the declared interval."""
    state = polled(ok(), fresh(SOURCE, NOW), new=40, total=40)

    assert wait(state) == HOUR
    assert not state.first_poll


def quiet_for(span: timedelta, state: SourceState = SEEN) -> SourceState:
    """Give the state after so long a time of polls that brought nothing, each when it was due."""
    start = state.next_poll_at
    while state.next_poll_at - start < span:
        state = polled(NotModified(headers={}), state, new=0, total=0, now=state.next_poll_at)
    return state


def test_a_night_and_a_weekend_do_not_change_the_pace_of_a_source_that_is_often_new() -> None:
    """What was learnt in a week fades in weeks: on Monday morning it is still asked every hour."""
    busy = SEEN
    for _ in range(5 * 24):
        busy = polled(ok(), busy, new=1, total=40, now=busy.next_poll_at)

    weekend = quiet_for(timedelta(hours=62), busy)

    assert weekend.next_poll_at - (weekend.last_poll_at or NOW) == HOUR


def test_a_source_that_proves_quiet_is_asked_less_often_up_to_four_intervals() -> None:
    """An hour becomes four in about two weeks, and stays at that."""
    waits = [
        state.next_poll_at - (state.last_poll_at or NOW) for state in map(quiet_for, map(timedelta, (1, 7, 14, 60)))
    ]

    assert waits == sorted(waits)
    assert waits[0] < 1.2 * HOUR
    assert waits[1] > 2 * HOUR
    assert waits[2:] == [4 * HOUR, 4 * HOUR]


def test_a_source_that_wakes_up_is_soon_back_at_its_interval() -> None:
    """Six polls that bring something undo weeks of silence."""
    state = quiet_for(timedelta(days=60))

    for _ in range(6):
        state = polled(ok(), state, new=1, total=40, now=state.next_poll_at)

    assert state.next_poll_at - (state.last_poll_at or NOW) == HOUR


@pytest.mark.parametrize(
    ("interval", "latest"), [(timedelta(minutes=15), 1.0), (12 * HOUR, 18.0), (30 * 24 * HOUR, 168.0)]
)
def test_no_source_is_asked_later_than_six_hours_after_its_interval(interval: timedelta, latest: float) -> None:
    """Nor later than four intervals, nor than a week after the last poll."""
    source = replace(SOURCE, interval=interval)
    learnt = replace(SEEN, pace=1e9, last_ok_at=NOW - timedelta(days=90))

    assert wait(polled(NotModified(headers={}), learnt, source, new=0, total=0)) == latest * HOUR


def test_an_interval_that_was_changed_bounds_the_remembered_pace() -> None:
    """A pace of four hours is cut when the interval is set to ten minutes, and the floor still holds."""
    state = polled(
        NotModified(headers={}), replace(SEEN, pace=4 * 3600.0), replace(SOURCE, interval=timedelta(minutes=10)), new=0
    )

    assert wait(state) == timedelta(minutes=40)


@pytest.mark.parametrize(
    ("new", "total", "expected"), [(10, 10, 30), (8, 10, 37.5), (5, 10, 60), (1, 10, 60), (1, 1, 30), (40, 40, 30)]
)
def test_a_document_that_is_mostly_new_is_asked_for_again_before_half_of_it_can_be_lost(
    new: int, total: int, expected: float
) -> None:
    """Eight of ten entries came in an hour: five come in 37 minutes."""
    assert wait(polled(ok(), new=new, total=total)) == timedelta(minutes=expected)


def test_hurry_ends_at_the_floor_and_with_the_flood() -> None:
    """A document renewed at every poll is asked for every 15 minutes; one quiet answer, and the interval is back."""
    flood = SEEN
    for _ in range(9):
        flood = polled(ok(), flood, new=10, now=flood.next_poll_at)

    over = polled(NotModified(headers={}), flood, new=0, total=0, now=flood.next_poll_at)

    assert flood.next_poll_at - (flood.last_poll_at or NOW) == SETTINGS.min_interval * 1.05
    assert over.next_poll_at - (over.last_poll_at or NOW) == HOUR


# ── pace over months ─────────────────────────────────────────────────────────────────────────────────────────────────
def published(every: timedelta, until: datetime) -> Iterator[datetime]:
    """Give the moments at which a source publishes, at random, so often in the mean."""
    chance, moment = random.Random(7), NOW
    while (moment := moment + every * chance.expovariate(1)) < until:
        yield moment


def simulated(moments: Iterable[datetime], until: datetime) -> tuple[float, float, float]:
    """Give polls a day, and by how many minutes an entry is late, in the mean and at most, once the pace is learnt."""
    chance, state, waiting = random.Random(3), fresh(SOURCE, NOW), list(moments)
    learnt, polls, delays = NOW + 5 * MEMORY, 0, list[timedelta]()
    while (now := state.next_poll_at) < until:
        new = [moment for moment in waiting[:200] if moment <= now]
        del waiting[: len(new)]
        if now > learnt:
            polls += 1
            delays += [now - moment for moment in new]
        outcome = ok() if new or state.first_poll else NotModified(headers={})
        state = polled(
            outcome, state, new=len(new), total=40 * isinstance(outcome, Fetched), now=now, jitter=chance.random()
        )
    minutes = [delay / timedelta(minutes=1) for delay in delays]
    return polls / ((until - learnt) / timedelta(days=1)), sum(minutes) / len(minutes), max(minutes)


@pytest.mark.parametrize(
    ("every", "polls_a_day", "mean", "worst"),
    [
        (timedelta(minutes=10), (23, 25), 35, 66),
        (timedelta(hours=1), (23, 25), 35, 66),
        (timedelta(hours=1.2), (23, 25), 35, 66),
        (timedelta(days=1), (18, 24), 45, 120),
        (timedelta(days=7), (5.9, 8), 140, 264),
    ],
    ids=["every 10 minutes", "hourly", "20 a day", "daily", "weekly"],
)
def test_a_source_of_each_pace_is_asked_as_often_as_it_is_worth(
    every: timedelta, polls_a_day: tuple[float, float], mean: float, worst: float
) -> None:
    """Whoever declares an hour gets an hour of whatever publishes daily or more often; a weekly source costs a quarter of that.

    Before, when all sources with mostly known entries were asked less often, every one of these was asked six times a day
    and brought its entries two hours late in the mean, four at worst.
    """
    until = NOW + timedelta(days=150)

    polls, late, latest = simulated(published(every, until), until)

    assert polls_a_day[0] <= polls <= polls_a_day[1]
    assert late <= mean
    assert latest <= worst


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.9", 5), ("localhost", 5), ("news.example", 900)])
def test_only_a_source_on_an_allowed_network_may_hurry(host: str, expected: int) -> None:
    """An interval of seconds is for servers of one's own."""
    source = replace(SOURCE, url=f"http://{host}:8000/feed", interval=timedelta(seconds=5))

    assert wait(polled(ok(), fresh(source, NOW), source, jitter=0.0)).total_seconds() == expected


# ── what the server asks ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("cache_control", "minutes"),
    [
        ("max-age=7200", 120), ('public, Max-Age="7200"', 120), ("max-age=60", 60), ("no-cache", 60),
        ("max-age=-1", 60), ("max-age=soon", 60), ("max-age=999999999999999999", 24 * 60), ("max-age=²", 60),
    ],
)  # fmt: skip
def test_max_age_is_waited_out(cache_control: str, minutes: int) -> None:
    """A document is not asked for again while it says that it is fresh, for a day at most."""
    assert wait(polled(ok(cache_control=cache_control))) == timedelta(minutes=minutes) * (1.05 if minutes > 60 else 1)


def test_the_feeds_own_ttl_is_waited_out() -> None:
    """What the feed asks for counts like max-age, and jitter never cuts it."""
    assert wait(polled(ok(), wishes=Wishes(ttl=3 * HOUR), jitter=0.0)) == 3 * HOUR


def test_a_wish_outlives_the_polls_that_bring_no_document() -> None:
    """A 304 and a failure leave it as it was; a document without it ends it."""
    wished = polled(ok(), wishes=Wishes(ttl=3 * HOUR), jitter=0.0)

    unchanged = polled(NotModified(headers={}), wished, jitter=0.0)
    failed = polled(later(), unchanged)

    assert wait(unchanged) == 3 * HOUR
    assert failed.wishes == Wishes(ttl=3 * HOUR)
    assert polled(ok(), failed, wishes=Wishes()).wishes == Wishes()


@pytest.mark.parametrize(
    ("hours", "days", "expected"),
    [
        ({14, 15}, (), "2026-11-22 13:00"),  # not the next hour
        ({13, 14}, (), "2026-11-22 15:07:30"),
        (set(range(24)) - {9}, (), "2026-11-23 09:07:30"),
        ((), {6}, "2026-11-23 00:07:30"),  # NOW is a Sunday
        ({0, 1}, {6, 0}, "2026-11-24 02:07:30"),
        (set(range(24)), set(range(7)), "2026-11-22 13:00"),  # no hour and no day at all: nonsense
    ],
)
def test_what_a_feed_skips_is_skipped(hours: set[int], days: set[int], expected: str) -> None:
    """A poll due within goes to the end of it, spread over a quarter of an hour."""
    wishes = Wishes(skip_hours=frozenset(hours), skip_days=frozenset(days))
    due = datetime.fromisoformat(expected).replace(tzinfo=UTC)

    assert polled(ok(), wishes=wishes).next_poll_at == due


def test_a_source_is_asked_once_a_week_whatever_it_skips() -> None:
    """Waiting for the one hour that is left would take longer."""
    wishes = Wishes(skip_hours=frozenset(range(24)) - {9}, skip_days=frozenset(range(7)) - {5})
    state = replace(SEEN, wishes=wishes, failures=20.0)

    assert LONGEST_WAIT * 0.9 <= wait(polled(later(), state)) <= LONGEST_WAIT


def test_retry_after_is_never_undercut() -> None:
    """The next poll waits as long as the server asks, and the state keeps the instant."""
    until = NOW + 30 * HOUR
    state = polled(later("http-429", retry_after=until), jitter=0.0)

    assert (state.next_poll_at, state.retry_after) == (until, until)
    assert polled(ok(), state).retry_after is None


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_failures_add_up_by_weight_and_back_off() -> None:
    """Hard 1, soft ½, transient ¼; the wait doubles with each whole one, up to seven days, and success forgets them."""
    state = SEEN
    seen = []
    for weight in (Weight.HARD, Weight.SOFT, Weight.SOFT, Weight.TRANSIENT):
        state = polled(later(weight=weight), state)
        seen.append((state.failures, wait(state) / HOUR))
    for _ in range(100):
        state = polled(later(weight=Weight.HARD), state)

    assert [failures for failures, _ in seen] == [1, 1.5, 2, 2.25]
    assert [round(hours, 2) for _, hours in seen] == [2, 2.83, 4, 4.76]
    assert (wait(state), state.stopped) == (LONGEST_WAIT * 0.95, False)
    assert polled(ok(), state).failures == 0


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ok(), "10 entries, 5 of them new. Works again after 3 failed polls."),
        (NotModified(headers={}), "Nothing changed since the last poll. Works again after 3 failed polls."),
    ],
)
def test_a_recovery_resets_at_once_and_is_noted(outcome: FetchOutcome, expected: str) -> None:
    """Polls are counted as polls, whatever each weighed; the poll after that says nothing of it."""
    state = SEEN
    for weight in (Weight.HARD, Weight.SOFT, Weight.TRANSIENT):
        state = polled(later(weight=weight), state)

    well = polled(outcome, state)

    assert (state.failures, state.failed_polls) == (1.75, 3)
    assert (well.failures, well.failed_polls, well.retry_after, wait(well)) == (0, 0, None, HOUR)
    assert well.detail == expected
    assert "again" not in polled(outcome, well).detail


def test_a_single_failure_is_counted_as_one() -> None:
    """In words."""
    assert polled(ok(), polled(later())).detail.endswith("Works again after 1 failed poll.")


def test_a_failure_keeps_what_was_known() -> None:
    """Validators, pace and the time of the last document survive; the reason is kept in words."""
    state = polled(later("parse-error", Weight.HARD))

    assert (state.etag, state.last_modified, state.pace) == ('"1"', "yesterday", 3600.0)
    assert (state.last_full_at, state.last_ok_at, state.last_poll_at) == (NOW - HOUR, NOW - HOUR, NOW)
    assert (state.result, state.detail) == ("parse-error", "why")


def test_gone_stops_a_source_until_it_answers_again() -> None:
    """410 stops; a poll made all the same, and answered, starts it anew."""
    stopped = polled(Gone())

    assert (stopped.stopped, stopped.result) == (True, "gone")
    assert not polled(ok(), stopped).stopped
    assert polled(later(), stopped).stopped


# ── what is remembered ───────────────────────────────────────────────────────────────────────────────────────────────
def test_validators_are_replaced_by_a_document_only() -> None:
    """A 200 brings new validators or none; a 304 changes nothing."""
    state = polled(ok(etag='W/"2"'))
    unchanged = polled(NotModified(headers={"etag": '"3"'}), state)

    assert (state.etag, state.last_modified, state.last_full_at, state.result) == ('W/"2"', None, NOW, "ok")
    assert (unchanged.etag, unchanged.result) == ('W/"2"', "not-modified")


def test_a_document_says_how_much_it_brought() -> None:
    """The detail is a sentence for people."""
    assert polled(ok(), new=1, total=40).detail == "40 entries, 1 of them new."
    assert polled(ok(), new=1_500, total=2_000).detail == "2,000 entries, 1,500 of them new."
    assert polled(ok(), new=0, total=1).detail == "1 entry, 0 of them new."
    assert polled(ok(), new=0, total=0).detail == "The document has no entries."


def test_a_permanent_redirect_is_believed_when_two_polls_saw_it() -> None:
    """Once is noted, twice in a row is believed, also when the second answer is 304; then the new address needs no redirect."""
    once = polled(ok(MOVED))
    twice = polled(NotModified(headers={}, permanent_url=MOVED), once)
    asked_there = polled(ok(), twice)

    assert [state.poll_url for state in (once, twice, asked_there)] == [URL, MOVED, MOVED]


@pytest.mark.parametrize("second", [None, "https://elsewhere.example/feed"])
def test_a_redirect_that_disappears_or_changes_is_counted_anew(second: str | None) -> None:
    """A move seen once and then not, or elsewhere, is not believed."""
    state = polled(ok(second), polled(ok(MOVED)))

    assert (state.moved_to, state.moved_seen) == (second, 1 if second else 0)
    assert state.poll_url == URL


def test_a_new_address_that_fails_is_given_up_for_the_declared_one() -> None:
    """After a whole failure the declared address is asked again; one slow answer is not enough."""
    moved = replace(SEEN, moved_to=MOVED, moved_seen=2)

    assert polled(later("http-403", Weight.HARD), moved).poll_url == URL
    assert polled(later("timeout", Weight.TRANSIENT), moved).poll_url == MOVED


def test_a_new_address_that_is_gone_does_not_stop_the_source() -> None:
    """What has gone is the target of the redirect: the declared address is asked again."""
    state = polled(Gone(), replace(SEEN, moved_to=MOVED, moved_seen=2))

    assert (state.poll_url, state.stopped, state.result) == (URL, False, "gone")
    assert polled(Gone(), state).stopped


def test_a_source_with_headers_of_its_own_does_not_move_to_another_origin() -> None:
    """A declared header may be a password, which is for the declared host alone, and for nobody on the way to it."""
    source = replace(SOURCE, headers=(("Authorization", "Bearer secret"),))
    within = MOVED

    for away in ("https://elsewhere.example/feed", MOVED.replace("https:", "http:")):
        assert polled(ok(away), polled(ok(away), SEEN, source), source).poll_url == URL
    assert polled(ok(within), polled(ok(within), SEEN, source), source).poll_url == within


# ── always ───────────────────────────────────────────────────────────────────────────────────────────────────────────
outcomes = st.one_of(
    st.builds(ok, st.sampled_from([None, MOVED]), cache_control=st.text(max_size=30) | st.just("max-age=86400")),
    st.builds(NotModified, headers=st.just({})),
    st.builds(Gone),
    st.builds(
        later,
        weight=st.sampled_from(Weight),
        retry_after=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(hours=48)).map(lambda span: NOW + span),
    ),
)
sources = st.builds(
    Source,
    id=st.just("x"),
    name=st.just("X"),
    url=st.sampled_from([URL, "http://127.0.0.5/feed"]),
    interval=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
)


wished = st.builds(
    Wishes,
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)
jitters = st.floats(0, 1, exclude_max=True)


def skipped(moment: datetime, wishes: Wishes) -> bool:
    """Tell whether a feed that does not skip everything skips this moment."""
    hours, days = wishes.skip_hours, wishes.skip_days
    return (len(hours) < 24 and moment.hour in hours) or (len(days) < 7 and moment.weekday() in days)


@settings(max_examples=150)
@given(
    source=sources,
    history=st.lists(
        st.tuples(outcomes, st.integers(0, 50), st.integers(0, 50), st.none() | wished), min_size=1, max_size=8
    ),
    jitter=jitters,
)
def test_the_next_poll_is_ahead_but_never_out_of_sight(
    source: Source, history: list[tuple[FetchOutcome, int, int, Wishes | None]], jitter: float
) -> None:
    """Whatever happens: not before Retry-After or the floor, within a week, and at no time that the feed skips.

    Unless no other time is left in the week.
    """
    state = fresh(source, NOW)
    floor = SETTINGS.min_interval if source.url == URL else timedelta(0)

    for outcome, new, known, wishes in history:
        state = polled(outcome, state, source, new=new, total=new + known, wishes=wishes, jitter=jitter)

        assert NOW < state.next_poll_at <= NOW + LONGEST_WAIT
        assert wait(state) >= floor or state.failures
        assert state.retry_after is None or state.next_poll_at >= state.retry_after
        assert state.result
        assert state.detail
        if skipped(state.next_poll_at, state.wishes) and not state.stopped:
            week = (state.next_poll_at + number * HOUR for number in range(1, 168))
            assert all(skipped(moment, state.wishes) or moment > NOW + LONGEST_WAIT - HOUR for moment in week)


@given(
    source=sources,
    weights=st.lists(st.sampled_from(Weight), min_size=2, max_size=40),
    jitter=jitters,
)
def test_each_further_failure_makes_the_wait_longer_up_to_the_limit(
    source: Source, weights: list[Weight], jitter: float
) -> None:
    """With the same jitter, no failure shortens the wait."""
    state, waits = SEEN, []
    for weight in weights:
        state = polled(later(weight=weight), state, source, jitter=jitter)
        waits.append(wait(state))

    assert all(shorter <= longer for shorter, longer in pairwise(waits))


@given(seconds=st.integers(0, 10**6), ttl=st.integers(0, 10**6), jitter=jitters)
def test_jitter_never_makes_a_poll_earlier_than_was_asked(seconds: int, ttl: int, jitter: float) -> None:
    """Neither than the server's max-age nor than the feed's ttl, of which a day is heeded."""
    state = polled(ok(cache_control=f"max-age={seconds}"), wishes=Wishes(ttl=timedelta(seconds=ttl)), jitter=jitter)

    assert wait(state) >= min(timedelta(seconds=max(seconds, ttl)), timedelta(days=1))
