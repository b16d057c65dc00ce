"""Takes invented stories, checks where they stand in their lives."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories import State, state
from monitor.types import Story, StoryArticle

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)
SEIZURE = (
    "Navy of Peru seizes 2 tonnes of cocaine",
    "The navy of Peru stopped a boat off Callao and found 2 tonnes of cocaine, the defence minister said on Monday.",
)


def article(number, words=SEIZURE, *, hours=0, outlet=None):
    """Give an article so many hours after noon."""
    title, text = words
    at = NOON + timedelta(hours=hours)
    return StoryArticle(
        entry_id=number,
        outlet=outlet or f"Paper {number}",
        title=title,
        text=text,
        link=None,
        published=at,
        seen_at=at,
        topics=(),
        language="en",
    )


@pytest.mark.parametrize(
    ("hours", "outlets", "where"),
    [
        (1, 1, State.OPEN),
        (1, 2, State.GROWN),
        (24, 2, State.GROWN),
        (25, 2, State.QUIET),
        (72, 1, State.QUIET),
        (73, 1, State.CLOSED),
    ],
)
def test_a_story_opens_grows_falls_quiet_and_closes(hours, outlets, where):
    """By the count of its outlets and by how long it has been silent."""
    story = Story(id=1, articles=tuple(article(number) for number in range(outlets)))

    assert state(story, NOON + timedelta(hours=hours), WINDOW) is where
