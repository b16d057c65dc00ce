"""Takes nothing, gives labels, and what they are made of and drawn for."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from monitor.types.entries import Article
from monitor.types.verdicts import Verdict


class Via(StrEnum):
    """Where a label was given."""

    SLACK = "slack"
    WEB = "web"
    TERMINAL = "terminal"
    IMPORT = "import"


IMPORTED = "(imported)"  #: the source of articles that came with labels; no declared source can be called so


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What one person said about one article and one topic; a later answer of the same person replaces it."""

    entry_id: int
    topic: str
    value: bool | None  #: None: unsure
    who: str
    at: datetime
    via: Via
    reason: str = ""
    model: str = ""  #: the version whose verdict they had before them, "" where none
    name: str = ""  #: what people call whoever said it, where `who` is an id

    @property
    def said_by(self) -> str:
        """Give the person's name for people."""
        return self.name or self.who


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """An answer about an article that the store may not know yet: a label without the entry's id."""

    topic: str
    value: bool | None
    who: str
    at: datetime
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """An article with labels from a file. Where title and text are "", it must be stored already, under its URL."""

    url: str | None
    title: str
    text: str
    language: str
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """How much was flagged for a topic on a day (UTC)."""

    day: date
    topic: str
    flagged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What the stream looks like to whoever draws from it: one verdict without its article."""

    entry_id: int
    story_id: int | None
    topic: str
    probability: float
    threshold: float
    flagged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """An article drawn at random for a topic's audit: one of `drawn` out of `population` in its stratum of that week."""

    entry_id: int
    topic: str
    week: str  #: ISO 8601: 2026-W48
    stratum: str
    population: int
    drawn: int
    belief: float  #: mean probability of the stratum


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A stored article with what was said of it: verdicts, labels and where it stands."""

    article: Article
    language: str | None
    judged: bool
    verdicts: tuple[Verdict, ...]
    labels: tuple[Label, ...] = ()
