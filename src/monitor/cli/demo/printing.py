"""Takes the articles of one edition, gives the documents an outlet serves: its feed and a page for each article.

Feeds carry teasers only. Pages carry the text between a header, navigation, a cookie line, a list of other headlines and a
footer, as news pages do, so that it has to be extracted.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from monitor.cli.demo.outlets import OUTLETS, FeedFormat, NewsArticle, Outlet, articles

ERROR_PAGE = """<!doctype html>
<html lang="en"><head><title>Error establishing a connection</title></head>
<body><h1>Error establishing a database connection</h1><p>Please try again later.</body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What the server answers for one path."""

    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        """Give a strong validator of the body."""
        return f'"{sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An article with what depends on the moment of printing."""

    article: NewsArticle
    title: str
    url: str
    published: datetime

    @property
    def guid(self) -> str:
        """Give an identity that outlives the server's port."""
        return f"urn:newsroom:{self.article.outlet}:{self.article.slug}"


def documents(base_url: str, now: datetime, edition: int) -> dict[str, Document]:
    """Print an edition: every path of the server with its document."""
    # All articles are at most 20 hours old, so what they tell happened no later than on that day.
    day = f"{now - timedelta(hours=20):%A}"
    printed = {"/robots.txt": Document(content_type="text/plain", body=b"User-agent: *\nAllow: /\n")}
    published = [article for article in articles(day) if article.edition <= edition]
    for outlet in OUTLETS:
        items = [
            Item(
                article=article,
                title=article.title_in(edition),
                url=base_url + article.path,
                published=now - timedelta(hours=article.hours),
            )
            for article in published
            if article.outlet == outlet.id
        ]
        printed[outlet.feed_path] = feed(outlet, items, base_url)
        printed |= {item.article.path: page(outlet, item, items) for item in items}
    return printed


def feed(outlet: Outlet, items: list[Item], base_url: str) -> Document:
    """Print an outlet's feed in its format."""
    match outlet.format:
        case FeedFormat.RSS:
            kind, text = "application/rss+xml", _rss(outlet, items, base_url)
        case FeedFormat.ATOM:
            kind, text = "application/atom+xml", _atom(outlet, items, base_url)
        case FeedFormat.JSON:
            kind, text = "application/feed+json", _json_feed(outlet, items, base_url)
        case FeedFormat.BROKEN:
            kind, text = "text/html", ERROR_PAGE
    return Document(content_type=f"{kind}; charset=utf-8", body=text.encode())


def _rss(outlet: Outlet, items: list[Item], base_url: str) -> str:
    """Print RSS 2.0."""
    entries = "".join(
        f"""<item>
<title>{escape(item.title)}</title>
<link>{escape(item.url)}</link>
<guid isPermaLink="false">{item.guid}</guid>
<pubDate>{format_datetime(item.published)}</pubDate>
<description>{escape(item.article.teaser)}</description>
</item>
"""
        for item in items
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel>
<title>{escape(outlet.name)}</title>
<link>{base_url}/{outlet.id}/</link>
<description>All headlines of {escape(outlet.name)}</description>
<language>en</language>
{entries}</channel></rss>
"""


def _atom(outlet: Outlet, items: list[Item], base_url: str) -> str:
    """Print Atom 1.0 (RFC 4287)."""
    entries = "".join(
        f"""<entry>
<id>{item.guid}</id>
<title>{escape(item.title)}</title>
<link rel="alternate" type="text/html" href="{escape(item.url)}"/>
<published>{item.published.isoformat(timespec="seconds")}</published>
<updated>{item.published.isoformat(timespec="seconds")}</updated>
<summary type="html">{escape(f"<p>{escape(item.article.teaser)}</p>")}</summary>
</entry>
"""
        for item in items
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>urn:newsroom:{outlet.id}</id>
<title>{escape(outlet.name)}</title>
<link rel="self" href="{base_url}{outlet.feed_path}"/>
<author><name>{escape(outlet.name)}</name></author>
<updated>{max(item.published for item in items).isoformat(timespec="seconds")}</updated>
{entries}</feed>
"""


def _json_feed(outlet: Outlet, items: list[Item], base_url: str) -> str:
    """Print JSON Feed 1.1."""
    entries = [
        {
            "id": item.guid,
            "url": item.url,
            "title": item.title,
            "content_text": item.article.teaser,
            "date_published": item.published.isoformat(timespec="seconds"),
        }
        for item in items
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base_url}/{outlet.id}/",
        "feed_url": base_url + outlet.feed_path,
        "language": "en",
    }
    return json.dumps({**head, "items": entries}, ensure_ascii=False, indent=1)


def page(outlet: Outlet, item: Item, items: list[Item]) -> Document:
    """Print an article's page."""
    title, name = escape(item.title), escape(outlet.name)
    stamp = item.published.isoformat(timespec="seconds")
    sections = "".join(f'<li><a href="/{outlet.id}/">{escape(section)}</a></li>' for section in outlet.sections)
    others = "".join(
        f'<li><a href="{escape(other.url)}">{escape(other.title)}</a></li>' for other in items if other != item
    )
    text = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.article.body)
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} | {name}</title>
<link rel="canonical" href="{escape(item.url)}">
<meta name="description" content="{escape(item.article.teaser)}">
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="{name}">
<meta property="article:published_time" content="{stamp}">
</head>
<body>
<div class="cookie-banner" role="dialog">We and our 312 partners store cookies on your device. <button>Accept all</button></div>
<header><a href="/{outlet.id}/">{name}</a><nav><ul>{sections}</ul></nav></header>
<main>
<article>
<h1>{title}</h1>
<time datetime="{stamp}">{item.published:%d %B %Y, %H:%M} UTC</time>
{text}
</article>
</main>
<aside class="related"><h2>More from {name}</h2><ul>{others}</ul></aside>
<footer><p>© {name}. All rights reserved.</p><ul><li><a href="/about">About us</a></li><li><a href="/terms">Terms of use</a></li>
<li><a href="/subscribe">Subscribe to our newsletter</a></li></ul></footer>
</body>
</html>
"""
    return Document(content_type="text/html; charset=utf-8", body=html.encode())
