"""Takes a request and what a page says, gives the page in the common frame; takes a form, gives its fields where it is ours.

Nothing is decided in a page: it shows what the store and the jobs say. All words from outside are escaped by the templates.
"""

import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from monitor.bootstrap import Front
from monitor.errors import MonitorError, Temporary
from monitor.fetch.masked import without_secrets
from monitor.notify.mrkdwn import clean, safe_url
from monitor.notify.render import in_words, likelihood
from monitor.web.guard import COOKIE
from monitor.web.people import People

MOST_SAID = 20  #: things to be told on a person's next page

Form = Mapping[str, str]
Do = Callable[[Request, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

#: Where somebody is, for the head of a page: address, word.
PLACES = (
    ("/", "Inbox"),
    ("/label", "Label"),
    ("/search", "Search"),
    ("/sources", "Sources"),
    ("/topics", "Topics"),
    ("/model", "Model"),
    ("/audit", "Audit"),
    ("/settings", "Settings"),
)


def coded(text: str) -> Markup:
    """Give a text, clean and escaped, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(clean(text)))))  # noqa: S704 - it is escaped


class Frame:
    """What all pages have in common."""

    def __init__(self, front: Front, people: People, clock: Callable[[], datetime]) -> None:
        self.front, self.people, self.clock = front, people, clock
        self._said: dict[str, deque[tuple[str, str]]] = {}
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("monitor.web"),
            autoescape=True,
            auto_reload=False,  # they are part of the program, which starts anew where it changes
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "clean": clean,
            "url": safe_url,
            "likelihood": likelihood,
            "words": in_words,
            "coded": coded,
            "local": self.local,
        }

    # ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Give a page made of a template."""
        who = request.state.who
        shown = self._templates.get_template(template).render(
            who=who,
            open=self.people.open,
            form_token=request.state.form_token,
            places=PLACES,
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            said=self._said.pop(who, ()) if who and request.method == "GET" else (),
            topic_names=self.topic_names,
            problems=[without_secrets(line) for line in self.front.problems] if who else (),
            **values,
        )
        return HTMLResponse(shown, status_code=status)

    def missing(self, request: Request, what: str, status: int = 404) -> Response:
        """Say that what was asked for is not here, or cannot be done."""
        return self.page(request, "missing.html", status, what=what)

    def in_trouble(self, request: Request, trouble: Exception) -> Response:
        """Say what is wrong where a page cannot be shown or something cannot be done."""
        status = 503 if isinstance(trouble, Temporary) else 400
        return self.missing(request, str(trouble), status)

    def tell(self, request: Request, what: str, undo: str = "") -> None:
        """Have something told at the head of the person's next page; `undo`: the address to which a form takes it back."""
        self._said.setdefault(request.state.who, deque(maxlen=MOST_SAID)).append((what, undo))

    def local(self, at: datetime | None) -> str:
        """Give a time as the people of this place read it; "–" where there is none."""
        if at is None:
            return "–"
        local = at.astimezone(self.zone)
        return f"{local.day} {local:%b %Y, %H:%M}"

    @property
    def zone(self) -> ZoneInfo:
        """Give the configured time zone."""
        return ZoneInfo(self.front.settings.timezone)

    @property
    def topic_names(self) -> dict[str, str]:
        """Give what the configured topics are called, by id."""
        return {topic.id: topic.name for topic in self.front.settings.topics}

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def changing(self, do: Do) -> Endpoint:
        """Give the endpoint of a form that changes something: done only where the form is ours; trouble becomes a page."""

        async def endpoint(request: Request) -> Response:
            fields = await form(request)
            given, cookie = fields.get("form_token", ""), request.cookies.get(COOKIE, "")
            if not self.people.is_ours(given, cookie, request.state.who or ""):
                return self.missing(request, "This form was not made for you. Go back and reload the page.", 403)
            try:
                return await run_in_threadpool(do, request, fields)
            except MonitorError as trouble:
                return self.in_trouble(request, trouble)

        return endpoint


async def form(request: Request) -> dict[str, str]:
    """Read a form of ours: a few short fields; of a field named twice all values, parted by blanks."""
    found: dict[str, str] = {}
    for name, value in parse_qsl((await request.body()).decode("utf-8", "replace")):
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def back(form: Form, usual: str = "/") -> Response:
    """Lead back to where a form was sent from."""
    return RedirectResponse(within(form.get("back", usual)), status_code=303)


def within(address: str) -> str:
    """Give an address of our own; anything that leads elsewhere leads home."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if ours and not urlsplit(address).netloc else "/"


def number(text: str) -> int | None:
    """Give a number that stands in an address or form; None where none does."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
