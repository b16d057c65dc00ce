"""Takes an invented story and a further account, checks what of it is worth telling again."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories import news
from monitor.types import StoryArticle

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SEIZURE = (
    "Navy of Peru seizes 2 tonnes of cocaine",
    "The navy of Peru stopped a boat off Callao and found 2 tonnes of cocaine, the defence minister said on Monday.",
)


def article(number, words=SEIZURE, *, hours=0, language="en"):
    """Give an article so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    return StoryArticle(
        entry_id=number,
        outlet=f"Paper {number}",
        title=words[0],
        text=words[1],
        link=None,
        published=at,
        seen_at=at,
        topics=(),
        language=language,
    )


def added_by(title, text="Nothing more was known at first."):
    """Give what an account five hours later adds."""
    return news([article(1)], article(2, (title, text), hours=5))


def test_another_figure_is_news():
    """The headline gives a figure that nobody had given."""
    assert added_by("Cocaine find off Callao: 11 held, value $340 million") == (
        "new figure: 11 held",
        "new figure: $340 million",
    )


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Ecuador and UNODC praise Peru over cocaine find", ["Ecuador", "UNODC"]),
        ("Cocaine find a warning to all, says Ecuador", ["Ecuador"]),
        ("Colombian president welcomes cocaine find off Callao", ["Colombia"]),
        ("‘Help is needed’: Chile calls for joint patrols after find", ["Chile"]),
        ("Equador pede patrulhas conjuntas", ["Ecuador"]),
    ],
)
def test_a_reaction_from_a_country_or_agency_not_named_before_is_news(title, names):
    """Whoever speaks now is named beside what it does."""
    later = article(2, (title, ""), hours=5, language="pt" if title.startswith("Equador") else "en")

    assert news([article(1)], later) == tuple(f"now also: {name}" for name in names)


@pytest.mark.parametrize(
    "title",
    [
        "Cocaine off Callao was bound for Ecuador",
        "Peru condemns smugglers from Ecuador",
        "Former DEA agent praises cocaine find off Callao",
        "Cocaine found off Callao, near Ecuador, was hidden in fish",
    ],
)
def test_a_country_or_agency_that_does_not_act_is_no_reaction(title):
    """Where it is going, of whom it is said, whom one once served."""
    assert added_by(title) == ()


@pytest.mark.parametrize(
    "words",
    [
        ("Peru: navy finds cocaine on boat", "Two tonnes of the drug lay in a hold off Callao."),
        ("Live updates: 700 kilos more off Ecuador", "Follow what is known so far."),
        (SEIZURE[0] + ", Ecuador says", SEIZURE[1]),
    ],
)
def test_repetition_rolling_pages_and_copies_are_no_news(words):
    """What says the same, what says everything, and the same text under a fuller headline."""
    assert added_by(*words) == ()


def test_the_first_account_and_a_late_find_are_no_news():
    """The first is the story itself, and what was written before all others adds nothing."""
    other = ("Ecuador seizes 700 kilos", "Police said so.")

    assert news([], article(1)) == ()
    assert news([article(1)], article(2, other, hours=-5)) == ()
