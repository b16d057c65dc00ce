"""Takes a story, gives where it stands in its life; and for a new article of it, what is worth telling again.

An account that repeats what the story said is told by the count of outlets alone. Worth a word of its own are figures that
nobody had given, and a reaction: a country or agency that had not been named, in the headline of whoever says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.stories.copies import is_copy
from monitor.stories.facts import facts_of
from monitor.stories.signature import Signature, is_rolling, signature
from monitor.types import Story, StoryArticle

QUIET_AFTER = timedelta(hours=24)
"""Without an article for so long a story is quiet. A day: the next morning's papers have come."""

_CALENDAR = frozenset(map(str, range(1, 32))) | frozenset(map(str, range(1900, 2100)))


class State(StrEnum):
    """Where a story stands."""

    OPEN = "open"  #: one voice so far
    GROWN = "grown"  #: told by several
    QUIET = "quiet"  #: nothing new for a day
    CLOSED = "closed"  #: nothing new within the window: no article joins it any more


def state(story: Story, now: datetime, window: timedelta) -> State:
    """Give where a story stands; articles join it within the `window` after its latest."""
    silent = now - story.updated_at
    if silent > window:
        return State.CLOSED
    if silent > QUIET_AFTER:
        return State.QUIET
    return State.GROWN if len({article.outlet for article in story.articles}) > 1 else State.OPEN


def news(before: Sequence[StoryArticle], article: StoryArticle) -> tuple[str, ...]:
    """Say what an article adds to those told before, in words to be shown; nothing where it repeats them.

    A copy, a rolling page or digest, and an article older than all others add nothing, whatever they say.
    """
    seen = signature(article.title, article.text)
    known = [signature(one.title, one.text) for one in before]
    if not before or is_rolling(article.title) or article.at < min(one.at for one in before):
        return ()
    if any(is_copy(seen, one) for one in known):
        return ()
    return (*_figures(seen, known), *_reactions(before, article))


def _figures(seen: Signature, known: Sequence[Signature]) -> list[str]:
    """Give the figures of the headline that no earlier article gave, days and years left out."""
    given = {word for one in known for word in one.counts if word[0].isdigit()}
    return [f"new figure: {figure}" for figure in sorted(seen.title_numbers - given - _CALENDAR)]


def _reactions(before: Sequence[StoryArticle], article: StoryArticle) -> list[str]:
    """Give the countries and agencies in the headline that no earlier article names."""
    here = facts_of([(article.title, "", article.language)])
    told = facts_of((one.title, one.text, one.language) for one in before)
    named = {*told.countries, *told.agencies}
    return [f"now also: {name}" for name in (*here.countries, *here.agencies) if name not in named]
