"""Takes a delivery and what became of an attempt, gives its next state.

One rule stands above all: where a post or a reply *may* have arrived, nothing is sent again before a look into the channel's
history found it absent. An edit may be repeated as often as one likes, so it needs no look. A refusal that is not this
message's fault loses nothing: the delivery waits with the reason kept, and is tried again later and by every new run, as a person
may have mended it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.types import (
    Absent,
    Delivery,
    DeliveryKind,
    DeliveryOutcome,
    DeliveryState,
    Lookup,
    MessageRef,
    Refused,
    Sent,
    Throttled,
    Uncertain,
    Unreachable,
)

#: Waiting after an outage: 2, 4, 8 … seconds, at most this long.
LONGEST_WAIT = timedelta(seconds=300)
#: A refusal waits for a person, so trying more often only makes noise.
AFTER_REFUSAL = timedelta(minutes=10)
#: The reason kept where the channel itself named the time: nobody may come back before.
ASKED_TO_WAIT = "the channel asked to wait"
#: Slack shows a message in the history a moment after accepting it; looking at once could miss it and post twice.
BEFORE_LOOKING = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What is to be stored of a delivery after an attempt; without `not_before` it is due at once."""

    state: DeliveryState
    not_before: datetime | None = None
    ref: MessageRef | None = None
    error: str = ""


def next_step(delivery: Delivery, outcome: DeliveryOutcome, now: datetime) -> Step:
    """Say where a delivery stands after it was handed to the channel. `delivery` is as it was before the attempt."""
    match outcome:
        case Sent(ref=ref):
            return Step(state=DeliveryState.SENT, ref=ref)
        case Refused(detail=detail, message_fault=True):
            return Step(state=DeliveryState.DEAD, error=detail)
        case Refused(detail=detail):
            return Step(state=DeliveryState.REFUSED, not_before=now + AFTER_REFUSAL, error=detail)
        case Uncertain(detail=detail) if delivery.kind is not DeliveryKind.EDIT:
            return Step(state=DeliveryState.SENDING, not_before=now + BEFORE_LOOKING, error=detail)
        case Throttled() | Unreachable() | Uncertain():
            return _later(delivery, outcome, DeliveryState.PENDING, now)


def after_lookup(delivery: Delivery, found: Lookup, now: datetime) -> Step:
    """Say where a delivery that may have arrived stands after the channel's history was looked into."""
    match found:
        case Sent(ref=ref):
            return Step(state=DeliveryState.SENT, ref=ref)
        case Absent():
            return Step(state=DeliveryState.PENDING, not_before=now)
        case Refused(detail=detail):
            return Step(state=DeliveryState.UNKNOWN, error=f"it may have arrived, and cannot be looked up: {detail}")
        case Throttled() | Unreachable():
            return _later(delivery, found, DeliveryState.SENDING, now)


def _later(delivery: Delivery, why: Throttled | Unreachable | Uncertain, state: DeliveryState, now: datetime) -> Step:
    if isinstance(why, Throttled):
        return Step(state=state, not_before=now + why.retry_after, error=ASKED_TO_WAIT)
    doublings = min(max(delivery.attempts, 0), 8)
    wait = min(timedelta(seconds=2 << doublings), LONGEST_WAIT)
    return Step(state=state, not_before=now + wait, error=why.detail)
