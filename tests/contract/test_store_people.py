"""What is stored about a person can be listed, taken out and forgotten, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.notify import mrkdwn
from monitor.notify.render import muted_by
from monitor.types import (
    ConfigChange,
    DeliveryKind,
    DeliveryState,
    Known,
    Label,
    Message,
    MessageRef,
    Mute,
    NewDelivery,
    Ruling,
    Via,
)

from .conftest import NOON

HOUR = timedelta(hours=1)


def label(entry: int, who: str, name: str = "", **fields: Any) -> Label:
    """Give an answer."""
    values = {"topic": "ports", "value": True, "at": NOON, "via": Via.SLACK, **fields}
    return Label(entry_id=entry, who=who, name=name, **values)


def told(who: str) -> Message:
    """Give a message under which somebody has answered."""
    return Message(
        text="Accord signed", blocks=(mrkdwn.section("*Accord*"), mrkdwn.context(f"{who}: Ports · Ben: Ports"))
    )


@pytest.fixture
def room(store: Any, furnish: Any) -> Any:
    """Give a store in which Ana (U1) and Ben have said something of each kind, and a message names them."""
    room = furnish(store)
    first, second = (one.entry.id for one in room.articles(room.new(1), room.new(2)))
    mutes = [
        Mute(subject=f"story:{first}", until=NOON + HOUR, who="U1", name="Ana", at=NOON),
        Mute(subject="source:gazette", until=NOON - HOUR, who="U1", name="Ana", at=NOON - 2 * HOUR),
    ]
    store.save_answer(
        [label(first, "U1", "Ana", reason="my desk"), label(second, "U1", "Ana"), label(first, "ben")], mutes
    )
    store.save_rulings(room.worker, [Ruling(entry=first, other=second, together=True, who="U1", at=NOON)], {})
    store.note_config(ConfigChange(at=NOON, digest="d", who="U1@desk", summary=("x",)), {})
    store.note_config(ConfigChange(at=NOON, digest="e", who="U10@desk", summary=("y",)), {})
    post = NewDelivery(
        key="k1",
        subject=f"story:{first}",
        channel="#ports",
        kind=DeliveryKind.POST,
        message=told("Ana"),
        created_at=NOON,
        not_before=NOON,
    )
    store.tell([post, replace(post, key="k2", channel="#later", not_before=NOON + 9 * HOUR)])
    delivery = store.claim_delivery(room.worker, "#ports", NOON)
    ref = MessageRef(channel="C1", ts="1.0")
    store.save_delivery(room.worker, delivery, DeliveryState.SENT, now=NOON, ref=ref)
    return room


def test_everybody_is_listed_with_how_much_there_is(room: Any) -> None:
    """By what identifies them, with the name beside it."""
    assert room.store.people() == [
        Known(who="U1", names=("Ana",), counts={"answers": 2, "rulings": 1, "mutes": 2, "config_changes": 1}),
        Known(who="U10", names=(), counts={"config_changes": 1}),
        Known(who="ben", names=(), counts={"answers": 1}),
    ]


def test_all_that_is_stored_about_a_person_can_be_taken_out(room: Any) -> None:
    """Every kind, with the article's title; nothing of anybody else."""
    rows = room.store.held_of("U1")

    kinds = [row["kind"] for row in rows]
    assert kinds == ["answer", "answer", "ruling", "mute", "mute", "config change", "message", "message"]
    assert rows[0]["title"] == "Harbour council meets, day 1"
    assert rows[0]["reason"] == "my desk"
    assert {(row["channel"], row["text"]) for row in rows[-2:]} == {("#ports", "Ana: Ports"), ("#later", "Ana: Ports")}
    assert room.store.held_of("nobody") == []


@pytest.mark.parametrize("keep", [False, True])
def test_who_is_forgotten_stands_nowhere_any_more(room: Any, keep: bool) -> None:
    """Answers are deleted or nameless; rulings and the mute that holds stay; what stands in the channel is edited."""
    store = room.store

    done = store.erase("U1", NOON, "erasure", keep_answers=keep)

    assert (done.answers, done.rulings, done.mutes, done.config_changes, done.messages) == (2, 1, 2, 1, 2)
    assert store.held_of("U1") == []
    assert [one.who for one in store.people()] == ["U10", "ben", "former-1"]
    stored = [store.labels(), store.rulings(), store.mutes(NOON - 9 * HOUR), store.config_changes(NOON)]
    messages = store.outbox([*DeliveryState])
    assert "U1'" not in repr([*stored, messages])
    assert "Ana" not in repr([*stored, messages])
    assert sorted((one.who, one.reason) for one in store.labels()) == [("ben", ""), *[("former-1", "")] * 2 * keep]
    assert [(one.subject.partition(":")[0], one.who) for one in store.mutes(NOON)] == [("story", "former-1")]
    assert [one.who for one in store.rulings()] == ["former-1"]
    edits = [(one.channel, one.state, one.ref) for one in messages if one.kind is DeliveryKind.EDIT]
    assert edits == [("#ports", DeliveryState.PENDING, MessageRef(channel="C1", ts="1.0"))]
    shown = {one.message.blocks[1]["elements"][0]["text"] for one in messages}
    assert shown == {"former-1: Ports · Ben: Ports" if keep else "Ben: Ports"}


def test_a_second_person_gets_another_name_and_a_stranger_changes_nothing(room: Any) -> None:
    """Two people who are forgotten stay two: how well they agree is known as before."""
    store = room.store
    store.erase("U1", NOON, "a", keep_answers=True)

    nobody = store.erase("U77", NOON, "b", keep_answers=True)
    store.erase("ben", NOON, "c", keep_answers=True)

    assert (nobody.answers, nobody.messages) == (0, 0)
    assert sorted({one.who for one in store.labels()}) == ["former-1", "former-2"]


def test_a_mute_that_is_shown_loses_its_name_too(store: Any, furnish: Any) -> None:
    """The line says that it was muted, not by whom."""
    room = furnish(store)
    [article] = room.articles(room.new(1))
    store.save_answer([], [Mute(subject=f"story:{article.entry.id}", until=NOON + HOUR, who="U1", name="Ana", at=NOON)])
    muted = Message(text="Accord", blocks=(mrkdwn.context(muted_by("Ana")),))
    store.tell(
        [
            NewDelivery(
                key="k1",
                subject=f"story:{article.entry.id}",
                channel="#ports",
                kind=DeliveryKind.POST,
                message=muted,
                created_at=NOON,
                not_before=NOON,
            )
        ]
    )

    store.erase("U1", NOON, "x")

    [post] = store.outbox([DeliveryState.PENDING])
    assert post.message.blocks == (mrkdwn.context(muted_by("former-1")),)
