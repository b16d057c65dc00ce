"""Takes listing pages, gives what `parse` makes of them: which links, under which titles, with which dates."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ChildFailed, ParseFailure
from monitor.parse import parse
from monitor.parse.listing import read_listing, selector_problem
from monitor.parse.raw import RawFeed
from monitor.types import Fetched, FetchSettings, ParsedFeed, Source, SourceKind

URL = "https://outlet.example/news/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRONT = """<!doctype html><html lang="en"><head><title>The Outlet &amp; Sons</title></head><body>
<header><h1><a href="/">The Outlet of Harbour Town</a></h1><nav><h2><a href="/world">News of the wide world</a></h2></nav></header>
<main>
 <article><a href="/a/quay"><img src="q.jpg" alt="A very long description of a crane above the reopened quay"></a>
  <h2><a href="/a/quay">Quay reopens after two years</a></h2><p>It rained. <a href="/a/quay">Read more</a></p>
  <a href="/tag/harbour-and-coast">Harbour and coast</a><time datetime="2026-11-22T08:30:00Z">today</time></article>
 <div class="card"><a href="../a/ferry?utm_source=front"><h3>Ferry <b>back</b> in service</h3><p>Twice a day.</p></a>
  <span><time>yesterday</time><time datetime="2026-11-21">21 Nov</time></span></div>
 <h2><a href="/sport">Sport</a></h2>
 <ul><li><h3><a href="https://partner.example/x">A partner writes on tides</a></h3></li>
     <li><h3><a href="#top">Back to the top of this page</a></h3></li>
     <li><h3><a href="javascript:void(0)">Show me all of the news</a></h3></li>
     <li><h3><a href="/news/">All the news of this outlet</a></h3></li></ul>
</main>
<aside><h3><a href="/a/popular">Most popular of all the week</a></h3></aside>
<div role="dialog"><h2><a href="/cookies">We and our partners value privacy</a></h2></div>
<footer><h3><a href="/terms">Terms of use and of service</a></h3></footer></body></html>"""


def read(html: str, selector: str | None = None, url: str = URL) -> ParsedFeed:
    """Read a page as a source of kind page is read, though in this process."""
    source = Source(id="outlet", name="Outlet", url=URL, kind=SourceKind.PAGE, selector=selector)
    page = Fetched(url=url, headers={"content-type": "text/html; charset=utf-8"}, body=html.encode())
    return parse(source, page, limits=FetchSettings(), slow=None, listing=read_listing, now=NOW)


def titles(html: str, selector: str | None = None) -> list[str]:
    """Give the titles found on a page."""
    return [entry.title for entry in read(html, selector).entries]


def refusal(html: str, selector: str | None = None) -> tuple[str, str]:
    """Give word and reason of the refusal that a page meets."""
    with pytest.raises(ParseFailure) as failure:
        read(html, selector)
    return failure.value.result, str(failure.value)


def test_without_a_selector_the_links_of_headings_are_taken() -> None:
    """Headlines in the page's order, absolute, dated by their own card; no menu, section, script or link to itself."""
    feed = read(FRONT)

    assert [(entry.title, entry.link, entry.published) for entry in feed.entries] == [
        ("Quay reopens after two years", "https://outlet.example/a/quay", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        (
            "Ferry back in service",
            "https://outlet.example/a/ferry?utm_source=front",
            datetime(2026, 11, 21, tzinfo=UTC),
        ),
        ("A partner writes on tides", "https://partner.example/x", None),
    ]
    assert (feed.title, feed.language) == ("The Outlet & Sons", "en")


def test_where_no_heading_is_a_link_those_in_articles_are_taken() -> None:
    """Some fronts are made of `article` and paragraphs alone."""
    html = '<article><p><a href="/a/1">Quay reopens after two years</a></p><a href="/tag">Harbour</a></article>'

    assert titles(html + '<p><a href="/about">About us and our house</a></p>') == ["Quay reopens after two years"]


@pytest.mark.parametrize(
    "selector",
    [".card a", ".card", ".card h3", "a:has(h3)", "DIV.card > A"],
    ids=["link", "around", "within", "has", "case"],
)
def test_a_selector_may_find_the_link_or_what_is_around_or_in_it(selector: str) -> None:
    """All of these name the same link, under its heading."""
    assert titles(FRONT, selector) == ["Ferry back in service"]


def test_a_selector_is_taken_at_its_word() -> None:
    """Menus and short titles are wanted where they are selected."""
    assert titles(FRONT, "nav a, footer a") == ["News of the wide world", "Terms of use and of service"]
    assert titles(FRONT, "a[href='/sport']") == ["Sport"]


def test_a_page_linked_several_times_is_one_entry_under_its_headline() -> None:
    """A picture and `Read more` lead there too; text that stands there is preferred to a description of the picture."""
    assert titles(FRONT, "article > a, article p a, article h2 a")[0] == "Quay reopens after two years"
    assert titles(FRONT, "article a[href='/a/quay']") == ["Quay reopens after two years"]


@pytest.mark.parametrize(
    "inner",
    ["<img alt='Quay reopens'>", "<span> </span><img alt=''><img alt='Quay reopens'>", "<svg><title>x</title></svg>"],
)
def test_a_link_without_text_is_called_by_its_label(inner: str) -> None:
    """`aria-label` first, else the description of a picture."""
    label = "aria-label='Quay reopens'" if "svg" in inner else ""

    assert titles(f"<p><a href='/1' {label}>{inner}</a><a href='/2'> </a></p>", "p a") == ["Quay reopens"]


def test_a_date_between_several_links_belongs_to_none() -> None:
    """A time that may be another article's is no date."""
    links = "<h2><a href='/1'>Quay reopens at last</a></h2><h2><a href='/2'>Ferry back in service</a></h2>"
    html = f"<div>{links}<time datetime='2026-11-22'></time></div>"

    assert [entry.published for entry in read(html).entries] == [None, None]


def test_the_base_of_a_page_is_the_base_of_its_links() -> None:
    """`<base>` is honoured, and mark-up spelled out in a title is text."""
    html = "<base href='https://cdn.example/x/'><h2><a href='1?a=1&amp;copy=2'>Why &lt;table&gt; &amp;amp; co. matter</a></h2>"

    entry = read(html).entries[0]

    assert entry.link == "https://cdn.example/x/1?a=1&copy=2"
    assert entry.title.startswith("Why <table> &")


def test_a_headline_in_chinese_is_long_enough() -> None:
    """Length counts in columns: eight characters are a headline there."""
    assert titles("<h2><a href='/1'>港口两年后重新开放</a></h2>") == ["港口两年后重新开放"]


@pytest.mark.parametrize(
    ("html", "selector", "reason"),
    [
        (FRONT, ".gone a", "An HTML page on which '.gone a' selects no link."),
        ("<html><p>Soon</p></html>", None, "An HTML page on which no headline is a link: set `selector`."),
        ("<form><input type=password></form><html>", "h2 a", "An XML document <form> on which 'h2 a' selects no link."),
        ("<html><input type=password></html>", "h2 a", "A login page on which 'h2 a' selects no link."),
        ("", "h2 a", "The document is empty."),
        ("<!-- nothing -->", "h2 a", "Plain text on which 'h2 a' selects no link."),
        ("<rss><channel/></rss>", "h2 a", "A feed instead of a page: set `kind: feed`."),
        ("<urlset/>", "h2 a", "A sitemap instead of a page: set `kind: sitemap`."),
    ],
)
def test_a_page_without_links_says_so(html: str, selector: str | None, reason: str) -> None:
    """An outlet that changed its page is not taken for one that publishes nothing."""
    assert refusal(html, selector) == ("not-a-feed", reason)


def test_a_page_that_is_too_much_for_the_child_is_refused() -> None:
    """The reader's failure is a reason like another."""

    def late(html: bytes, url: str, selector: str | None) -> RawFeed:
        raise ChildFailed("reading took longer than 10 s and was stopped")

    source = Source(id="o", name="O", url=URL, kind=SourceKind.PAGE)
    page = Fetched(url=URL, headers={}, body=FRONT.encode())

    with pytest.raises(ParseFailure, match="longer than 10 s") as failure:
        parse(source, page, limits=FetchSettings(), slow=None, listing=late, now=NOW)
    assert failure.value.result == "parse-error"


def test_no_more_than_two_megabytes_of_a_page_are_read() -> None:
    """The newest links stand first; what lies beyond the cap is not parsed."""
    html = (
        "<h2><a href='/1'>Quay reopens at last</a></h2>"
        + " " * 2_000_000
        + "<h2><a href='/2'>Ferry back in service</a></h2>"
    )

    assert titles(html) == ["Quay reopens at last"]


@pytest.mark.parametrize("selector", ["", "h2 >", "a::text", "a:nth-child(", "x|a", "a[", "//h2/a", "div:unheard-of"])
def test_a_selector_that_cannot_be_used_is_a_problem(selector: str) -> None:
    """Also what only other tools understand, and what would fail when the page is there."""
    assert selector_problem(selector)


@given(st.text(max_size=20) | st.text("ah2 >.:[]()='*|,~+#", max_size=20))
@settings(max_examples=300)
def test_a_selector_that_is_no_problem_can_be_used(selector: str) -> None:
    """What the configuration lets through never fails on a page."""
    if selector_problem(selector) is None:
        read_listing(FRONT.encode(), URL, selector)


@given(
    st.lists(st.tuples(st.integers(0, len(FRONT)), st.integers(0, 12), st.text(max_size=6)), max_size=6),
    st.sampled_from([None, "a", "h2 a"]),
)
@settings(max_examples=150)
def test_no_mutation_raises_anything_but_parse_failure(cuts: list[tuple[int, int, str]], selector: str | None) -> None:
    """Whatever a server sends, the poll gets links of the web or a reason."""
    html = FRONT
    for start, length, replacement in cuts:
        html = html[:start] + replacement + html[start + length :]

    with suppress(ParseFailure):
        found = read(html, selector)
        assert all(entry.link and entry.link.startswith("http") and entry.title for entry in found.entries)
