"""Takes the body of a sitemap, plain or of news, packed or not, gives its pages as raw items, newest first.

The protocol is that of sitemaps.org; news:title, news:publication_date and news:language come with Google's extension. A page
without a title is called by the last words in its path: the address is all that a plain sitemap says. An index of sitemaps
has no pages: it gives the sitemaps it names.
"""

import gzip
import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from monitor.errors import ParseFailure
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.limits import ended_by
from monitor.parse.prolog import another_kind, root_of
from monitor.parse.raw import RawEntry, RawFeed
from monitor.parse.text import plain
from monitor.parse.xml_feed import Element, tree_of

_GZIP = b"\x1f\x8b"
# The protocol's own limits, whatever is configured: bytes unpacked, pages or sitemaps, characters of an address.
_LARGEST = 50_000_000
_MOST = 50_000
LONGEST_URL = 2_048
_ROOTS = ("urlset", "sitemapindex")
_UNDATED = datetime.min.replace(tzinfo=UTC)
_EXTENSION = re.compile(r"\.[A-Za-z]\w{1,4}$")
_BETWEEN_WORDS = re.compile(r"[\s_+-]+")
_ID = re.compile(r"[a-z]{0,2}\d{5,}|(?=[a-f]*\d)[\da-f]{8,}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2}")


class _Page(NamedTuple):
    moment: datetime
    loc: str
    date: str
    element: Element


def read_sitemap(
    body: bytes, content_type: str = "", *, max_entries: int, max_bytes: int = _LARGEST, now: datetime | None = None
) -> RawFeed:
    """Read a sitemap, the `max_entries` newest of its pages; or an index, as many sitemaps as the protocol allows.

    Raises:
        ParseFailure: `not-a-feed`, `too-large` once unpacked, or `parse-error`.
    """
    text = decode(_unpacked(body, max_bytes), content_type).strip("\0 \t\r\n")
    if not text:
        raise ParseFailure("not-a-feed", "The document is empty.")
    position, name = root_of(text)
    if name not in _ROOTS:
        raise another_kind(name, text, wanted="sitemap")
    root, sound = tree_of(text[position:])
    end = "" if sound else ended_by(text[position:])
    items = [] if root is None else root.iter("{*}sitemap" if name == "sitemapindex" else "{*}url")
    pages = [page for item in islice(items, _MOST) if (page := _page(item, now)).loc]
    if not pages and not sound:
        raise ParseFailure("parse-error", f"The sitemap is damaged: {end or 'nothing could be read'}.")
    if name == "sitemapindex":
        return RawFeed(sitemaps=tuple(RawEntry(link=page.loc, date=page.date) for page in pages), cut=end)
    newest = sorted(pages, key=lambda page: page.moment, reverse=True)[:max_entries]
    feed = _feed([page.element for page in newest], tuple(map(_entry, newest)))
    return replace(feed, left_out=len(pages) - len(newest), cut=end)


def is_sitemap(body: bytes) -> bool:
    """Tell whether a file is a sitemap or an index of sitemaps, by its root element; what is packed is taken for one.

    Raises:
        ParseFailure: `parse-error`, the document declares entities.
    """
    return body.startswith(_GZIP) or root_of(decode(body))[1] in _ROOTS


def _unpacked(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    most, cap = min((max_bytes, "fetch.max_feed_bytes"), (_LARGEST, "the protocol's limit"))
    try:
        with gzip.open(BytesIO(body)) as packed:
            unpacked = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseFailure("parse-error", f"The gzip file is damaged: {error}.") from error
    if len(unpacked) > most:
        raise ParseFailure("too-large", f"The sitemap is larger than {most:,} bytes once unpacked ({cap}).")
    return unpacked


def _page(url: Element, now: datetime | None) -> _Page:
    date = _text(url, "{*}news/{*}publication_date") or _text(url, "{*}lastmod")
    return _Page(read_date(date, now) or _UNDATED, _text(url, "{*}loc"), date, url)


def _entry(page: _Page) -> RawEntry:
    title = _text(page.element, "{*}news/{*}title") or escape(title_from(page.loc), quote=False)
    return RawEntry(title=title, link=escape(page.loc, quote=False), date=page.date)


def _feed(urls: list[Element], entries: tuple[RawEntry, ...]) -> RawFeed:
    """Name the outlet and the language where all the pages agree on one."""
    names = {_text(url, "{*}news/{*}publication/{*}name") for url in urls}
    languages = {_text(url, "{*}news/{*}publication/{*}language") for url in urls}
    return RawFeed(
        title=names.pop() if len(names) == 1 else "",
        language=languages.pop() if len(languages) == 1 else "",
        entries=entries,
    )


def title_from(url: str) -> str:
    """Give the last part of an address's path that is made of words, without ids; "" where none is."""
    try:
        path = urlsplit(url[:LONGEST_URL]).path
    except ValueError:
        return ""
    for segment in reversed(path.split("/")):
        words = [word for word in _BETWEEN_WORDS.split(_EXTENSION.sub("", unquote(segment))) if word]
        while words and _ID.fullmatch(words[-1]):
            words.pop()
        while words and _ID.fullmatch(words[0]):
            words.pop(0)
        title = " ".join(words)
        if _WORD.search(title) and title != "index":
            return title[0].upper() + title[1:]
    return ""


def says_nothing_new(title: str, link: str | None) -> bool:
    """Tell whether an entry's title is only what its address says, so that it must not replace one that was written."""
    return title == plain(escape(title_from(link or ""), quote=False))


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
