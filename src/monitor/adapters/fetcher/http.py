"""Takes a request, gives its outcome, over requests' transport: redirects by hand, every hop under the same rules.

Each hop: the URL is checked, robots.txt asked where wanted, a turn at the host awaited, the address judged when connecting,
the body unpacked under its cap. The deadline counts the time on the wire, not the wait for a turn. A redirect to another host
takes along only headers that say nothing secret. What can go wrong comes back as `TryLater`; nothing is raised.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from http.client import HTTPException
from time import monotonic
from urllib.parse import urldefrag, urljoin, urlsplit

from requests import PreparedRequest, Request, Timeout
from requests import Response as RequestsResponse
from requests.exceptions import InvalidURL, SSLError
from requests.sessions import SessionRedirectMixin
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse
from urllib3 import Timeout as Seconds
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.exceptions import SSLError as BodySSLError

from monitor.adapters.fetcher.body import ACCEPT_ENCODING, read_body
from monitor.adapters.fetcher.door import Door, GuardedAdapter, StaleConnectionError
from monitor.adapters.fetcher.manners import Robots, Turns
from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch.addresses import url_fault
from monitor.fetch.outcome import failed, read_response
from monitor.types import FetchOutcome, FetchRequest, FetchSettings, TryLater, Weight

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
CONNECT_SECONDS = 10.0
MOST_REDIRECTS = 5
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ROBOTS_BYTES = 500_000  #: RFC 9309, section 2.5: parsers must take at least 500 KiB; what follows is left out
SPARE_BODY = 16_384  #: bytes of an unwanted body that are read so that the connection can be used again
#: Headers that may follow a redirect to another host; a declared one may be a password.
OPEN_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "accept-language", "if-none-match", "if-modified-since"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hop:
    """One request of a redirect chain, and what is left of the chain's allowance."""

    url: str
    headers: CaseInsensitiveDict[str]
    seconds: float
    redirects: int = MOST_REDIRECTS
    permanent: bool = True  #: all redirects so far were


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What holds for the whole chain."""

    max_bytes: int
    truncate: bool
    check_robots: bool
    now: datetime


class HttpFetcher:
    """The port `Fetcher` over HTTP. Safe to use from many threads."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._turns = Turns(settings)
        self._robots = Robots(self._robots_txt)
        self._transport = GuardedAdapter(
            Door(allow_networks=settings.allow_networks, connected=self._turns.learn), settings.per_host
        )

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Make one GET within the rules of politeness and safety; waits its turn per host. Never raises."""
        wanted = _Wanted(max_bytes=request.max_bytes, truncate=False, check_robots=request.check_robots, now=now)
        return self._chain(request.url, request.headers, wanted)

    def close(self) -> None:
        """Let go of all connections. Idempotent."""
        self._transport.close()

    def _robots_txt(self, url: str, user_agent: str, now: datetime) -> FetchOutcome:
        wanted = _Wanted(max_bytes=ROBOTS_BYTES, truncate=True, check_robots=False, now=now)
        return self._chain(url, (("User-Agent", user_agent),), wanted)

    def _chain(self, url: str, headers: tuple[tuple[str, str], ...], wanted: _Wanted) -> FetchOutcome:
        hop = _Hop(url=url, headers=self._headers(headers), seconds=self._settings.deadline.total_seconds())
        try:
            while True:
                step = self._step(hop, wanted)
                if not isinstance(step, _Hop):
                    return step
                hop = step
        except Trouble as trouble:
            return trouble.outcome
        except (OSError, HTTPError, HTTPException, ValueError) as error:  # requests' errors are OSErrors or ValueErrors
            return _explained(error, urlsplit(hop.url).hostname or hop.url)

    def _headers(self, given: tuple[tuple[str, str], ...]) -> CaseInsensitiveDict[str]:
        """Give a request's headers, each name once: what is given wins over the usual."""
        usual = (("User-Agent", self._settings.user_agent), ("Accept", ACCEPT), ("Accept-Encoding", ACCEPT_ENCODING))
        return CaseInsensitiveDict((*usual, *given))

    def _step(self, hop: _Hop, wanted: _Wanted) -> FetchOutcome | _Hop:
        """Make one hop; give the outcome, or the next hop of a redirect."""
        fault = url_fault(hop.url)
        if fault:
            raise Trouble(failed("refused-address", f"{fault[0].upper()}{fault[1:]}."))
        crawl_delay = 0.0
        if wanted.check_robots:
            crawl_delay = self._robots.crawl_delay(hop.url, hop.headers["User-Agent"], wanted.now)
        prepared = Request("GET", hop.url, headers=hop.headers).prepare()
        with self._turns.turn(urlsplit(prepared.url or "").hostname or "", crawl_delay):
            started = monotonic()
            answer = self._send(prepared, hop.seconds)
            try:
                location = answer.headers.get("location") if answer.status_code in REDIRECTS else None
                if location is None:
                    return _outcome(answer, hop, wanted)
            finally:
                _let_go(answer.raw)
        return _next_hop(hop, location, answer.status_code, monotonic() - started)

    def _send(self, prepared: PreparedRequest, seconds: float) -> RequestsResponse:
        deadline = monotonic() + seconds
        while True:
            left = max(0.001, deadline - monotonic())
            patience = Seconds(total=left, connect=min(CONNECT_SECONDS, left))
            try:
                return self._transport.send(prepared, stream=True, timeout=patience)  # type: ignore[arg-type]
            except StaleConnectionError:
                continue  # it is out of the pool now; a connection made anew cannot be stale


def _outcome(answer: RequestsResponse, hop: _Hop, wanted: _Wanted) -> FetchOutcome:
    status = answer.status_code
    redirected = hop.redirects < MOST_REDIRECTS
    return read_response(
        status=status,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=read_body(answer.raw, wanted.max_bytes, truncate=wanted.truncate) if status == 200 else b"",
        url=hop.url,
        permanent_url=hop.url if redirected and hop.permanent else None,
        now=wanted.now,
    )


def _next_hop(hop: _Hop, location: str, status: int, spent: float) -> _Hop:
    """Give the hop that a redirect asks for.

    Raises:
        Trouble: there were too many.
    """
    if hop.redirects == 0:
        raise Trouble(failed("error", f"More than {MOST_REDIRECTS} redirects.", weight=Weight.HARD))
    # http.client reads headers as Latin-1; addresses with other characters are sent as UTF-8.
    written = location.encode("latin-1").decode("utf-8", "replace").strip()
    try:
        target = urldefrag(urljoin(hop.url, written)).url
    except ValueError:
        raise Trouble(failed("refused-address", f"A redirect leads to no address: {written[:100]!r}.")) from None
    headers = hop.headers
    if not url_fault(target) and SessionRedirectMixin().should_strip_auth(hop.url, target):  # type: ignore[no-untyped-call]
        headers = CaseInsensitiveDict((name, value) for name, value in headers.items() if name.lower() in OPEN_HEADERS)
    return replace(
        hop,
        url=target,
        headers=headers,
        seconds=max(0.001, hop.seconds - spent),
        redirects=hop.redirects - 1,
        permanent=hop.permanent and status in PERMANENT,
    )


def _let_go(raw: BaseHTTPResponse) -> None:
    """Give the connection back where its body is read or short; else close it."""
    try:
        if raw.length_remaining is not None and raw.length_remaining <= SPARE_BODY:
            raw.drain_conn()
    finally:
        raw.close()


def _explained(error: Exception, host: str) -> TryLater:
    """Give the outcome for an error of the libraries below."""
    if isinstance(error, (Timeout, ReadTimeoutError, TimeoutError)):
        return failed("timeout", f"{host} did not answer completely in time.")
    if isinstance(error, (SSLError, BodySSLError)):
        return failed("tls", f"No safe connection to {host}: {_cause(error)}.")
    if isinstance(error, (InvalidURL, UnicodeError)):
        return failed("error", f"The address or a header cannot be sent: {_cause(error)}.", weight=Weight.HARD)
    return failed("error", f"The exchange with {host} broke off or was no HTTP: {_cause(error)}.")


def _cause(error: BaseException) -> str:
    """Give the innermost reason in one short line; it may quote the server, so nothing unprintable is passed on."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    words = " ".join(f"{error}".split())[:200].rstrip(".") or type(error).__name__
    return "".join(character if character.isprintable() else "?" for character in words)
