"""Takes a site on loopback that publishes by sitemaps, gives what polls of it ask, store and say, poll after poll."""

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from monitor.adapters.fetcher import HttpFetcher
from monitor.adapters.reader import ChildReader
from monitor.jobs.context import Context
from monitor.jobs.work import Jobs
from monitor.types import FetchSettings, Polled, PollRecord, Source, SourceKind

NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
LIMITS = FetchSettings(allow_networks=("127.0.0.1/32",), delay=timedelta(0))


class Site(ThreadingHTTPServer):
    """Answers with what lies at a path, an ETag and, where it did not change, 304; remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.pages: dict[str, bytes] = {}
        self.refusals: dict[str, tuple[int, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}

    @property
    def root(self) -> str:
        """Give the address of the site."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def taken(self) -> list[str]:
        """Give the paths asked since the last look."""
        asked, self.asked = self.asked, []
        return asked


class Answering(BaseHTTPRequestHandler):
    """Speaks for the site."""

    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers[self.path] = {name.lower(): value for name, value in self.headers.items()}
        body = self.server.pages.get(self.path, b"")
        etag = f'"{sha256(body).hexdigest()[:12]}"'
        status, headers = self.server.refusals.get(self.path, (200 if body else 404, {"ETag": etag}))
        if status == 200 and self.headers["If-None-Match"] == etag:
            status = 304
        body = body if status == 200 else b""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    """Give a site without pages."""
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def watch(make_context: Callable[..., Context], site: Site) -> Iterator[Callable[..., Context]]:
    """Give what declares the site's index as the one source; keywords change the source, or the limits."""
    fetchers: list[HttpFetcher] = []

    def build(path: str = "/index.xml", kind: SourceKind = SourceKind.SITEMAP, **changes: Any) -> Context:
        limits = replace(
            LIMITS, **{key: changes.pop(key) for key in ("max_entries", "max_feed_bytes") if key in changes}
        )
        source = Source(id="site", name="Site", url=site.root + path, kind=kind, **changes)
        fetchers.append(HttpFetcher(limits))
        return replace(make_context((source,), fetch=limits), fetcher=fetchers[-1])

    yield build
    for fetcher in fetchers:
        fetcher.close()


def poll(ctx: Context) -> tuple[Polled, PollRecord]:
    """Poll the source, due or not."""
    jobs = Jobs(ctx)
    (state,) = jobs.claim_polls(1, every=True)
    polled = jobs.poll(state)
    (record,) = ctx.store.poll_log("site", limit=1)
    return polled, record


def stamp(moment: datetime) -> str:
    """Write a moment as sitemaps do."""
    return moment.isoformat()


def index(**lastmods: datetime | None) -> bytes:
    """Write an index of these sitemaps; `_` in a name is a hyphen."""
    rows = (
        f"<sitemap><loc>/{name.replace('_', '-')}.xml</loc>{f'<lastmod>{stamp(at)}</lastmod>' if at else ''}</sitemap>"
        for name, at in lastmods.items()
    )
    return f"<sitemapindex>{''.join(rows)}</sitemapindex>".encode()


def pages(*slugs: str, at: datetime | None = None) -> bytes:
    """Write a sitemap of pages with these names."""
    lastmod = f"<lastmod>{stamp(at)}</lastmod>" if at else ""
    urls = "".join(f"<url><loc>https://outlet.example/{slug}</loc>{lastmod}</url>" for slug in slugs)
    return f"<urlset>{urls}</urlset>".encode()


def months(now: datetime, **changed: datetime) -> bytes:
    """Write an index of forty monthly sitemaps."""
    stated = {f"m{number}": now - timedelta(days=30 * (40 - number), hours=1) for number in range(1, 41)}
    return index(**stated | changed)


@pytest.fixture
def archive(site: Site, clock: Any) -> Site:
    """Give the site an index of forty sitemaps with one page each."""
    site.pages["/index.xml"] = months(clock.now)
    for number in range(1, 41):
        site.pages[f"/m{number}.xml"] = pages(
            f"quay-reopens-{number}", at=clock.now - timedelta(days=30 * (40 - number))
        )
    return site


def test_of_forty_sitemaps_each_poll_asks_those_that_changed(
    watch: Callable[..., Context], archive: Site, clock: Any
) -> None:
    """Two requests on the first poll and two on the next, of which one brings the new page."""
    ctx = watch()
    first, _ = poll(ctx)
    requests = archive.taken()
    clock.move(hours=1)
    archive.pages["/m7.xml"] = pages("quay-reopens-7", "ferry-returns", at=clock.now)
    archive.pages["/index.xml"] = months(clock.now - timedelta(hours=1), m7=clock.now)

    second, record = poll(ctx)

    assert (first.result, first.entries, first.new, requests) == ("ok", 1, 1, ["/index.xml", "/m40.xml"])
    assert archive.taken() == ["/index.xml", "/m7.xml"]
    assert (second.result, second.entries, second.new) == ("ok", 2, 2)
    assert record.detail == "2 entries, 2 of them new."


def test_where_the_index_did_not_change_the_newest_of_its_sitemaps_is_asked_again(
    watch: Callable[..., Context], archive: Site, clock: Any
) -> None:
    """Conditionally; what it brings is stored although the index answers 304, and nothing is brought twice."""
    ctx = watch()
    poll(ctx)
    archive.taken()

    quiet, _ = poll(ctx)
    asked = archive.taken()
    validators = {path: archive.headers[path].get("if-none-match") for path in asked}
    archive.pages["/m40.xml"] = pages("quay-reopens-40", "ferry-returns", at=clock.now)
    busy, _ = poll(ctx)
    again, _ = poll(ctx)

    assert asked == ["/index.xml", "/m40.xml"]
    assert all(validators.values())
    assert [(polled.result, polled.new) for polled in (quiet, busy, again)] == [
        ("not-modified", 0),
        ("ok", 1),
        ("not-modified", 0),
    ]


def test_once_a_day_the_index_and_its_newest_sitemap_are_asked_for_as_a_whole(
    watch: Callable[..., Context], archive: Site, clock: Any
) -> None:
    """Also where a sitemap changed in between: a stale validator of the index must not hide the others for ever."""
    ctx = watch()
    poll(ctx)
    clock.move(hours=20)
    archive.pages["/m40.xml"] = pages("quay-reopens-40", "ferry-returns", at=clock.now)
    poll(ctx)

    clock.move(hours=5)
    poll(ctx)

    assert "if-none-match" not in archive.headers["/index.xml"]
    assert "if-none-match" in archive.headers["/m40.xml"]


def test_a_sitemap_that_fails_costs_the_others_nothing_and_is_asked_again(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """The poll log says which and why."""
    ctx = watch()
    site.pages["/index.xml"] = index(a=clock.now, b=clock.now - timedelta(hours=1), c=clock.now - timedelta(hours=2))
    site.pages |= {"/a.xml": pages("quay-a"), "/c.xml": pages("quay-c")}
    site.refusals["/b.xml"] = (500, {})

    first, record = poll(ctx)
    site.taken()
    del site.refusals["/b.xml"]
    site.pages["/b.xml"] = pages("quay-b")
    second, _ = poll(ctx)

    assert (first.result, first.new) == ("ok", 2)
    assert record.detail == (
        "2 entries, 2 of them new. Read 2 of 3 sitemaps. b.xml: The server answered 500 Internal Server Error."
    )
    assert site.taken() == ["/index.xml", "/a.xml", "/b.xml"]
    assert (second.result, second.new) == ("ok", 1)


def test_where_all_sitemaps_fail_the_poll_fails_as_the_first_of_them(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """Nothing of the index is remembered, so the next poll finds it new."""
    ctx = watch()
    site.pages["/index.xml"] = index(a=clock.now, b=clock.now - timedelta(hours=1))
    site.refusals |= {"/a.xml": (500, {}), "/b.xml": (410, {})}

    polled, record = poll(ctx)

    state = ctx.store.source_states()["site"]
    assert (polled.result, state.failures, state.stopped, state.etag, state.sitemaps) == (
        "http-500",
        0.5,
        False,
        None,
        (),
    )
    assert record.detail.startswith("Read 0 of 2 sitemaps. a.xml: The server answered 500 ")
    assert "b.xml: The server answered 410 Gone." in record.detail


def test_a_server_that_asks_to_wait_is_asked_for_no_further_sitemap(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """Retry-After of a sitemap holds for the source; what was not asked has its turn later."""
    ctx = watch()
    site.pages["/index.xml"] = index(**{f"s{letter}": clock.now - timedelta(hours=n) for n, letter in enumerate("abc")})
    site.pages |= {"/sa.xml": pages("quay-a"), "/sc.xml": pages("quay-c")}
    site.refusals["/sb.xml"] = (429, {"Retry-After": "7200"})

    poll(ctx)
    state = ctx.store.source_states()["site"]
    asked = site.taken()
    clock.move(hours=3)
    site.refusals["/sb.xml"] = (200, {})
    site.pages["/sb.xml"] = pages("quay-b")
    polled, _ = poll(ctx)

    assert asked == ["/index.xml", "/sa.xml", "/sb.xml"]
    assert state.retry_after == clock.now - timedelta(hours=1)
    assert state.next_poll_at >= state.retry_after
    assert polled.new == 2


def test_a_packed_sitemap_is_unpacked_and_a_bomb_among_them_is_told(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """The cap for feeds holds for each sitemap once unpacked."""
    ctx = watch(max_feed_bytes=100_000)
    site.pages["/index.xml"] = index(good=clock.now, bomb=clock.now - timedelta(hours=1))
    site.pages |= {"/good.xml": gzip.compress(pages("quay-reopens")), "/bomb.xml": gzip.compress(b" " * 50_000_000)}

    polled, record = poll(ctx)

    assert (polled.result, polled.new) == ("ok", 1)
    assert "bomb.xml: The sitemap is larger than 100,000 bytes once unpacked (fetch.max_feed_bytes)." in record.detail


def test_an_index_inside_an_index_is_told_and_not_followed(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """Not even where the two name each other; the sentence says what to do."""
    ctx = watch()
    site.pages["/index.xml"] = index(index=clock.now, inner=clock.now)
    site.pages["/inner.xml"] = index(index=clock.now, inner=clock.now, secret=clock.now)

    polled, record = poll(ctx)

    assert polled.result == "not-a-feed"
    assert record.detail == (
        "Read 0 of 1 sitemaps. inner.xml: An index inside an index is not followed: make it a source of its own."
    )
    assert site.taken() == ["/index.xml", "/inner.xml"]


def test_an_index_leads_to_no_private_address_and_gives_no_password_away(
    watch: Callable[..., Context], site: Site
) -> None:
    """Other hosts are asked under the fetcher's rules, without the headers that the source declares."""
    elsewhere = site.root.replace("127.0.0.1", "localhost")
    hostile = ("file:///etc/passwd", "http://127.0.0.254:9/trap.xml", f"{elsewhere}/else.xml", f"{site.root}/own.xml")
    rows = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in hostile)
    site.pages["/index.xml"] = f"<sitemapindex>{rows}</sitemapindex>".encode()
    site.pages |= {"/else.xml": pages("quay-else"), "/own.xml": pages("quay-own")}
    ctx = watch(headers=(("Authorization", "Basic c2VjcmV0"),))

    polled, record = poll(ctx)

    assert (polled.result, polled.new) == ("ok", 2)
    assert "Read 2 of 3 sitemaps. trap.xml: 127.0.0.254 is loopback" in record.detail
    assert "authorization" in site.headers["/own.xml"]
    assert "authorization" not in site.headers["/else.xml"]


def test_fifty_thousand_sitemaps_cost_as_few_requests_as_five(watch: Callable[..., Context], site: Site) -> None:
    """And what is remembered of them is bounded."""
    rows = "".join(f"<sitemap><loc>/{number:x}-{'y' * (number % 97)}.xml</loc></sitemap>" for number in range(50_000))
    news = "<sitemap><loc>/news.xml</loc></sitemap>"
    site.pages |= {
        "/index.xml": f"<sitemapindex>{news}{rows}</sitemapindex>".encode(),
        "/news.xml": pages("quay-reopens"),
    }
    ctx = watch()

    polled, _ = poll(ctx)

    assert len(site.taken()) == 6
    assert (polled.result, polled.new) == ("ok", 1)
    assert 5 < len(ctx.store.source_states()["site"].sitemaps) <= 500


def test_the_cap_holds_for_all_sitemaps_together_and_the_newest_entries_stay(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """What was left out is counted and the setting named."""
    ctx = watch(max_entries=3)
    site.pages["/index.xml"] = index(a=clock.now, b=clock.now - timedelta(hours=1))
    site.pages["/a.xml"] = pages(*(f"old-quay-{n}x" for n in range(5)), at=clock.now - timedelta(days=9))
    site.pages["/b.xml"] = pages("new-quay", at=clock.now)

    polled, record = poll(ctx)

    assert (polled.entries, polled.new) == (3, 3)
    assert record.detail == "3 entries, 3 of them new. 3 more were left out (fetch.max_entries)."
    assert ctx.store.ledgers("https://outlet.example/new-quay")


def test_a_page_in_two_sitemaps_is_one_entry_under_its_written_title(
    watch: Callable[..., Context], site: Site, clock: Any
) -> None:
    """A plain sitemap knows the address only: it neither adds the page again nor takes its headline away."""
    link = "https://outlet.example/quay-reopens"
    article = f"<url><loc>{link}</loc><n:news><n:title>The old quay is open again</n:title></n:news></url>"
    ctx = watch()
    site.pages["/index.xml"] = index(posts=clock.now, news=clock.now - timedelta(hours=1))
    site.pages["/posts.xml"] = pages("quay-reopens")
    site.pages["/news.xml"] = f'<urlset xmlns:n="{NEWS}">{article}</urlset>'.encode()

    first, _ = poll(ctx)
    site.pages["/posts.xml"] = pages("quay-reopens", "ferry-returns")
    site.pages["/index.xml"] = index(posts=clock.now + timedelta(minutes=5), news=clock.now - timedelta(hours=1))
    second, _ = poll(ctx)

    assert (first.new, second.new) == (1, 1)
    (ledger,) = ctx.store.ledgers(link)
    assert ledger.article.entry.title == "The old quay is open again"


def test_old_pages_of_a_sitemap_read_for_the_first_time_are_no_news(
    watch: Callable[..., Context], archive: Site, clock: Any
) -> None:
    """An edit in an archive brings its pages, years old, as backlog; the page of today is told as ever."""
    ctx = watch()
    poll(ctx)
    clock.move(hours=1)
    old, fresh = (
        pages(*slugs, at=at)[len(b"<urlset>") : -len(b"</urlset>")]
        for slugs, at in ((["old-quay"], clock.now - timedelta(days=900)), (["new-quay"], clock.now))
    )
    archive.pages["/m7.xml"] = b"<urlset>" + old + fresh + b"</urlset>"
    archive.pages["/index.xml"] = months(clock.now - timedelta(hours=1), m7=clock.now)

    poll(ctx)

    backlog = {
        slug: ctx.store.ledgers(f"https://outlet.example/{slug}")[0].article.entry.backlog
        for slug in ("old-quay", "new-quay")
    }
    assert backlog == {"old-quay": True, "new-quay": False}


def test_a_feed_that_is_larger_than_the_cap_says_so(watch: Callable[..., Context], site: Site) -> None:
    """Not only sitemaps are cut."""
    items = "".join(f"<item><title>Quay {number}</title><guid>{number}</guid></item>" for number in range(5))
    site.pages["/feed.xml"] = f"<rss><channel><title>Site</title>{items}</channel></rss>".encode()

    _, record = poll(watch("/feed.xml", SourceKind.FEED, max_entries=2))

    assert record.detail == "2 entries, 2 of them new. 3 more were left out (fetch.max_entries)."


def test_a_listing_page_of_which_only_the_beginning_is_read_says_so(watch: Callable[..., Context], site: Site) -> None:
    """Its newest links stand first; that the rest was not looked at is told."""
    headline = "<h2><a href='/quay'>The old quay is open again</a></h2>"
    site.pages["/front"] = f"<html><body>{headline}{'<p>more</p>' * 200_000}</body></html>".encode()
    ctx = replace(watch("/front", SourceKind.PAGE), reader=ChildReader(timeout=30))

    polled, record = poll(ctx)
    ctx.reader.close()

    assert polled.new == 1
    assert record.detail == (
        "1 entry, 1 of them new. The document was not read to its end: only its first 2,000,000 bytes are looked at."
    )


@pytest.mark.parametrize(
    ("kind", "setting"), [(SourceKind.FEED, "fetch.max_feed_bytes"), (SourceKind.PAGE, "fetch.max_page_bytes")]
)
def test_a_document_over_the_cap_is_told_with_the_setting_that_sets_it(
    watch: Callable[..., Context], site: Site, kind: SourceKind, setting: str
) -> None:
    """Whoever trusts the source knows what to raise."""
    site.pages["/front"] = b" " * 5_000_001
    ctx = watch("/front", kind, max_feed_bytes=5_000_000)

    polled, record = poll(ctx)

    assert polled.result == "too-large"
    assert record.detail == f"The document is larger than 5,000,000 bytes, the most that is read ({setting})."


def test_a_sitemap_over_the_cap_is_told_with_the_setting(watch: Callable[..., Context], site: Site, clock: Any) -> None:
    """Also where an index led to it."""
    site.pages |= {"/index.xml": index(flood=clock.now), "/flood.xml": b" " * 100_001}
    ctx = watch(max_feed_bytes=100_000)

    _, record = poll(ctx)

    assert record.detail == (
        "Read 0 of 1 sitemaps. flood.xml:"
        " The document is larger than 100,000 bytes, the most that is read (fetch.max_feed_bytes)."
    )


def test_an_index_that_becomes_a_sitemap_leaves_nothing_behind(watch: Callable[..., Context], archive: Site) -> None:
    """A 304 of the plain sitemap asks for nothing else."""
    ctx = watch()
    poll(ctx)
    archive.pages["/index.xml"] = pages("quay-reopens")

    poll(ctx)
    archive.taken()
    polled, _ = poll(ctx)

    assert (polled.result, archive.taken()) == ("not-modified", ["/index.xml"])


def test_an_index_that_is_gone_stops_the_source(watch: Callable[..., Context], site: Site) -> None:
    """As a feed does."""
    site.refusals["/index.xml"] = (410, {})
    ctx = watch()

    polled, _ = poll(ctx)

    assert polled.result == "gone"
    assert ctx.store.source_states()["site"].stopped
