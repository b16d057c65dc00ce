"""Takes the address of a site, gives its feeds and sitemaps, each fetched and read, the best first; nothing is stored.

One address after another, at the fetcher's pace, and never more than `MOST_REQUESTS`, apart from what an index of sitemaps
leads to. Order: the address itself; what its page declares; what it links to, and what a page of feeds that it links to holds;
usual paths, only where no feed of the whole site was found, and no further than the first that works; sitemaps that robots.txt
names, else, again without a feed, the usual ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from monitor.errors import ChildFailed
from monitor.jobs.asking.trial import Look, Web, look
from monitor.parse import canonical_url, plain
from monitor.parse.charset import decode
from monitor.parse.links import absolute
from monitor.sources.discover import (
    Candidate,
    How,
    Lead,
    Role,
    ranked,
    role_of,
    sitemaps_in,
    usual_feeds,
    usual_sitemaps,
)
from monitor.types import Fetched, FetchRequest, Source, SourceKind

MOST_REQUESTS = 24
_MOST_OF = {How.DECLARED: 8, How.LINKED: 6, How.USUAL: 10, How.ROBOTS: 2}
_PAGE_BYTES = 2_000_000  #: of a page, whose head says what it declares


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """An address that was asked and what came of it."""

    url: str
    result: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """What was found at a site, the best first, and all that was asked."""

    candidates: tuple[Candidate, ...]
    tried: tuple[Tried, ...]


def discover(web: Web, url: str, patience: timedelta | None = None) -> Discovery:
    """Find the feeds and sitemaps of a site, or of an address that is one itself.

    Args:
        web: what it takes.
        url: where to begin.
        patience: after this time nothing more is asked; what was found by then is given.
    """
    search = _Search(web=web, site=url, until=web.clock() + patience if patience else None)
    first = search.ask(url, How.ITSELF)
    # Asked to stay away or to wait, or not answered at all: other addresses there would fare no better.
    refused = not first or (not first.page and (not first.result.startswith("http-4") or first.result == "http-429"))
    if first and not refused and not search.found:
        if first.page:
            search.site = first.page.url
            search.follow_page(first.page, deeper=True)
        if not search.has_site_feed:
            search.ask_all(usual_feeds(search.site), How.USUAL, enough=1)
        search.ask_sitemaps()
    return Discovery(candidates=tuple(ranked(search.found)), tried=tuple(search.tried))


@dataclass(kw_only=True, slots=True)
class _Search:
    """A search under way."""

    web: Web
    site: str
    until: datetime | None = None
    found: list[Candidate] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    @property
    def has_site_feed(self) -> bool:
        return any(one.role is Role.SITE and one.entries for one in self.found)

    @property
    def ended(self) -> bool:
        return len(self.tried) >= MOST_REQUESTS or (self.until is not None and self.web.clock() > self.until)

    def ask(self, url: str, how: How, title: str = "") -> Look | None:
        """Look at an address; None where it was looked at before or enough was asked."""
        address = canonical_url(url)
        url = _sendable(url)
        if address is None or address in self.asked or self.ended:
            return None
        self.asked.add(address)
        seen = look(self.web, Source(id="", name="", url=url), guess=True, as_page=how is How.ITSELF)
        self.tried.append(Tried(url=url, result=seen.result, detail=seen.detail))
        if seen.feed is not None and seen.page is not None:
            self.found.append(self._candidate(url, how, title, seen, seen.page))
        return seen

    def ask_all(self, urls: Iterable[str], how: How, enough: int = MOST_REQUESTS) -> None:
        """Look at addresses of one sort, until enough of them have entries."""
        for url in list(urls)[: _MOST_OF[how]]:
            seen = self.ask(url, how)
            enough -= bool(seen and seen.feed and seen.feed.entries)
            if enough == 0:
                return

    def follow_page(self, page: Fetched, *, deeper: bool) -> None:
        """Look at what a page says of feeds; `deeper`: also at what the first page it links to says, such as a list of feeds."""
        leads = self._leads(page)
        for how in (How.DECLARED, How.LINKED):
            for lead in [lead for lead in leads if lead.how is how][: _MOST_OF[how]]:
                seen = self.ask(lead.href, how, plain(lead.title))
                if deeper and seen and seen.page and seen.kind is SourceKind.PAGE:
                    deeper = False
                    self.follow_page(seen.page, deeper=False)

    def ask_sitemaps(self) -> None:
        """Look at the sitemaps that robots.txt names, else at the usual places where no feed was found."""
        if self.ended:
            return
        now = self.web.clock()
        robots = absolute(self.site, "/robots.txt") or self.site
        outcome = self.web.fetcher.fetch(FetchRequest(url=robots, max_bytes=500_000), now)
        named = sitemaps_in(outcome.body.decode("utf-8", "replace")) if isinstance(outcome, Fetched) else []
        self.ask_all(named, How.ROBOTS)
        if not any(one.entries for one in self.found):
            self.ask_all(usual_sitemaps(self.site), How.USUAL, enough=1)

    def _leads(self, page: Fetched) -> list[Lead]:
        text = decode(page.body[:_PAGE_BYTES], page.headers.get("content-type", ""))
        try:
            said = self.web.reader.leads(text.encode("utf-8", "replace"))
        except ChildFailed as failure:
            self.tried.append(Tried(url=page.url, result="parse-error", detail=str(failure)))
            return []
        base = absolute(page.url, said.base) or page.url
        return [replace(lead, href=url) for lead in said.leads if (url := absolute(base, lead.href)) is not None]

    def _candidate(self, url: str, how: How, title: str, seen: Look, page: Fetched) -> Candidate:
        assert seen.feed is not None
        feed = seen.feed
        kind = SourceKind.SITEMAP if seen.kind is SourceKind.SITEMAP else SourceKind.FEED
        url = page.permanent_url or url
        news = b"schemas/sitemap-news" in page.body
        return Candidate(
            url=url,
            kind=kind,
            role=role_of(url, kind, site=self.site, titles=(feed.title, title), news=news),
            how=how,
            title=feed.title or title,
            entries=len(feed.entries),
            sitemaps=seen.sitemaps,
            newest=seen.newest,
            language=feed.language,
            links=frozenset(entry.link or entry.title for entry in feed.entries),
        )


def _sendable(url: str) -> str:
    """Encode what may not stand in an address, and braces, which would be taken for places to fill."""
    return "".join(char if char.isprintable() and char not in " {}" else quote(char) for char in url)
