"""Takes stories and rules, checks who hears of them and when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify import Decision, Held, Newcomer, Rules, Tell, decide
from monitor.notify.policy import overflow_subject, source_subject, story_of, story_subject, topics_of
from monitor.types import AlertMode, AlertSettings, QuietHours, Route, Story, StoryArticle, Topic

NOW = datetime(2026, 3, 4, 18, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DRUGS = Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#desk"),))
SECURITY = Topic(id="bilateral_security", name="Bilateral security", routes=(Route(channel="#desk"),))
ELSEWHERE = Topic(id="bilateral_security", name="Bilateral security", routes=(Route(channel="#security"),))


def judge(
    *topics: str,
    configured: tuple[Topic, ...] = (DRUGS, SECURITY),
    now: datetime = NOW,
    recent: int = 0,
    told: tuple[str, ...] = (),
    dry_run: bool = False,
    newcomer: dict[str, Any] | None = None,
    **alerts: Any,
) -> Decision:
    """Decide about a story whose one article was just flagged for these topics."""
    flagged = topics or ("drug_policy",)
    rules = Rules(topics=configured, alerts=AlertSettings(**alerts), zone=BERLIN, dry_run=dry_run)
    return decide(
        Newcomer(**({"topics": flagged, "published": now} | (newcomer or {}))),
        rules,
        recent={"#desk": recent},
        told=told,
        now=now,
    )


def test_a_flagged_story_is_told_at_once() -> None:
    """Nothing stands against it: the message is due now."""
    decision = judge()

    assert decision == Decision(channels=(Tell(channel="#desk", not_before=NOW),))


def test_two_topics_with_one_channel_make_one_message() -> None:
    """One alert per story and channel."""
    decision = judge("bilateral_security", "drug_policy")

    assert [tell.channel for tell in decision.channels] == ["#desk"]


def test_two_topics_with_two_channels_make_two_messages() -> None:
    """Each channel hears of its own topic."""
    decision = judge("drug_policy", "bilateral_security", configured=(DRUGS, ELSEWHERE))

    assert [tell.channel for tell in decision.channels] == ["#desk", "#security"]


def test_a_channel_that_knows_the_story_gets_no_second_message() -> None:
    """Nothing is decided and no gate is named: the caller refreshes the message."""
    assert judge(told=("#desk",)) == Decision()


def test_a_topic_that_joins_a_told_story_reaches_its_own_channel() -> None:
    """Only the channel that has not heard of the story yet is told."""
    decision = judge("drug_policy", "bilateral_security", configured=(DRUGS, ELSEWHERE), told=("#desk",))

    assert [tell.channel for tell in decision.channels] == ["#security"]


def test_a_topic_without_a_channel_is_told_to_nobody_and_says_so() -> None:
    """The gate names the reason."""
    decision = judge(configured=(Topic(id="drug_policy", name="Drug policy"),))

    assert decision == Decision(gate="its topics have no channel")


@pytest.mark.parametrize(
    ("published", "told", "gate"),
    [
        (NOW - timedelta(hours=24), 9, ""),
        (NOW - timedelta(hours=24, seconds=1), 0, "backlog: older than 24 h"),
        (None, 0, "backlog: no date"),
        (NOW, 10, "backlog: 10 of this source were told already"),
    ],
)
def test_backlog_is_told_within_the_window_and_up_to_the_maximum(
    published: datetime | None, told: int, gate: str
) -> None:
    """The first poll of a source never floods a channel."""
    decision = judge(newcomer={"published": published, "backlog": True, "backlog_told": told})

    assert decision.gate == gate
    assert bool(decision.channels) is not bool(gate)


def test_an_undated_article_is_told_once_the_source_is_known() -> None:
    """Only the backlog asks for a date."""
    assert judge(newcomer={"published": None}).channels


def test_a_dry_run_holds_every_message() -> None:
    """Held, with the reason as the gate, and without an overflow post."""
    decision = judge(dry_run=True, recent=99)

    assert decision.gate == "dry run"
    assert [(held.reason, held.overflow) for held in decision.channels if isinstance(held, Held)] == [("dry run", "")]


def test_over_the_cap_a_story_is_held_and_goes_into_the_overflow_post_of_the_hour() -> None:
    """The thirtieth goes out, the thirty-first is held."""
    assert isinstance(judge(recent=29).channels[0], Tell)

    held = judge(recent=30).channels[0]

    assert isinstance(held, Held)
    assert (held.reason, held.overflow) == ("over the hourly cap", "overflow:2026-03-04T18")
    assert judge(recent=30).gate == "over the hourly cap"


def test_a_channel_hears_only_of_what_is_sure_enough_for_it() -> None:
    """Each channel has its own threshold; a keyword that decided counts as sure."""
    picky = Topic(
        id="drug_policy", name="Drug policy", routes=(Route(channel="#all"), Route(channel="#sure", threshold=0.9))
    )

    told = {
        probability: [
            tell.channel
            for tell in judge(configured=(picky,), newcomer={"sure": {"drug_policy": probability}}).channels
        ]
        for probability in (0.5, 0.9, 1.0)
    }
    only = replace(picky, routes=picky.routes[1:])

    assert told == {0.5: ["#all"], 0.9: ["#all", "#sure"], 1.0: ["#all", "#sure"]}
    assert (
        judge(configured=(only,), newcomer={"sure": {"drug_policy": 0.5}}).gate
        == "below the threshold of every channel"
    )


def test_a_digest_waits_for_its_time_in_the_zone() -> None:
    """Mode digest: the next 08:00 by the wall clock, or the time named; it counts for no cap."""
    digest = Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#desk", mode=AlertMode.DIGEST),))

    decision = judge(configured=(digest,))

    early = replace(digest, routes=(Route(channel="#desk", mode=AlertMode.DIGEST, at=time(6, 45)),))
    assert decision.channels[0].not_before == datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert judge(configured=(early,), recent=99).channels == (
        Tell(channel="#desk", not_before=datetime(2026, 3, 5, 5, 45, tzinfo=UTC), gathered=True),
    )


def test_each_channel_sleeps_and_wakes_in_its_own_time_zone() -> None:
    """Quiet hours and digest by the wall clock of its people; the usual zone where none is named."""
    lima = Topic(
        id="drug_policy",
        name="Drug policy",
        routes=(
            Route(channel="#berlin"),
            Route(channel="#lima", timezone="America/Lima"),
            Route(channel="#lima-daily", timezone="America/Lima", mode=AlertMode.DIGEST),
        ),
    )
    late = datetime(2026, 3, 4, 21, 30, tzinfo=UTC)  # 22:30 in Berlin, 16:30 in Lima

    told = judge(configured=(lima,), now=late, quiet_hours=QuietHours(start=time(22), end=time(7)))

    assert {tell.channel: tell.not_before for tell in told.channels} == {
        "#berlin": datetime(2026, 3, 5, 6, 0, tzinfo=UTC),
        "#lima": late,
        "#lima-daily": datetime(2026, 3, 5, 13, 0, tzinfo=UTC),
    }


def test_a_story_about_an_instant_topic_does_not_wait_for_the_digest() -> None:
    """Where one channel has both modes, the quicker one counts."""
    digest = Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#desk", mode=AlertMode.DIGEST),))

    decision = judge("drug_policy", "bilateral_security", configured=(digest, SECURITY))

    assert decision.channels[0].not_before == NOW


def test_a_gathered_story_that_an_instant_topic_joins_later_stays_in_the_digest() -> None:
    """The channel has its post, though it was not sent yet: there is never a second one."""
    digest = Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#desk", mode=AlertMode.DIGEST),))

    first = judge("drug_policy", configured=(digest, SECURITY)).channels
    later = judge("bilateral_security", configured=(digest, SECURITY), told=("#desk",))

    assert [isinstance(one, Tell) and one.gathered for one in first] == [True]
    assert later == Decision()


@pytest.mark.parametrize(
    ("quiet", "now", "due"),
    [
        # Berlin is one hour ahead of UTC in winter, two in summer.
        (("22:00", "07:00"), "2026-03-04T20:59", "2026-03-04T20:59"),
        (("22:00", "07:00"), "2026-03-04T21:00", "2026-03-05T06:00"),
        (("22:00", "07:00"), "2026-03-05T02:00", "2026-03-05T06:00"),
        (("22:00", "07:00"), "2026-03-05T06:00", "2026-03-05T06:00"),
        (("12:00", "14:00"), "2026-03-04T11:30", "2026-03-04T13:00"),
        (("12:00", "12:00"), "2026-03-04T11:00", "2026-03-04T11:00"),
        # The night of 29 March has no hour from 02:00 to 03:00: it ends an hour of UTC earlier.
        (("22:00", "07:00"), "2026-03-28T21:30", "2026-03-29T05:00"),
        (("22:00", "02:30"), "2026-03-28T23:00", "2026-03-29T01:30"),
        # The night of 25 October has it twice.
        (("22:00", "07:00"), "2026-10-24T20:30", "2026-10-25T06:00"),
        (("22:00", "02:30"), "2026-10-25T00:10", "2026-10-25T00:30"),
        (("22:00", "02:30"), "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_hold_until_their_end_by_the_wall_clock(quiet: tuple[str, str], now: str, due: str) -> None:
    """Over midnight and over both changes of the clock."""
    start, end = map(time.fromisoformat, quiet)
    at = datetime.fromisoformat(f"{now}+00:00")

    decision = judge(now=at, quiet_hours=QuietHours(start=start, end=end))

    assert decision.channels[0].not_before == datetime.fromisoformat(f"{due}+00:00")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # No 02:30 on 29 March: read with the offset before the change, 03:30. Two of them on 25 October: both count.
        ("2026-03-29T00:00", "2026-03-29T01:30"),
        ("2026-03-29T01:30", "2026-03-30T00:30"),
        ("2026-10-24T12:00", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "2026-10-25T01:30"),
        ("2026-10-25T01:30", "2026-10-26T01:30"),
    ],
)
def test_a_digest_at_an_hour_that_a_change_of_the_clock_skips_or_repeats_is_never_left_out(now: str, due: str) -> None:
    """A story is gathered for one of them, so none is told twice."""
    digest = Route(channel="#desk", mode=AlertMode.DIGEST, at=time(2, 30))
    topic = Topic(id="drug_policy", name="Drug policy", routes=(digest,))

    decision = judge(configured=(topic,), now=datetime.fromisoformat(f"{now}+00:00"))

    assert decision.channels[0].not_before == datetime.fromisoformat(f"{due}+00:00")


@given(
    hours=st.integers(0, 3 * 365 * 24),
    start=st.integers(0, 23),
    end=st.integers(0, 23),
    mode=st.sampled_from(AlertMode),
)
def test_what_is_held_is_never_lost_and_never_wakes_anybody(hours: int, start: int, end: int, mode: AlertMode) -> None:
    """A message is due within two days, never in the past, and not within quiet hours."""
    topic = Topic(id="drug_policy", name="Drug policy", routes=(Route(channel="#desk", mode=mode),))
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)

    due = (
        judge(configured=(topic,), now=at, quiet_hours=QuietHours(start=time(start), end=time(end)))
        .channels[0]
        .not_before
    )

    hour = due.astimezone(BERLIN).hour
    asleep = start <= hour < end if start <= end else hour >= start or hour < end
    assert at <= due <= at + timedelta(hours=50)
    assert not asleep


def test_a_channel_hears_a_story_for_all_topics_that_it_follows(make_article: Callable[..., StoryArticle]) -> None:
    """In the configured order; an earlier article's topic, gated then, too, when a later one brings the story to the channel."""
    earlier = make_article(1, topics=("bilateral_security",))
    later = make_article(2, topics=("drug_policy",))
    story = Story(id=1, articles=(earlier, later))

    assert topics_of(story, "#desk", (DRUGS, SECURITY)) == (DRUGS, SECURITY)
    assert topics_of(story, "#desk", (DRUGS, ELSEWHERE)) == (DRUGS,)
    assert topics_of(story, "#security", (DRUGS, ELSEWHERE)) == (ELSEWHERE,)


@given(st.integers(1, 2**62))
def test_the_subject_of_a_story_names_it(story: int) -> None:
    """There and back."""
    assert story_of(story_subject(story)) == story


@pytest.mark.parametrize(
    "subject", [overflow_subject(NOW), source_subject("17"), "digest:17", "17", "story:", "story:-1", "story:x", ""]
)
def test_the_subject_of_anything_else_names_no_story(subject: str) -> None:
    """Nothing is raised."""
    assert story_of(subject) == 0
