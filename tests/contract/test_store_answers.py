"""What people answer in a channel: labels with their names, mutes, and what is searched for; the same on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.adapters.store import SqlStore
from monitor.types import DeliveryKind, DeliveryState, Label, Message, Mute, NewDelivery, Picture, Refresh, Via

from .conftest import NOON, Newsroom

MUTE = Mute(subject="source:port-news", until=NOON + timedelta(days=7), who="U1", name="anna", at=NOON)
ANSWER = Label(entry_id=1, topic="ports", value=True, who="U1", name="anna", at=NOON, via=Via.SLACK)


@pytest.fixture
def room(store: SqlStore) -> Newsroom:
    """Give a newsroom with one judged article that has a message."""
    room = Newsroom(store)
    [article] = room.articles()
    told = NewDelivery(
        key="k1",
        subject="story:1",
        channel="#ports",
        kind=DeliveryKind.POST,
        message=Message(text="before"),
        created_at=NOON,
        not_before=NOON,
    )
    store.save_judgements(room.worker, [replace(room.judged(article), story_id=1)], [told], now=NOON)
    return room


def test_an_answer_is_stored_with_the_message_that_shows_it(room: Newsroom) -> None:
    """Label, mute and message, all or nothing; told twice, nothing is new."""
    shown = Refresh(key="k2", subject="story:1", channel="#ports", message=Message(text="anna: relevant"), at=NOON)

    new = [room.store.save_answer([ANSWER], [MUTE], [shown]) for _ in range(2)]

    assert new == [1, 0]
    assert room.store.labels([1]) == room.store.labels() == [ANSWER]
    assert room.store.labels([2]) == []
    assert room.store.mutes(NOON) == [MUTE]
    assert [one.message.text for one in room.store.outbox([DeliveryState.PENDING])] == ["anna: relevant"]


def test_the_latest_word_on_a_subject_holds_until_its_time(store: SqlStore) -> None:
    """Taken back it holds no more; an older word changes nothing; another subject is not touched."""
    other = replace(MUTE, subject="story:9", at=NOON + timedelta(minutes=1))
    taken_back = replace(MUTE, until=NOON + timedelta(hours=1), at=NOON + timedelta(hours=1))

    store.save_answer([], [MUTE, other])
    held = [store.mutes(NOON), store.mutes(MUTE.until)]
    store.save_answer([], [taken_back])
    store.save_answer([], [MUTE])

    assert held == [[other, MUTE], []]
    assert store.mutes(NOON + timedelta(hours=2)) == [other]


def test_what_is_known_of_one_article_is_had_by_its_number(room: Newsroom) -> None:
    """With its story and messages; of a number that is none, nothing."""
    ledger: Any = room.store.ledger(1)

    assert (ledger.story.id, [one.key for one in ledger.deliveries]) == (1, ["k1"])
    assert room.store.ledger(99) is None
    assert room.store.replies("story:1") == []


def test_what_was_flagged_is_counted_by_day_and_topic(room: Newsroom) -> None:
    """Of the stream alone, and only since the time asked about."""
    assert [(one.topic, one.flagged) for one in room.store.daily(NOON)] == [("ports", 1)]
    assert room.store.daily(NOON)[0].day == NOON.date()
    assert room.store.daily(NOON + timedelta(seconds=1)) == []


def test_a_message_that_no_judging_decided_is_told_once(room: Newsroom) -> None:
    """With its picture, which comes out as it went in; a second one on the same subject is passed over."""
    picture = Picture(png=bytes(range(256)), alt="a bar a day")
    report = room.delivery("r1", "report:2026-W10", message=Message(text="the week", picture=picture))

    told = [room.store.tell([each]) for each in (report, replace(report, key="r2"))]

    assert told == [1, 0]
    (row,) = [one for one in room.store.outbox([DeliveryState.PENDING]) if one.subject == "report:2026-W10"]
    assert row.message == report.message
