"""Takes a story, gives where it stands in its life."""

from datetime import datetime, timedelta
from enum import StrEnum

from monitor.types import Story

QUIET_AFTER = timedelta(hours=24)
"""Without an article for so long a story is quiet. A day: the next morning's papers have come."""


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
