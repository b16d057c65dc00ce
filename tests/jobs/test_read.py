"""Takes entries and what the web answers for their pages, gives tests of the text that is judged, and of the note beside it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from monitor.errors import ChildFailed
from monitor.jobs.context import Context
from monitor.jobs.work import Jobs
from monitor.parse.raw import RawFeed
from monitor.types import Article, FullText, PageText, Source

FEED = "https://outlet-a.example/feed"
A = Source(id="a", name="Outlet A", url=FEED, full_text=FullText.ALWAYS)
TITLE = "Peru and Ecuador agree joint patrols against cocaine smugglers"
TEASER = "The defence ministers of Peru and Ecuador signed an agreement on joint patrols."
PAGE = f"{TEASER} They will share what they know of smugglers along the border, and meet again in Quito in spring."
FRONT_PAGE = (
    "Rain until Thursday, then sun. The mayor opened a school. Football: the island lost. Recipes for cold evenings. "
    * 3
)
ABOUT = "Outlet A is the oldest paper on the coast, printed in Harbourtown since 1871 and read in nineteen countries."


@dataclass
class Reading:
    """A reader that gives what it was told to give."""

    outcome: PageText | ChildFailed

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        if isinstance(self.outcome, ChildFailed):
            raise self.outcome
        return self.outcome

    def slow_feed(self, body: bytes) -> RawFeed:
        raise AssertionError("the feeds of these tests are sound")

    def listing(self, html: bytes, url: str, selector: str | None) -> RawFeed:
        raise AssertionError("the sources of these tests are feeds")

    def close(self) -> None:
        """Nothing to close."""


Read = Callable[..., list[Article]]


@pytest.fixture
def read(make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any) -> Read:
    """Give what polls a feed of these (guid, page) pairs and reads their pages; it gives the articles to be judged."""
    ctx = make_context((A,))

    def reading(*pages: tuple[str, str], reader: Reading | None = None) -> list[Article]:
        web.put(FEED, write_feed(*((guid, f"{TITLE}, part {guid}", TEASER, clock.now) for guid, _ in pages)))
        for guid, body in pages:
            web.put(f"https://news.example/{guid}", body)
        jobs = Jobs(replace(ctx, reader=reader) if reader else ctx)
        for state in jobs.claim_polls(9, every=True):
            jobs.poll(state)
        for entry in jobs.claim_reads(100) or []:
            jobs.read(entry)
        return ctx.store.to_judge(100)

    return reading


def test_the_page_is_judged_where_it_says_more_than_the_feed(read: Read) -> None:
    """The text is the page's, and nothing is to be remarked."""
    [article] = read(("1", PAGE))

    assert (article.text, article.origin, article.note) == (PAGE, "page", "")


def test_a_link_that_leads_to_the_front_page_is_judged_by_its_teaser(read: Read) -> None:
    """After a redirect the page has nothing to do with the entry, however long it is."""
    [article] = read(("1", FRONT_PAGE))

    assert (article.text, article.origin, article.note) == (TEASER, "feed", "the page is about something else")


@pytest.mark.parametrize(
    ("outcome", "note"),
    [
        (PageText(title="Sign in", text="", note="login page"), "login page"),
        (PageText(title="", text="Peru and Ecuador."), "the page has less text than the feed"),
        (ChildFailed("reading took longer than 10 s and was stopped"), "reading took longer than 10 s and was stopped"),
    ],
)
def test_without_a_page_to_judge_the_teaser_is_judged_with_the_reason(
    read: Read, outcome: PageText | ChildFailed, note: str
) -> None:
    """What stood before the article, or went wrong with it, can be read later."""
    [article] = read(("1", PAGE), reader=Reading(outcome))

    assert (article.text, article.origin, article.note) == (TEASER, "feed", note)


def test_what_stands_on_every_page_of_a_source_is_not_judged(read: Read) -> None:
    """Once enough pages were read it is left out of every further one, although it is no longer in the texts that are kept."""
    own = "{} On day {} the patrols met near pier {}, and officers told reporters about haul {}."
    pages = [(f"{number}", f"{own.format(TEASER, *[number] * 3)}\n{ABOUT}") for number in range(30)]

    articles = read(*pages)

    assert [ABOUT in article.text for article in articles] == [True] * 3 + [False] * 27
    assert all("the patrols met" in article.text for article in articles)


def test_what_is_handed_over_of_a_source_that_is_declared_no_more_is_judged_from_its_feed(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """In a cluster: the one who claimed it knew the source, the one who is to fetch its page has read the new configuration."""
    ctx = make_context((A,))
    web.put(
        FEED, write_feed(("1", f"{TITLE}, part 1", TEASER, clock.now), ("2", f"{TITLE}, part 2", TEASER, clock.now))
    )
    leader, worker = Jobs(ctx), Jobs(replace(ctx, sources={}))
    [state] = leader.claim_polls(1)
    leader.poll(state)
    waiting = [entry.id for entry in leader.claim_reads(10) or []]
    leader.leave()
    asked = len(web.asked)

    claimed = worker.claim_pages(waiting[:1])
    unchanged = leader.claim_pages(waiting[1:])

    [article] = ctx.store.to_judge(10)
    assert (claimed, [entry.id for entry in unchanged]) == ([], waiting[1:])
    assert (article.entry.id, article.text, article.origin) == (waiting[0], TEASER, "feed")
    assert article.note == "pages of this source are not fetched any more"
    assert len(web.asked) == asked
    assert ([one.id for one in leader.entries(waiting)], worker.entries(waiting)) == (waiting, [])
