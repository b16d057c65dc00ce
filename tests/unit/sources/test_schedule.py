"""Takes polls of every ending, gives that each source is asked again at the right time, and none is given up or hurried."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources import after_poll, fresh
from monitor.sources.schedule import LONGEST_WAIT
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone, NotModified, Source, SourceState, TryLater, Weight

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://news.example/feed"
MOVED = "https://news.example/new"
SOURCE = Source(id="gazette", name="Harbour Gazette", url=URL)
SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",))
SEEN = replace(fresh(SOURCE, NOW), last_full_at=NOW - HOUR, etag='"1"', last_modified="yesterday", pace=3600.0)
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
    ttl: timedelta | None = None,
    jitter: float = MIDDLE,
) -> SourceState:
    """Give the state after a poll; half of its entries were new, unless told otherwise."""
    return after_poll(state, source, SETTINGS, outcome, new=new, total=total, ttl=ttl, now=NOW, jitter=jitter)


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


@pytest.mark.parametrize(
    ("new", "total", "expected"),
    [(10, 10, 40), (6, 10, 40), (5, 10, 60), (4, 10, 90), (0, 10, 90), (0, 0, 90)],
)
def test_the_pace_follows_what_was_new(new: int, total: int, expected: int) -> None:
    """Mostly new entries shorten the wait, mostly known ones lengthen it."""
    assert wait(polled(ok(), new=new, total=total)) == timedelta(minutes=expected)


def test_the_pace_stays_between_the_floor_and_four_intervals() -> None:
    """However often a source is quiet or busy, the pace keeps its bounds; 304 counts as quiet."""
    quiet = busy = SEEN
    for _ in range(9):
        quiet = polled(NotModified(headers={}), quiet, new=0, total=0)
        busy = polled(ok(), busy, new=10)

    assert (wait(quiet), wait(busy)) == (4 * HOUR, SETTINGS.min_interval * 1.05)


def test_an_interval_that_was_changed_bounds_the_remembered_pace() -> None:
    """A pace of four hours is cut when the interval is set to ten minutes, and the floor still holds."""
    state = polled(ok(), replace(SEEN, pace=4 * 3600.0), replace(SOURCE, interval=timedelta(minutes=10)))

    assert wait(state) == timedelta(minutes=40)


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
    assert wait(polled(ok(), ttl=3 * HOUR, jitter=0.0)) == 3 * HOUR


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
    assert (wait(state), state.stopped) == (LONGEST_WAIT, False)
    assert polled(ok(), state).failures == 0


def test_a_failure_keeps_what_was_known() -> None:
    """Validators, pace and the time of the last document survive; the reason is kept in words."""
    state = polled(later("parse-error", Weight.HARD))

    assert (state.etag, state.last_modified, state.pace) == ('"1"', "yesterday", 3600.0)
    assert (state.last_full_at, state.last_ok_at, state.last_poll_at) == (NOW - HOUR, None, NOW)
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


def test_a_source_with_headers_of_its_own_does_not_move_to_another_host() -> None:
    """A declared header may be a password, which is for the declared host alone."""
    source = replace(SOURCE, headers=(("Authorization", "Bearer secret"),))
    away, within = "https://elsewhere.example/feed", MOVED

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


@settings(max_examples=150)
@given(
    source=sources,
    history=st.lists(st.tuples(outcomes, st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8),
    ttl=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_the_next_poll_is_ahead_but_never_out_of_sight(
    source: Source, history: list[tuple[FetchOutcome, int, int]], ttl: timedelta | None, jitter: float
) -> None:
    """Whatever happens: later than now, not before Retry-After, within seven days and the jitter, and not below the floor."""
    state = fresh(source, NOW)
    floor = SETTINGS.min_interval if source.url == URL else timedelta(0)

    for outcome, new, known in history:
        state = polled(outcome, state, source, new=new, total=new + known, ttl=ttl, jitter=jitter)

        assert NOW < state.next_poll_at <= NOW + LONGEST_WAIT * 1.1
        assert wait(state) >= floor or state.failures
        assert state.retry_after is None or state.next_poll_at >= state.retry_after
        assert state.result
        assert state.detail
