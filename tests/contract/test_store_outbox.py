"""Takes a store, gives whether its outbox keeps the port's promises: in order, one at a time, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from monitor.adapters.store.tables.outbox import LOOK_AFTER
from monitor.notify.outbox import ASKED_TO_WAIT
from monitor.notify.policy import GATHERED
from monitor.types import DeliveryKind, DeliveryState, MessageRef, Refresh

PENDING, SENDING, SENT = DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT
PLACE = MessageRef(channel="C1", ts="1767.5")


def refresh(room: Any, text: str, key: str = "e1", subject: str = "story:1") -> Refresh:
    """Give a change of a story's message."""
    message = room.message(text, key)
    return Refresh(key=key, subject=subject, channel="#ports", message=message, at=room.now + room.hour)


def finish(room: Any, state: DeliveryState = SENT, **fields: Any) -> Any:
    """Claim the channel's next delivery, end it so, and give it as it was claimed."""
    delivery = room.store.claim_delivery(room.worker, "#ports", room.now + room.hour)
    room.store.save_delivery(room.worker, delivery, state, now=room.now, **fields)
    return delivery


def everything(room: Any) -> list[tuple[str, str, DeliveryState, str]]:
    """Give key, kind, state and text of all deliveries, oldest first."""
    rows = reversed(room.store.outbox(list(DeliveryState)))
    return [(row.key, str(row.kind), row.state, row.message.text) for row in rows]


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_delivery_comes_back_as_it_was_decided(room: Any) -> None:
    """Message, times and all, unclaimed and untried."""
    new = room.delivery()

    assert room.decide(new) == 1

    [row] = room.store.outbox([PENDING])
    kept = ("key", "subject", "channel", "kind", "message", "created_at", "not_before")
    assert {name: getattr(row, name) for name in kept} == {name: getattr(new, name) for name in kept}
    assert (row.state, row.attempts, row.sent_at, row.ref, row.error) == (PENDING, 0, None, None, "")


def test_a_channel_gets_one_post_per_subject_ever(room: Any) -> None:
    """Nor is a key stored twice; other channels and subjects are not affected, nor are replies."""
    room.decide(room.delivery())

    added = room.decide(
        room.delivery("k2"),
        room.delivery("k1", "story:9"),
        room.delivery("k3", channel="#other"),
        room.delivery("k4", "story:2"),
        room.delivery("k5", kind=DeliveryKind.REPLY),
        room.delivery("k6", kind=DeliveryKind.REPLY),
    )

    assert added == 4
    assert [row[0] for row in everything(room)] == ["k1", "k3", "k4", "k5", "k6"]


def test_a_held_delivery_is_recorded_with_its_reason_and_never_given_out(room: Any) -> None:
    """And no later post takes its place."""
    assert room.decide(room.delivery(held="dry run")) == 1
    assert room.decide(room.delivery("k2")) == 0

    assert room.store.channels_due(room.now) == []
    assert room.store.claim_delivery(room.worker, "#ports", room.now) is None
    assert [row.error for row in room.store.outbox([DeliveryState.HELD])] == ["dry run"]


# ── refreshing ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_refresh_replaces_the_message_of_a_pending_post(room: Any) -> None:
    """It keeps its key, also inside the message, so that a lookup finds it."""
    room.decide(room.delivery())

    assert room.decide(refreshes=[refresh(room, "Newer")]) == 0

    [row] = room.store.outbox([PENDING])
    assert (row.key, row.message) == ("k1", room.message("Newer", "k1"))
    assert row.not_before == room.now


@pytest.mark.parametrize("state", [PENDING, DeliveryState.REFUSED])
def test_a_refresh_replaces_a_post_that_certainly_did_not_arrive(room: Any, state: DeliveryState) -> None:
    """However often it was tried."""
    room.decide(room.delivery())
    finish(room, state)

    room.decide(refreshes=[refresh(room, "Newer")])

    assert everything(room) == [("k1", "post", state, "Newer")]


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.DEAD])
def test_a_refresh_of_what_is_nowhere_to_be_found_is_passed_over(room: Any, state: DeliveryState) -> None:
    """An edit would find no message, each time its story grows."""
    room.decide(room.delivery())
    finish(room, state)

    assert room.decide(refreshes=[refresh(room, "Newer")]) == 0


@pytest.mark.parametrize("state", [SENDING, SENT])
def test_a_refresh_of_what_may_have_arrived_adds_an_edit(room: Any, state: DeliveryState) -> None:
    """Once, however often it is decided."""
    room.decide(room.delivery())
    finish(room, state)

    assert room.decide(refreshes=[refresh(room, "Newer")]) == 1
    assert room.decide(refreshes=[refresh(room, "Newer")]) == 0

    assert everything(room) == [("k1", "post", state, "Harbour opens"), ("e1", "edit", PENDING, "Newer")]


def test_a_refresh_of_a_claimed_post_adds_an_edit(room: Any) -> None:
    """What is under way is not changed under the sender's hands."""
    room.decide(room.delivery())
    room.store.claim_delivery(room.worker, "#ports", room.now)

    assert room.decide(refreshes=[refresh(room, "Newer")]) == 1

    assert [row[2:] for row in everything(room)] == [(SENDING, "Harbour opens"), (PENDING, "Newer")]


def test_a_refresh_replaces_a_pending_edit_and_follows_one_under_way(room: Any) -> None:
    """So at most one edit waits."""
    room.decide(room.delivery())
    finish(room, ref=PLACE)
    room.decide(refreshes=[refresh(room, "Second")])

    assert room.decide(refreshes=[refresh(room, "Third", "e2")]) == 0
    [edit] = room.store.outbox([PENDING])
    assert (edit.key, edit.message, edit.ref) == ("e1", room.message("Third", "e2"), PLACE)

    room.store.claim_delivery(room.worker, "#ports", room.now + room.hour)
    assert room.decide(refreshes=[refresh(room, "Fourth", "e3")]) == 1
    assert [row[3] for row in everything(room)] == ["Harbour opens", "Third", "Fourth"]


def test_a_refresh_is_passed_over_without_a_post_or_with_a_held_one(room: Any) -> None:
    """Nothing was told, so there is nothing to correct."""
    room.decide(room.delivery(held="dry run"))

    assert room.decide(refreshes=[refresh(room, "Newer"), refresh(room, "Newer", "e2", "story:2")]) == 0

    assert everything(room) == [("k1", "post", DeliveryState.HELD, "Harbour opens")]


def test_deliveries_come_before_refreshes(room: Any) -> None:
    """A post and its first change may be decided together."""
    assert room.decide(room.delivery(), refreshes=[refresh(room, "Newer")]) == 1

    assert everything(room) == [("k1", "post", PENDING, "Newer")]


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_channel_gives_its_deliveries_in_order(room: Any) -> None:
    """In the order in which they were decided."""
    room.decide(*(room.delivery(f"k{number}", f"story:{number}") for number in range(4)))

    assert [finish(room).key for _ in range(4)] == ["k0", "k1", "k2", "k3"]
    assert room.store.claim_delivery(room.worker, "#ports", room.now) is None


def test_what_was_decided_for_later_lets_others_pass(room: Any) -> None:
    """A digest or a message held for quiet hours keeps nobody waiting; when its time comes it is the oldest again."""
    later = room.now + room.hour
    room.decide(room.delivery("k1", not_before=later), room.delivery("k2", "story:2"))

    assert room.store.claim_delivery(room.worker, "#ports", room.now).key == "k2"
    assert room.store.next_due() == later
    assert room.store.channels_due(room.now) == []


def test_what_was_tried_and_waits_holds_up_its_channel_and_no_other(room: Any) -> None:
    """A channel that asked to wait is left alone; order is kept while one is being sent."""
    later = room.now + room.hour
    room.decide(room.delivery("k1"), room.delivery("k2", "story:2"), room.delivery("k3", channel="#other"))
    finish(room, PENDING, not_before=later)

    assert room.store.channels_due(room.now) == ["#other"]
    assert room.store.claim_delivery(room.worker, "#ports", room.now) is None
    assert room.store.channels_due(later) == ["#ports", "#other"]

    assert room.store.claim_delivery(room.worker, "#ports", later).key == "k1"
    assert room.store.channels_due(later) == ["#other"]
    assert room.store.claim_delivery(room.hire("second"), "#ports", later) is None


def test_a_claim_gives_the_delivery_as_it_was_and_counts_the_attempt(room: Any) -> None:
    """`PENDING` the first time; `SENDING` once an attempt ended without an answer."""
    room.decide(room.delivery())

    first = finish(room, SENDING, error="timeout")
    second = finish(room, PENDING)
    third = finish(room)

    assert [(each.state, each.attempts) for each in (first, second, third)] == [
        (PENDING, 0),
        (SENDING, 1),
        (PENDING, 2),
    ]
    assert second.error == "timeout"
    [row] = room.store.outbox([SENT])
    assert (row.attempts, row.sent_at, row.error) == (3, room.now, "")


def test_a_delivery_whose_sender_was_buried_comes_back_as_sending(room: Any) -> None:
    """So that it is looked up before anything is sent, and not before a request still under way has ended."""
    room.decide(room.delivery())
    room.store.claim_delivery(room.worker, "#ports", room.now)
    room.store.bury(["first"])

    too_soon = room.store.claim_delivery(room.hire("second"), "#ports", room.now)
    again = room.store.claim_delivery(room.hire("second"), "#ports", room.now + LOOK_AFTER)

    assert too_soon is None
    assert (again.key, again.state, again.attempts) == ("k1", SENDING, 1)


def test_an_answer_after_the_claim_was_lost_changes_nothing(room: Any) -> None:
    """Neither while nobody, nor while another worker, nor while a later claim of the same worker has it."""
    room.decide(room.delivery())
    lost = room.store.claim_delivery(room.worker, "#ports", room.now)
    room.store.bury(["first"])

    room.store.save_delivery(room.worker, lost, PENDING, now=room.now)
    assert everything(room)[0][2] is SENDING

    second = room.hire("second")
    held = room.store.claim_delivery(second, "#ports", room.now + LOOK_AFTER)
    room.store.save_delivery(room.worker, lost, PENDING, now=room.now)
    assert everything(room)[0][2] is SENDING

    room.store.save_delivery(second, held, SENDING, now=room.now)
    room.store.claim_delivery(room.worker, "#ports", room.now)
    room.store.save_delivery(room.worker, lost, PENDING, now=room.now)
    assert everything(room)[0][2] is SENDING


def test_a_delivery_put_off_is_not_due_before_its_time(room: Any) -> None:
    """The channel's Retry-After holds."""
    room.decide(room.delivery())

    finish(room, PENDING, not_before=room.now + room.hour, error="the channel asked to wait")

    assert room.store.channels_due(room.now) == []
    assert room.store.claim_delivery(room.worker, "#ports", room.now) is None
    assert room.store.claim_delivery(room.worker, "#ports", room.now + room.hour).error == "the channel asked to wait"


@pytest.mark.parametrize("state", [SENT, DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.HELD])
def test_what_is_finished_is_never_given_out_again(room: Any, state: DeliveryState) -> None:
    """The next in line has its turn."""
    room.decide(room.delivery(), room.delivery("k2", "story:2"))

    finish(room, state)

    assert finish(room).key == "k2"


def test_a_refused_delivery_stays_in_line(room: Any) -> None:
    """A person mends what the channel refuses, and then it goes out."""
    room.decide(room.delivery(), room.delivery("k2", "story:2"))
    finish(room, DeliveryState.REFUSED, error="not_in_channel")

    again = room.store.claim_delivery(room.worker, "#ports", room.now)

    assert (again.key, again.state, again.error) == ("k1", DeliveryState.REFUSED, "not_in_channel")


def test_a_refused_delivery_is_due_at_once_when_a_run_begins(room: Any) -> None:
    """What was decided for later and never tried goes on waiting."""
    later = room.now + room.hour
    room.decide(room.delivery(), room.delivery("k2", "story:2", channel="#other", not_before=later))
    finish(room, DeliveryState.REFUSED, not_before=later)

    room.store.retry_now(room.now)

    assert room.store.channels_due(room.now) == ["#ports"]
    assert room.store.channels_due(later) == ["#ports", "#other"]


def test_what_could_not_be_handed_over_is_due_again_when_a_run_begins(room: Any) -> None:
    """The way may be free by now; but what the channel put off keeps its time, and a look is never too early."""
    later = room.now + room.hour
    for channel, state, error in (
        ("#away", DeliveryState.PENDING, "Slack cannot be reached"),
        ("#busy", DeliveryState.PENDING, ASKED_TO_WAIT),
        ("#lost", DeliveryState.SENDING, "Slack's answer was lost"),
    ):
        room.decide(room.delivery(f"k{channel}", f"story:{channel}", channel=channel))
        claimed = room.store.claim_delivery(room.worker, channel, room.now)
        room.store.save_delivery(room.worker, claimed, state, now=room.now, not_before=later, error=error)

    room.store.retry_now(room.now)

    assert room.store.channels_due(room.now) == ["#away"]
    assert room.store.channels_due(room.now + LOOK_AFTER) == ["#away", "#lost"]
    assert room.store.channels_due(later) == ["#away", "#busy", "#lost"]


def test_what_waits_for_a_channel_that_was_renamed_goes_to_its_new_name(room: Any) -> None:
    """Refused, pending or gathered, with what follows it; what was refused is due at once, and what was sent stays."""
    later = room.now + room.hour
    room.decide(room.delivery(), room.delivery("k2", "story:2"), room.delivery("k3", "story:3", not_before=later))
    room.decide(room.delivery("k4", "story:4", held=GATHERED), room.delivery("k5", "story:5", held="a dry run"))
    finish(room, SENT, ref=PLACE)
    finish(room, DeliveryState.REFUSED, not_before=later, error="channel_not_found")
    room.decide(
        room.delivery("k6", "story:1", kind=DeliveryKind.EDIT), room.delivery("k7", "story:2", kind=DeliveryKind.REPLY)
    )

    room.store.readdress({"#ports": "#harbours"}, room.now)

    rows = {row.key: row for row in room.store.outbox(list(DeliveryState))}
    assert {key for key, row in rows.items() if row.channel == "#harbours"} == {"k2", "k3", "k4", "k7"}
    assert [rows[key].not_before for key in ("k2", "k3")] == [room.now, later]
    assert room.store.claim_delivery(room.worker, "#harbours", room.now).key == "k2"


def test_a_renamed_channel_is_not_told_twice_and_what_may_have_arrived_is_still_looked_up(room: Any) -> None:
    """The new name is that of a channel which has the story already, or only held it back; the old one was being sent to."""
    room.decide(room.delivery(), room.delivery("k2", "story:2"), room.delivery("k3", "story:2", channel="#harbours"))
    room.decide(
        room.delivery("k4", "story:3"), room.delivery("k5", "story:3", channel="#harbours", held="over the cap")
    )
    under_way = room.store.claim_delivery(room.worker, "#ports", room.now)

    room.store.readdress({"#ports": "#harbours"}, room.now)

    rows = {row.key: (row.channel, row.state, row.error) for row in room.store.outbox(list(DeliveryState))}
    assert rows == {
        under_way.key: ("#ports", SENDING, ""),
        "k2": ("#ports", DeliveryState.HELD, "left to #harbours"),
        "k3": ("#harbours", PENDING, ""),
        "k4": ("#ports", DeliveryState.HELD, "left to #harbours"),
        "k5": ("#harbours", DeliveryState.HELD, "over the cap"),
    }


def test_edits_and_replies_carry_the_place_of_their_post(room: Any) -> None:
    """None while it was never sent; a place once known is not lost."""
    reply = room.delivery("r1", kind=DeliveryKind.REPLY)
    room.decide(room.delivery(), reply, room.delivery("r2", "story:2", kind=DeliveryKind.REPLY))
    finish(room, ref=PLACE)

    first, orphan = finish(room, ref=MessageRef(channel="C1", ts="1767.9")), finish(room)

    assert (first.key, first.ref) == ("r1", PLACE)
    assert (orphan.key, orphan.ref) == ("r2", None)
    assert [row.ref for row in room.store.posts(["story:1"])] == [PLACE]


def test_many_threads_send_every_delivery_once_and_in_order(room: Any) -> None:
    """However they are interleaved."""
    keys = [f"k{number:02}" for number in range(30)]
    room.decide(*(room.delivery(key, f"story:{key}") for key in keys))
    workers = [room.hire(f"w{number}") for number in range(6)]
    sent: list[str] = []

    def turn(number: int) -> None:
        delivery = room.store.claim_delivery(workers[number % 6], "#ports", room.now)
        if delivery is not None:
            sent.append(delivery.key)
            room.store.save_delivery(workers[number % 6], delivery, SENT, now=room.now, ref=PLACE)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(60)))
    while len(sent) < len(keys) and room.store.channels_due(room.now):
        turn(0)

    assert sent == keys


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_posts_gives_what_was_told_of_these_subjects(room: Any) -> None:
    """In whatever state, and posts only."""
    room.decide(
        room.delivery(),
        room.delivery("k2", "story:2", held="dry run"),
        room.delivery("k3", "story:3"),
        room.delivery("r1", kind=DeliveryKind.REPLY),
    )

    assert [post.key for post in room.store.posts(["story:1", "story:2", "story:9"])] == ["k1", "k2"]
    assert room.store.posts([]) == []


def test_alerts_since_counts_story_posts_that_were_not_held(room: Any) -> None:
    """Of that channel, decided at that moment or later."""
    late = replace(room.delivery("k2", "story:2"), created_at=room.now + room.hour)
    room.decide(
        room.delivery(),
        late,
        room.delivery("k3", "story:3", held="over the cap"),
        room.delivery("k4", "overflow:2026-03-02T12"),
        room.delivery("k5", "story:5", channel="#other"),
        room.delivery("k6", "story:6", kind=DeliveryKind.REPLY),
    )

    assert room.store.alerts_since("#ports", room.now) == 2
    assert room.store.alerts_since("#ports", room.now + room.hour) == 1
    assert room.store.alerts_since("#empty", room.now) == 0


def test_the_outbox_is_listed_latest_first_within_the_limit(room: Any) -> None:
    """Only the states asked for."""
    room.decide(*(room.delivery(f"k{number}", f"story:{number}") for number in range(4)))
    finish(room)

    assert [row.key for row in room.store.outbox([PENDING], 2)] == ["k3", "k2"]
    assert [row.key for row in room.store.outbox([PENDING, SENT])] == ["k3", "k2", "k1", "k0"]
    assert room.store.outbox([]) == []
