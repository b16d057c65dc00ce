"""Takes nothing, gives messages, deliveries in the outbox, and what a channel said to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that goes with a message where the channel takes any."""

    png: bytes
    alt: str  #: what it shows, in words


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message ready for any channel: plain `text` (headline first), Block Kit `blocks`, metadata to find it again."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    picture: Picture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRef:
    """Where a message stands once posted: the channel's id and the message's timestamp there."""

    channel: str
    ts: str


class DeliveryKind(StrEnum):
    """What a delivery does in its channel."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    REFUSED = "refused"  #: the channel refuses until a person mends something; tried again later and by every new run
    SENDING = "sending"  #: handed to the channel; the answer is not known yet
    SENT = "sent"
    UNKNOWN = "unknown"  #: may have arrived, cannot be looked up; not sent again
    HELD = "held"  #: decided, but never to be sent (dry run)
    DEAD = "dead"  #: the channel refuses this message whatever is done


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """A message to be written to the outbox.

    `subject` says what it is about (`story:17`, `overflow:2026-11-22T18`): a channel gets one post per subject, ever.
    """

    key: str  #: names the delivery for ever, also in the message's metadata
    subject: str
    channel: str
    kind: DeliveryKind
    message: Message
    created_at: datetime
    not_before: datetime
    held: str = ""  #: why it is recorded but never sent (dry run, over the cap); "" to send it


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One row of the outbox."""

    id: int
    key: str
    subject: str
    channel: str
    kind: DeliveryKind
    message: Message
    state: DeliveryState
    attempts: int
    not_before: datetime
    created_at: datetime
    sent_at: datetime | None = None
    ref: MessageRef | None = None  #: of the subject's post: what an edit changes and a reply hangs on
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The channel has the message."""

    ref: MessageRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttled:
    """The channel has not taken the message and asks to wait."""

    retry_after: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreachable:
    """The message certainly did not arrive; trying again may help."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The channel refuses until a person changes something; `message_fault`: it is this one message that it refuses."""

    detail: str
    message_fault: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncertain:
    """The message may or may not have arrived."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """A look into the channel's history found no such message."""


DeliveryOutcome = Sent | Throttled | Unreachable | Refused | Uncertain
Lookup = Sent | Absent | Throttled | Unreachable | Refused  #: Refused: the history may not be read
