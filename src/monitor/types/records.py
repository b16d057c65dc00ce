"""Takes nothing, gives what jobs hand to the store beside articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.types.deliveries import Delivery, Message
from monitor.types.entries import Article
from monitor.types.stories import Story
from monitor.types.verdicts import Verdict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  #: from which the store counts microseconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A process that claims work. `started` is the process's creation time: a pid alone may be another's by now."""

    id: str
    host: str
    pid: int
    started: float
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PollRecord:
    """One line of a source's poll log."""

    source_id: str
    at: datetime
    result: str
    detail: str
    entries: int
    new: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """How often a source brought something in the time before its latest entry; its first document does not count."""

    first: datetime  #: when the first of its entries ever was seen
    latest: datetime  #: when its latest entry was seen
    entries: int  #: seen in that time
    occasions: int  #: polls that brought at least one of them
    longest_gap: timedelta  #: between two such polls


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadLater:
    """An entry whose page is to be tried again."""

    entry_id: int
    digest: str  #: of the words it had
    not_before: datetime
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What judging one article came to."""

    entry_id: int
    language: str | None
    judged: bool
    verdicts: tuple[Verdict, ...]
    story_id: int | None = None
    digest: str  #: of the words that were judged
    gate: str = ""  #: what kept a flagged article from being told: backlog, dry run …; "" where nothing did


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """A subject's message changed: what is still unsent is replaced, what was sent gets an edit.

    With `instead` the subject has nothing to tell any more: what is unsent is held for that reason.
    """

    key: str
    subject: str
    channel: str
    message: Message
    at: datetime
    instead: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """All that is known of one article: what `why` tells."""

    article: Article
    stage: str  #: read, judge or done
    language: str | None
    judged: bool
    judged_at: datetime | None
    verdicts: tuple[Verdict, ...]
    gate: str
    story: Story | None
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Somebody of whom something is stored."""

    who: str
    names: tuple[str, ...]  #: for people, where they are others
    counts: Mapping[str, int]  #: answers, rulings, mutes, config_changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What forgetting a person came to: so many rows were deleted, or stand under the name `instead`."""

    instead: str
    answers: int
    rulings: int
    mutes: int
    config_changes: int
    messages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigChange:
    """That the configuration in force became another one. Without secrets."""

    at: datetime
    digest: str  #: of the files
    who: str  #: `user@host` of the process that took it up first
    summary: tuple[str, ...]  #: a setting a line
