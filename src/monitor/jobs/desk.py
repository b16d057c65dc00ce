"""Takes the open stories, gives each flagged article its story: the one it is already in, the one it joins, or a new one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.stories import Idf, Joins, StoryIndex
from monitor.types import Story, StoryArticle


class Desk:
    """The stories of the window as they stand while articles are judged; it is empty at first, and reaches back on demand."""

    def __init__(self, idf: Idf, window: timedelta) -> None:
        self._idf = idf
        self._window = window
        self._since: datetime | None = None
        self._index = StoryIndex(idf, window=window)
        self._stories: dict[int, Story] = {}

    def reach(self, at: datetime, load: Callable[[datetime], Iterable[Story]]) -> None:
        """Make sure that every stored story which an article of this time could join lies on the desk."""
        since = at - self._window
        if self._since is not None and self._since <= since:
            return
        self._since = since
        self._index = StoryIndex(self._idf, window=self._window)
        self._stories = {story.id: story for story in load(since)}
        for story in self._stories.values():
            for article in story.articles:
                self._index.add(story.id, article)

    def place(self, article: StoryArticle, before: int | None) -> Story:
        """Put an article into its story and give the story with it; `before`: the story it was in when judged before."""
        story_id = self._story_of(article, before)
        self._index.add(story_id, article)
        known = self._stories.get(story_id)
        others = [one for one in known.articles if one.entry_id != article.entry_id] if known else []
        articles = tuple(sorted([*others, article], key=lambda one: (one.at, one.entry_id)))
        story = replace(known, articles=articles) if known else Story(id=story_id, articles=articles)
        self._stories[story_id] = story
        return story

    def _story_of(self, article: StoryArticle, before: int | None) -> int:
        if before is not None:
            return before
        match = self._index.match(article)
        return match.story_id if isinstance(match, Joins) else article.entry_id
