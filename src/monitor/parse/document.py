"""Takes what a source's address answered, gives the entries in it, by the kind of the source."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from monitor.errors import ChildFailed, ParseFailure
from monitor.parse.charset import decode
from monitor.parse.dates import read_date
from monitor.parse.feed import SlowFeed, finished, parse_feed
from monitor.parse.links import absolute, canonical_url
from monitor.parse.prolog import FEEDS, another_kind, described, root_of
from monitor.parse.raw import RawFeed
from monitor.parse.sitemap import LONGEST_URL, read_sitemap
from monitor.parse.text import tidy
from monitor.types import Fetched, FetchSettings, ParsedFeed, SitemapLink, Source, SourceKind

ReadListing = Callable[[bytes, str, str | None], RawFeed]
_PAGE_BYTES = 2_000_000  #: of a listing page, whose newest links stand first; the rest is not read


def parse(
    source: Source, page: Fetched, *, limits: FetchSettings, slow: SlowFeed | None, listing: ReadListing, now: datetime
) -> ParsedFeed:
    """Read the document of a source; `slow` and `listing` are `slow_feed` and `listing` of the `Reader` port.

    Raises:
        ParseFailure: `not-a-feed`, `too-large` or `parse-error`, with the reason in plain words.
    """
    stated, most = page.headers.get("content-type", ""), limits.max_entries
    if source.kind is SourceKind.FEED:
        return parse_feed(page.body, url=page.url, content_type=stated, max_entries=most, slow=slow, now=now)
    if source.kind is SourceKind.SITEMAP:
        return parse_sitemap(page, limits, now)
    raw = _listing(decode(page.body[:_PAGE_BYTES], stated), page.url, source.selector, listing)
    if len(page.body) > _PAGE_BYTES:
        raw = replace(raw, cut=f"only its first {_PAGE_BYTES:,} bytes are looked at")
    return finished(raw, page.url, most, now)


def parse_sitemap(page: Fetched, limits: FetchSettings, now: datetime) -> ParsedFeed:
    """Read a sitemap; of an index, the sitemaps it names, each once and without itself.

    Raises:
        ParseFailure: as for `parse`.
    """
    stated, most = page.headers.get("content-type", ""), limits.max_entries
    raw = read_sitemap(page.body, stated, max_entries=most, max_bytes=limits.max_feed_bytes, now=now)
    sitemaps = _named(raw, page.url)
    if raw.sitemaps and not sitemaps:
        raise ParseFailure("not-a-feed", "The index of sitemaps names no other address on the web.")
    return replace(finished(raw, page.url, most, now), sitemaps=sitemaps)


def _named(raw: RawFeed, url: str) -> tuple[SitemapLink, ...]:
    """Give the sitemaps of an index; their dates as stated, also those in the future, since only a change of them counts."""
    found = {canonical_url(url): SitemapLink(url=url)}
    for item in raw.sitemaps:
        link = absolute(url, tidy(item.link))
        if link and len(link) <= LONGEST_URL:
            found.setdefault(canonical_url(link), SitemapLink(url=link, modified=read_date(item.date)))
    return tuple(found.values())[1:]


def _listing(text: str, url: str, selector: str | None, listing: ReadListing) -> RawFeed:
    if not text.strip("\0 \t\r\n"):
        raise ParseFailure("not-a-feed", "The document is empty.")
    _, name = root_of(text)
    if name in FEEDS or name in ("urlset", "sitemapindex"):
        raise another_kind(name, text, wanted="page")
    try:
        raw = listing(text.encode("utf-8", "replace"), url, selector)
    except ChildFailed as failure:
        raise ParseFailure("parse-error", f"The page could not be read: {failure}.") from failure
    if not raw.entries:
        instead = f"{selector!r} selects no link" if selector else "no headline is a link: set `selector`"
        raise ParseFailure("not-a-feed", f"{described(name, text)} on which {instead}.")
    return raw
