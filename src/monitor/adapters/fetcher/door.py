"""Takes a host's name, gives its addresses that the rules allow; takes one, gives a connection with one deadline for all reads.

A name is resolved and judged before the request's turn at the address is taken, and the very address that was judged is connected
to: there is no second resolution that could differ. The name stays in Host and in the TLS handshake. An answer is kept for a
minute, so that a name which leads to many addresses keeps to one. Where none comes, whoever asks is held up for seconds: a name
that was asked for twice in vain is not asked for again for minutes. http.client's timeouts count from one packet to the next, so
a byte per second would hold a worker for ever; here each read may only use what is left of the request's time.
"""

import queue
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from math import inf
from time import monotonic
from typing import Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from monitor.adapters.fetcher.trouble import Silence, Trouble, Unreachable
from monitor.fetch.addresses import refusal
from monitor.fetch.outcome import failed
from monitor.types import TryLater

IDLE_LIMIT = 20.0  #: seconds; a connection idle for longer may be dead without a sign (firewalls forget), so it is not used again
IDLE_HOSTS = 32  #: hosts whose connections are kept for the next request
NAMES_KEPT = 60.0  #: seconds; getaddrinfo does not tell for how long an answer holds
FAILURES_KEPT = 5.0  #: seconds: a request asks several times, and its answer must be one
#: seconds: a page asks for its lane and again for itself, and is tried anew after 20; a name may be slow once
ONE_SILENCE_KEPT = 15.0
SILENCE_KEPT = 300.0  #: seconds, from the second time on
PATIENCE = 5.0  #: seconds; to have had less time than that says nothing of a name
MOST_NAMES = 4_096  #: remembered at a time, oldest forgotten first


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a host is: what a socket connects to, but for the port."""

    family: socket.AddressFamily
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> str:
        """The address as text, the same in whichever way it is written: an IPv4 one inside IPv6 is the IPv4 one."""
        address = ip_address(self.sockaddr[0])
        return str(getattr(address, "ipv4_mapped", None) or address)


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
class _Known:
    """What asking for a name came to: allowed addresses, the one to try first in front, or the reason why there are none."""

    addresses: tuple[Address, ...] = ()
    trouble: TryLater | None = None
    silent: bool = False  #: it was asked for in vain, with time enough
    until: float


class Door:
    """Knows where hosts are and makes connections. Safe to use from many threads."""

    def __init__(self, allow_networks: tuple[str, ...]) -> None:
        self._allow_networks = allow_networks
        self._names: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()
        self._facing = threading.local()

    def addresses(self, host: str, seconds: float) -> tuple[Address, ...]:
        """Give the allowed addresses of a host, the one to try first in front; asks the name server where need be.

        Raises:
            Trouble: the name is unknown, or all its addresses are refused.
        """
        with self._lock:
            known = self._names.get(host)
        if known is None or known.until <= monotonic():
            known = self._asked(host, seconds, known)
            self._keep(host, known)
        if known.trouble:
            raise Trouble(known.trouble)
        return known.addresses

    def avoid(self, host: str, address: Address) -> None:
        """Try this address of a host last: it did not answer."""
        with self._lock:
            known = self._names.get(host)
        if known:
            behind = sorted(known.addresses, key=lambda one: one == address)
            self._keep(host, replace(known, addresses=tuple(behind)))

    @contextmanager
    def facing(self, address: Address) -> Iterator[None]:
        """Let this thread's connections be to this address; urllib3, in between, knows the name only."""
        self._facing.address = address
        try:
            yield
        finally:
            self._facing.address = None

    @property
    def address(self) -> Address | None:
        """The address that this thread's connections are to be to."""
        return getattr(self._facing, "address", None)

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """Connect to the address that this thread faces.

        Raises:
            Unreachable: it does not answer.
        """
        address = self.address
        if address is None:
            raise ValueError("a connection was asked for without an address")
        deadline = monotonic() + seconds
        try:
            sock = _connect(address, port, seconds)
        except TimeoutError:
            raise Unreachable(failed("timeout", f"{host} did not accept a connection in time.")) from None
        except OSError as error:
            detail = f"{host} does not accept connections: {error.strerror or error}."
            raise Unreachable(failed("error", detail)) from None
        sock.settimeout(max(0.001, deadline - monotonic()))  # what is left is for the TLS handshake
        return sock

    def _asked(self, host: str, seconds: float, before: _Known | None) -> _Known:
        try:
            allowed = self._allowed(_resolve(host, seconds))
        except Trouble as trouble:
            silent = isinstance(trouble, Silence) and seconds >= PATIENCE
            again = ONE_SILENCE_KEPT if before is None or not before.silent else SILENCE_KEPT
            return _Known(
                trouble=trouble.outcome, silent=silent, until=monotonic() + (again if silent else FAILURES_KEPT)
            )
        if before and before.addresses:
            allowed.sort(key=lambda one: one != before.addresses[0])  # name servers shuffle; a host keeps its address
        return _Known(addresses=tuple(allowed), until=monotonic() + NAMES_KEPT)

    def _allowed(self, addresses: list[Address]) -> list[Address]:
        refused = [refusal(address.sockaddr[0], self._allow_networks) for address in addresses]
        allowed = [address for address, reason in zip(addresses, refused, strict=True) if not reason]
        if not allowed:
            raise Trouble(failed("refused-address", f"{refused[0]}."))
        return allowed

    def _keep(self, host: str, known: _Known) -> None:
        with self._lock:
            self._names[host] = known
            self._names.move_to_end(host)
            if len(self._names) > MOST_NAMES:
                self._names.popitem(last=False)


def _connect(address: Address, port: int, seconds: float) -> socket.socket:
    sock = TimedSocket(address.family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(seconds)
        sock.connect((address.sockaddr[0], port, *address.sockaddr[2:]))
    except OSError:
        sock.close()
        raise
    return sock


def _resolve(host: str, seconds: float) -> list[Address]:
    """Ask the system's resolver, which knows no timeout: in a thread of its own, left behind where it takes too long."""
    answers: queue.SimpleQueue[list[Address] | OSError | ValueError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put([Address(family=family, sockaddr=address) for family, _, _, _, address in found])
        except (OSError, ValueError) as error:  # the codec for names raises ValueErrors
            answers.put(error)

    if host.replace(".", "").isdigit():
        ask()  # a literal IPv4 address needs no name server
    else:
        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.001, seconds))
    except queue.Empty:
        raise Silence(failed("dns", f"The name {host} was not resolved in time.")) from None
    if isinstance(answer, list) and answer:
        return answer
    raise Trouble(failed("dns", f"The name {host} cannot be resolved."))


class StaleConnectionError(Exception):
    """A kept connection was closed by the server just as it was used again: nothing was answered, so asking again is safe."""


class _Guarded:
    """Mixed into a connection: made through the door, its reads bounded, not reused when idle for long or leading elsewhere."""

    def __init__(self, *args: Any, door: Door, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._door = door
        self._address: Address | None = None
        self._used_at = monotonic()
        self._fresh = True

    def _new_conn(self) -> socket.socket:
        self._fresh = True
        self._address = self._door.address
        return self._door.connect(self.host, self.port, self.timeout)  # type: ignore[attr-defined]

    @property
    def is_connected(self) -> bool:
        young = monotonic() - self._used_at < IDLE_LIMIT
        return young and self._address == self._door.address and super().is_connected  # type: ignore[misc]

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
