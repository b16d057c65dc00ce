"""Takes nothing, gives what people press and write in a channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.types.deliveries import Message


class Action(StrEnum):
    """What a button or an item of a menu does."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    TOPIC = "topic"  #: the right topic is the one named, and no other
    ALL_TOPICS = "all_topics"
    UNSURE = "unsure"
    SKIP = "skip"
    MUTE_STORY = "mute_story"
    MUTE_SOURCE = "mute_source"
    WHY = "why"


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """What a button carries. `left`: of a round of questions, how many are to follow; None under an alert."""

    action: Action
    entry: int  #: the article it is about
    story: int = 0  #: of the message that it stands under
    topic: str = ""
    left: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody in a channel."""

    id: str  #: stays the same when the name changes
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """Somebody pressed something. `at` is the channel's time of it, the same however often we are told."""

    press: Press
    person: Person
    at: datetime
    channel: str  #: its id


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """Somebody wrote a command, such as `/monitor why https://…`; `words` is what stands behind its name."""

    words: str
    person: Person
    at: datetime
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What goes back, to that person alone.

    `title` makes it a window of its own. `instead` lets it take the place of what was pressed on.
    """

    message: Message
    title: str = ""
    instead: bool = False
