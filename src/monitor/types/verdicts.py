"""Takes nothing, gives topics, and what the classifier said of an article."""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdRule:
    """How a topic's threshold is set: a number, `auto`, a wanted precision, or a wanted number of flags a day."""

    kind: str = "auto"  #: number | auto | precision | per_day
    value: float | None = None


class AlertMode(StrEnum):
    """When a channel hears of a story."""

    INSTANT = "instant"
    DIGEST = "digest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A channel that hears of a topic's stories."""

    channel: str
    mode: AlertMode = AlertMode.INSTANT
    at: time = time(8)  #: when its digest goes out, in its time zone
    threshold: float = 0.0  #: probability from which it hears; below the topic's own it changes nothing
    timezone: str = ""  #: of its people; "" for the configured one


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A topic as configured in `topics.yaml`. Keywords are kept as written; `classify` compiles them."""

    id: str
    name: str
    about: str = ""  #: what counts, for people
    include: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    threshold: ThresholdRule = field(default_factory=ThresholdRule)
    routes: tuple[Route, ...] = ()

    def heard_in(self, channel: str) -> bool:
        """Tell whether a channel hears of this topic."""
        return any(route.channel == channel for route in self.routes)


class Reason(StrEnum):
    """Why a verdict is what it is."""

    SCORE = "score"  #: probability at or above the threshold
    BELOW = "below"  #: probability below the threshold
    ALWAYS = "always"  #: an `always` keyword was found
    NEVER = "never"  #: a `never` keyword was found
    LANGUAGE = "language"  #: the article's language is not judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """What one feature added to the log-odds of a verdict."""

    feature: str
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was decided about one article and one topic; `contributions` come strongest first."""

    topic: str
    probability: float
    threshold: float
    flagged: bool
    reason: Reason
    model: str
    contributions: tuple[Contribution, ...] = ()
    keyword: str = ""  #: the `always` or `never` pattern that decided
