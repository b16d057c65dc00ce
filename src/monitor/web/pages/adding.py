"""Takes an address that somebody typed in, gives what could be watched there, and adds it to sources.yaml.

What is asked for goes to the fetcher unchanged: which addresses are refused is its business. It is the same search, the same look
and the same entry as `monitor sources discover`, `try` and `add` give.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor import bootstrap
from monitor.config import checks, load
from monitor.config.declaring import LONGEST_NAME, Fields, declared, new_source, with_scheme
from monitor.config.editing import add_sources, known_as, source_from
from monitor.config.insertion import as_line
from monitor.errors import ConfigError, Temporary, UsageError
from monitor.jobs.asking.discovery import Discovery, discover
from monitor.jobs.asking.trial import Look, Web, look
from monitor.notify.mrkdwn import clean
from monitor.sources.advice import advice
from monitor.sources.discover import Candidate
from monitor.sources.words import counted
from monitor.types import Settings, Source, SourceKind
from monitor.web.pages.frame import Form, Frame

AT_ONCE = 2  #: searches and looks, of all people together
PATIENCE = timedelta(seconds=45)  #: after which a search asks nothing more
SHOWN = 10  #: entries of a preview
LONGEST = 2_000  #: characters of an address

_KEYS = ("id", "name", "url", "kind", "selector", "language")  #: of an entry that the form sends


class Looks:
    """Looks at the web for whoever asks, never at more than `AT_ONCE` places at a time."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._turns = frame, BoundedSemaphore(AT_ONCE)

    @contextmanager
    def turn(self) -> Iterator[Web]:
        """Give what looking takes.

        Raises:
            Temporary: others are looking.
        """
        if not self._turns.acquire(blocking=False):
            raise Temporary("Other addresses are being looked at right now. Try again in half a minute.")
        try:
            with bootstrap.open_web(self._frame.front.settings) as web:
                yield web
        finally:
            self._turns.release()


def routes(frame: Frame, looks: Looks) -> Sequence[BaseRoute]:
    """Give the addresses at which a source is found, looked at and added."""
    pages = _Adding(frame, looks)
    return [
        Route("/sources/add", pages.show, methods=["GET"]),
        Route("/sources/add", frame.changing(pages.add), methods=["POST"]),
    ]


def is_meant(request: Request) -> bool:
    """Tell whether a request that makes us ask others was made by a person: not by what stands on another site's page."""
    return request.headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def preview(source: Source, seen: Look) -> Mapping[str, Any]:
    """Give what a page shows of a look at a source."""
    feed = seen.feed
    return {
        "url": source.url,
        "read": feed is not None,
        "result": seen.result,
        "detail": seen.detail,
        "advice": advice(seen.result),
        "is_page": seen.kind is SourceKind.PAGE,
        "kind": _kind(source, seen),
        "title": feed.title if feed else "",
        "language": (feed.language if feed else None) or source.language,
        "count": counted(len(feed.entries)) if feed else "",
        "sitemaps": seen.sitemaps,
        "newest": seen.newest,
        "remarks": seen.remarks,
        "entries": seen.latest(SHOWN),
    }


def _kind(source: Source, seen: Look) -> str:
    """Give the kind under which a source is declared: a page where that is meant, else by what the document is."""
    by_document = source.kind is not SourceKind.PAGE and seen.kind is SourceKind.SITEMAP
    return SourceKind.SITEMAP if by_document else source.kind


class _Adding:
    def __init__(self, frame: Frame, looks: Looks) -> None:
        self._frame, self._looks = frame, looks

    def show(self, request: Request) -> Response:
        """Ask for an address; show what is found at one, or what a source would bring."""
        asked = request.query_params
        feed, url = (asked.get(name, "").strip()[:LONGEST] for name in ("feed", "url"))
        if not (feed or url) or not is_meant(request):
            return self._page(request)
        try:
            return self._page(request, **(self._seen(asked, feed) if feed else self._found(url)))
        except (Temporary, UsageError) as wrong:
            return self._page(request, 503 if isinstance(wrong, Temporary) else 400, wrong=str(wrong))

    def add(self, request: Request, form: Form) -> Response:
        """Write an entry into sources.yaml."""
        front = self._frame.front
        try:
            # As the files are now: what was added a second ago is not in force yet.
            fields = _entry(form, load(front.folder, front.environ))
        except UsageError as wrong:
            return self._page(request, 400, wrong=str(wrong))
        try:
            add_sources(front.folder, front.environ, [fields])
        except ConfigError as wrong:
            return self._page(request, 400, wrong=str(wrong), line=as_line(fields))
        id_, url = fields["id"], fields["url"]
        self._frame.tell(request, f"Added {id_} to sources.yaml: {url}. A running service takes it up by itself.")
        return RedirectResponse(f"/sources/add?{urlencode({'added': id_})}", status_code=303)

    def _page(self, request: Request, status: int = 200, **values: Any) -> Response:
        asked = request.query_params
        said: dict[str, Any] = {"wrong": "", "line": "", "tried": (), "candidates": (), "preview": None, "entry": None}
        return self._frame.page(
            request,
            "source-add.html",
            status,
            asked=asked.get("url", "")[:LONGEST],
            added=asked.get("added", "")[:LONGEST_NAME],
            **(said | values),
        )

    # ── a site ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def _found(self, url: str) -> Mapping[str, Any]:
        settings = self._frame.front.settings
        source = new_source({"url": with_scheme(url)}, settings)
        with self._looks.turn() as web:
            found = discover(web, source.url, PATIENCE)
        if not found.candidates:
            answered = len(found.tried) > 1  # else nothing was asked but the address itself
            page = _look_at(url, source.url, SourceKind.PAGE) if answered else ""
            return {"tried": _tried(found), "page": page, "plain_http": "" if "://" in url else f"http://{url}"}
        return {"candidates": [self._candidate(url, one, settings) for one in found.candidates]}

    @staticmethod
    def _candidate(url: str, one: Candidate, settings: Settings) -> Mapping[str, Any]:
        return {
            "found": one,
            "count": f"{one.entries} of {one.sitemaps} sitemaps" if one.sitemaps else str(one.entries),
            "known": known_as(one.url, settings.sources),
            "look": _look_at(url, one.url, one.kind),
        }

    # ── a source ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def _seen(self, asked: Mapping[str, str], feed: str) -> Mapping[str, Any]:
        settings = self._frame.front.settings
        kind = asked["kind"] if asked.get("kind") in [*SourceKind] else SourceKind.FEED
        selector = asked.get("selector", "").strip() if kind == SourceKind.PAGE else ""
        fields = {**declared("", with_scheme(feed), kind), **({"selector": selector} if selector else {})}
        source = source_from(fields, settings)
        with self._looks.turn() as web:
            seen = look(web, source, guess=source.kind is not SourceKind.PAGE)
        known = known_as(source.url, settings.sources)
        return {
            "preview": preview(source, seen),
            "entry": _proposed(source, seen, settings) if seen.feed is not None and not known else None,
            "known": known,
            "selector": selector,
            "page": _look_at(asked.get("url", ""), source.url, SourceKind.PAGE),
        }


def _tried(found: Discovery) -> Sequence[Mapping[str, str]]:
    alone = len(found.tried) == 1
    return [
        {"url": one.url, "result": one.result, "detail": one.detail, "advice": advice(one.result) if alone else ""}
        for one in found.tried
    ]


def _look_at(url: str, feed: str, kind: str) -> str:
    """Give the address of a look at a source; `url` is what was typed in at first."""
    return f"/sources/add?{urlencode({'url': url, 'feed': feed, 'kind': str(kind)})}"


def _proposed(source: Source, seen: Look, settings: Settings) -> Mapping[str, Any]:
    """Give the entry that declares what was seen, and how it is written."""
    assert seen.feed is not None
    fields = declared(seen.feed.title, source.url, _kind(source, seen))
    more = {"selector": source.selector, "language": _language(seen.feed.language)}
    fields |= {key: value for key, value in more.items() if value}
    fields = {"id": source_from(fields, settings).id, **fields}
    return {"fields": fields, "line": as_line(fields)}


def _language(stated: str | None) -> str | None:
    try:
        return checks.language(stated) if stated else None
    except ValueError:
        return None


def _entry(form: Form, settings: Settings) -> Fields:
    """Give the entry that a form asks for.

    Raises:
        UsageError: it cannot be used, or is there already.
    """
    fields: Fields = {key: value for key in _KEYS if (value := clean(form.get(key, "")))}
    fields["url"] = with_scheme(fields.get("url", ""))
    fields["name"] = fields.get("name", "")[:LONGEST_NAME]
    fields["kind"] = "" if fields.get("kind") == SourceKind.FEED else fields.get("kind", "")
    fields["tags"] = form.get("tags", "").split()
    fields = {key: value for key, value in fields.items() if value}
    if fields.get("id") in {source.id for source in settings.sources}:
        raise UsageError(f"the id {fields['id']} is taken: choose another")
    return {"id": new_source(fields, settings).id, **fields}
