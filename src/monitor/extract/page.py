"""Takes the HTML of an article's page, gives its title, text and date; or why there is no usable text.

The text is trafilatura's (`fast`, without comments: F1 .95 by 4-grams on 102 real pages, 63 pages a second on one core);
where it finds none, the page's longer paragraphs. A short text that asks to log in, to consent, to prove to be human, to
enable JavaScript or to subscribe is no article: judged as one, it would be matched by its sidebar.
"""

import logging
import re
from datetime import datetime
from functools import cache
from typing import Any

from monitor.extract.obstacles import obstacle
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.text import plain, tidy
from monitor.types import PageText

_MOST = 2_000_000  #: bytes; trafilatura needed over 30 s for 10 MB of links
_TITLE = 1_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_PARAGRAPH = re.compile(r"<p(?=[\s>])", re.IGNORECASE)
_LONG = 50  #: characters that a paragraph has and a menu, button or caption has not
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
    """Read the article off a page. May be slow on hostile input: call it in a process that can be killed."""
    if html.startswith(b"%PDF-") or (b"\0" in html[:1000] and not html.startswith(_UTF16)):
        return PageText(title="", text="", note="not an HTML page")
    source = decode(html[:_MOST], content_type)
    load, extract = _trafilatura()
    tree = load(source) if source.strip() else None
    if tree is None:
        return PageText(title="", text="", note="an empty page")
    title, published = _title(tree), _published(tree, source)
    found = extract(tree, url=url or None, fast=True, include_comments=False)
    text = _lines(found.text if found else "", title)
    if not any(len(line) >= _LONG for line in text.splitlines()):
        text = _lines(_paragraphs(source), title)
    note = obstacle(title, text, source)
    return PageText(title=title, text="" if note else text, published=published, note=note)


@cache
def _trafilatura() -> Any:  # two functions of its, typed loosely there
    from trafilatura import bare_extraction  # noqa: PLC0415 - half a second, for children and the command that needs it
    from trafilatura.utils import load_html  # noqa: PLC0415

    # It logs every page without an article as an error; here that is an answer like another.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return load_html, bare_extraction


def _title(tree: Any) -> str:
    """Prefer the heading where the stated title begins with it: the rest is the outlet's name."""
    stated = [
        plain(found) for found in (*tree.xpath("//meta[@property='og:title']/@content"), *tree.xpath("//title/text()"))
    ]
    headings = [plain(heading.text_content()) for heading in tree.xpath("//h1")[:5]]
    best = next(filter(None, stated), "") or next(filter(None, headings), "")
    return next((heading for heading in headings if heading and best.startswith(heading)), best)[:_TITLE]


def _published(tree: Any, source: str) -> datetime | None:
    in_json = _JSON_DATE.search(source)
    stated = [found for path in _DATES for found in tree.xpath(path)[:1]]
    return next(filter(None, map(read_date, stated + ([in_json[1]] if in_json else []))), None)


def _paragraphs(source: str) -> str:
    """Give the longer paragraphs without building a tree: libxml2 drops what lies deeper than 256 levels."""
    found = (plain("<p" + piece.partition("</p")[0]) for piece in _PARAGRAPH.split(source)[1:])
    return "\n".join(text for text in found if len(text) >= _LONG)


def _lines(text: str, title: str) -> str:
    """Collapse spaces, drop the title's line and every repetition of a line."""
    lines = map(tidy, text.splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if line and line != title))
