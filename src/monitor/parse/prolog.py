"""Takes the text of a document, gives where its root element begins and what kind of document that makes it.

A document that declares entities is refused here, before any parser sees it.
"""

import re

from monitor.errors import ParseFailure

FEEDS = frozenset({"rss", "feed", "rdf", "channel"})
_START = re.compile(r"<\?xml|<(?:rss|feed|rdf:RDF|channel)[\s>]", re.IGNORECASE)
_NAME = re.compile(r"<(?:[\w.-]{1,40}:)?([A-Za-z_][\w.-]{0,80})")
_HTML = frozenset({"html", "head", "body", "div", "p", "br", "script", "meta", "title", "table", "center", "h1", "b"})
_KINDS = {
    **dict.fromkeys(FEEDS, "A feed"),
    "urlset": "A sitemap",
    "sitemapindex": "An index of sitemaps",
    "opml": "A list of feeds (OPML)",
    "error": "An error message",
}
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_LOOKED_AT = 1_000  #: characters; text has none of the above, save by accident
_SETTINGS = {**dict.fromkeys(FEEDS, "feed"), "urlset": "sitemap", "sitemapindex": "sitemap"}


def root_of(text: str) -> tuple[int, str]:
    """Find the root element behind declaration, comments and document type; give its place and lower-case name.

    Raises:
        ParseFailure: `parse-error`, the document declares entities.
    """
    position = text.find("<")
    while position >= 0:
        if text.startswith("<!--", position):
            end = text.find("-->", position)
        elif text.startswith("<?", position):
            end = text.find("?>", position)
        elif text.startswith("<!", position):
            end = _doctype_end(text, position)
        else:
            name = _NAME.match(text, position)
            return position, name[1].lower() if name else ""
        position = text.find("<", end) if end >= 0 else -1
    return 0, ""


def _doctype_end(text: str, start: int) -> int:
    close = text.find(">", start)
    subset = text.find("[", start, close if close >= 0 else None)  # no further: a flood of `<!a>` would take hours
    if subset < 0:
        return close
    end = text.find("]", subset)
    if "<!ENTITY" in text[subset : end if end >= 0 else None]:
        raise ParseFailure("parse-error", "The document declares XML entities, which are refused as unsafe.")
    return text.find(">", end) if end >= 0 else -1


def after_junk(text: str) -> str:
    """Skip what server software prints before a feed: warnings, blank lines, a stray word."""
    start = _START.search(text, 0, 8192)
    page = text[:15].lower().startswith(("<!doctype html", "<html"))
    return text[start.start() :] if start and not page else text


def described(name: str, text: str) -> str:
    """Say what a document with this root element is, as a sentence begins."""
    if len(_BINARY.findall(text, 0, _LOOKED_AT)) > min(len(text), _LOOKED_AT) / 50:
        return "Binary data"
    if name in _HTML or text[:15].lower().startswith("<!doctype html"):
        login = re.search(r"type=[\"']?password", text[:200_000], re.IGNORECASE)
        return "A login page" if login else "An HTML page"
    return _KINDS.get(name, f"An XML document <{name}>" if name else "Plain text")


def another_kind(name: str, text: str, *, wanted: str) -> ParseFailure:
    """Give the refusal of a document that is no `wanted`, with the setting that would read it."""
    setting = f": set `kind: {_SETTINGS[name]}`" if _SETTINGS.get(name, wanted) != wanted else ""
    return ParseFailure("not-a-feed", f"{described(name, text)} instead of a {wanted}{setting}.")
