"""Takes gathered stories, few and very many, checks the message that lists them."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.notify import Gathered, render_digest
from monitor.types import StoryArticle, Topic

from .test_render import HOSTILE, LINKS, faults, shown

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 3, 5, 7, tzinfo=UTC)
TOPICS = (Topic(id="drugs", name="Drug policy"), Topic(id="security", name="Security"))


def gathered(
    number, topics=("drugs",), *, outlets=1, probability=0.8, title=None, outlet="Gazette", link="https://a.example/1"
):
    """Give a story."""
    article = StoryArticle(
        entry_id=number,
        outlet=outlet,
        title=f"Headline {number}" if title is None else title,
        text="",
        link=link,
        published=MORNING,
        seen_at=MORNING,
        topics=tuple(topics),
    )
    return Gathered(story=number, lead=article, outlets=outlets, topics=topics, probability=probability)


def listing(stories, topics=TOPICS):
    """Give the digest."""
    return render_digest(stories, topics, key="d1", now=MORNING, zone=BERLIN)


def test_stories_are_listed_by_topic_the_most_told_first():
    """Each once, under the first of its topics, with the others named."""
    message = listing(
        [
            gathered(1, ("security",)),
            gathered(2, ("drugs",), probability=0.95),
            gathered(3, ("drugs", "security"), outlets=4),
        ]
    )

    assert message.text == "Thursday 5 March: 3 stories"
    assert shown(message).splitlines() == [
        "*Thursday 5 March: 3 stories*",
        "*Drug policy* · 2",
        "• <https://a.example/1|Headline 3> — Gazette · +3 outlets · likely 80 % · also Security",
        "• <https://a.example/1|Headline 2> — Gazette · very likely 95 %",
        "*Security* · 1",
        "• <https://a.example/1|Headline 1> — Gazette · likely 80 %",
    ]
    assert message.metadata["event_payload"] == {"delivery": "d1"}


def test_however_many_there_are_it_is_one_message_that_counts_them():
    """Shown and counted together are all; a topic with few stories does not vanish behind one with many."""
    message = listing([gathered(number, ("drugs",)) for number in range(5_000)] + [gathered(9_999, ("security",))])

    text = shown(message)
    more = re.search(r"and ([\d,]+) more", text)
    assert faults(message) == []
    assert more is not None
    assert text.count("• ") + int(more[1].replace(",", "")) == 5_001
    assert "Headline 9999" in text


def test_a_hundred_topics_are_one_message():
    """Those that find no room are counted."""
    topics = [Topic(id=f"t{number}", name=f"Topic {number}") for number in range(100)]

    message = listing([gathered(number, (f"t{number}",)) for number in range(100)], topics)

    assert faults(message) == []
    assert shown(message).endswith("and 88 more topics")


@settings(max_examples=60)
@given(
    stories=st.lists(
        st.builds(
            gathered,
            st.integers(1, 9),
            st.lists(st.sampled_from(["drugs", "security", "gone"]), max_size=3),
            outlets=st.integers(1, 99),
            probability=st.floats(0, 1),
            title=HOSTILE,
            outlet=HOSTILE,
            link=LINKS,
        ),
        min_size=1,
        max_size=80,
    )
)
def test_no_input_breaks_a_limit_or_becomes_mark_up(stories):
    """For any words from outside."""
    assert faults(listing(stories)) == []
