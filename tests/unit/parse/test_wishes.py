"""Takes feeds that ask something of their readers, gives what they ask in a form the schedule understands."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.parse.feed import parse_feed
from monitor.types import Wishes

SY = "http://purl.org/rss/1.0/modules/syndication/"


def wishes(asked: str) -> Wishes:
    """Give what an RSS channel with these elements asks for."""
    body = f'<rss version="2.0" xmlns:sy="{SY}"><channel><title>Harbour Gazette</title>{asked}</channel></rss>'
    return parse_feed(body.encode(), url="https://gazette.example/feed").wishes


@pytest.mark.parametrize(
    ("asked", "hours"),
    [
        ("<ttl>90</ttl>", 1.5),
        ("<ttl> 60 </ttl><sy:updatePeriod>daily</sy:updatePeriod>", 1),
        ("<ttl>soon</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 24),
        ("<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 0.5),
        ("<sy:updateFrequency>4</sy:updateFrequency>", 6),  # of a day, where no period is named
        ("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 168),
        ("<sy:updatePeriod>seldom</sy:updatePeriod>", None),
        ("<ttl>-5</ttl>", None),
        ("", None),
    ],
)
def test_the_time_between_two_polls_is_understood(asked: str, hours: float | None) -> None:
    """`ttl` in minutes goes before the syndication module's period and frequency; nonsense is no wish."""
    assert wishes(asked) == Wishes(ttl=None if hours is None else timedelta(hours=hours))


def test_hours_and_days_to_skip_are_understood() -> None:
    """Hour 24 is hour 0, days are in English and in any case, Monday is 0; nonsense among them is passed over."""
    asked = wishes(
        "<skipHours><hour>0</hour><hour> 24 </hour><hour>07</hour><hour>23</hour><hour>25</hour><hour>-1</hour><hour/>"
        "<hour>noon</hour><!-- and so on --><day>Monday</day></skipHours>"
        "<skipDays><day>Sunday</day><day> SATURDAY </day><day>Sonntag</day><day>6</day></skipDays>"
    )

    assert asked == Wishes(skip_hours=frozenset({0, 7, 23}), skip_days=frozenset({5, 6}))


@given(hours=st.lists(st.text(max_size=5)), days=st.lists(st.text(max_size=12)))
def test_whatever_stands_there_gives_hours_and_days_that_exist(hours: list[str], days: list[str]) -> None:
    """No document is refused for it."""
    marked = [
        "".join(f"<{unit}><![CDATA[{word.replace(']', '')}]]></{unit}>" for word in words)
        for unit, words in (("hour", hours), ("day", days))
    ]

    asked = wishes(f"<skipHours>{marked[0]}</skipHours><skipDays>{marked[1]}</skipDays>")

    assert asked.skip_hours <= set(range(24))
    assert asked.skip_days <= set(range(7))
