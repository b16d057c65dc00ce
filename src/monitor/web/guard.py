"""Takes every request before a page does, gives it on only from whom it may come, and every answer with headers that keep it safe.

Who is not signed in is sent to the door. A form counts only with the token that we gave this session. Where nobody has to sign in,
only requests for this very machine are answered, so that no page elsewhere can make a browser ask for ours under another name.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import quote

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from monitor.web.people import People

COOKIE = "monitor-session"
OPEN_PATHS = ("/sign-in", "/static/", "/slack/", "/health/live")
HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
MOST_TRIES, TRIES_WITHIN = 5, timedelta(minutes=5)  #: at the door, from one address
LARGEST_FORM = 100_000  #: bytes

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Tries:
    """Counts who knocks: so many times within a while, then the door stays shut."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at: dict[str, deque[datetime]] = {}

    def too_many(self, address: str, now: datetime) -> bool:
        """Count a try; tell whether it is one too many."""
        with self._lock:
            for one in [one for one, times in self._at.items() if times[-1] < now - TRIES_WITHIN]:
                del self._at[one]
            times = self._at.setdefault(address, deque(maxlen=MOST_TRIES + 1))
            times.append(now)
            return len(times) > MOST_TRIES and times[0] >= now - TRIES_WITHIN


class Guard(BaseHTTPMiddleware):
    """Stands before all pages; what it has found out stands in `request.state`: `who`, and `form_token`."""

    def __init__(self, app: ASGIApp, people: People, clock: Callable[[], datetime]) -> None:
        super().__init__(app)
        self._people, self._clock = people, clock

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        """Let it through, or not."""
        answer = self._refused(request) or await call_next(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    def _refused(self, request: Request) -> Response | None:
        path = request.url.path
        if self._people.open and not path.startswith("/slack/") and (request.url.hostname or "") not in {*HERE, "::1"}:
            return PlainTextResponse("Ask for this page by the name of this machine: localhost.", status_code=421)
        cookie = request.cookies.get(COOKIE, "")
        who = self._people.by_cookie(cookie, self._clock())
        request.state.who = who
        request.state.form_token = self._people.form_token(cookie, who) if who else ""
        if path == "/sign-in" or path.startswith(OPEN_PATHS[1:]):
            return None
        if who is None:
            wanted = f"?to={quote(path)}" if request.method == "GET" and path != "/" else ""
            return RedirectResponse(f"/sign-in{wanted}", status_code=303)
        return None
