"""Takes invented stories, checks whose headline names them and whose text is summarised."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.summarise import best_text, headline
from monitor.types import Story, StoryArticle

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GOOD = "Lomanda and Torvenia sign pact on joint naval patrols"
LONG = "The ministers signed the pact in the port. " * 12


def story(*told):
    """Give a story of (title, text) pairs, an hour apart."""
    articles = tuple(
        StoryArticle(
            entry_id=number,
            outlet=f"Outlet {number}",
            title=title,
            text=text,
            link=None,
            published=NOON + timedelta(hours=number),
            seen_at=NOON,
            topics=(),
        )
        for number, (title, text) in enumerate(told)
    )
    return Story(id=0, articles=articles)


@pytest.mark.parametrize(
    "poor",
    [
        "",
        "Pact signed",
        "LOMANDA AND TORVENIA SIGN PACT ON JOINT NAVAL PATROLS",
        "Asker strait live: Lomanda and Torvenia sign pact on patrols",
        "Lomanda and Torvenia pact: what we know about the joint patrols",
        "Will Lomanda and Torvenia ever sign a pact on joint patrols?",
        "Lomanda and Torvenia sign pact " + "on joint patrols and more " * 5,
    ],
)
def test_a_better_headline_wins_over_an_earlier_one(poor):
    """Live pages, capitals, questions, fragments and endless lines do not name a story that has a plain headline."""
    assert headline(story((poor, LONG), (GOOD, ""))).title == GOOD


def test_of_equal_headlines_the_earliest_wins():
    """Among headlines without fault the first outlet's is taken."""
    assert headline(story((GOOD, ""), (GOOD + " in strait", ""))).entry_id == 0


def test_the_earliest_full_text_is_summarised():
    """A teaser is passed over for the first article that has text enough."""
    assert best_text(story((GOOD, "A teaser."), (GOOD, LONG), (GOOD, LONG * 3))).entry_id == 1


def test_a_live_page_is_summarised_only_if_there_is_nothing_else():
    """The text of a rolling page is a mixture; a plain article goes before it."""
    live = ("Asker strait live: pact signed", LONG)

    assert best_text(story(live, (GOOD, LONG))).entry_id == 1
    assert best_text(story(live, (GOOD, "A teaser."))).entry_id == 0


def test_of_teasers_the_longest_is_summarised():
    """Where all articles are teasers, the longest says most."""
    assert best_text(story((GOOD, "Short one."), (GOOD, "This is a longer teaser."))).entry_id == 1
