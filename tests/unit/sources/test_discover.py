"""Takes pages, addresses and documents that were found, and expects where feeds may lie, and the best first."""

import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from monitor.sources.discover import (
    Candidate,
    How,
    Role,
    ranked,
    read_leads,
    role_of,
    sitemaps_in,
    usual_feeds,
    usual_sitemaps,
)
from monitor.types import SourceKind

SITE = "https://harbour.example/"


def candidate(url: str, role: Role = Role.SITE, **fields: object) -> Candidate:
    """Give a document that was found, with entries of its own."""
    kind = SourceKind.SITEMAP if role in (Role.NEWS, Role.PAGES) else SourceKind.FEED
    usual = {"kind": kind, "how": How.DECLARED, "entries": 3, "links": frozenset({f"{url}#1"})}
    return Candidate(**{"url": url, "role": role, **usual, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml; charset=utf-8",
        "APPLICATION/FEED+JSON",
        "application/json",
        "text/xml",
    ],
)
def test_what_a_page_declares_is_found(kind: str) -> None:
    """`<link rel=alternate>` of every type of feed, with the name it is given."""
    html = f'<link rel="Alternate" type="{kind}" title="Harbour news" href=" /a?b=1&amp;c ">'.encode()

    (lead,) = read_leads(html).leads

    assert (lead.href, lead.how, lead.title) == ("/a?b=1&c", How.DECLARED, "Harbour news")


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="stylesheet" type="text/xml" href="/style.xml">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<a href="/feedback">Write to us</a>',
        '<a href="#feed">Feed</a>',
        '<a href="/contact">Contact</a>',
        "<a>RSS</a>",
    ],
)
def test_what_only_resembles_a_feed_is_passed_over(html: str) -> None:
    """Other languages, style sheets, machine interfaces of blogs, and words that begin like feed."""
    assert read_leads(html.encode()).leads == ()


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/world/rss">World</a>',
        '<a href="/out.atom">World</a>',
        '<a href="/?format=feed">World</a>',
        '<a href="/feeds/world.xml">World</a>',
        '<a href="/subscribe/17">RSS</a>',
        '<a href="/subscribe/17" aria-label="Atom feed"><img src="icon.png"></a>',
    ],
)
def test_a_link_with_a_telling_address_or_name_is_found(html: str) -> None:
    """Not every site declares its feeds."""
    (lead,) = read_leads(html.encode()).leads

    assert lead.how is How.LINKED


def test_declared_feeds_come_before_links_and_each_address_once() -> None:
    """The order is what is tried first; the base of the page's links is given along."""
    html = b"""<base href="/en/"><a href="feed.xml">RSS</a><a href="other.rss">More</a>
        <link rel=alternate type=application/rss+xml href="feed.xml">"""

    found = read_leads(html)

    assert [(lead.href, lead.how) for lead in found.leads] == [
        ("feed.xml", How.DECLARED),
        ("other.rss", How.LINKED),
    ]
    assert found.base == "/en/"


def test_a_flood_of_links_is_cut_off() -> None:
    """A page cannot send us to thousands of addresses."""
    assert len(read_leads(b"".join(b'<a href="/%d.rss">x</a>' % n for n in range(2_000))).leads) == 50


@given(st.text(alphabet="<>a='\"/ \0é&;hrefilnktyp", max_size=200) | st.binary(max_size=200))
@examples(max_examples=200)
def test_no_page_raises(page: str | bytes) -> None:
    """Whatever the bytes are, there are leads or none."""
    assert isinstance(read_leads(page if isinstance(page, bytes) else page.encode()).leads, tuple)


def test_sitemaps_of_news_are_asked_first() -> None:
    """`Sitemap:` lines of robots.txt, each once."""
    robots = (
        "User-agent: *\nDisallow: /x\nsitemap: https://h.example/all.xml\nSitemap: https://h.example/news.xml\n" * 2
    )

    assert sitemaps_in(robots) == ["https://h.example/news.xml", "https://h.example/all.xml"]


def test_sitemaps_are_named_by_lines_of_their_own() -> None:
    """In a group or outside, in whatever case, with remarks; other lines say nothing of sitemaps."""
    robots = (
        "\ufeffSitemap: https://h.example/1.xml # the first\r\nUser-agent: *\n  SITEMAP :https://h.example/2.xml\r"
        "Disallow: /sitemap: https://h.example/no.xml\n# Sitemap: https://h.example/no.xml\nSitemap:\nSitemap: # none\n"
        "Site-map: /3.xml\nSitemap"
    )

    assert sitemaps_in(robots) == ["https://h.example/1.xml", "https://h.example/2.xml", "/3.xml"]
    assert sitemaps_in("") == []


def test_a_hostile_robots_txt_costs_no_more_than_its_length() -> None:
    """Two hundred names and two hundred rules are four hundred lines, not forty thousand rules."""
    names = "".join(f"User-agent: reader{number}\n" for number in range(200))
    rules = "".join(f"Disallow: /{number}\n" for number in range(200))
    tracemalloc.start()

    found = sitemaps_in(f"{names}{rules}Sitemap: https://h.example/news.xml")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == ["https://h.example/news.xml"]
    assert most < 1_000_000


def test_usual_paths_lie_beside_the_page_and_at_the_top() -> None:
    """A site may live in a folder of a server; at the top each address stands once."""
    below = usual_feeds("https://h.example/blog/post.html?x=1")

    assert below[:4] == [
        "https://h.example/blog/feed",
        "https://h.example/feed",
        "https://h.example/blog/rss",
        "https://h.example/rss",
    ]
    assert usual_feeds("https://h.example")[:2] == ["https://h.example/feed", "https://h.example/rss"]
    assert usual_sitemaps("https://h.example/") == [
        "https://h.example/news-sitemap.xml",
        "https://h.example/sitemap.xml",
    ]


@pytest.mark.parametrize(
    ("url", "role"),
    [
        ("https://harbour.example/feed/", Role.SITE),
        ("https://feeds.other.example/news/rss.xml", Role.SITE),
        ("https://harbour.example/rss/harbour", Role.SITE),
        ("https://harbour.example/world/feed/", Role.SECTION),
        ("https://harbour.example/feed?cat=7", Role.SECTION),
        ("https://harbour.example/commentary.xml", Role.SECTION),
        ("https://harbour.example/comments/feed/", Role.COMMENTS),
        ("https://harbour.example/2026/quay-reopens/comments_rss.xml", Role.COMMENTS),
    ],
)
def test_the_part_of_a_site_that_a_feed_is_of_is_told_by_its_address(url: str, role: Role) -> None:
    """Comments and sections have names of their own in the path."""
    assert role_of(url, SourceKind.FEED, site=SITE) is role


def test_comments_are_told_by_a_title_too() -> None:
    """In other languages as well."""
    titles = ("Kommentare zu: Hafenblatt",)

    assert role_of("https://harbour.example/feed/2", SourceKind.FEED, site=SITE, titles=titles) is Role.COMMENTS


def test_a_folder_that_a_site_lives_in_is_no_section_of_it() -> None:
    """The feed of a blog is the feed of the whole blog."""
    assert role_of("https://h.example/blog/feed", SourceKind.FEED, site="https://h.example/blog/") is Role.SITE


def test_a_sitemap_of_news_is_told_by_content_or_name() -> None:
    """What it is called in the document, or the last part of its address."""
    sitemap = SourceKind.SITEMAP

    assert role_of("https://h.example/sitemap.xml", sitemap, site=SITE) is Role.PAGES
    assert role_of("https://h.example/sitemap.xml", sitemap, site=SITE, news=True) is Role.NEWS
    assert role_of("https://h.example/news-sitemap.xml", sitemap, site=SITE) is Role.NEWS


def test_the_best_comes_first() -> None:
    """The whole site, then a sitemap of news, sections, a plain sitemap, comments; what is empty last."""
    found = [candidate(f"https://h.example/{role.name}", role) for role in reversed(Role)]
    empty = candidate("https://h.example/empty", entries=0, links=frozenset())

    order = ranked([empty, *found])

    assert [one.role for one in order[:-1]] == list(Role)
    assert order[-1] == empty


def test_two_editions_of_one_feed_are_one() -> None:
    """The same address, or the same entries in RSS and Atom; a sitemap with the same pages is another thing."""
    links = frozenset({"https://h.example/1", "https://h.example/2"})
    rss, atom = (candidate(f"https://h.example/{name}", links=links) for name in ("rss", "atom"))
    sitemap = candidate("https://h.example/news.xml", Role.NEWS, links=links)

    folded = ranked([rss, atom, rss, sitemap])

    assert [one.url for one in folded] == [rss.url, sitemap.url]
    assert folded[0].also == (atom.url,)


def test_empty_feeds_are_not_taken_for_each_other() -> None:
    """Having no entries is nothing in common."""
    empty = [
        candidate(f"https://h.example/{n}", entries=0, links=frozenset(), newest=datetime(2026, 1, 1, tzinfo=UTC))
        for n in range(2)
    ]

    assert len(ranked(empty)) == 2
