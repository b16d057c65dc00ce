"""Takes a channel that hears once a day, checks that its stories come in one message, as they stand then, and once."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from monitor.jobs import digest
from monitor.notify.policy import GATHERED
from monitor.types import AlertMode, DeliveryKind, DeliveryState, Message, Mute, NewDelivery, Route

from .newsroom import OTHER, PACT, PACT_AGAIN, Newsroom


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom whose channel hears at six in the evening."""
    route = Route(channel="#evening", mode=AlertMode.DIGEST, at=time(18))
    topics = tuple(replace(topic, routes=(route,)) for topic in newsroom.ctx.settings.topics)
    settings = replace(newsroom.ctx.settings, topics=topics)
    return Newsroom(replace(newsroom.ctx, settings=settings), newsroom.web, newsroom.write_feed, newsroom.clock)


def arrived(room: Newsroom) -> list[Message]:
    """Give what arrived in the channel."""
    channel: Any = room.ctx.notifier
    return [message for _, message, _ in channel.arrived]


def test_a_day_of_stories_is_one_message_at_its_time(room: Newsroom) -> None:
    """Nothing before; then each story with all outlets it has by then; what comes later goes into the next day's."""
    room("a", PACT)  # at 14:00
    room("b", PACT_AGAIN)  # at 16:00
    room.deliver()
    before = arrived(room)
    room.clock.move(hours=2)
    room.jobs.judge()
    room.deliver()
    room("c", OTHER)  # at 20:00
    room.deliver()
    first_day = arrived(room)
    room.clock.move(days=1)
    room.jobs.judge()
    room.deliver()

    assert before == []
    assert [message.text for message in first_day] == ["Monday 2 March: 1 story"]
    assert "+1 outlet" in str(first_day[0].blocks)
    assert [message.text for message in arrived(room)[1:]] == ["Tuesday 3 March: 1 story"]


def test_a_gathered_story_is_decided_and_not_held_back(room: Newsroom) -> None:
    """It is no dry run, and over no cap: the run counts it as an alert."""
    room.clock.move(hours=2)
    room.web.put("https://a.example/feed", room.write_feed(("a1", *PACT, room.clock.now)))
    for state in room.jobs.claim_polls(100):
        room.jobs.poll(state)
    while room.jobs.claim_reads(100) is not None:
        pass

    decided = room.jobs.judge()

    assert decided is not None
    assert (decided.alerts, decided.held) == (1, 0)


def test_a_story_that_went_into_another_is_told_as_part_of_it(room: Newsroom) -> None:
    """Once, with the articles of both; also where the other one was not gathered itself."""
    room("a", PACT)
    room("b", OTHER)
    first, second = room.stories()
    room.ctx.store.lock("judge", room.ctx.worker)
    room.ctx.store.save_rulings(room.ctx.worker, [], {second: first})
    room.clock.move(hours=2)

    room.jobs.judge()
    room.deliver()

    (message,) = arrived(room)
    assert message.text == "Monday 2 March: 1 story"
    assert "+1 outlet" in str(message.blocks)


def test_of_two_workers_one_writes_the_digest(room: Newsroom) -> None:
    """What the one has written, the other finds told."""
    room("a", PACT)
    room.clock.move(hours=5)
    rows = room.ctx.store.gathered(GATHERED, room.clock(), 10)
    late = NewDelivery(
        key="late",
        subject="digest:2026-03-02T18:00",
        channel="#evening",
        kind=DeliveryKind.POST,
        message=Message(text="the same again"),
        created_at=room.clock(),
        not_before=room.clock(),
    )

    room.jobs.judge()
    again = room.ctx.store.save_digest(late, [row.id for row in rows])

    assert len(rows) == 1
    assert again == 0
    assert [row.message.text for row in room.ctx.store.outbox([DeliveryState.PENDING])] == ["Monday 2 March: 1 story"]


def test_more_than_are_looked_at_together_are_told_in_digests_of_their_own(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each story once, none lost."""
    monkeypatch.setattr(digest, "MOST", 1)
    room("a", PACT)
    room("b", OTHER)
    room.clock.move(hours=2)

    for _ in range(3):
        room.jobs.judge()
    room.deliver()

    told = arrived(room)
    assert [message.text for message in told] == ["Monday 2 March: 1 story", "Monday 2 March: 1 story"]
    assert "Peru" in str(told[0].blocks)
    assert "Ghana" in str(told[1].blocks)


@pytest.mark.parametrize("subject", ["story:1", "source:a"])
def test_what_is_muted_waits_a_day_or_two_and_is_then_told_only_where_others_report_it(
    room: Newsroom, subject: str
) -> None:
    """The story, or the only source that brought it; there is no digest of nothing, and a later outlet brings all of it."""
    room("a", PACT)  # at 14:00, so for the digest of 18:00
    mute = Mute(subject=subject, until=room.clock() + timedelta(days=4), who="U1", name="ana", at=room.clock())
    room.ctx.store.save_answer([], [mute])

    def told_by(days: float) -> list[str]:
        room.clock.move(days=days)
        room.jobs.judge()
        room.deliver()
        return [message.text for message in arrived(room)]

    assert [told_by(days) for days in (0.25, 1, 1)] == [[], [], []]
    assert room.ctx.store.outbox([DeliveryState.HELD]) == []
    room.clock.move(days=-1)  # within the days in which a story is open
    room.ctx.store.save_answer([], [replace(mute, until=room.clock(), at=room.clock())])
    room("b", PACT_AGAIN)
    (message,) = told_by(1)
    assert message.endswith(": 1 story")
    assert "+1 outlet" in str(arrived(room)[0].blocks)


def test_what_was_muted_for_hours_is_told_a_day_later(room: Newsroom) -> None:
    """It was not forgotten."""
    room("a", PACT)
    mute = Mute(subject="source:a", until=room.clock() + timedelta(hours=9), who="U1", name="ana", at=room.clock())
    room.ctx.store.save_answer([], [mute])

    for hours in (5, 24):
        room.clock.move(hours=hours)
        room.jobs.judge()
    room.deliver()

    assert [message.text for message in arrived(room)] == ["Tuesday 3 March: 1 story"]


def test_a_process_that_does_not_know_the_topic_yet_loses_nothing(room: Newsroom) -> None:
    """It has older files than whoever gathered the story."""
    room("a", PACT)
    elsewhere = tuple(replace(topic, routes=()) for topic in room.ctx.settings.topics)
    without = replace(room.ctx, settings=replace(room.ctx.settings, topics=elsewhere))
    room.clock.move(hours=5)

    assert digest.write(without) == 0
    room.clock.move(days=1)
    assert digest.write(room.ctx) == 1
