"""Takes invented articles, checks which pass for one text in several papers."""

from datetime import UTC, datetime

from monitor.stories import copies
from monitor.types import StoryArticle

TEXT = (
    "The navy of Lomanda stopped a fishing boat off Port Asker on Monday and found two tonnes of cocaine, Defence Minister "
    "Ilona Verrat said. Five crew members were arrested and brought to the capital."
)


def articles(*words):
    """Give articles with these titles and texts, numbered from 1."""
    at = datetime(2026, 3, 10, tzinfo=UTC)
    return [
        StoryArticle(
            entry_id=number,
            outlet=f"Paper {number}",
            title=title,
            text=text,
            link=None,
            published=at,
            seen_at=at,
            topics=(),
        )
        for number, (title, text) in enumerate(words, 1)
    ]


def test_a_wire_text_is_a_copy_under_any_headline():
    """The same text is one voice, also with a headline and a closing line of the paper's own."""
    found = copies(
        articles(
            ("Navy finds cocaine", TEXT),
            ("Cocaine worth millions", f"{TEXT} Our reporters helped."),
            ("Navy finds cocaine", TEXT),
        )
    )

    assert found == {2: 1, 3: 1}


def test_an_account_in_other_words_is_no_copy():
    """Another paper's own words confirm the event."""
    own = "Ilona Verrat, the defence minister, praised sailors who boarded a vessel near Port Asker and found cocaine under fish."

    assert copies(articles(("Navy finds cocaine", TEXT), ("Five held in Lomanda", own))) == {}


def test_another_figure_in_the_headline_makes_another_report():
    """Two days' reports of one series differ in the figure of the title, so the later does not pass for a copy."""
    text = (
        "Here is what we know of the talks in Brunn so far. Negotiators met again and left without a word to the press."
    )

    assert copies(articles(("Talks in Brunn: day 12", text), ("Talks in Brunn: day 13", text))) == {}


def test_a_formula_is_no_copy_and_neither_is_nothing():
    """A teaser that stands under every video tells nothing, and articles without words are not alike."""
    formula = "Follow all the news of the day."

    assert (
        copies(articles(("Navy finds cocaine", formula), ("Ministers meet in Brunn", formula), ("", ""), ("", "")))
        == {}
    )
