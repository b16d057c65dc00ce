"""Takes invented stories, checks where they stand and what a further account adds."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories import State, news, state
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


def test_another_figure_is_news():
    """The headline gives a figure that nobody had given."""
    later = (
        "Cocaine find off Callao grows to 5 tonnes: 11 held, value 340 million",
        "Sailors found more of it in a second hold.",
    )

    assert news([article(1)], article(2, later, hours=5)) == ("new figure: 340",)


def test_a_reaction_from_a_country_or_agency_not_named_before_is_news():
    """Whoever speaks now stands in the headline."""
    reaction = ("Ecuador and UNODC praise Peru over cocaine find", "Both offered help.")

    assert news([article(1)], article(2, reaction, hours=5)) == ("now also: Ecuador", "now also: UNODC")


@pytest.mark.parametrize(
    "words",
    [
        ("Peru: navy finds cocaine on boat", "Two tonnes of the drug lay in a hold off Callao."),
        ("Live updates: 700 kilos more off Ecuador", "Follow what is known so far."),
        (SEIZURE[0] + ", Ecuador hears", SEIZURE[1]),
    ],
)
def test_repetition_rolling_pages_and_copies_are_no_news(words):
    """What says the same, what says everything, and the same text under a fuller headline."""
    assert news([article(1)], article(2, words, hours=5)) == ()


def test_the_first_account_and_a_late_find_are_no_news():
    """The first is the story itself, and what was written before all others adds nothing."""
    other = ("Ecuador seizes 700 kilos", "Police said so.")

    assert news([], article(1)) == ()
    assert news([article(1)], article(2, other, hours=-5)) == ()
