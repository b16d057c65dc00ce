"""Takes entries and what the web answers for their pages, gives tests of the text that is judged, and of the note beside it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import ChildFailed
from monitor.jobs.context import Context
from monitor.jobs.work import Jobs
from monitor.parse.raw import RawFeed
from monitor.types import Article, Entry, FullText, Gone, PageText, Source, TryLater, Weight

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


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────
LINK = "https://news.example/1"


class Torn:
    """A reader that some pages tear; of others it gives the text."""

    def __init__(self, *torn: str) -> None:
        self._torn = torn

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        if url in self._torn:
            raise ValueError("a page nobody thought of")
        return PageText(title="", text=html.decode())

    slow_feed = Reading.slow_feed
    listing = Reading.listing
    close = Reading.close


@pytest.fixture
def waiting(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> tuple[Context, Entry]:
    """Give an entry that was claimed to be read, and whose it is; nobody answers for its page yet."""
    ctx = make_context((A,))
    web.put(FEED, write_feed(("1", TITLE, TEASER, clock.now)))
    jobs = Jobs(ctx)
    for state in jobs.claim_polls(9):
        jobs.poll(state)
    [entry] = jobs.claim_reads(9) or []
    return ctx, entry


def test_a_fault_of_ours_in_one_page_costs_that_article_its_page(read: Read) -> None:
    """It is judged by its teaser, with the reason; the pages after it are read, and nothing stays claimed."""
    first, second = read(("1", PAGE), ("2", PAGE), reader=Torn(LINK))  # type: ignore[arg-type]

    assert (first.text, first.origin) == (TEASER, "feed")
    assert first.note == "a fault of ours: ValueError: a page nobody thought of"
    assert (second.text, second.origin) == (PAGE, "page")


class OddJudge:
    """A judge that one title trips up."""

    def gate(self, title: str, _teaser: str, _language: str | None) -> bool:
        """Find every page worth reading."""
        if title.endswith("1"):
            raise ValueError("a title nobody thought of")
        return True


def test_a_fault_of_ours_in_one_entry_keeps_no_other_from_being_read(
    make_context: Callable[..., Context], web: Any, write_feed: Callable[..., str], clock: Any
) -> None:
    """They are claimed and sorted out together; the odd one is judged by its teaser."""
    ctx = make_context((replace(A, full_text=FullText.AUTO),))
    web.put(FEED, write_feed(*((guid, f"{TITLE}, part {guid}", TEASER, clock.now) for guid in "12")))
    jobs = Jobs(replace(ctx, open_judge=OddJudge))  # type: ignore[arg-type]
    for state in jobs.claim_polls(9):
        jobs.poll(state)

    to_read = jobs.claim_reads(9) or []
    [odd] = ctx.store.to_judge(9)

    assert [entry.title[-1] for entry in to_read] == ["2"]
    assert (odd.text, odd.note) == (TEASER, "a fault of ours: ValueError: a title nobody thought of")


def test_a_page_whose_source_was_taken_out_while_it_waited_is_not_fetched(
    waiting: tuple[Context, Entry], web: Any
) -> None:
    """The article is judged by its teaser."""
    ctx, entry = waiting

    read_it = Jobs(replace(ctx, sources={})).read(entry)
    [article] = ctx.store.to_judge(9)

    assert read_it
    assert (article.text, article.note) == (TEASER, "pages of this source are not fetched any more")
    assert [request.url for request in web.asked] == [FEED]


@pytest.mark.parametrize(
    ("outcome", "note"),
    [
        (TryLater(result="robots", detail="robots.txt forbids it", weight=Weight.SOFT), "robots.txt forbids it"),
        (TryLater(result="http-404", detail="no such page", weight=Weight.SOFT), "no such page"),
        (TryLater(result="http-403", detail="not for you", weight=Weight.HARD), "not for you"),
        (Gone(), "the page is gone"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(
    waiting: tuple[Context, Entry], web: Any, outcome: Any, note: str
) -> None:
    """Whoever asks robots not to come, or has no such page, means it: the teaser is judged at once."""
    ctx, entry = waiting
    web.pages[LINK] = outcome

    read_it = Jobs(ctx).read(entry)
    [article] = ctx.store.to_judge(9)

    assert read_it
    assert (article.text, article.note) == (TEASER, note)


def waits(ctx: Context, entry: Entry, clock: Any) -> list[float]:
    """Read a page again as soon as it may be, until it is given up; give the seconds waited before each further try."""
    jobs, waited = Jobs(ctx), []
    while not jobs.read(entry):
        due = ctx.store.next_due()
        assert due is not None
        waited.append((due - clock.now).total_seconds())
        clock.now = due - timedelta(microseconds=1)
        assert jobs.claim_reads(9) is None
        clock.now = due
        [entry] = jobs.claim_reads(9) or []
    return waited


def test_what_may_pass_is_tried_three_times_each_wait_twice_as_long(
    waiting: tuple[Context, Entry], web: Any, clock: Any
) -> None:
    """Then the article is judged on its teaser rather than late."""
    ctx, entry = waiting
    web.pages[LINK] = TryLater(result="http-503", detail="busy", weight=Weight.SOFT)

    assert waits(ctx, entry, clock) == [20, 40]
    assert [article.note for article in ctx.store.to_judge(9)] == ["busy"]


@pytest.mark.parametrize(
    ("asked", "waited"), [(5.0, [20, 40]), (3_600.0, [3_600, 3_600]), (86_400.0, [6 * 3_600, 6 * 3_600])]
)
def test_a_server_is_left_alone_for_as_long_as_it_asks_within_reason(
    waiting: tuple[Context, Entry],
    web: Any,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    asked: float,
    waited: list[float],
) -> None:
    """Six hours at most: by then the teaser will do. And never sooner than without having been asked."""

    def busy(_request: Any, now: Any) -> TryLater:
        again = now + timedelta(seconds=asked)
        return TryLater(result="http-429", detail="busy", weight=Weight.TRANSIENT, retry_after=again)

    ctx, entry = waiting
    monkeypatch.setattr(web, "fetch", busy)

    assert waits(ctx, entry, clock) == waited


@pytest.mark.parametrize(("waited", "moment"), [(0, 5), (4 * 60, 30), (3_600, 60)])
def test_what_there_is_no_room_for_comes_back_within_a_minute(
    waiting: tuple[Context, Entry], clock: Any, waited: int, moment: int
) -> None:
    """Soon at first, later where it has waited long; it is no try, and the page is read in the end."""
    ctx, _ = waiting
    jobs = Jobs(ctx)
    clock.move(seconds=waited)
    ctx.store.bury([ctx.worker.id])
    jobs.put_off(jobs.claim_reads(9) or [])
    clock.move(seconds=moment, microseconds=-1)
    early = jobs.claim_reads(9)
    clock.move(microseconds=1)

    [entry] = jobs.claim_reads(9) or []

    assert early is None
    assert entry.attempts == 0


# ── what a source declares ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("link", "secrets"), [("https://outlet-a.example/1", 1), ("http://outlet-a.example/1", 0), (LINK, 0)]
)
def test_a_source_s_headers_go_to_pages_of_its_own_origin_only(
    waiting: tuple[Context, Entry], web: Any, link: str, secrets: int
) -> None:
    """They may be a password, and the feed chooses where its links lead. Read, and looked at again."""
    ctx, entry = waiting
    secret = ("Authorization", "Bearer secret")
    ctx = replace(ctx, sources={"a": replace(A, headers=(secret,), user_agent="Harbour reader")})

    Jobs(ctx).read(replace(entry, link=link))
    Jobs(ctx).check(replace(entry, link=link))

    expected = ((secret,) * secrets) + (("User-Agent", "Harbour reader"),)
    assert [(request.url, request.headers) for request in web.asked[1:]] == [(link, expected)] * 2
