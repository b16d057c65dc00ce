"""Takes the HTML of a site's page, or its address, gives where feeds may lie; takes what lies there, gives the best first.

Where: what the page declares (`<link rel=alternate>`), what it links to under a telling address or name, sitemaps that robots.txt
names, and the paths that most programs use. Which is best: the feed of the whole site, a sitemap of news, feeds of sections,
a sitemap of all pages, feeds of comments; empty ones last. Two with the same entries are one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from monitor.types import SourceKind

Element: TypeAlias = Any  # lxml publishes no types

_FEED_TYPES = re.compile(r"application/(?:rss|atom|rdf)\+xml|application/(?:feed\+)?json|(?:text|application)/xml")
_FEED_PATH = re.compile(
    r"(?:^|[/._=?&-])(?:rss2?|feeds?|atom|rdf)(?:[/._=?&-]|$)|\.(?:rss|atom|rdf|xml)$", re.IGNORECASE
)
_FEED_WORD = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)
_NO_FEED = re.compile(r"oembed|wp-json|opensearch|mailto:|/(?:facebook|instagram|twitter)\.com", re.IGNORECASE)
_COMMENTS = re.compile(
    r"\b(?:comments|coment[aá]rios|comentarios|commentaires|kommentare|commenti|replies)\b", re.IGNORECASE
)
_SECTION_QUERY = re.compile(r"(?:^|&)(?:cat|category|section|tag|author|topic)=", re.IGNORECASE)
#: Words of a path that say that there is a feed, not which part of a site it is of.
_WHOLE = (
    "rss rss2 rss20 feed feeds atom xml rdf json index default all main home news latest full posts en www php aspx"
)
_OF_THE_WHOLE = frozenset(_WHOLE.split())
_FEED_NAMES = ("feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json")
_SITEMAP_LINE = re.compile(r"[ \t\ufeff]*site-?maps?[ \t]*:[ \t]*([^\s#]+)", re.IGNORECASE)
_SITEMAP_NAMES = ("news-sitemap.xml", "sitemap.xml")
_MOST_LEADS = 50
_LONGEST = 2_000


class How(StrEnum):
    """How an address was come by."""

    ITSELF = "the address itself"
    DECLARED = "declared by the page"
    LINKED = "linked on the page"
    ROBOTS = "named in robots.txt"
    USUAL = "a usual path"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """Where a feed may lie; `href` as it stands on the page."""

    href: str
    how: How
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leads:
    """What a page says of feeds; `base` is what its links start from, "" where it does not say."""

    base: str = ""
    leads: tuple[Lead, ...] = ()


class Role(StrEnum):
    """What part of a site a document is of, best first."""

    SITE = "site"
    NEWS = "news sitemap"
    SECTION = "section"
    PAGES = "sitemap"
    COMMENTS = "comments"

    @property
    def words(self) -> str:
        """Give what such a document is called; comments are no news, which is to be seen."""
        return {Role.SITE: "feed", Role.SECTION: "feed of a section", Role.COMMENTS: "COMMENTS"}.get(self, self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A feed or sitemap that was read."""

    url: str
    kind: SourceKind
    role: Role
    how: How
    title: str = ""
    entries: int = 0
    sitemaps: int = 0  #: that an index of sitemaps names
    newest: datetime | None = None
    language: str | None = None
    links: frozenset[str] = frozenset()  #: of its entries, to tell two editions of one feed
    also: tuple[str, ...] = ()  #: addresses at which the same lies


def read_leads(html: bytes) -> Leads:
    """Read what a page, in UTF-8, says of feeds. May be slow on hostile input, as libxml2's HTML parser is."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        root = etree.fromstring(html, parser)
    except etree.XMLSyntaxError:
        return Leads()
    if root is None:
        return Leads()
    found: dict[str, Lead] = {}
    for lead in (*_declared(root), *_linked(root)):
        if len(lead.href) <= _LONGEST and not _NO_FEED.search(lead.href):
            found.setdefault(lead.href, lead)
        if len(found) == _MOST_LEADS:
            break
    return Leads(base=str(root.xpath("string(//base/@href)"))[:_LONGEST], leads=tuple(found.values()))


def _declared(root: Element) -> Iterator[Lead]:
    for link in root.iter("link", "a"):
        rel, stated = link.get("rel", "").lower().split(), link.get("type", "").strip().lower()
        fits = _FEED_TYPES.match(stated) or (not stated and "feed" in rel)
        if link.get("href") and fits and ("alternate" in rel or "feed" in rel or link.tag == "a"):
            yield Lead(href=link.get("href").strip(), how=How.DECLARED, title=link.get("title", "")[:200])


def _linked(root: Element) -> Iterator[Lead]:
    for link in root.iter("a"):
        href = link.get("href", "").strip()
        words = " ".join((*link.itertext(), link.get("title", ""), link.get("aria-label", "")))[:_LONGEST]
        if (
            href
            and not href.startswith("#")
            and (_FEED_PATH.search(href) or (len(words) < 80 and _FEED_WORD.search(words)))
        ):
            yield Lead(href=href, how=How.LINKED, title=words.strip()[:200])


def sitemaps_in(robots: str) -> list[str]:
    """Give the sitemaps that a robots.txt names, those of news first.

    Such a line belongs to no group (RFC 9309, section 2.2.4), so no group is read: Protego keeps each rule once for every name of
    its group, and half a megabyte of names and rules would become hundreds of millions.
    """
    lines = (_SITEMAP_LINE.match(line) for line in robots.splitlines())
    return sorted(dict.fromkeys(line[1] for line in lines if line), key=lambda url: "news" not in url.lower())


def usual_feeds(url: str) -> list[str]:
    """Give the addresses at which most programs put a site's feed: beside the page and at the top of the site."""
    return _usual(url, _FEED_NAMES)


def usual_sitemaps(url: str) -> list[str]:
    """Give the addresses at which most programs put a site's sitemaps, as `usual_feeds` does."""
    return _usual(url, _SITEMAP_NAMES)


def _usual(url: str, names: Sequence[str]) -> list[str]:
    folder = url.partition("?")[0].partition("#")[0]
    folder = folder if folder.endswith("/") or not urlsplit(folder).path else folder.rpartition("/")[0] + "/"
    folders = dict.fromkeys((urljoin(folder, "./"), urljoin(folder, "/")))
    return [urljoin(folder, name) for name in names for folder in folders]


def role_of(url: str, kind: SourceKind, *, site: str, titles: Iterable[str] = (), news: bool = False) -> Role:
    """Tell what part of the site whose page lies at `site` a document is of; `news`: it is a sitemap of news."""
    if kind is SourceKind.SITEMAP:
        return Role.NEWS if news or "news" in url.rpartition("/")[2].lower() else Role.PAGES
    parts = urlsplit(unquote(url))
    if _COMMENTS.search(re.sub(r"[_/-]", " ", f"{parts.path} {parts.query}")) or any(map(_COMMENTS.search, titles)):
        return Role.COMMENTS
    around = frozenset(_words(urlsplit(site).path)) | frozenset(_words(urlsplit(site).hostname or ""))
    if _SECTION_QUERY.search(parts.query) or set(_words(parts.path)) - _OF_THE_WHOLE - around:
        return Role.SECTION
    return Role.SITE


def _words(path: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", path.lower()) if word]


def ranked(found: Iterable[Candidate]) -> list[Candidate]:
    """Put the best first, and fold those that lie at one address or hold the same entries."""
    roles = list(Role)
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: (not (c.entries or c.sitemaps), roles.index(c.role))):
        same = next((number for number, other in enumerate(kept) if _same(one, other)), None)
        if same is None:
            kept.append(one)
        elif one.url != kept[same].url:
            kept[same] = replace(kept[same], also=(*kept[same].also, one.url))
    return kept


def _same(one: Candidate, other: Candidate) -> bool:
    return one.url == other.url or (one.kind is other.kind and bool(one.links) and one.links == other.links)
