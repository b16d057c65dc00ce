"""Takes a topic, gives its latest stories as an Atom feed (RFC 4287), for feed readers and other monitors."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

from lxml import etree
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from monitor import __version__
from monitor.errors import MonitorError
from monitor.notify.mrkdwn import clean, safe_url
from monitor.notify.render import NO_HEADLINE, likelihood
from monitor.summarise import headline
from monitor.types import EPOCH, Narrowed, StoryLine
from monitor.web.pages.frame import Frame

LATEST = 50  #: stories of a feed
ATOM = "http://www.w3.org/2005/Atom"
KIND = "application/atom+xml"

#: What no XML document can hold and `clean` leaves.
_NO_XML = re.compile("[\ufffe\uffff]")


def routes(frame: Frame) -> Sequence[BaseRoute]:
    """Give the addresses of the feeds."""
    feeds = _Feeds(frame)
    return [Route("/feeds/{topic}.atom", feeds.feed)]


class _Feeds:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def feed(self, request: Request) -> Response:
        """Give a topic's feed; 304 where the reader has just this one."""
        topic, names = request.path_params["topic"], self._frame.topic_names
        if topic not in names:
            return PlainTextResponse("There is no such topic.", 404)
        store = self._frame.front.store
        try:
            stories = store.story_lines(Narrowed(topic=topic), LATEST)
            leads = store.judgements([headline(story).entry_id for story in stories])
        except MonitorError as trouble:
            return PlainTextResponse(str(trouble), 503)
        links = {one.article.entry.id: one.article.entry.link for one in leads}
        updated = max((story.updated_at for story in stories), default=EPOCH)
        feed = self._head(request, topic, updated)
        for story in stories:
            feed.append(_entry(request, story, topic, links.get(headline(story).entry_id), names))
        body = etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True)
        headers = {
            "ETag": f'"{sha256(body).hexdigest()[:32]}"',
            "Last-Modified": format_datetime(updated.astimezone(UTC), usegmt=True),
            "Cache-Control": "private, no-cache",
        }
        if _known(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=KIND)

    def _head(self, request: Request, topic: str, updated: datetime) -> etree._Element:
        feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
        _add(feed, "title", f"{self._frame.topic_names[topic]} · Topic monitor")
        _add(feed, "id", _name(request, f"topic:{topic}"))
        _add(feed, "updated", _time(updated))
        _add(feed, "link", rel="self", type=KIND, href=f"{request.base_url}feeds/{topic}.atom")
        _add(feed, "link", rel="alternate", type="text/html", href=f"{request.base_url}?topic={topic}")
        _add(feed, "generator", "topic-monitor", version=__version__)
        return feed


def _entry(request: Request, story: StoryLine, topic: str, link: str | None, names: dict[str, str]) -> etree._Element:
    entry, lead = etree.Element(f"{{{ATOM}}}entry"), headline(story)
    outlets = list(dict.fromkeys([lead.outlet, *(one.outlet for one in story.articles)]))
    more = f" and {len(outlets) - 1} more" if len(outlets) > 1 else ""
    _add(entry, "title", _words(lead.title) or NO_HEADLINE, type="text")
    _add(entry, "id", _name(request, f"story:{story.id}"))
    _add(entry, "published", _time(story.articles[0].at))
    _add(entry, "updated", _time(story.updated_at))
    _add(entry, "link", rel="alternate", type="text/html", href=f"{request.base_url}stories/{story.id}")
    if address := safe_url(link):
        _add(entry, "link", rel="related", href=address)
    for outlet in outlets:
        etree.SubElement(_add(entry, "author"), f"{{{ATOM}}}name").text = _words(outlet)
    for one in story.flagged:
        _add(entry, "category", term=one, label=names.get(one, one))
    _add(entry, "summary", f"{outlets[0]}{more} · {likelihood(story.flagged[topic])}", type="text")
    return entry


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    added = etree.SubElement(parent, f"{{{ATOM}}}{name}", {key: _words(value) for key, value in attributes.items()})
    added.text = _words(text) or None
    return added


def _words(text: str) -> str:
    return _NO_XML.sub("", clean(text))


def _name(request: Request, what: str) -> str:
    """Give a name that no other feed has (RFC 4151), made of the host by which the reader knows us and what never changes."""
    return f"tag:{request.url.hostname},2026:{what}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _known(stated: str, tag: str) -> bool:
    """Tell whether a reader has what a tag stands for."""
    return tag in [one.strip().removeprefix("W/") for one in stated.split(",")] or stated.strip() == "*"
