"""Takes nothing, gives stories, and what people ruled about them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryArticle:
    """An article as its story remembers it."""

    entry_id: int
    outlet: str
    title: str
    text: str
    link: str | None
    published: datetime | None
    seen_at: datetime
    topics: tuple[str, ...]
    language: str | None = None  #: it was judged in

    @property
    def at(self) -> datetime:
        """Give the time that counts for order and window: when it was published, else when it was seen."""
        return self.published or self.seen_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Articles on one event, oldest first; never empty."""

    id: int  #: the entry that opened it, so that judging twice opens one story
    articles: tuple[StoryArticle, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """Give the topics of its articles, each once, sorted."""
        return tuple(sorted({topic for article in self.articles for topic in article.topics}))

    @property
    def updated_at(self) -> datetime:
        """Give the time of its latest article."""
        return max(article.at for article in self.articles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What a person has said of two entries: that they are one story, or that they are not. The latest on a pair holds."""

    entry: int
    other: int  #: the larger of the two
    together: bool
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Mute:
    """What a person does not want to hear of for a while: a story or a source. The latest word on each holds."""

    subject: str  #: `story:17` or `source:unodc`
    until: datetime
    who: str
    name: str  #: of that person, for people
    at: datetime


class Corrected(StrEnum):
    """What has become of an article that was told."""

    CHANGED = "changed"  #: its headline or text says something else now
    RETRACTED = "retracted"  #: the outlet says itself that it takes something back
    WITHDRAWN = "withdrawn"  #: its page is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """That an article which was told has changed materially, or is gone. The first one of an article stands."""

    entry_id: int
    kind: Corrected
    before: str  #: the headline that was told
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """Up to three sentences, each as it stands in an article; `teaser_only` where only a teaser was at hand."""

    sentences: tuple[str, ...]
    outlet: str = ""
    teaser_only: bool = False
    written_by: str = ""  #: the language model that wrote it; its words are not the article's
