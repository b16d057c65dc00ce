"""Takes small sites over HTTP on loopback, and expects their feeds, each read, the best first, with few requests."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.reader import ChildReader
from monitor.jobs.asking.discovery import MOST_REQUESTS, Discovery, discover
from monitor.jobs.asking.trial import Web, kind_of, look
from monitor.sources.discover import How, Role
from monitor.types import Fetched, FetchSettings, Source, SourceKind

SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(0))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def rss(title: str, *names: str, language: str = "en") -> str:
    """Give a feed with an entry per name."""
    items = "".join(
        f"<item><title>On {name}</title><link>/{name}</link><pubDate>Sat, 21 Nov 2026 0{n}:00:00 GMT</pubDate></item>"
        for n, name in enumerate(names)
    )
    return f"<rss><channel><title>{title}</title><language>{language}</language>{items}</channel></rss>"


def atom(title: str, *names: str) -> str:
    """Give the same as Atom."""
    entries = "".join(f'<entry><title>On {name}</title><link href="/{name}"/></entry>' for name in names)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{entries}</feed>'


def sitemap(*names: str, news: str = "") -> str:
    """Give a sitemap of pages."""
    urls = "".join(f"<url><loc>http://h.example/{name}</loc></url>" for name in names)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="{news}">{urls}</urlset>'


def declared(path: str, title: str = "") -> str:
    """Give what a page says of a feed."""
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{path}">'


class Site(ThreadingHTTPServer):
    """A site whose pages are a dictionary; counts what is asked for."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages, self.asked = pages, []
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.pages.get(self.path)
        where = body[10:] if body and body.startswith("moved to: ") else None
        self.send_response(301 if where else 404 if body is None else 200)
        if where:
            self.send_header("Location", where)
        self.send_header("Content-Length", str(len((body or "").encode())))
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def site() -> Iterator[Callable[[Mapping[str, str]], Site]]:
    """Give what starts a site with these pages."""
    running: list[Site] = []

    def start(pages: Mapping[str, str]) -> Site:
        running.append(Site(pages))
        threading.Thread(target=running[-1].serve_forever, args=(0.01,), daemon=True).start()
        return running[-1]

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """Give the real client and reader."""
    fetcher, reader = HttpFetcher(SETTINGS), ChildReader(timeout=60)
    yield Web(limits=SETTINGS, fetcher=fetcher, reader=reader, clock=lambda: NOW)
    reader.close()
    fetcher.close()


def paths(found: Discovery, site: Site) -> list[str]:
    """Give the addresses that were found, without the server's."""
    return [one.url.removeprefix(site.url) for one in found.candidates]


def test_every_feed_of_a_page_is_read_and_the_best_comes_first(
    web: Web, site: Callable[[Mapping[str, str]], Site]
) -> None:
    """Title, entries, newest date, language, and how it was found; comments last; Atom of the same entries is folded in."""
    pages = {
        "/": declared("/comments/feed", "Comments")
        + declared("/world.xml")
        + declared("/feed.xml")
        + declared("/atom.xml"),
        "/feed.xml": rss("Harbour", "a", "b", language="pt"),
        "/atom.xml": atom("Harbour", "a", "b"),
        "/world.xml": rss("Harbour world", "a"),
        "/comments/feed": rss("Comments for Harbour", "x"),
    }
    here = site(pages)

    found = discover(web, f"{here.url}/")

    assert paths(found, here) == ["/feed.xml", "/world.xml", "/comments/feed"]
    best, _, comments = found.candidates
    assert (best.title, best.entries, best.language, best.how) == ("Harbour", 2, "pt", How.DECLARED)
    assert best.newest == datetime(2026, 11, 21, 1, tzinfo=UTC)
    assert best.also == (f"{here.url}/atom.xml",)
    assert comments.role is Role.COMMENTS
    assert "/rss" not in here.asked  # with a feed of the site at hand, nothing is guessed


def test_an_address_that_is_a_feed_is_found_as_it_is(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """One request, apart from robots.txt."""
    here = site({"/x": rss("Harbour", "a")})

    found = discover(web, f"{here.url}/x")

    assert [(one.how, one.kind) for one in found.candidates] == [(How.ITSELF, SourceKind.FEED)]
    assert here.asked == ["/robots.txt", "/x"]


def test_links_lead_to_feeds_by_way_of_a_page_of_feeds(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """Large sites list their feeds on a page of their own; it is followed, and no further page."""
    pages = {
        "/": '<a href="/our-feeds">RSS</a>',
        "/our-feeds": '<a href="/one.rss">One</a><a href="/more-feeds">More feeds</a>',
        "/one.rss": rss("One", "a"),
        "/more-feeds": '<a href="/two.rss">Two</a>',
        "/two.rss": rss("Two", "b"),
    }
    here = site(pages)

    found = discover(web, f"{here.url}/")

    assert paths(found, here) == ["/one.rss"]


def test_usual_paths_are_tried_where_a_page_says_nothing(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """The first that works is enough, also where the page itself is refused."""
    here = site(
        {"/rss": "<html><title>Not found</title></html>", "/rss.xml": rss("Harbour", "a"), "/atom.xml": rss("B", "b")}
    )

    found = discover(web, f"{here.url}/")

    assert paths(found, here) == ["/rss.xml"]
    assert found.candidates[0].how is How.USUAL
    assert "/atom.xml" not in here.asked


def test_sitemaps_are_found_by_robots_txt_and_at_usual_places(
    web: Web, site: Callable[[Mapping[str, str]], Site]
) -> None:
    """A sitemap of news before a plain one; an index counts what its newest sitemaps hold."""
    named = site({"/": "<p>x</p>", "/all.xml": sitemap("a", "b"), "/fresh.xml": sitemap("c", news=NEWS)})
    named.pages = {**named.pages, "/robots.txt": f"Sitemap: {named.url}/all.xml\nSitemap: {named.url}/fresh.xml"}
    usual = site({"/": "<p>x</p>"})
    index = f"<sitemapindex><sitemap><loc>{usual.url}/1.xml</loc></sitemap></sitemapindex>"
    usual.pages = {**usual.pages, "/sitemap.xml": index, "/1.xml": sitemap("a", "b", "c")}

    first, second = discover(web, f"{named.url}/"), discover(web, f"{usual.url}/")

    assert [one.role for one in first.candidates] == [Role.NEWS, Role.PAGES]
    assert [(one.entries, one.sitemaps) for one in second.candidates] == [(3, 1)]


def test_a_feed_that_moved_for_good_is_given_where_it_is(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """The old and the new address are one feed."""
    here = site({"/": declared("/old") + declared("/new.xml"), "/old": "moved to: /new.xml", "/new.xml": rss("H", "a")})

    assert paths(discover(web, f"{here.url}/"), here) == ["/new.xml"]


def test_nothing_found_tells_all_that_was_tried(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """With the result of each."""
    here = site({"/": "<p>Nothing here</p>"})

    found = discover(web, f"{here.url}/")

    assert found.candidates == ()
    assert (found.tried[0].url, found.tried[0].result) == (f"{here.url}/", "not-a-feed")
    assert {one.result for one in found.tried[1:]} == {"http-404"}


@pytest.mark.parametrize("robots", ["User-agent: *\nDisallow: /", "moved to: /robots.txt"])
def test_a_site_that_wants_no_visitors_gets_no_further_request(
    web: Web, site: Callable[[Mapping[str, str]], Site], robots: str
) -> None:
    """robots.txt forbids the page, or cannot be had."""
    here = site({"/robots.txt": robots, "/": declared("/feed.xml"), "/feed.xml": rss("H", "a")})

    found = discover(web, f"{here.url}/")

    assert [one.result for one in found.tried] == ["robots"]
    assert set(here.asked) == {"/robots.txt"}


def test_a_page_of_a_thousand_feeds_costs_few_requests(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """However many it declares and links to."""
    links = "".join(declared(f"/d{n}.xml") + f'<a href="/l{n}.rss">x</a>' for n in range(1_000))
    here = site({"/": links})

    discover(web, f"{here.url}/")

    assert len(here.asked) <= MOST_REQUESTS + 2  # robots.txt, for the rules and for its sitemaps


def test_a_hostile_page_is_given_up_and_usual_paths_tried(
    web: Web, site: Callable[[Mapping[str, str]], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """libxml2's HTML parser would be busy with these attributes for a long time; it is stopped."""
    web.reader.leads(b"<a href='/feed'>x</a>")  # in a child that has time for its imports
    monkeypatch.setattr(web.reader, "_timeout", 1.5)
    flood = "<a " + " ".join(f'a{n}="1"' for n in range(100_000)) + ">x</a>"
    here = site({"/": flood, "/feed": rss("Harbour", "a")})

    found = discover(web, f"{here.url}/")

    assert paths(found, here) == ["/feed"]
    assert "longer than" in found.tried[1].detail


def test_links_that_are_no_web_addresses_are_passed_over(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """Nor does one lead to the template of a search feed or to a broken line on a terminal."""
    here = site({"/": declared("file:///etc/passwd.xml") + declared("javascript:rss") + declared("/my {feed}\x1b.xml")})
    here.pages = {**here.pages, "/my%20%7Bfeed%7D%1B.xml": rss("Harbour", "a")}

    found = discover(web, f"{here.url}/")

    assert paths(found, here) == ["/my%20%7Bfeed%7D%1B.xml"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<rss><channel/></rss>", SourceKind.FEED),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', SourceKind.FEED),
        (b"Warning: x\n<rss><channel/></rss>", SourceKind.FEED),
        (b"<urlset/>", SourceKind.SITEMAP),
        (b"<sitemapindex/>", SourceKind.SITEMAP),
        (b"\x1f\x8bpacked", SourceKind.SITEMAP),
        (b"<!DOCTYPE html><p>x", SourceKind.PAGE),
        (b"plain words", None),
        (b"", None),
    ],
)
def test_what_a_document_is_is_told_by_its_content(body: bytes, kind: SourceKind | None) -> None:
    """Whatever the server calls it."""
    assert kind_of(Fetched(url="https://h.example", headers={}, body=body)) is kind


def test_looking_gives_what_a_poll_would_read(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """A page by its selector, as declared; with `guess`, a page is no feed, and a sitemap is read as one."""
    html = "<h2><a href='/1'>The quay opens again on Saturday</a></h2><p class=t><a href='/2'>Ferry times</a></p>"
    here = site({"/": html, "/s.xml": sitemap("a")})
    page = Source(id="p", name="P", url=f"{here.url}/", kind=SourceKind.PAGE, selector=".t")

    by_selector, guessed = look(web, page), look(web, page, guess=True)
    as_sitemap = look(web, Source(id="s", name="S", url=f"{here.url}/s.xml"), guess=True)

    assert [entry.title for entry in by_selector.feed.entries] == ["Ferry times"]  # type: ignore[union-attr]
    assert (guessed.result, guessed.kind, guessed.feed) == ("not-a-feed", SourceKind.PAGE, None)
    assert (as_sitemap.result, as_sitemap.kind) == ("ok", SourceKind.SITEMAP)


def test_a_search_ends_when_patience_does(web: Web, site: Callable[[Mapping[str, str]], Site]) -> None:
    """What was found by then is given; without a limit it goes on."""
    pages = {
        "/": declared("/world.xml") + declared("/feed.xml"),
        "/feed.xml": rss("Harbour", "a"),
        "/world.xml": rss("W", "b"),
    }
    here, there = site(pages), site(pages)
    slow = replace(web, clock=lambda: NOW + timedelta(seconds=60 * ("/world.xml" in here.asked)))

    cut_short = discover(slow, f"{here.url}/", timedelta(seconds=30))
    whole = discover(web, f"{there.url}/")

    assert paths(cut_short, here) == ["/world.xml"]
    assert here.asked[-1] == "/world.xml"
    assert paths(whole, there) == ["/feed.xml", "/world.xml"]
