"""Takes a story, gives the article whose headline names it best, and the one whose text is summarised."""

from collections.abc import Sequence
from typing import overload

from monitor.stories import is_rolling
from monitor.types import ArticleLine, Story, StoryArticle, StoryLine

SHORTEST, LONGEST = 40, 110  #: characters between which a headline says what happened and fits a message
FEWEST_WORDS = 5
ENOUGH_WORDS = 80  #: a text from this length on has three sentences to choose from; a teaser has about thirty words


@overload
def headline(story: Story) -> StoryArticle: ...
@overload
def headline(story: StoryLine) -> ArticleLine: ...
def headline(story: Story | StoryLine) -> StoryArticle | ArticleLine:
    """Give the article with the best headline: fewest faults, of equals the earliest."""
    articles: Sequence[StoryArticle | ArticleLine] = story.articles
    if len(articles) == 1:  # as most are
        return articles[0]
    return min(articles, key=lambda article: (_faults(article.title), article.at, article.entry_id))


def best_text(story: Story) -> StoryArticle:
    """Give the earliest article with text enough for a summary and no rolling page; failing that, the longest text."""
    enough = [one for one in story.articles if len(one.text.split(maxsplit=ENOUGH_WORDS)) >= ENOUGH_WORDS]
    plain = [one for one in enough if not is_rolling(one.title)]
    if chosen := plain or enough:
        return min(chosen, key=lambda one: (one.at, one.entry_id))
    return min(story.articles, key=lambda one: (-len(one.text), one.at, one.entry_id))


def _faults(title: str) -> int:
    """Count what is wrong with a headline; no headline at all is the worst."""
    title = title.strip()
    if not title:
        return 10
    return (
        3 * title.isupper()
        + 2 * is_rolling(title)
        + 2 * (len(title.split()) < FEWEST_WORDS)
        + (not SHORTEST <= len(title) <= LONGEST)
        + title.endswith(("?", "!", "…", "..."))
    )
