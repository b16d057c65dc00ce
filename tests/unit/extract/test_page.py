"""Takes pages as servers send them, gives tests of the article that is read off, or of why there is none."""

import gzip
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extract.page import read_page
from monitor.types import PageText

URL = "https://outlet.example/news/quay"
PARAGRAPHS = [
    "The old quay opened again on Saturday after two years of work, and the first ferry left before dawn.",
    "Engineers had replaced forty piles and the whole of the western wall, which a storm had undercut.",
    "The harbour board said that the works had cost a little less than planned and that fares would not rise.",
    "Fishermen, who had unloaded on the beach all that time, were the first to tie up at the new wall.",
]
ARTICLE = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
NAVIGATION = "<nav><ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(20)) + "</ul></nav>"


def page(body: str, head: str = "<title>Quay reopens | Outlet</title>") -> bytes:
    """Give a page with navigation and footer around its body."""
    footer = "<footer>Imprint. We use cookies. All rights reserved.</footer>"
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body>{NAVIGATION}<main>{body}</main>{footer}</body></html>".encode()
    )


def read(body: str, head: str = "<title>Quay reopens | Outlet</title>") -> PageText:
    """Read such a page."""
    return read_page(page(body, head), URL)


def test_an_article_is_read_without_the_page_around_it() -> None:
    """The text holds every paragraph, no navigation, no footer and not the title again."""
    found = read(f"<article><h1>Quay reopens</h1>{ARTICLE}</article>")

    assert found.text.split("\n") == PARAGRAPHS
    assert (found.title, found.note) == ("Quay reopens", "")


@pytest.mark.parametrize(
    ("stated", "heading", "title"),
    [
        ("Quay reopens | Outlet", "Quay reopens", "Quay reopens"),
        ("Quay reopens: Outlet", "Quay reopens", "Quay reopens"),
        ("Quay reopens", "Quay reopens", "Quay reopens"),
        ("Ports quarrel over fees", "Ports", "Ports quarrel over fees"),
        ("Portsmouth quay reopens", "Ports", "Portsmouth quay reopens"),
        ("“Never again” – Outlet", "Outlet", "“Never again” – Outlet"),
    ],
)
def test_the_title_is_without_the_name_of_the_outlet(stated: str, heading: str, title: str) -> None:
    """As the heading shows it; a heading that names the section is not the title."""
    found = read(f"<h1>{heading}</h1><article>{ARTICLE}</article>", f"<title>{stated}</title>")

    assert found.title == title


def test_repeated_lines_are_given_once() -> None:
    """A teaser that is printed again as the first paragraph does not count twice."""
    found = read(f"<article><p>{PARAGRAPHS[0]}</p>{ARTICLE}</article>")

    assert found.text.count("before dawn") == 1


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ('<meta property="article:published_time" content="2026-11-21T07:00:00+01:00">', ""),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished": "2026-11-21T06:00:00Z"}</script>',
            "",
        ),
        ("", '<time datetime="2026-11-21T06:00Z">Saturday</time>'),
        ('<meta name="date" content="no date"><meta itemprop="datePublished" content="2026-11-21 06:00:00">', ""),
    ],
)
def test_the_date_is_read_where_pages_state_it(head: str, body: str) -> None:
    """From metadata, structured data or the time element; nonsense is passed over."""
    found = read(f"<article>{body}{ARTICLE}</article>", f"<title>Quay</title>{head}")

    assert found.published == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_a_page_without_a_stated_date_has_none() -> None:
    """No date is made up from the text or the clock."""
    assert read(f"<article>{ARTICLE}</article>").published is None


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("<h1>Sign in</h1><form>Please sign in to continue.<input type=password></form>", "login page"),
        ("<form><input name=user><input type='password'><button>Go</button></form>", "login page"),
        (
            "<h1>Before you continue</h1><p>We value your privacy. Accept all cookies or manage settings.</p>",
            "consent page",
        ),
        ("<h1>One moment</h1><p>Please verify you are human by completing the action below.</p>", "captcha page"),
        (
            "<div id=app></div><noscript>You need to enable JavaScript to run this app.</noscript>",
            "page needs JavaScript",
        ),
        (f"<article><p>{PARAGRAPHS[0]}</p><p>Subscribe to continue reading this article.</p></article>", "paywall"),
        ("<div></div>", "no article found"),
    ],
)
def test_what_stands_before_an_article_is_named_and_never_taken_for_it(body: str, note: str) -> None:
    """The text is empty, so that nothing is judged by a sidebar or a form."""
    found = read(body, "<title>Outlet</title>")

    assert (found.text, found.note) == ("", note)


def test_an_article_about_such_pages_is_an_article() -> None:
    """A long text may speak of captchas and subscriptions as it likes."""
    talk = "<p>The bank asked readers to verify you are human, and the paper to subscribe to continue reading.</p>"

    found = read(
        f"<article>{''.join(ARTICLE.replace('.', f' in {year}.') for year in range(2000, 2004))}{talk}</article>"
    )

    assert found.note == ""
    assert "verify you are human" in found.text


def test_a_login_form_in_the_header_does_not_hide_the_article() -> None:
    """Many outlets carry one on every page."""
    found = read(f"<form><input type='password'></form><article>{ARTICLE}</article>")

    assert found.text.startswith("The old quay")


def test_an_article_below_256_levels_is_found() -> None:
    """Where libxml2 drops what lies too deep, the paragraphs are read without a tree."""
    found = read("<div>" * 400 + ARTICLE + "</div>" * 400)

    assert "Fishermen" in found.text


@pytest.mark.parametrize("body", [b"%PDF-1.7 \x00\x01", b"GIF89a\x00\x00", b"", b"   "])
def test_what_is_no_page_is_named(body: bytes) -> None:
    """A PDF or an empty answer gives a note, not an error."""
    found = read_page(body, URL)

    assert found.text == ""
    assert found.note in {"not an HTML page", "an empty page"}


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "utf-16"])
def test_the_charset_of_a_page_is_respected(encoding: str) -> None:
    """Declared in the page, in the header, or by a byte order mark."""
    text = "<p>Міністр заявив, що переговори про кордон тривають, і подякував сусідам за допомогу в порту.</p>"
    html = f"<html><head><meta charset='{encoding}'><title>Порт</title></head><body><article>{text}</article></body></html>"

    assert "переговори" in read_page(html.encode(encoding), URL).text


def test_no_escape_sequence_comes_through() -> None:
    """What reaches a terminal or a log is printable."""
    found = read(f"<article>{ARTICLE.replace('quay', 'qu&#27;[31may')}</article>", "<title>A\x1b]0;b\x07</title>")

    assert "\x1b" not in found.text + found.title


def test_a_body_that_a_layout_has_torn_apart_is_read_whole() -> None:
    """Advertisements stand between parts with the same name; the first part is not all."""
    part = "<div class='grid'><div class='article__body'>{}</div><aside>Advertisement</aside></div>"
    days = [
        ARTICLE.replace("Saturday", day).replace("Engineers", f"On {day} they")
        for day in ("Saturday", "Sunday", "Monday")
    ]

    found = read("".join(part.format(day) for day in days))

    assert all(f"On {day} they had replaced" in found.text for day in ("Saturday", "Sunday", "Monday"))


def test_cards_that_are_named_like_the_body_are_not_joined_to_it() -> None:
    """A sidebar's teasers are no paragraphs of the article."""
    teaser = (
        "<p>The ferry that sank off the cape in autumn was raised on Sunday by two cranes that had come from afar.</p>"
    )
    card = f"<div class='post-content'><h4><a href='/1'>Ferry raised</a></h4>{teaser}</div>"

    found = read(f"<h1>Quay reopens</h1><div class='post-content'>{ARTICLE}</div><aside>{card * 3}</aside>")

    assert found.text.split("\n") == PARAGRAPHS


def test_bodies_under_headings_of_their_own_are_not_joined() -> None:
    """They are other articles, appended for those who scroll."""
    sunk = "A ferry sank off the cape on Sunday in a storm that nobody had foreseen, and all were saved."
    other = f"<h2>Ferry sinks</h2><div class='article-body'><p>{sunk}</p></div>"

    found = read(f"<h1>Quay reopens</h1><div class='article-body'>{ARTICLE}</div>{other}")

    assert found.text.split("\n") == PARAGRAPHS


def test_links_and_lists_that_belong_to_the_article_stay() -> None:
    """A link within a sentence, and a list that the text goes on from."""
    points = [f"Pier {number} opens in week {number} of the year, with room for two ferries" for number in range(3)]
    items = "".join(f"<li>{point}</li>" for point in points)
    linked = ARTICLE.replace("the first ferry left", "<a href='/1'>the first ferry left</a>")

    found = read(f"<article><ul>{items}</ul>{linked}</article>")

    assert "and the first ferry left before dawn." in found.text
    assert all(point in found.text for point in points)


def test_a_quoted_post_is_part_of_the_article() -> None:
    """Its frame is one for embedded things, and these are dropped."""
    post = "The quay is ours again, said the mayor to the crowd before the band began to play."

    found = read(f"<article>{ARTICLE}<div class='social-embed'><blockquote><p>{post}</p></blockquote></div></article>")

    assert post in found.text


def test_the_text_that_structured_data_state_is_read_where_the_page_shows_less() -> None:
    """Some pages are programs that write the article when they run; what they tell search engines is the whole of it."""
    body = "\\n".join(PARAGRAPHS * 2)
    stated = f'<script type="application/ld+json">{{"@graph": [{{"@type": "NewsArticle", "articleBody": "{body}"}}]}}</script>'

    found = read(f"<p>{PARAGRAPHS[0]}</p>", f"<title>Quay reopens</title>{stated}")

    assert found.note == ""
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)


@pytest.mark.parametrize("stated", ["{", "[" * 5_000, '{"articleBody": 7}', '{"articleBody": "Short."}', "null"])
def test_structured_data_that_say_nothing_change_nothing(stated: str) -> None:
    """Broken, deep, of another type or a mere teaser."""
    found = read(
        f"<article>{ARTICLE}</article>",
        f'<script type="application/ld+json">{stated}"articleBody"</script><title>Q</title>',
    )

    assert found.text.split("\n") == PARAGRAPHS


@given(st.binary(max_size=300) | st.text("<pdiv>/ ab&;=\"'", max_size=300).map(str.encode))
@settings(max_examples=60)
def test_no_bytes_make_reading_fail(html: bytes) -> None:
    """Every answer gives a text or a note."""
    found = read_page(html, URL)

    assert bool(found.text) != bool(found.note)


def test_real_pages_are_read_as_well_as_measured(shared: Path) -> None:
    """Mean F1 by runs of four words over a third of the real pages stays at what was measured (.98), less a margin."""
    truth = json.loads((shared / "data/pages/ground-truth.json").read_text("utf-8"))
    scores = []
    for key in sorted(truth)[::3]:
        html = gzip.decompress((shared / f"data/pages/html/{key}.html.gz").read_bytes())
        scores.append(_f1(read_page(html, truth[key]["url"]).text, truth[key]["articleBody"]))

    assert sum(scores) / len(scores) > 0.96


def _f1(found: str, true: str) -> float:
    counts = []
    for text in (found, true):
        words = re.findall(r"\w+", text)
        counts.append(Counter(zip(words, words[1:], words[2:], words[3:], strict=False)))
    common = sum((counts[0] & counts[1]).values())
    return 2 * common / max(1, counts[0].total() + counts[1].total())
