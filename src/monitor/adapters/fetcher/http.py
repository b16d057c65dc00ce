"""Takes a request, gives its outcome, over requests' transport: redirects by hand, every hop under the same rules.

Each hop: the URL is checked, its host's addresses are found and judged, robots.txt asked where wanted, a turn at the address
awaited, the body unpacked under its cap. The deadline counts the time on the wire, not the wait for a turn. A redirect to another
host takes along only headers that say nothing secret. What can go wrong comes back as `TryLater`; nothing is raised.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.client import HTTPException
from http.client import IncompleteRead as ShortBody
from time import monotonic
from urllib.parse import urldefrag, urljoin, urlsplit

from requests import PreparedRequest, Request, Timeout
from requests import Response as RequestsResponse
from requests.exceptions import InvalidURL, SSLError
from requests.sessions import SessionRedirectMixin
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse
from urllib3 import Timeout as Seconds
from urllib3.exceptions import HTTPError, IncompleteRead, ReadTimeoutError
from urllib3.exceptions import SSLError as BodySSLError

from monitor.adapters.fetcher.body import ACCEPT_ENCODING, read_body
from monitor.adapters.fetcher.door import Address, Door, GuardedAdapter, StaleConnectionError
from monitor.adapters.fetcher.manners import Robots, Turns
from monitor.adapters.fetcher.trouble import Trouble, Unreachable
from monitor.fetch.addresses import url_fault
from monitor.fetch.outcome import failed, read_response
from monitor.types import FetchOutcome, FetchRequest, FetchSettings, TryLater, Weight

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
CONNECT_SECONDS = 10.0
MOST_REDIRECTS = 5
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ROBOTS_BYTES = 512_000  #: RFC 9309, section 2.5: parsers must take at least 500 KiB; what follows is left out
SPARE_BODY = 16_384  #: bytes of an unwanted body that are read so that the connection can be used again
CONDITIONAL = frozenset({"if-none-match", "if-modified-since"})
#: Headers that may follow a redirect to another host; a declared one may be a password.
OPEN_HEADERS = frozenset({"user-agent", "accept", "accept-encoding", "accept-language", *CONDITIONAL})


class _WireTime:
    """What is left of the time that a fetch may spend on the wire, redirects included."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @property
    def left(self) -> float:
        """Seconds; never 0, which some calls take for no limit."""
        return max(0.001, self._seconds)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of this block."""
        started = monotonic()
        try:
            yield
        finally:
            self._seconds -= monotonic() - started


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hop:
    """One request of a redirect chain, and the addresses that led to it."""

    url: str
    headers: CaseInsensitiveDict[str]
    before: tuple[str, ...] = ()
    permanent: bool = True  #: all redirects so far were


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What holds for the whole chain."""

    max_bytes: int
    truncate: bool
    check_robots: bool
    now: datetime
    time: _WireTime
    conditional_at: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """A hop's request, ready to be sent to any address of its host."""

    prepared: PreparedRequest
    host: str
    crawl_delay: float | None


class HttpFetcher:
    """The port `Fetcher` over HTTP. Safe to use from many threads."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._turns = Turns(settings)
        self._robots = Robots(self._robots_txt)
        self._door = Door(settings.allow_networks)
        self._transport = GuardedAdapter(self._door, settings.per_host)

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Make one GET within the rules of politeness and safety; waits its turn per host. Never raises."""
        wanted = _Wanted(
            max_bytes=request.max_bytes,
            truncate=False,
            check_robots=request.check_robots,
            now=now,
            time=self._time(),
            conditional_at=request.conditional_at,
        )
        return self._chain(request.url, request.headers, wanted)

    def lane(self, url: str) -> str:
        """Give what requests that have to wait for each other have in common; may take seconds, as it asks the name server."""
        if url_fault(url):
            return ""
        host = urlsplit(url).hostname or ""
        try:
            return self._door.addresses(host, CONNECT_SECONDS)[0].ip
        except Trouble:
            return host

    def wait(self, lane: str, *, pages: bool) -> float:
        """Give how many seconds a request in this lane would wait for its turn now, about."""
        return self._turns.wait(lane, pages=pages)

    def close(self) -> None:
        """Let go of all connections. Idempotent."""
        self._transport.close()

    def _robots_txt(self, url: str, user_agent: str, now: datetime) -> FetchOutcome:
        wanted = _Wanted(max_bytes=ROBOTS_BYTES, truncate=True, check_robots=False, now=now, time=self._time())
        return self._chain(url, (("User-Agent", user_agent),), wanted)

    def _time(self) -> _WireTime:
        return _WireTime(self._settings.deadline.total_seconds())

    def _chain(self, url: str, headers: tuple[tuple[str, str], ...], wanted: _Wanted) -> FetchOutcome:
        hop = _Hop(url=url, headers=self._headers(headers))
        try:
            while True:
                step = self._step(hop, wanted)
                if not isinstance(step, _Hop):
                    return step
                hop = step
        except Trouble as trouble:
            return _told(trouble.outcome, hop)
        except (OSError, HTTPError, HTTPException, ValueError) as error:  # requests' errors are OSErrors or ValueErrors
            return _explained(error, urlsplit(hop.url).hostname or hop.url, self._settings.deadline)

    def _headers(self, given: tuple[tuple[str, str], ...]) -> CaseInsensitiveDict[str]:
        """Give a request's headers, each name once: what is given wins over the usual."""
        usual = (("User-Agent", self._settings.user_agent), ("Accept", ACCEPT), ("Accept-Encoding", ACCEPT_ENCODING))
        return CaseInsensitiveDict((*usual, *given))

    def _step(self, hop: _Hop, wanted: _Wanted) -> FetchOutcome | _Hop:
        """Make one hop, to the first of the host's addresses that answers; give the outcome, or the next hop of a redirect."""
        fault = url_fault(hop.url)
        if fault:
            raise Trouble(failed("refused-address", f"{fault[0].upper()}{fault[1:]}."))
        headers = hop.headers
        if wanted.conditional_at not in (None, hop.url):
            headers = CaseInsensitiveDict(pair for pair in headers.items() if pair[0].lower() not in CONDITIONAL)
        prepared = Request("GET", hop.url, headers=headers).prepare()
        host = urlsplit(prepared.url or "").hostname or ""
        with wanted.time.running():
            addresses = self._door.addresses(host, wanted.time.left)
        crawl_delay = None
        if wanted.check_robots:
            crawl_delay = self._robots.crawl_delay(hop.url, hop.headers["User-Agent"], wanted.now)
        way = _Way(prepared=prepared, host=host, crawl_delay=crawl_delay)
        return self._ask(hop, wanted, way, addresses)

    def _ask(self, hop: _Hop, wanted: _Wanted, way: _Way, addresses: Sequence[Address]) -> FetchOutcome | _Hop:
        """Ask at the first of the addresses; at the others where it is dead."""
        address, *others = addresses
        # A dead address must leave time for the others of its host: often IPv6 is tried first and leads nowhere.
        connect = min(CONNECT_SECONDS, wanted.time.left / len(addresses))
        try:
            with self._turns.turn(address.ip, way.crawl_delay), self._door.facing(address), wanted.time.running():
                return _answered(self._send(way.prepared, wanted.time.left, connect), hop, wanted)
        except Unreachable:
            if not others:
                raise
            self._door.avoid(way.host, address)
        return self._ask(hop, wanted, way, others)

    def _send(self, prepared: PreparedRequest, seconds: float, connect: float) -> RequestsResponse:
        deadline = monotonic() + seconds
        while True:
            left = max(0.001, deadline - monotonic())
            patience = Seconds(total=left, connect=min(connect, left))
            try:
                return self._transport.send(prepared, stream=True, timeout=patience)  # type: ignore[arg-type]
            except StaleConnectionError:
                continue  # it is out of the pool now; a connection made anew cannot be stale


def _answered(answer: RequestsResponse, hop: _Hop, wanted: _Wanted) -> FetchOutcome | _Hop:
    try:
        location = answer.headers.get("location") if answer.status_code in REDIRECTS else None
        return _outcome(answer, hop, wanted) if location is None else _next_hop(hop, location, answer.status_code)
    finally:
        _let_go(answer.raw)


def _outcome(answer: RequestsResponse, hop: _Hop, wanted: _Wanted) -> FetchOutcome:
    status = answer.status_code
    return read_response(
        status=status,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=read_body(answer.raw, wanted.max_bytes, truncate=wanted.truncate) if status == 200 else b"",
        url=hop.url,
        permanent_url=hop.url if hop.before and hop.permanent else None,
        now=wanted.now,
    )


def _next_hop(hop: _Hop, location: str, status: int) -> _Hop:
    """Give the hop that a redirect asks for.

    Raises:
        Trouble: there were too many, or it leads back.
    """
    if len(hop.before) == MOST_REDIRECTS:
        raise Trouble(failed("error", f"More than {MOST_REDIRECTS} redirects.", weight=Weight.HARD))
    # http.client reads headers as Latin-1; addresses with other characters are sent as UTF-8.
    written = location.encode("latin-1").decode("utf-8", "replace").strip()
    try:
        target = urldefrag(urljoin(hop.url, written)).url
    except ValueError:
        raise Trouble(failed("refused-address", f"A redirect leads to no address: {written[:100]!r}.")) from None
    if target in (*hop.before, hop.url):
        raise Trouble(failed("error", "The redirects lead in a circle.", weight=Weight.HARD))
    headers = hop.headers
    if not url_fault(target) and SessionRedirectMixin().should_strip_auth(hop.url, target):  # type: ignore[no-untyped-call]
        headers = CaseInsensitiveDict((name, value) for name, value in headers.items() if name.lower() in OPEN_HEADERS)
    return replace(
        hop,
        url=target,
        headers=headers,
        before=(*hop.before, hop.url),
        permanent=hop.permanent and status in PERMANENT,
    )


def _let_go(raw: BaseHTTPResponse) -> None:
    """Give the connection back where its body is read or short; else close it."""
    try:
        if raw.length_remaining is not None and raw.length_remaining <= SPARE_BODY:
            raw.drain_conn()
    finally:
        raw.close()


def _told(outcome: TryLater, hop: _Hop) -> TryLater:
    """Say of a refusal that a redirect led there: the configured address looks innocent."""
    if not hop.before or outcome.result != "refused-address":
        return outcome
    return replace(outcome, detail=f"A redirect leads to {_printable(hop.url[:100])}. {outcome.detail}")


def _explained(error: Exception, host: str, deadline: timedelta) -> TryLater:
    """Give the outcome for an error of the libraries below."""
    if isinstance(error, Timeout):
        return failed("timeout", f"{host} did not answer within {deadline.total_seconds():g} s.")
    if isinstance(error, (ReadTimeoutError, TimeoutError)):
        return failed("timeout", f"{host} did not send its whole answer within {deadline.total_seconds():g} s.")
    if isinstance(error, (SSLError, BodySSLError)):
        return failed("tls", f"No safe connection to {host}: {_cause(error)}.")
    if isinstance(error, (InvalidURL, UnicodeError)):
        return failed("error", f"The address or a header cannot be sent: {_cause(error)}.", weight=Weight.HARD)
    return failed("error", _broken(error, host))


def _broken(error: Exception, host: str) -> str:
    cause = _innermost(error)
    if isinstance(cause, (IncompleteRead, ShortBody)):
        return f"{host} ended its answer too early: {cause.expected} bytes are missing."
    verdict = "broke off the exchange" if isinstance(cause, OSError) else "does not keep to HTTP"
    return f"{host} {verdict}: {_cause(error)}."


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


def _cause(error: BaseException) -> str:
    """Give the innermost reason in one short line; it may quote the server, so nothing unprintable is passed on."""
    cause = _innermost(error)
    words = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None) or f"{cause}"
    return _printable(" ".join(words.split())[:200].rstrip(".") or type(cause).__name__)


def _printable(words: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in words)
