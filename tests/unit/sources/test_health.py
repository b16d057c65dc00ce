"""Takes sources in every state, gives that each is told in a word and a sentence, and that silence is told from a pause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources import fresh
from monitor.sources.health import SourceHealth, Standing, source_health
from monitor.types import Activity, PollRecord, Source, SourceState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id="gazette", name="Harbour Gazette", url="https://news.example/feed", language="en")
WELL = replace(
    fresh(SOURCE, NOW + HOUR),
    last_poll_at=NOW,
    last_ok_at=NOW,
    last_full_at=NOW,
    result="ok",
    detail="40 entries, 2 of them new.",
)


def failing(result: str, detail: str, polls: int = 3, **fields: object) -> tuple[SourceState, list[PollRecord]]:
    """Give the state after so many failed polls, an hour apart, and the log of them with one good poll before."""
    state = replace(WELL, result=result, detail=detail, failed_polls=polls, failures=1.0 * polls, **fields)
    log = [
        PollRecord(source_id="gazette", at=NOW - n * HOUR, result=result, detail=detail, entries=0, new=0, seconds=0.1)
        for n in range(polls)
    ]
    return state, [*log, replace(log[0], at=NOW - polls * HOUR, result="ok")]


def how(
    state: SourceState = WELL,
    activity: Activity | None = None,
    polls: list[PollRecord] | None = None,
    source: Source = SOURCE,
) -> SourceHealth:
    """Give the state in words; English is judged."""
    return source_health(source, state, activity, polls or [], judged=("en",), now=NOW)


# ── well ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_source_that_works_says_what_it_brought() -> None:
    """The last poll in words."""
    assert how() == SourceHealth(state="working", detail="Works: 40 entries, 2 of them new.", standing=Standing.WELL)


def test_a_source_never_polled_is_not_sick() -> None:
    """Nothing is known of it."""
    assert how(fresh(SOURCE, NOW)) == SourceHealth(state="not-polled", detail="Not polled yet.", standing=Standing.WELL)


def test_an_unchanged_source_says_since_when() -> None:
    """That is the time of its last document."""
    state = replace(WELL, result="not-modified", last_full_at=NOW - 5 * HOUR)

    found = how(state)

    assert (found.state, found.since, found.standing) == ("not-modified", NOW - 5 * HOUR, Standing.WELL)
    assert found.detail == "Works; not modified since 2026-11-22 07:00 UTC."


def test_a_source_in_a_language_that_is_not_judged_says_so() -> None:
    """It works, and nothing of it is ever flagged."""
    found = how(source=replace(SOURCE, language="fr"))

    assert (found.state, found.standing) == ("unjudged", Standing.WELL)
    assert found.detail == "Works, but its language (fr) is not judged (only en): nothing is ever flagged."
    assert how(source=replace(SOURCE, language=None)).state == "working"


def test_a_source_that_has_moved_tells_its_new_address() -> None:
    """The operator should write it down: one day the redirect will be gone."""
    state = replace(WELL, moved_to="https://new.example/feed", moved_seen=2)

    assert how(state).detail.endswith("It has moved to https://new.example/feed: put that into sources.yaml.")
    assert "moved" not in how(replace(state, moved_seen=1)).detail


# ── sick ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("result", "hint"),
    [
        ("timeout", "slow or down"),
        ("dns", "mistake in `url`"),
        ("tls", "certificate"),
        ("refused-address", "allow_networks"),
        ("too-large", "raise that limit"),
        ("not-a-feed", "sources discover"),
        ("parse-error", "Only the owner"),
        ("robots", "sitemap"),
        ("http-401", "login"),
        ("http-403", "user_agent"),
        ("http-404", "sources discover"),
        ("http-406", "check `url` and `headers`"),
        ("http-429", "interval"),
        ("http-451", "law"),
        ("http-503", "usually passes"),
        ("http-204", "without a document"),
        ("http-300", "without a document"),
    ],
)
def test_every_failure_says_what_it_was_since_when_and_what_to_do(result: str, hint: str) -> None:
    """The fetcher's own words first, made a sentence."""
    found = how(*_failing_with_log(result, "A login page instead of a feed."))

    beginning = "A login page instead of a feed. Failing since 2026-11-22 10:00 UTC (3 polls). "
    assert (found.state, found.since, found.standing) == (result, NOW - 2 * HOUR, Standing.SICK)
    assert found.detail.startswith(beginning)
    assert hint in found.detail.removeprefix(beginning)


def _failing_with_log(result: str, detail: str) -> tuple[SourceState, None, list[PollRecord]]:
    state, polls = failing(result, detail)
    return state, None, polls


def test_an_error_without_a_hint_is_told_all_the_same() -> None:
    """One poll is one poll."""
    state, polls = failing("error", "More than 5 redirects.", polls=1)

    assert how(state, None, polls).detail == "More than 5 redirects. Failing since 2026-11-22 12:00 UTC (1 poll)."


def test_a_source_that_asked_for_time_is_resting_until_then() -> None:
    """Afterwards it is failing like any other."""
    state, polls = failing("http-429", "The server answered 429 Too Many Requests.", retry_after=NOW + 5 * HOUR)

    resting, past = (how(replace(state, retry_after=NOW + hours * HOUR), None, polls) for hours in (5, 0))

    assert (resting.state, past.state, resting.standing) == ("resting", "http-429", Standing.SICK)
    assert resting.detail.endswith("Resting until 2026-11-22 17:00 UTC.")


def test_a_source_that_is_gone_says_how_it_comes_back() -> None:
    """Also where it asked for time before."""
    state, polls = failing("gone", "Gone for good (410).", polls=1, stopped=True, retry_after=NOW + HOUR)

    found = how(state, None, polls)

    assert (found.state, found.standing, found.since) == ("gone", Standing.SICK, NOW)
    assert "Put its new address into sources.yaml" in found.detail


# ── silent ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def active(
    *, silent: timedelta, days: float = 28, occasions: int, entries: int | None = None, pause: timedelta = HOUR
) -> Activity:
    """Give a source's activity before a silence of so long."""
    latest = NOW - silent
    return Activity(
        first=latest - days * DAY,
        latest=latest,
        entries=occasions if entries is None else entries,
        occasions=occasions,
        longest_gap=pause,
    )


@pytest.mark.parametrize(
    ("activity", "silent"),
    [
        (active(silent=25 * HOUR, occasions=280), True),
        (active(silent=23 * HOUR, occasions=280), False),  # less than a day is never silence
        (active(silent=6.8 * DAY, occasions=28), False),  # once a day: e^-6.9 is one in a thousand
        (active(silent=7 * DAY, occasions=28), True),
        (active(silent=28 * DAY, occasions=5), False),
        (active(silent=39 * DAY, occasions=5), True),
        (active(silent=90 * DAY, occasions=4), False),  # too sparse to tell
        (active(silent=90 * DAY, occasions=200, days=6.9), False),  # too young to tell
        (active(silent=3 * DAY, occasions=70, days=7), True),
        (active(silent=62 * HOUR, occasions=200, pause=62 * HOUR), False),  # a weekend like others
        (active(silent=94 * HOUR, occasions=200, pause=62 * HOUR), True),
        (active(silent=400 * DAY, days=900, occasions=28), True),
    ],
)
def test_a_silence_is_told_from_a_pause(activity: Activity, silent: bool) -> None:
    """By how often the source brought something in the four weeks before."""
    assert (how(activity=activity).state == "silent") is silent


def test_a_silent_source_says_how_long_and_what_was_usual() -> None:
    """Entries are what people count, not polls."""
    found = how(activity=active(silent=5 * DAY, occasions=280, entries=560))

    assert (found.standing, found.since, found.per_day) == (Standing.SILENT, NOW - 5 * DAY, 20)
    assert found.detail == "Works, but brought nothing new for 5 days, although it usually brings about 20 a day."


def test_a_rare_source_is_counted_by_the_week() -> None:
    """A fraction of an entry a day says nothing to anybody."""
    assert "about 2 a week" in how(activity=active(silent=60 * DAY, occasions=8)).detail


def test_time_in_which_nobody_asked_is_no_silence() -> None:
    """After the monitor was off for a week, or the source failed as long, the silence is that of the last good poll."""
    quiet = active(silent=7 * DAY, occasions=280)

    assert how(replace(WELL, last_ok_at=NOW - 7 * DAY), quiet).state == "working"


def test_a_source_that_fails_is_sick_rather_than_silent() -> None:
    """The failure is the reason."""
    state, polls = failing("timeout", "No answer.")

    assert how(state, active(silent=9 * DAY, occasions=280), polls).standing is Standing.SICK


@given(
    occasions=st.integers(5, 500), silent=st.integers(1, 2_000), more=st.integers(0, 1_000), pause=st.integers(1, 500)
)
def test_a_longer_silence_is_never_less_of_one(occasions: int, silent: int, more: int, pause: int) -> None:
    """And a source that brought more often is called silent no later."""

    def is_silent(hours: int, times: int) -> bool:
        return how(activity=active(silent=hours * HOUR, occasions=times, pause=pause * HOUR)).state == "silent"

    if is_silent(silent, occasions):
        assert is_silent(silent + more, occasions)
        assert is_silent(silent, occasions + more)
