"""Takes bodies of sitemaps, gives what `parse` makes of them: newest pages first, titles, refusals in plain words, limits."""

import gzip
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseFailure
from monitor.parse import parse, parse_feed
from monitor.parse.listing import read_listing
from monitor.parse.sitemap import title_from
from monitor.types import Fetched, FetchSettings, ParsedFeed, SitemapLink, Source, SourceKind

URL = "https://outlet.example/news-sitemap.xml"
SOURCE = Source(id="outlet", name="Outlet", url=URL, kind=SourceKind.SITEMAP)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def read(body: bytes, content_type: str = "application/xml", **limits: int) -> ParsedFeed:
    """Read a body as a source of kind sitemap is read."""
    page = Fetched(url=URL, headers={"content-type": content_type}, body=body)
    return parse(SOURCE, page, limits=FetchSettings(**limits), slow=None, listing=read_listing, now=NOW)


def refusal(body: bytes, content_type: str = "application/xml", **limits: int) -> tuple[str, str]:
    """Give word and reason of the refusal that a body meets."""
    with pytest.raises(ParseFailure) as failure:
        read(body, content_type, **limits)
    return failure.value.result, str(failure.value)


def sitemap(*urls: str) -> bytes:
    """Give a sitemap of these pages."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {SPACES}>{"".join(urls)}</urlset>'.encode()


def page(loc: str, lastmod: str = "") -> str:
    """Give a page as a plain sitemap lists it."""
    return f"<url><loc>{loc}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"


def news(loc: str, title: str, date: str, language: str = "en") -> str:
    """Give a page as a news sitemap lists it, with a picture that has a title of its own."""
    return (
        f"<url><loc>{loc}</loc><lastmod>2026-11-22T11:00:00Z</lastmod>"
        "<image:image><image:loc>https://outlet.example/a.jpg</image:loc><image:title>A crane</image:title></image:image>"
        f"<news:news><news:publication><news:name>The Outlet</news:name><news:language>{language}</news:language>"
        f"</news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title>"
        "</news:news></url>"
    )


def test_a_news_sitemap_gives_titles_dates_outlet_and_language() -> None:
    """Google's extension is read; the date is that of publication, and a picture's title is no headline."""
    body = sitemap(
        news("https://outlet.example/a?x=1&amp;copy=2", "Quay &amp;amp; pier reopen", "2026-11-22T08:30:00+01:00")
    )

    feed = read(body)

    entry = feed.entries[0]
    assert (feed.title, feed.language) == ("The Outlet", "en")
    assert (entry.title, entry.link) == ("Quay & pier reopen", "https://outlet.example/a?x=1&copy=2")
    assert entry.published == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def test_pages_in_several_languages_have_none_in_common() -> None:
    """A language is stated only where it holds for all."""
    feed = read(sitemap(*(news(f"https://outlet.example/{code}", "Quay reopens", "", code) for code in ("en", "fr"))))

    assert feed.language is None


def test_the_newest_pages_come_first_and_the_rest_is_cut_off() -> None:
    """Sitemaps grow at either end: order is by date, offsets considered, undated pages last."""
    body = sitemap(
        page("https://outlet.example/undated"),
        page("https://outlet.example/old", "2026-11-01"),
        page("https://outlet.example/newest", "2026-11-22T08:00:00-02:00"),
        page("https://outlet.example/new", "2026-11-22T09:00:00Z"),
        page("https://outlet.example/never", "2031-01-01"),
    )

    titles = [entry.title for entry in read(body).entries]

    assert titles == ["Newest", "New", "Old", "Undated", "Never"]
    assert [entry.title for entry in read(body, max_entries=2).entries] == ["Newest", "New"]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/2026/11/22/quay-reopens-after-works", "Quay reopens after works"),
        ("/news/ferry_back_in_service-61234567.html", "Ferry back in service"),
        ("/world/europe/quay-reopens/12345678/", "Quay reopens"),
        ("/a/4f1c2b7d-covid19-rules-end-in-2027", "Covid19 rules end in 2027"),
        ("/noticias/nuevo-muelle-en-c%C3%A1diz", "Nuevo muelle en cádiz"),
        ("/section/index.html", "Section"),
        ("/2026/11/22/", ""),
        ("/", ""),
    ],
)
def test_a_page_without_a_title_is_called_by_the_words_of_its_path(path: str, title: str) -> None:
    """The last segment that says something, without extension and ids."""
    assert title_from(f"https://outlet.example{path}") == title


def test_what_the_path_spells_is_text_and_no_mark_up() -> None:
    """A tag written in percent signs stays what it is."""
    feed = read(sitemap(page("https://outlet.example/why-%3Ctable%3E-matters")))

    assert feed.entries[0].title == "Why <table> matters"


@pytest.mark.parametrize("files", [1, 2], ids=["one file", "two files in a row"])
def test_a_packed_sitemap_is_unpacked(files: int) -> None:
    """A `.xml.gz` is recognised by its first bytes, whatever it is served as."""
    body = sitemap(page("https://outlet.example/quay-reopens"))
    packed = b"".join(gzip.compress(body[n * len(body) // files : (n + 1) * len(body) // files]) for n in range(files))

    assert [entry.title for entry in read(packed, "application/gzip").entries] == ["Quay reopens"]


def test_a_packed_bomb_is_dropped_at_the_cap() -> None:
    """The cap for feeds holds for what comes out of the packing."""
    result, reason = refusal(gzip.compress(b" " * 30_000_000), max_feed_bytes=1_000_000)

    assert (result, reason) == (
        "too-large",
        "The sitemap is larger than 1,000,000 bytes once unpacked (fetch.max_feed_bytes).",
    )


def test_no_configured_cap_lets_more_than_the_protocol_allows() -> None:
    """50 MB unpacked is the end."""
    assert refusal(gzip.compress(b" " * 50_000_001), max_feed_bytes=10**9)[0] == "too-large"


@pytest.mark.parametrize("cut", [slice(0, -20), slice(0, 12)], ids=["cut short", "cut at the start"])
def test_a_packed_sitemap_that_ends_too_early_is_damaged(cut: slice) -> None:
    """Half a stream is no sitemap."""
    body = gzip.compress(sitemap(*(page(f"https://outlet.example/quay-{n}") for n in range(50))))

    assert refusal(body[cut], "application/gzip")[0] == "parse-error"


def index(*sitemaps: tuple[str, str]) -> bytes:
    """Give an index of sitemaps (address, lastmod)."""
    rows = "".join(f"<sitemap><loc> {loc} </loc><lastmod>{lastmod}</lastmod></sitemap>" for loc, lastmod in sitemaps)
    return f'<?xml version="1.0"?><sitemapindex {SPACES}>{rows}</sitemapindex>'.encode()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_an_index_gives_the_sitemaps_it_names_and_no_entries(pack: Callable[[bytes], bytes]) -> None:
    """Addresses are absolute, lastmods moments as stated, also one that lies ahead: only a change of it counts."""
    body = index(("/s1.xml?a=1&amp;b=2", "2026-11-21"), ("https://cdn.example/s2.xml", "2031-01-01T10:00:00+02:00"))

    feed = read(pack(body))

    assert feed.entries == ()
    assert feed.sitemaps == (
        SitemapLink(url="https://outlet.example/s1.xml?a=1&b=2", modified=datetime(2026, 11, 21, tzinfo=UTC)),
        SitemapLink(url="https://cdn.example/s2.xml", modified=datetime(2031, 1, 1, 8, tzinfo=UTC)),
    )


def test_an_index_names_each_sitemap_once_and_never_itself_or_what_is_no_web_address() -> None:
    """What could lead in a circle or out of the web is passed over, and no escape sequence stays in an address."""
    body = index(
        (URL, ""),
        ("HTTPS://outlet.example:443/news-sitemap.xml", ""),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
        ("https://outlet.example/a.xml", "2026-11-20"),
        ("https://outlet.example/a.xml#again", "2026-11-21"),
        ("https://outlet.example/" + "b" * 3_000, ""),
        ("https://outlet.example/c\u200b.xml", ""),
    )

    assert [link.url for link in read(body).sitemaps] == [
        "https://outlet.example/a.xml",
        "https://outlet.example/c.xml",
    ]


def test_an_index_that_names_nothing_to_ask_is_refused() -> None:
    """It would be silent for ever; one that names nothing at all is only empty."""
    words = "The index of sitemaps names no other address on the web."

    assert refusal(index((URL, ""), ("file:///etc/passwd", ""))) == ("not-a-feed", words)
    assert read(index()).sitemaps == ()


def test_an_index_gives_as_many_sitemaps_as_the_protocol_allows() -> None:
    """50,000 is the end, however many there are."""
    body = index(*((f"/{number}.xml", "") for number in range(50_010)))

    assert len(read(body).sitemaps) == 50_000


def test_pages_beyond_the_cap_are_counted() -> None:
    """Whoever is told of two entries learns that there are three more."""
    feed = read(sitemap(*(page(f"https://outlet.example/quay-{number}") for number in range(5))), max_entries=2)

    assert (len(feed.entries), feed.left_out) == (2, 3)


DEEP = "<url>" * 300 + "</url>" * 300


@pytest.mark.parametrize(
    ("inner", "limit"),
    [
        (DEEP, "it nests deeper than 256 levels"),
        (f"<url><loc>{'a' * 10_000_001}</loc></url>", "one of its texts is longer than ten million characters"),
        (f"<url><{'a' * 60_000}/></url>", "one of its names is longer than 50,000 characters"),
    ],
    ids=["depth", "text", "name"],
)
def test_a_document_that_runs_into_a_limit_says_which(inner: str, limit: str) -> None:
    """What stands before it is read."""
    feed = read(sitemap(page("https://outlet.example/quay-reopens"), inner), max_feed_bytes=20_000_000)
    assert (feed.entries[0].title, feed.cut) == ("Quay reopens", limit)


def test_a_document_of_which_a_limit_leaves_nothing_is_refused_with_it() -> None:
    """Sitemaps and feeds go through the same parser."""
    assert refusal(sitemap(DEEP)) == ("parse-error", "The sitemap is damaged: it nests deeper than 256 levels.")
    with pytest.raises(ParseFailure, match="it nests deeper than 256 levels"):
        parse_feed(f"<rss><channel>{DEEP}</channel></rss>".encode(), url=URL)


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel>" + "<item><title>Quay</title></item>" * 5 + "</channel></rss>",
        '{"items": [' + ",".join(['{"title": "Quay"}'] * 5) + "]}",
    ],
    ids=["rss", "json"],
)
def test_entries_of_a_feed_beyond_the_cap_are_counted(body: str) -> None:
    """As those of a sitemap are."""
    feed = parse_feed(body.encode(), url=URL, max_entries=2)

    assert (len(feed.entries), feed.left_out) == (2, 3)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The document is empty."),
        (gzip.compress(b"", mtime=0), "The document is empty."),
        (b"<rss><channel/></rss>", "A feed instead of a sitemap: set `kind: feed`."),
        (b"<!doctype html><html><body>Not here</body></html>", "An HTML page instead of a sitemap."),
        (b"https://outlet.example/a", "Plain text instead of a sitemap."),
    ],
)
def test_what_is_no_sitemap_is_named_in_plain_words(body: bytes, words: str) -> None:
    """The poll log says what lies at the address instead."""
    result, reason = refusal(body)

    assert result == "not-a-feed"
    assert reason.startswith(words)


def test_an_empty_sitemap_has_no_entries() -> None:
    """An outlet that published nothing for two days has an empty news sitemap: no fault."""
    assert read(sitemap()).entries == ()


def test_a_damaged_sitemap_gives_what_can_be_read() -> None:
    """A document cut in the middle keeps its whole pages; one without any is an error."""
    body = sitemap(page("https://outlet.example/quay-reopens"), page("https://outlet.example/ferry-back"))

    assert read(body[:-40]).entries[0].title == "Quay reopens"
    assert refusal(body[: body.index(b"<url>") + 9]) == (
        "parse-error",
        "The sitemap is damaged: it breaks off in the middle.",
    )


def test_a_link_that_is_no_web_address_is_no_link() -> None:
    """Neither files nor scripts are linked."""
    feed = read(sitemap(*map(page, ("file:///etc/passwd", "javascript:alert(1)"))))

    assert [entry.link for entry in feed.entries] == [None, None]


@pytest.mark.parametrize(("root", "item"), [("urlset", "url"), ("sitemapindex", "sitemap")])
@pytest.mark.parametrize("entity", ['x SYSTEM "file:///etc/passwd"', 'a "ha"><!ENTITY x "&a;&a;&a;&a;"'])
def test_entities_are_refused(root: str, item: str, entity: str) -> None:
    """A document that declares any is not parsed."""
    body = f"<!DOCTYPE {root} [<!ENTITY {entity}>]><{root}><{item}><loc>http://a.example/&x;</loc></{item}></{root}>"

    assert refusal(body.encode())[0] == "parse-error"


def test_fifty_thousand_pages_take_no_more_than_seconds() -> None:
    """The largest sitemap the protocol allows is read where it cannot be killed."""
    body = sitemap(*(news(f"https://outlet.example/{n}", f"Quay {n}", "2026-11-22T08:00:00Z") for n in range(50_000)))
    started = time.process_time()

    feed = read(body)

    assert len(feed.entries) == 2_000
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "inner",
    [
        "<url>" * 1_000_000,
        "<url/>" * 1_500_000,
        "<url " + " ".join(f'a{number}="1"' for number in range(600_000)) + "/>",
        f"<url><loc>https://outlet.example/{'-' * 8_000_000}a</loc></url>",
        f"<url><loc>https://outlet.example/{'a' * 4_000_000}{'%41' * 1_000_000}</loc></url>",
        f"<url><loc>https://outlet.example/{'a/' * 4_000_000}</loc></url>",
        f"<url><loc>https://outlet.example/{'11111-' * 1_000_000}word</loc></url>",
    ],
    ids=["nested", "empty", "attributes", "hyphens", "percents", "slashes", "ids"],
)
def test_hostile_sitemaps_take_no_more_than_seconds(inner: str) -> None:
    """The reader is linear: it runs where it cannot be killed."""
    body = sitemap(inner)
    started = time.process_time()

    with suppress(ParseFailure):
        read(body)

    assert time.process_time() - started < 8


VALID = sitemap(
    news("https://outlet.example/a", "Quay reopens", "2026-11-22"), page("https://outlet.example/b-c", "2026-11-21")
)
CUTS = st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), st.binary(max_size=6)), max_size=6)


@given(CUTS, st.booleans(), st.text(max_size=20))
@settings(max_examples=150)
def test_no_mutation_raises_anything_but_parse_failure(
    cuts: list[tuple[int, int, bytes]], packed: bool, content_type: str
) -> None:
    """Whatever a server sends, packed or not, the poll gets entries or a reason."""
    body = gzip.compress(VALID) if packed else VALID
    for start, length, replacement in cuts:
        body = body[:start] + replacement + body[start + length :]

    with suppress(ParseFailure):
        found = read(body, content_type)
        assert all(entry.link is None or entry.link.startswith("http") for entry in found.entries)
