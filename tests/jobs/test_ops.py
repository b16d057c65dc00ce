"""Takes a channel that refuses and then takes again, checks that whoever runs the monitor is told, once each."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.types import AlertSettings, DeliveryState, Refused, Sent, Unreachable

from .newsroom import OTHER, PACT, Newsroom

ARCHIVED = Refused(detail="is_archived: the channel is archived")


def room_of(newsroom: Newsroom, ops: str) -> Newsroom:
    """Give the newsroom with another channel for the engineer."""
    settings = replace(newsroom.ctx.settings, alerts=AlertSettings(ops_channel=ops))
    return Newsroom(replace(newsroom.ctx, settings=settings), newsroom.web, newsroom.write_feed, newsroom.clock)


def to_ops(room: Newsroom) -> list[str]:
    """Give what the engineer was told, or is about to be."""
    rows = room.ctx.store.outbox([DeliveryState.PENDING, DeliveryState.SENT])
    return [row.message.text for row in reversed(rows) if row.channel == "#ops"]


def refuse(room: Newsroom, *outcomes: Any) -> None:
    """Let the channel answer so, an attempt each, some minutes apart."""
    channel: Any = room.ctx.notifier
    for outcome in outcomes:
        channel.script = [outcome] if not isinstance(outcome, Sent) else []
        room.clock.move(minutes=11)
        room.jobs.deliver("#alerts")


def test_the_onset_and_the_end_are_told_once_each(newsroom: Newsroom) -> None:
    """However often it is tried in between, and however many alerts wait."""
    room = room_of(newsroom, "#ops")
    room("a", PACT)
    room("b", OTHER)

    refuse(room, ARCHIVED, ARCHIVED, ARCHIVED)
    onset = to_ops(room)
    refuse(room, Sent(ref=None), Sent(ref=None))  # type: ignore[arg-type]

    assert onset == [
        "Alerts to #alerts are held: is_archived: the channel is archived. They go out by themselves once it is mended."
    ]
    assert to_ops(room)[1:] == ["Alerts to #alerts go out again."]


@pytest.mark.parametrize("ops", ["", "#alerts"])
def test_without_a_channel_of_their_own_it_is_in_the_log_alone(newsroom: Newsroom, ops: str) -> None:
    """No channel named, or the very one that refuses."""
    room = room_of(newsroom, ops)
    room("a", PACT)

    refuse(room, ARCHIVED)

    assert {row.subject.split(":")[0] for row in room.ctx.store.outbox([*DeliveryState])} == {"story"}


def test_an_outage_is_not_told(newsroom: Newsroom) -> None:
    """It passes by itself."""
    room = room_of(newsroom, "#ops")
    room("a", PACT)

    refuse(room, Unreachable(detail="no route"), Sent(ref=None))  # type: ignore[arg-type]

    assert to_ops(room) == []


def test_trouble_of_another_kind_in_between_changes_nothing(newsroom: Newsroom) -> None:
    """A lost connection during the refusal: still one onset, one end."""
    room = room_of(newsroom, "#ops")
    room("a", PACT)
    lost = Unreachable(detail="no route")

    refuse(room, ARCHIVED, lost, ARCHIVED, lost, Sent(ref=None))  # type: ignore[arg-type]

    assert [text.split(":")[0] for text in to_ops(room)] == [
        "Alerts to #alerts are held",
        "Alerts to #alerts go out again.",
    ]
