"""Takes a host to connect to, gives a connection to an address that the rules allow, with one deadline for all its reads.

A name is resolved once, its refused addresses are dropped, and the socket connects to one that is left: there is no second
resolution that could differ. The name stays in Host and in the TLS handshake. http.client's timeouts count from one packet
to the next, so a byte per second would hold a worker for ever; here each read may only use what is left of the request's time.
"""

import queue
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from time import monotonic
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch.addresses import refusal
from monitor.fetch.outcome import failed

IDLE_LIMIT = 20.0  #: seconds; a connection idle for longer may be dead without a sign (firewalls forget), so it is not used again
IDLE_HOSTS = 32  #: hosts whose connections are kept for the next request

Address = tuple[socket.AddressFamily, tuple[Any, ...]]


class TimedReads:
    """Mixed into a socket: a read may take what is left until `deadline`, not a fresh timeout each."""

    deadline = inf

    def recv_into(self, *args: Any) -> int:
        """Receive into a buffer, or raise TimeoutError at the deadline."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the time for this request is used up")
        self.settimeout(left)  # type: ignore[attr-defined]
        return super().recv_into(*args)  # type: ignore[misc,no-any-return]


class TimedSocket(TimedReads, socket.socket):
    """A plain socket whose reads end at the deadline."""


class TimedTlsSocket(TimedReads, ssl.SSLSocket):
    """A TLS socket whose reads end at the deadline."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """How connections are made: which networks are allowed, and who is told which address a host led to."""

    allow_networks: tuple[str, ...]
    connected: Callable[[str, str], None]

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """Connect to the first allowed address of a host that answers.

        Raises:
            Trouble: the name is unknown, all its addresses are refused, or none of them answers.
        """
        deadline = monotonic() + seconds
        addresses = self._allowed(_resolve(host, port, seconds))
        trouble = OSError("no address")
        for tried, (family, address) in enumerate(addresses):
            share = (deadline - monotonic()) / (len(addresses) - tried)  # a dead IPv6 route must leave time for IPv4
            try:
                sock = _connect(family, address, max(0.001, share))
            except OSError as error:
                trouble = error
                continue
            sock.settimeout(max(0.001, deadline - monotonic()))  # what is left is for the TLS handshake
            self.connected(host, address[0])
            return sock
        if isinstance(trouble, TimeoutError):
            raise Trouble(failed("timeout", f"{host} did not accept a connection in time."))
        raise Trouble(failed("error", f"{host} does not accept connections: {trouble.strerror or trouble}."))

    def _allowed(self, addresses: list[Address]) -> list[Address]:
        refused = [refusal(address[0], self.allow_networks) for _, address in addresses]
        allowed = [address for address, reason in zip(addresses, refused, strict=True) if not reason]
        if not allowed:
            raise Trouble(failed("refused-address", f"{refused[0]}."))
        return allowed


def _connect(family: socket.AddressFamily, address: tuple[Any, ...], seconds: float) -> socket.socket:
    sock = TimedSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(seconds)
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Ask the system's resolver, which knows no timeout: in a thread of its own, left behind where it takes too long."""
    answers: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()
    name = host.strip("[]")

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            answers.put([(family, address) for family, _, _, _, address in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    if name.replace(".", "").isdigit():
        ask()  # a literal IPv4 address needs no name server
    else:
        threading.Thread(target=ask, name=f"resolve {name}", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.001, seconds))
    except queue.Empty:
        raise Trouble(failed("dns", f"The name {host} was not resolved in time.")) from None
    if isinstance(answer, list) and answer:
        return answer
    raise Trouble(failed("dns", f"The name {host} cannot be resolved."))


class StaleConnectionError(Exception):
    """A kept connection was closed by the server just as it was used again: nothing was answered, so asking again is safe."""


class _Guarded:
    """Mixed into a connection: made through the door, its reads bounded, not reused when idle for long."""

    def __init__(self, *args: Any, door: Door, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._door = door
        self._used_at = monotonic()
        self._fresh = True

    def _new_conn(self) -> socket.socket:
        self._fresh = True
        return self._door.connect(self._dns_host, self.port, self.timeout)  # type: ignore[attr-defined]

    @property
    def is_connected(self) -> bool:
        return super().is_connected and monotonic() - self._used_at < IDLE_LIMIT  # type: ignore[misc]

    def getresponse(self) -> HTTPResponse:
        fresh, self._fresh = self._fresh, False
        self._used_at = monotonic()
        self.sock.deadline = self._used_at + self.timeout  # type: ignore[attr-defined]
        try:
            return super().getresponse()  # type: ignore[misc,no-any-return]
        except ConnectionError as error:
            if fresh:
                raise
            raise StaleConnectionError from error


class _GuardedHttp(_Guarded, HTTPConnection):  # type: ignore[misc]
    pass


class _GuardedHttps(_Guarded, HTTPSConnection):  # type: ignore[misc]
    pass


class _HttpPool(HTTPConnectionPool):
    def __init__(self, *args: Any, door: Door, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.ConnectionCls = partial(_GuardedHttp, door=door)  # type: ignore[assignment]


class _HttpsPool(HTTPSConnectionPool):
    def __init__(self, *args: Any, door: Door, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.ConnectionCls = partial(_GuardedHttps, door=door)  # type: ignore[assignment]


class GuardedAdapter(HTTPAdapter):
    """requests' transport with connections made through the door. Used without a Session: so no cookies, netrc or proxies."""

    def __init__(self, door: Door, per_host: int) -> None:
        self._door = door
        super().__init__(pool_connections=IDLE_HOSTS, pool_maxsize=per_host)

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        """Make pools whose connections go through the door and share one set of root certificates."""
        context = ssl.create_default_context()  # the system's roots, where an office's own may stand
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        context.sslsocket_class = TimedTlsSocket
        super().init_poolmanager(*args, ssl_context=context, **settings)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_HttpPool, door=self._door),
            "https": partial(_HttpsPool, door=self._door),
        }

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """Demand a valid certificate; requests would read the root certificates again for every connection (10 ms)."""
        conn.cert_reqs = "CERT_REQUIRED"
