"""Takes the HTML of an article's page, gives its title, text and date; or why there is no usable text.

The text is trafilatura's (`fast`, without comments), from a tree that is mended first, without the lines that are the page's own:
F1 .981 by runs of four words on 102 real pages, where trafilatura alone has .958 (`benchmarks/extract.py`, 2026-11-22). Where it
finds none, the page's longer paragraphs; where structured data state twice as much, these. A page that asks to log in, to consent,
to prove to be human, to enable JavaScript or to subscribe, and one that lists articles, is no article: judged as one, it would be
matched by its sidebar.
"""

import logging
import re
from datetime import datetime
from functools import cache
from typing import Any

from monitor.extract.index import cards, is_index
from monitor.extract.lines import article_lines
from monitor.extract.obstacles import obstacle
from monitor.extract.prune import prune
from monitor.extract.structured import stated_body
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.feed import CONTENT, TITLE
from monitor.parse.text import cut, plain
from monitor.types import PageText

_MOST = 2_000_000  #: bytes; trafilatura needed over 30 s for 10 MB of links
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_PARAGRAPH = re.compile(r"<p(?=[\s>])", re.IGNORECASE)
_LONG = 50  #: characters that a paragraph has and a menu, button or caption has not
_ARTICLE = 600  #: characters from which structured data that state twice what the page shows are believed
_OUTLET = re.compile(r"$| ?[^\w\s]")  #: what follows a title; behind a section's name the next word does
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//meta[@name='parsely-pub-date' or @name='pubdate' or @name='publish-date']/@content",
    "//meta[@name='DC.date.issued' or @name='date']/@content",
    "//article//time/@datetime",
    "//time[@pubdate]/@datetime",
)


def read_page(html: bytes, url: str, content_type: str = "") -> PageText:
    """Read the article off a page. May be slow on hostile input: call it in a process that can be killed.

    Raises:
        MemoryError: the page needs more than this process may have.
    """
    if html.startswith(b"%PDF-") or (b"\0" in html[:1000] and not html.startswith(_UTF16)):
        return PageText(title="", text="", note="not an HTML page")
    source = decode(html[:_MOST], content_type)
    load, extract = _trafilatura()
    tree = load(source)
    if tree is None:
        tree = _tree(source)
    if tree is None:
        return PageText(title="", text="", note="an empty page")
    stated, headings = _stated_titles(tree), _headings(tree)
    title, published, body = _title(stated, headings), _published(tree, source), stated_body(tree)
    listed = cards(tree)
    prune(tree)
    found = extract(tree, url=url or None, fast=True, include_comments=False)
    text = found.text if found else ""
    if not any(len(line) >= _LONG for line in text.splitlines()):
        text = _paragraphs(source)
    if len(body) >= _ARTICLE and len(body) >= 2 * len(text):
        text = body
    note = "index page" if is_index(text, listed) else obstacle(title, text, source)
    text = "" if note else cut(article_lines(text, [*stated, *headings]), CONTENT)
    return PageText(title=title, text=text, published=published, note=note)


@cache
def _trafilatura() -> Any:  # two functions of its, typed loosely there
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second, for children and the command that needs it
    from trafilatura.utils import load_html  # noqa: PLC0415

    # It logs every page without an article as an error; here that is an answer like another.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return load_html, bare_extraction


def _tree(source: str) -> Any:
    """Parse what trafilatura would not: a bare fragment; or hear of the MemoryError that it keeps to itself."""
    from lxml import html as lxml_html  # noqa: PLC0415
    from lxml.etree import ParserError  # noqa: PLC0415

    try:
        return lxml_html.document_fromstring(source.encode("utf-8", "replace"), lxml_html.HTMLParser(encoding="utf-8"))
    except ParserError:  # nothing but white space and comments
        return None


def _stated_titles(tree: Any) -> list[str]:
    found = (*tree.xpath("//meta[@property='og:title']/@content"), *tree.xpath("//title/text()"))
    return list(filter(None, map(plain, found)))


def _headings(tree: Any) -> list[str]:
    return [text for heading in tree.xpath("//h1")[:5] if (text := plain(heading.text_content()))]


def _title(stated: list[str], headings: list[str]) -> str:
    """Prefer the heading where the stated title is that and, behind a sign, the outlet's name."""
    best = next(iter([*stated, *headings]), "")
    alone = (head for head in headings if best.startswith(head) and _OUTLET.match(best, len(head)))
    return next(alone, best)[:TITLE]


def _published(tree: Any, source: str) -> datetime | None:
    in_json = _JSON_DATE.search(source)
    stated = [found for path in _DATES for found in tree.xpath(path)[:1]]
    return next(filter(None, map(read_date, stated + ([in_json[1]] if in_json else []))), None)


def _paragraphs(source: str) -> str:
    """Give the longer paragraphs without building a tree: libxml2 drops what lies deeper than 256 levels."""
    found = (plain("<p" + piece.partition("</p")[0]) for piece in _PARAGRAPH.split(source)[1:])
    return "\n".join(text for text in found if len(text) >= _LONG)
