"""Takes nothing, gives lines of lists, and how a list is narrowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.types.labels import Label


class SaidOf(StrEnum):
    """What people have said of a story so far."""

    NOTHING = "nothing"
    SOMETHING = "something"
    DISPUTED = "disputed"  #: two who were sure differ about an article and topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """What a list of stories is narrowed to; what is left empty narrows nothing."""

    topic: str = ""  #: with an article flagged for it
    source: str = ""  #: with an article of it
    country: str = ""  #: with an article that names it, as `stories.facts_of` calls it
    since: datetime | None = None  #: with an article published (or, undated, seen) then or later
    until: datetime | None = None  #: and one before then
    said: SaidOf | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleLine:
    """An article of a story without its text."""

    entry_id: int
    outlet: str
    title: str
    at: datetime
    flagged: Mapping[str, float]  #: topic → probability
    labels: tuple["Label", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryLine:
    """A story as a list shows it; articles oldest first, never none."""

    id: int
    articles: tuple[ArticleLine, ...]

    @property
    def updated_at(self) -> datetime:
        """Give the time of its latest article."""
        return max(article.at for article in self.articles)

    @property
    def flagged(self) -> dict[str, float]:
        """Give its topics, each with the highest probability of its articles."""
        found: dict[str, float] = {}
        for article in self.articles:
            for topic, probability in article.flagged.items():
                found[topic] = max(found.get(topic, 0.0), probability)
        return found
