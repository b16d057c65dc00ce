"""Takes nothing, gives what is measured of the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.types.deliveries import DeliveryState


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """How much there is and what waits, at one moment."""

    polls: Mapping[str, int]  #: of the last hour, by result
    entries: Mapping[str, int]  #: by stage: read, judge, done
    gates: Mapping[str, int]  #: flagged articles that were not told, by what kept them
    verdicts: Mapping[tuple[str, bool], int]  #: by topic, and whether it was flagged
    alerts: Mapping[str, int]  #: posts about a story that were decided and not held, by channel
    deliveries: Mapping[DeliveryState, int]
    labels: Mapping[bool | None, int]  #: by what was said
    stories: int
    size: int  #: of the database, in bytes
    to_read_since: datetime | None  #: since when the entry that has waited longest could be read; None where none waits
    to_judge_since: datetime | None
    to_send_since: datetime | None  #: of the deliveries that should have been sent by now
