"""Takes every request before a page does, gives it on only from whom it may come, and every answer with headers that keep it safe.

Who is not signed in is sent to the door; a program signs in with its token on every request instead. Where nobody has to sign in,
only requests for this very machine are answered, so that no page elsewhere can make a browser ask for ours under another name.
"""

import binascii
import re
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.web.people import People

COOKIE = "monitor-session"
HEALTH = ("/health/live", "/health/ready")  #: asked by those who may name no host at all
OPEN_PATHS = ("/sign-in", *HEALTH)
OPEN_BELOW = ("/static/", "/slack/")  #: for everybody, so what stands here is made for nobody
#: Where programs ask, who sign in with every request: `Authorization: Bearer TOKEN`, or Basic with the name and the token.
PROGRAMS = ("/api/", "/feeds/", "/export/", "/metrics")
HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
MOST_TRIES, TRIES_WITHIN = 5, timedelta(minutes=5)  #: wrong tokens from one address
LARGEST_BODY = 100_000  #: bytes of a form or of what a program sends

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Tries:
    """Counts wrong tokens by address: so many within a while, then whoever sends another is told to wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at: dict[str, deque[datetime]] = {}

    def failed(self, address: str, now: datetime) -> None:
        """Count a wrong token."""
        with self._lock:
            self._forget(now)
            self._at.setdefault(address, deque(maxlen=MOST_TRIES)).append(now)

    def too_many(self, address: str, now: datetime) -> bool:
        """Tell whether the next one is one too many."""
        with self._lock:
            self._forget(now)
            return len(self._at.get(address, ())) >= MOST_TRIES

    def _forget(self, now: datetime) -> None:
        for one in [one for one, times in self._at.items() if times[-1] < now - TRIES_WITHIN]:
            del self._at[one]


class Guard:
    """Stands before all pages; what it has found out stands in `request.state`: `who`, and `form_token`.

    `signed`: where Slack's requests are taken. They prove themselves, bound their own bodies, and come from elsewhere.
    """

    def __init__(
        self,
        app: ASGIApp,
        people: People,
        tries: Tries,
        clock: Callable[[], datetime],
        signed: Collection[str] = (),
    ) -> None:
        self._app, self._people, self._tries, self._clock, self._signed = app, people, tries, clock, signed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or not."""
        if scope["type"] != "http":
            return
        await self._answer(Request(scope), receive, _with_headers(send, scope["path"]))

    async def _answer(self, request: Request, receive: Receive, send: Send) -> None:
        if (refused := self._refused(request)) is not None:
            await refused(request.scope, receive, send)
            return
        if request.scope["path"] in self._signed:
            await self._app(request.scope, receive, send)
            return
        bounded = _Bounded(receive)
        if await bounded.too_large(request):
            await _said(request, 413, f"larger than {LARGEST_BODY:,} bytes")(request.scope, receive, send)
            return
        await self._app(request.scope, bounded, send)

    def _refused(self, request: Request) -> Response | None:
        path = request.scope["path"]  # the address that `request.url` gives is made of what the request calls us
        request.state.who, request.state.form_token = None, ""
        if path in self._signed:
            return None
        if self._people.open and path not in HEALTH and _named(request) not in HERE:
            return _said(request, 421, "ask by the name of this machine: localhost")
        if path.startswith(OPEN_BELOW):
            return None
        cookie = request.cookies.get(COOKIE, "")
        who = self._people.by_cookie(cookie, self._clock())
        request.state.who = who
        request.state.form_token = self._people.form_token(cookie, who) if who else ""
        if path.startswith(PROGRAMS) and not self._people.open and (who is None or "authorization" in request.headers):
            return self._program_refused(request)
        if who is not None or path in OPEN_PATHS:
            return None
        wanted = f"?to={quote(path)}" if request.method == "GET" and path != "/" else ""
        return RedirectResponse(f"/sign-in{wanted}", status_code=303)

    def _program_refused(self, request: Request) -> Response | None:
        now, address = self._clock(), request.client.host if request.client else ""
        token = token_of(request.headers.get("authorization", ""))
        request.state.who = self._people.by_token(token) if token else None
        if request.state.who is not None:  # before tries are counted: guesses of others shut out nobody who has a token
            return None
        if self._tries.too_many(address, now):
            return _said(request, 429, "too many wrong tokens: wait five minutes")
        if token:
            self._tries.failed(address, now)
        asks = {"WWW-Authenticate": 'Basic realm="Topic monitor", Bearer'}
        return JSONResponse({"error": "sign in with your token"}, status_code=401, headers=asks)


class _Bounded:
    """Takes a request's body at once, so that one that goes on for ever is refused before anything is done with it."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._body, self._given = receive, b"", False

    async def too_large(self, request: Request) -> bool:
        """Read the body, where there is one; tell whether it is too large."""
        if request.method in {"GET", "HEAD"}:
            self._given = True
            return False
        more = True
        while more and len(self._body) <= LARGEST_BODY:
            message = await self._receive()
            self._body += message.get("body", b"")
            more = message.get("more_body", False)
        return len(self._body) > LARGEST_BODY

    async def __call__(self) -> Message:
        """Give what the application receives."""
        if self._given:
            return await self._receive()
        self._given = True
        return {"type": "http.request", "body": self._body, "more_body": False}


def _named(request: Request) -> str:
    """Give by which name we are asked, "" where that is not plainly said: a browser takes for a name more than we can know."""
    given = request.headers.getlist("host")
    plain = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return plain[1].lower() if plain else ""


def _said(request: Request, status: int, what: str) -> Response:
    """Refuse in words, as JSON where a program asks."""
    if request.scope["path"].startswith(PROGRAMS):
        return JSONResponse({"error": what}, status_code=status)
    return PlainTextResponse(f"{what[:1].upper()}{what[1:]}.", status_code=status)


def _with_headers(send: Send, path: str) -> Send:
    kept = "no-cache" if path.startswith("/static/") else "no-store"  # no-cache: kept, and asked for anew each time

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Cache-Control", kept)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sender


def token_of(authorization: str) -> str:
    """Give the token of an `Authorization` header; of Basic it is the password, "" where there is none."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
