"""Takes the open stories, gives the flagged articles of a batch their stories: those they are in, join, or open."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.stories import Idf
from monitor.types import Ruling, Story, StoryArticle

if TYPE_CHECKING:
    from monitor.stories import StoryIndex


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What became of the stories as a batch came in."""

    stories: Mapping[int, Story]  #: entry → its story, for each article of the batch
    moved: Mapping[int, int]  #: entry → story, for earlier articles that are in another story now
    changed: Sequence[Story]  #: stories that lost or won earlier articles
    ended: Mapping[int, Story]  #: story that has no articles any more → the one that has most of them now


class Desk:
    """The stories of the window as they stand while articles are judged; it is empty at first, and reaches back on demand."""

    def __init__(self, idf: Idf, window: timedelta, rulings: Iterable[Ruling] = ()) -> None:
        self._idf = idf
        self._window = window
        self._apart = [(one.entry, one.other) for one in rulings if not one.together]
        self._together = [(one.entry, one.other) for one in rulings if one.together]
        self._since: datetime | None = None
        self._index = self._new_index()
        self._articles: dict[int, StoryArticle] = {}

    def reach(
        self,
        at: datetime,
        load: Callable[[datetime], Iterable[Story]],
        told: Callable[[Collection[int]], Collection[int]] = lambda _stories: (),
    ) -> None:
        """Make sure that every stored story which an article of this time could join lies on the desk.

        `load` gives the stories with an article at or after a time, `told` those of them that a channel was told of.
        """
        since = at - self._window
        if self._since is not None and self._since <= since:
            return
        self._since = since
        self._index = self._new_index()
        stories = {story.id: story.articles for story in load(since)}
        self._articles = {article.entry_id: article for articles in stories.values() for article in articles}
        self._index.restore(stories, told=told(stories.keys()))

    def place(self, articles: Sequence[StoryArticle]) -> Round:
        """Put articles into their stories; one that is in a story already is replaced and stays where it is."""
        placed = self._index.place(articles)
        self._articles |= {article.entry_id: article for article in articles}
        stories = {story_id: self._story(story_id) for story_id in {*placed.stories.values(), *placed.changed}}
        return Round(
            stories={entry: stories[story_id] for entry, story_id in placed.stories.items()},
            moved=placed.moved,
            changed=[stories[story_id] for story_id in placed.changed],
            ended={gone: stories[heir] for gone, heir in placed.ended.items()},
        )

    def tell(self, stories: Collection[int]) -> None:
        """Note that stories were told."""
        self._index.tell(stories)

    def _story(self, story_id: int) -> Story:
        articles = [self._articles[entry] for entry in self._index.members(story_id)]
        return Story(id=story_id, articles=tuple(sorted(articles, key=lambda one: (one.at, one.entry_id))))

    def _new_index(self) -> "StoryIndex":
        from monitor.stories import StoryIndex  # noqa: PLC0415 - numpy and scipy, where something is flagged

        return StoryIndex(self._idf, window=self._window, apart=self._apart, together=self._together)
