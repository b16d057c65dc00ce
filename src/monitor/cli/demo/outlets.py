"""Takes `newsroom.jsonl`, gives the invented outlets and what they print, with the answers a reader would give.

One line of the file is one article: outlet, slug, age in hours, edition, the topics it is truly about, the event it tells,
title, the title of a later correction, teaser and paragraphs. `{day}` stands for the day on which the events happened.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any


class FeedFormat(StrEnum):
    """What an outlet's feed is written in; `BROKEN`: an error page stands where the feed should be."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """An invented outlet; its sections make the navigation that surrounds every article."""

    id: str
    name: str
    format: FeedFormat
    sections: tuple[str, ...] = ()

    @property
    def feed_path(self) -> str:
        """Give the path of its feed on the newsroom's server."""
        return f"/{self.id}/feed.{'json' if self.format is FeedFormat.JSON else 'xml'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewsArticle:
    """An article as its outlet prints it."""

    outlet: str
    slug: str
    hours: float  #: age when the newsroom opens
    edition: int  #: 1, or 2 for what appears with `publish_update`
    topics: tuple[str, ...]  #: what a careful reader would say
    event: str  #: shared by the outlets that tell the same event; "" where nobody else does
    title: str
    later_title: str  #: in the second edition, "" where nothing changes
    teaser: str
    body: tuple[str, ...]  #: paragraphs

    @property
    def path(self) -> str:
        """Give the path of its page on the newsroom's server."""
        return f"/{self.outlet}/{self.slug}.html"

    def title_in(self, edition: int) -> str:
        """Give the title that stands in this edition."""
        return self.later_title if edition > 1 and self.later_title else self.title


OUTLETS = (
    Outlet(id="wire", name="Meridian Wire", format=FeedFormat.RSS, sections=("World", "Markets", "Sport")),
    Outlet(
        id="broadsheet",
        name="The Morning Courant",
        format=FeedFormat.ATOM,
        sections=("Politics", "Law", "Books", "Letters"),
    ),
    Outlet(id="tabloid", name="Daily Trumpet", format=FeedFormat.RSS, sections=("Showbiz", "Crime", "Footie", "Bingo")),
    Outlet(
        id="ministry",
        name="Home Ministry Press Office",
        format=FeedFormat.JSON,
        sections=("Releases", "Tenders", "Right to information"),
    ),
    Outlet(
        id="regional", name="Backwater Herald", format=FeedFormat.RSS, sections=("City", "Coast", "Hills", "Obituaries")
    ),
    Outlet(
        id="broadcaster", name="Northlight News", format=FeedFormat.ATOM, sections=("Watch live", "Radio", "Weather")
    ),
    Outlet(
        id="thinktank", name="Plover Institute Notes", format=FeedFormat.JSON, sections=("People", "Papers", "Events")
    ),
    Outlet(id="viral", name="Clickbarn", format=FeedFormat.RSS, sections=("Quizzes", "Animals", "Hacks")),
    Outlet(id="gazette", name="Old Mill Gazette", format=FeedFormat.BROKEN),
)


def articles(day: str = "Tuesday") -> tuple[NewsArticle, ...]:
    """Give every article of both editions, by outlet and latest first, with events that happened on this day."""
    text = files(__package__).joinpath("newsroom.jsonl").read_text(encoding="utf-8")
    return tuple(_article(json.loads(line.replace("{day}", day))) for line in text.splitlines())


def _article(row: dict[str, Any]) -> NewsArticle:
    lists = {"topics": tuple(row["topics"]), "body": tuple(row["body"])}
    return NewsArticle(**{"later_title": "", **row, **lists})
