"""Takes outcomes of attempts, checks what the outbox does next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify import after_lookup, next_step
from monitor.types import (
    Absent,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    MessageRef,
    Refused,
    Sent,
    Throttled,
    Uncertain,
    Unreachable,
)

NOW = datetime(2026, 3, 4, 18, 5, tzinfo=UTC)
REF = MessageRef(channel="C0ALERTS", ts="1.000001")
OUTCOMES = [
    Sent(ref=REF),
    Throttled(retry_after=timedelta(seconds=7)),
    Unreachable(detail="refused"),
    Refused(detail="not_in_channel"),
    Refused(detail="invalid_blocks", message_fault=True),
    Uncertain(detail="timed out"),
]
LOOKUPS = [
    Sent(ref=REF),
    Absent(),
    Throttled(retry_after=timedelta(seconds=7)),
    Unreachable(detail="refused"),
    Refused(detail="missing_scope"),
]


def delivery(kind: DeliveryKind = DeliveryKind.POST, attempts: int = 0) -> Delivery:
    """Give a pending delivery."""
    return Delivery(
        id=1,
        key="k",
        subject="story:1",
        channel="#alerts",
        kind=kind,
        message=Message(text="Headline"),
        state=DeliveryState.PENDING,
        attempts=attempts,
        not_before=NOW,
        created_at=NOW,
    )


def test_what_slack_has_is_sent_and_its_place_is_kept() -> None:
    """A success ends the delivery and remembers where the message stands."""
    step = next_step(delivery(), Sent(ref=REF), NOW)

    assert (step.state, step.ref, step.error) == (DeliveryState.SENT, REF, "")


def test_a_rate_limit_waits_as_long_as_slack_says() -> None:
    """Retry-After is taken at its word."""
    step = next_step(delivery(attempts=5), Throttled(retry_after=timedelta(seconds=7)), NOW)

    assert (step.state, step.not_before) == (DeliveryState.PENDING, NOW + timedelta(seconds=7))


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 2), (1, 4), (2, 8), (6, 128), (7, 256), (8, 300), (5000, 300)])
def test_an_outage_is_waited_out_ever_longer_up_to_five_minutes(attempts: int, seconds: int) -> None:
    """The wait doubles with each attempt and stays at its cap."""
    step = next_step(delivery(attempts=attempts), Unreachable(detail="refused"), NOW)

    assert (step.state, step.not_before) == (DeliveryState.PENDING, NOW + timedelta(seconds=seconds))


def test_a_refusal_that_a_person_can_mend_loses_nothing() -> None:
    """The delivery waits ten minutes, with its reason."""
    step = next_step(delivery(), Refused(detail="not_in_channel"), NOW)

    assert (step.state, step.not_before) == (DeliveryState.REFUSED, NOW + timedelta(minutes=10))
    assert step.error == "not_in_channel"


def test_a_message_at_fault_is_dead() -> None:
    """Sending the same invalid message again could never help and would block the channel."""
    step = next_step(delivery(), Refused(detail="invalid_blocks", message_fault=True), NOW)

    assert (step.state, step.error) == (DeliveryState.DEAD, "invalid_blocks")


@pytest.mark.parametrize("kind", [DeliveryKind.POST, DeliveryKind.REPLY])
def test_what_may_have_arrived_is_looked_up_after_a_moment(kind: DeliveryKind) -> None:
    """An uncertain post stays `SENDING`, and Slack gets a few seconds to show it."""
    step = next_step(delivery(kind), Uncertain(detail="timed out"), NOW)

    assert step.state is DeliveryState.SENDING
    assert step.not_before is not None
    assert step.not_before >= NOW + timedelta(seconds=3)


def test_an_uncertain_edit_is_simply_made_again() -> None:
    """An edit is idempotent."""
    step = next_step(delivery(DeliveryKind.EDIT), Uncertain(detail="timed out"), NOW)

    assert (step.state, step.not_before) == (DeliveryState.PENDING, NOW + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Sent(ref=REF), DeliveryState.SENT),
        (Absent(), DeliveryState.PENDING),
        (Throttled(retry_after=timedelta(seconds=7)), DeliveryState.SENDING),
        (Unreachable(detail="refused"), DeliveryState.SENDING),
        (Refused(detail="missing_scope"), DeliveryState.UNKNOWN),
    ],
)
def test_a_look_into_the_history_decides(
    found: Sent | Absent | Throttled | Unreachable | Refused, state: DeliveryState
) -> None:
    """Found: sent. Absent: due again. No answer: looked up later. History closed: unknown, and never sent again."""
    step = after_lookup(delivery(), found, NOW)

    assert step.state is state
    assert step.ref == (REF if state is DeliveryState.SENT else None)


@given(
    kind=st.sampled_from(DeliveryKind),
    attempts=st.integers(0, 10_000),
    answers=st.lists(st.tuples(st.sampled_from(OUTCOMES), st.sampled_from(LOOKUPS)), min_size=1, max_size=12),
)
def test_nothing_that_may_have_arrived_is_sent_again_before_it_was_found_absent(
    kind: DeliveryKind, attempts: int, answers: list[tuple[Sent, Sent]]
) -> None:
    """Whatever the channel answers, a post that may have arrived is only sent again after an `Absent`."""
    maybe_arrived = False
    state = DeliveryState.PENDING

    for outcome, found in answers:
        if state is DeliveryState.SENDING and kind is not DeliveryKind.EDIT:
            step = after_lookup(delivery(kind, attempts), found, NOW)
            maybe_arrived = maybe_arrived and not isinstance(found, Absent)
        elif state in {DeliveryState.PENDING, DeliveryState.REFUSED, DeliveryState.SENDING}:
            assert not maybe_arrived
            step = next_step(delivery(kind, attempts), outcome, NOW)
            maybe_arrived = isinstance(outcome, Sent | Uncertain) and kind is not DeliveryKind.EDIT
        else:
            break
        assert step.not_before is None or step.not_before >= NOW
        state = step.state
