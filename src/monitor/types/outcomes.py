"""Takes nothing, gives what jobs came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.types.deliveries import Delivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Polled:
    """What came of one poll."""

    source_id: str
    result: str
    entries: int = 0
    new: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What came of judging a batch, or several."""

    articles: int
    flagged: int
    alerts: int  #: new messages decided, one per story and channel
    held: int  #: of these, recorded and not to be sent

    def __add__(self, other: "Decided") -> "Decided":
        """Give what came of both batches."""
        return Decided(
            articles=self.articles + other.articles,
            flagged=self.flagged + other.flagged,
            alerts=self.alerts + other.alerts,
            held=self.held + other.held,
        )


class Came(StrEnum):
    """How an attempt at a delivery ended, in one word."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What came of one attempt at one delivery."""

    delivery: Delivery
    came: Came
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """What a run came to: the last line of `run --once --json`."""

    sources: Mapping[str, Polled]
    articles: int = 0
    flagged: int = 0
    alerts: int = 0
    delivered: int = 0
    held: int = 0
    failed: int = 0  #: messages that should have been sent and were not, be it for now or for good
    unknown: int = 0
    seconds: float = 0.0
    errors: tuple[str, ...] = ()  #: what ended the run early or failed for good; not part of the line
