"""Takes the HTML of a listing page, gives the links that lead to its articles as raw items, in the page's order.

Which links: those a CSS selector finds (the link itself, or the first one in or around what it finds). Without one, the links
of headings, or of `article` elements where no heading is a link, outside menus and long enough for a headline.
libxml2's HTML parser needed 14 s for 100,000 attributes on one element: read untrusted pages in a child that can be killed.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import chain, islice
from typing import NamedTuple
from unicodedata import east_asian_width

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector

from monitor.parse.links import absolute, canonical_url
from monitor.parse.raw import RawEntry, RawFeed
from monitor.parse.text import plain
from monitor.parse.xml_feed import Element

_HEADLINE = 15  #: columns; names of sections ("World news") have fewer, headlines more
_CARD = 6  #: levels around a link in which its date is looked for
_MENU_ROLES = " or ".join(
    f"@role='{role}'" for role in ("navigation", "banner", "contentinfo", "complementary", "menu", "dialog")
)
_MENU = (
    "ancestor::nav or ancestor::footer or ancestor::aside or ancestor::header[parent::body or .//nav]"
    f" or ancestor::*[{_MENU_ROLES}]"
)
_HEADINGS = "self::h1 or self::h2 or self::h3"
_IN_HEADINGS = etree.XPath(f"//a[@href][ancestor::*[{_HEADINGS}] or descendant::*[{_HEADINGS}]][not({_MENU})]")
_IN_ARTICLES = etree.XPath(f"//article//a[@href][not({_MENU})]")


class _Link(NamedTuple):
    url: str  #: canonical
    href: str  #: absolute
    title: str
    written: bool  #: the title is text that stands there, not a label for those who cannot see
    element: Element


def selector_problem(selector: str) -> str | None:
    """Say why a CSS selector cannot be used; None where it can."""
    try:
        CSSSelector(selector, translator="html")(etree.Element("html"))
    except (SelectorError, etree.XPathError, ValueError, RecursionError) as error:
        return str(error)
    return None


def read_listing(html: bytes, url: str, selector: str | None = None) -> RawFeed:
    """Read a listing page, in UTF-8, that lies at `url`. May be slow on hostile input."""
    root = _tree(html)
    if root is None:
        return RawFeed()
    base = absolute(url, root.xpath("string(//base/@href)")) or url
    elements = _selected(root, selector) if selector else (_IN_HEADINGS(root) or _IN_ARTICLES(root))
    passed_over = {canonical_url(url)} | (set() if selector else {canonical_url(absolute(base, "/") or "")})
    links = [
        link
        for link in _links(elements, base)
        if link.url not in passed_over and (selector or _columns(link.title) >= _HEADLINE)
    ]
    entries = _entries(links)
    return RawFeed(
        title=escape(root.xpath("string(//title)"), quote=False), language=root.get("lang", ""), entries=tuple(entries)
    )


def _tree(html: bytes) -> Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        return etree.fromstring(html, parser)
    except etree.XMLSyntaxError:
        return None


def _selected(root: Element, selector: str) -> Iterator[Element]:
    for found in CSSSelector(selector, translator="html")(root):
        links = chain(found.iter("a"), found.iterancestors("a"))
        yield from islice((link for link in links if link.get("href")), 1)


def _links(elements: Iterable[Element], base: str) -> Iterator[_Link]:
    for element in elements:
        href = absolute(base, element.get("href"))
        url = canonical_url(href) if href else None
        text = _text(element)
        title = text or _label(element)
        if href and url and title:
            yield _Link(url, href, title, bool(text), element)


def _text(link: Element) -> str:
    """Give the heading in a link, else all its text."""
    headings = link.iter("h1", "h2", "h3", "h4")
    return next((text for part in (*headings, link) if (text := plain(_html(part)))), "")


def _html(element: Element) -> str:
    return str(etree.tostring(element, method="html", encoding="unicode", with_tail=False))


def _label(link: Element) -> str:
    labels = (link.get("aria-label", ""), *(image.get("alt", "") for image in link.iter("img")))
    return next(filter(None, map(plain, labels)), "")


def _entries(links: list[_Link]) -> Iterator[RawEntry]:
    """Give each page once, in the place of its first link, under its longest title: `Read more` may link there too."""
    best: dict[str, _Link] = {}
    for link in links:
        kept = best.get(link.url)
        if kept is None or (link.written, len(link.title)) > (kept.written, len(kept.title)):
            best[link.url] = link
    pages = {link.element.get("href"): link.url for link in links}
    for link in best.values():
        date = _date(link.element, pages)
        yield RawEntry(title=escape(link.title, quote=False), link=escape(link.href, quote=False), date=date)


def _date(link: Element, pages: dict[str, str]) -> str:
    """Give the nearest <time> around a link, as long as no other page is linked there: it would be that one's."""
    for around in islice(chain((link,), link.iterancestors()), _CARD):
        if len({pages[href] for other in around.iter("a") if (href := other.get("href")) in pages}) > 1:
            break
        dates = (time.get("datetime") for time in around.iter("time"))
        if date := next(filter(None, dates), ""):
            return str(date)
    return ""


def _columns(text: str) -> int:
    """Count the columns a text takes in a terminal: a Chinese character says as much as two letters."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
