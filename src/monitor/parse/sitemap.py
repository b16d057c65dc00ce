"""Takes the body of a sitemap, plain or of news, packed or not, gives its pages as raw items, newest first.

The protocol is that of sitemaps.org; news:title, news:publication_date and news:language come with Google's extension. A page
without a title is called by the last words in its path: the address is all that a plain sitemap says.
"""

import gzip
import re
import zlib
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from monitor.errors import ParseFailure
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.prolog import another_kind, root_of
from monitor.parse.raw import RawEntry, RawFeed
from monitor.parse.text import cut, plain
from monitor.parse.xml_feed import Element, tree_of

_GZIP = b"\x1f\x8b"
# The protocol's own limits, whatever is configured: bytes unpacked, pages, characters of an address.
_LARGEST = 50_000_000
_MOST = 50_000
_LONGEST = 2_048
_UNDATED = datetime.min.replace(tzinfo=UTC)
_SHOWN = 200
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
    """Read a sitemap, the `max_entries` newest of its pages.

    Raises:
        ParseFailure: `not-a-feed` (an index of sitemaps among others), `too-large` once unpacked, or `parse-error`.
    """
    text = decode(_unpacked(body, min(max_bytes, _LARGEST)), content_type).strip("\0 \t\r\n")
    if not text:
        raise ParseFailure("not-a-feed", "empty body")
    position, name = root_of(text)
    if name not in ("urlset", "sitemapindex"):
        raise another_kind(name, text, wanted="sitemap")
    root, sound = tree_of(text[position:])
    if name == "sitemapindex":
        raise _index(root)
    urls = [] if root is None else islice(root.iter("{*}url"), _MOST)
    pages = [page for url in urls if (page := _page(url, now)).loc]
    if not pages and not sound:
        raise ParseFailure("parse-error", "a damaged sitemap: nothing could be read")
    newest = sorted(pages, key=lambda page: page.moment, reverse=True)[:max_entries]
    return _feed([page.element for page in newest], tuple(map(_entry, newest)))


def _unpacked(body: bytes, most: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        with gzip.open(BytesIO(body)) as packed:
            unpacked = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ParseFailure("parse-error", f"a damaged gzip file: {error}") from error
    if len(unpacked) > most:
        raise ParseFailure("too-large", f"The sitemap is larger than {most:,} bytes.")
    return unpacked


def _index(root: Element) -> ParseFailure:
    first = "" if root is None else next((_text(found, "{*}loc") for found in root.iter("{*}sitemap")), "")
    instead = f", such as {cut(plain(escape(first)), _SHOWN)}" if first else ""
    return ParseFailure(
        "not-a-feed", f"an index of sitemaps, which is not followed yet: name one of its sitemaps{instead}"
    )


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
        path = urlsplit(url[:_LONGEST]).path
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


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
