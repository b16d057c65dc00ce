"""Takes a hostile little web on loopback, gives that the fetcher answers every one of its tricks with a word, in time and small."""

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.adapters.fetcher import HttpFetcher, door
from monitor.types import Fetched, FetchOutcome, FetchRequest, FetchSettings, Gone, NotModified, TryLater, Weight

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FEED = b"<rss><channel><title>Harbour Gazette</title></channel></rss>" * 20
RESET = object()
LATE = 20  #: seconds: long after the deadline, long before a slow server would be done
SETTINGS = FetchSettings(
    user_agent="topic-monitor/1.0 (+https://example.org/contact)",
    allow_networks=("127.0.0.1/32",),
    delay=timedelta(0),
    deadline=timedelta(seconds=1),
)

Answer = Callable[["Web", str], Iterable[object]]


class Web:
    """A server on loopback whose answers are scripted: bytes are sent, a number is a pause, RESET tears the connection down."""

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.routes: dict[str, Answer | bytes] = {}
        self.requests: list[str] = []
        self.starts: list[float] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.address = f"{f'[{host}]' if ':' in host else host}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/") -> str:
        return f"{'https' if self._context else 'http'}://{self.address}{path}"

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) if self._context else plain as sock:
                while (head := _read_head(sock)) and self._answer(sock, head):
                    pass
        except OSError:
            pass  # the client went away: often the point of the test

    def _answer(self, sock: socket.socket, head: str) -> bool:
        path = head.split(" ")[1]
        with self._lock:
            self.requests.append(head)
            self.starts.append(time.monotonic())
        route = self.routes.get(path, answer(404))
        for part in (route,) if isinstance(route, bytes) else route(self, head):
            if part is RESET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            if isinstance(part, bytes):
                sock.sendall(part)
            else:
                time.sleep(part)
        return isinstance(route, bytes)  # only a whole answer keeps the connection


def _read_head(sock: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = sock.recv(1)
        if not piece:
            return ""
        head += piece
    return head.decode("latin-1")


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Give a whole response with its length."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*pieces: bytes, **headers: str) -> bytes:
    """Give a response in chunks."""
    head = answer(**headers).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def parts(*given: object) -> Answer:
    """Give an answer that is sent part by part, after which the connection is closed."""
    return lambda _web, _head: given


def trickle(text: bytes) -> Answer:
    """Give an answer of which a byte is sent every 50 ms."""
    return lambda _web, _head: (part for byte in text for part in (bytes([byte]), 0.05))


@pytest.fixture
def web() -> Iterator[Web]:
    """Give a scripted server on the allowed address."""
    server = Web()
    yield server
    server.close()


@pytest.fixture
def trap() -> Iterator[Web]:
    """Give a server on an address that is not allowed: it must never hear anything."""
    server = Web("127.0.0.9")
    yield server
    server.close()
    assert server.connections == 0


@pytest.fixture
def fetcher() -> Iterator[HttpFetcher]:
    """Give a fetcher that may reach 127.0.0.1 only."""
    made = HttpFetcher(SETTINGS)
    yield made
    made.close()


def get(fetcher: HttpFetcher, url: str, **request: object) -> FetchOutcome:
    """Fetch a URL."""
    return fetcher.fetch(FetchRequest(url=url, **request), NOW)  # type: ignore[arg-type]


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_document_comes_with_its_address_and_lower_case_headers(web: Web, fetcher: HttpFetcher) -> None:
    """A 200 gives body, final address and headers."""
    web.routes["/feed"] = answer(200, FEED, ETag='W/"a-1"', Cache_Control="max-age=60")

    outcome = get(fetcher, web.url("/feed"))

    assert isinstance(outcome, Fetched)
    assert (outcome.url, outcome.body, outcome.permanent_url) == (web.url("/feed"), FEED, None)
    assert (outcome.headers["etag"], outcome.headers["cache-control"]) == ('W/"a-1"', "max-age=60")


def test_validators_are_sent_byte_for_byte(web: Web, fetcher: HttpFetcher) -> None:
    """Odd validators reach the server unchanged, and 304 comes back as NotModified."""
    web.routes["/feed"] = answer(304, ETag="x")
    validators = (("If-None-Match", 'W/"é;  odd-gzip'), ("If-Modified-Since", "Sunday, yesterday"))

    outcome = get(fetcher, web.url("/feed"), headers=validators)

    assert isinstance(outcome, NotModified)
    assert 'If-None-Match: W/"é;  odd-gzip\r\n' in web.requests[0]
    assert "If-Modified-Since: Sunday, yesterday\r\n" in web.requests[0]


@pytest.mark.parametrize(
    ("status", "weight"),
    [
        (404, Weight.SOFT), (429, Weight.SOFT), (500, Weight.SOFT), (503, Weight.SOFT),
        (400, Weight.HARD), (401, Weight.HARD), (403, Weight.HARD), (204, Weight.HARD), (302, Weight.HARD),
    ],
)  # fmt: skip
def test_a_status_becomes_a_word_and_a_weight(web: Web, fetcher: HttpFetcher, status: int, weight: Weight) -> None:
    """Every other status is `http-NNN`; those that tend to pass weigh less."""
    web.routes["/feed"] = answer(status)

    outcome = get(fetcher, web.url("/feed"))

    assert isinstance(outcome, TryLater)
    assert (outcome.result, outcome.weight) == (f"http-{status}", weight)
    assert str(status) in outcome.detail


def test_410_is_gone(web: Web, fetcher: HttpFetcher) -> None:
    """410 Gone is an outcome of its own."""
    web.routes["/feed"] = answer(410)

    assert get(fetcher, web.url("/feed")) == Gone()


@pytest.mark.parametrize("value", ["120", "Sun, 22 Nov 2026 12:02:00 GMT"])
def test_retry_after_is_heeded_in_both_forms(web: Web, fetcher: HttpFetcher, value: str) -> None:
    """Seconds and dates name the same instant."""
    web.routes["/feed"] = answer(429, Retry_After=value)

    outcome = get(fetcher, web.url("/feed"))

    assert isinstance(outcome, TryLater)
    assert outcome.retry_after == NOW + timedelta(minutes=2)


# ── redirects ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [((301,), True), ((308,), True), ((302,), False), ((307, 301), False), ((301, 308), True)],
)
def test_only_a_wholly_permanent_chain_gives_a_permanent_address(
    web: Web, fetcher: HttpFetcher, statuses: tuple[int, ...], permanent: bool
) -> None:
    """301 and 308 all the way are remembered, one temporary hop spoils it; relative targets are understood."""
    for number, status in enumerate(statuses):
        web.routes[f"/{number}"] = answer(status, b"moved", Location=f"{number + 1}#part")
    web.routes[f"/{len(statuses)}"] = answer(200, FEED)

    outcome = get(fetcher, web.url("/0"))

    final = web.url(f"/{len(statuses)}")
    assert isinstance(outcome, Fetched)
    assert (outcome.url, outcome.permanent_url) == (final, final if permanent else None)
    assert web.connections == 1  # short bodies of redirects are read, and the connection used again


def test_a_moved_document_that_did_not_change_says_where_it_is(web: Web, fetcher: HttpFetcher) -> None:
    """Validators travel along a redirect, and a 304 at its end carries the permanent address."""
    web.routes.update({"/old": answer(301, Location="/new"), "/new": answer(304)})

    outcome = get(fetcher, web.url("/old"), headers=(("If-None-Match", '"1"'),))

    assert isinstance(outcome, NotModified)
    assert outcome.permanent_url == web.url("/new")
    assert 'If-None-Match: "1"' in web.requests[1]


def test_validators_are_heard_only_where_they_were_given(web: Web, fetcher: HttpFetcher) -> None:
    """The server that redirects never sent them, and might take them for its own."""
    web.routes["/feed"] = answer(302, Location="/there")
    web.routes["/there"] = answer(304)
    validators = (("If-None-Match", '"a"'), ("If-Modified-Since", "yesterday"))

    outcome = get(fetcher, web.url("/feed"), headers=validators, conditional_at=web.url("/there"))

    assert isinstance(outcome, NotModified)
    first, second = (request.lower() for request in web.requests)
    assert "if-none-match" not in first
    assert "if-modified-since" not in first
    assert 'if-none-match: "a"' in second


def test_five_redirects_are_followed_and_six_are_not(web: Web, fetcher: HttpFetcher) -> None:
    """A chain ends after five hops."""
    web.routes |= {f"/{n}": answer(302, Location=f"/{n + 1}") for n in range(6)} | {"/6": answer(200, FEED)}

    short, long = (get(fetcher, web.url(path)) for path in ("/1", "/0"))

    assert isinstance(short, Fetched)
    assert isinstance(long, TryLater)
    assert (long.result, long.weight) == ("error", Weight.HARD)


def test_redirects_in_a_circle_are_followed_no_further(web: Web, fetcher: HttpFetcher) -> None:
    """No address is asked twice: without cookies it would say the same again."""
    web.routes |= {
        "/a": answer(302, Location="/b"),
        "/b": answer(302, Location="/c"),
        "/c": answer(302, Location="/b#x"),
    }

    outcome = get(fetcher, web.url("/a"))

    assert isinstance(outcome, TryLater)
    assert (outcome.result, outcome.weight, len(web.requests)) == ("error", Weight.HARD, 3)
    assert "circle" in outcome.detail


def test_a_redirect_never_leads_where_it_must_not(web: Web, trap: Web, fetcher: HttpFetcher) -> None:
    """Private addresses in any notation, other schemes and passwords are refused on every hop."""
    port = trap.address.partition(":")[2]
    targets = [
        trap.url(), f"//127.0.0.9:{port}/", f"http://2130706441:{port}/", f"http://0177.0.0.011:{port}/",
        f"http://0x7f.9:{port}/", f"http://[::ffff:127.0.0.9]:{port}/", "http://169.254.169.254/latest/meta-data",
        "file:///etc/hostname", "gopher://127.0.0.1/", f"http://user:secret@{web.address}/", "http://[::1",
    ]  # fmt: skip
    for number, target in enumerate(targets):
        web.routes[f"/{number}"] = answer(302, Location=target)

    outcomes = [get(fetcher, web.url(f"/{number}")) for number in range(len(targets))]

    words = {target: getattr(outcome, "result", outcome) for target, outcome in zip(targets, outcomes, strict=True)}
    assert words == dict.fromkeys(targets, "refused-address")


LOOPBACK = [
    "127.0.0.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.1",
    "127.1",
    "127.0.1",
    "localhost",
    "0",
]
LOOPBACK += [
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[::]",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_refused_however_it_is_written(web: Web, host: str) -> None:
    """Without an allow-list no notation of a private address is connected to."""
    fetcher = HttpFetcher(replace(SETTINGS, allow_networks=()))

    outcome = get(fetcher, f"http://{host}:{web.address.partition(':')[2]}/")

    assert isinstance(outcome, TryLater)
    assert outcome.result == "refused-address"
    assert web.connections == 0


@pytest.fixture
def web6() -> Iterator[Web]:
    """Give a scripted server on the loopback of IPv6."""
    try:
        server = Web("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    yield server
    server.close()


def test_an_ipv6_address_is_asked_where_it_is_allowed_only(web6: Web) -> None:
    """`::1/128` opens ::1, and the IPv4 loopback does not."""
    web6.routes["/feed"] = answer(200, FEED)

    shut = get(HttpFetcher(SETTINGS), web6.url("/feed"))
    connections = web6.connections
    open_ = get(HttpFetcher(replace(SETTINGS, allow_networks=("::1/128",))), web6.url("/feed"))

    assert getattr(shut, "result", "") == "refused-address"
    assert connections == 0
    assert isinstance(open_, Fetched)
    assert f"Host: {web6.address}\r\n" in web6.requests[0]


def test_a_redirect_to_an_ipv6_loopback_is_refused(web: Web, web6: Web, fetcher: HttpFetcher) -> None:
    """The other family is no way around; the sentence says that it was a redirect."""
    web.routes["/feed"] = answer(302, Location=web6.url("/feed"))

    outcome = get(fetcher, web.url("/feed"))

    assert isinstance(outcome, TryLater)
    assert outcome.result == "refused-address"
    assert outcome.detail.startswith(f"A redirect leads to {web6.url('/feed')}. ::1 is loopback")
    assert web6.connections == 0


class Names:
    """A name server: gives the addresses of each name in turn, the last for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **addresses: list[list[str]]) -> None:
        self.asked: list[str] = []
        self._addresses = {name.replace("_", "."): rounds for name, rounds in addresses.items()}
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._find)

    def _find(self, host: str, port: int | None, *_: object, **options: int) -> list[object]:
        if host not in self._addresses:
            return list(self._real(host, port, **options))
        self.asked.append(host)
        rounds = self._addresses[host]
        return [(socket.AF_INET, 1, 6, "", (ip, port or 0)) for ip in (rounds.pop(0) if len(rounds) > 1 else rounds[0])]


def at(web: Web, name: str, path: str = "/feed") -> str:
    """Give the URL of a path under another name of the server's."""
    return web.url(path).replace("127.0.0.1", name)


def test_a_name_is_connected_to_at_an_allowed_address_only(
    web: Web, trap: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a name's addresses the refused ones are dropped; the server hears the name."""
    Names(monkeypatch, news_example=[["127.0.0.9", "127.0.0.1"]])
    web.routes["/feed"] = answer(200, FEED)

    outcome = get(fetcher, at(web, "news.example"))

    assert isinstance(outcome, Fetched)
    assert f"Host: news.example:{web.address.partition(':')[2]}\r\n" in web.requests[0]


def test_a_name_that_means_something_else_the_second_time_leads_nowhere_else(
    web: Web, trap: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is connected to is what was judged; once the answer is old, the new one is judged and refused."""
    names = Names(monkeypatch, news_example=[["127.0.0.1"], ["127.0.0.9"]])
    web.routes["/feed"] = parts(answer(200, FEED, Connection="close"))

    first, second = (get(fetcher, at(web, "news.example")) for _ in "12")
    asked = len(names.asked)
    monkeypatch.setattr(door, "monotonic", lambda: time.monotonic() + door.NAMES_KEPT)
    third = get(fetcher, at(web, "news.example"))

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert (asked, web.connections) == (1, 2)
    assert getattr(third, "result", "") == "refused-address"


def test_a_kept_connection_is_not_used_where_the_name_leads_elsewhere(
    web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn is held at the address that is asked, so a connection to the former one is given up."""
    Names(monkeypatch, news_example=[["127.0.0.1"], ["127.0.0.2"]])
    both = HttpFetcher(replace(SETTINGS, allow_networks=("127.0.0.0/30",)))
    moved = Web("127.0.0.2", port=int(web.address.partition(":")[2]))
    web.routes["/feed"] = moved.routes["/feed"] = answer(200, FEED)

    get(both, at(web, "news.example"))
    monkeypatch.setattr(door, "NAMES_KEPT", -1.0)
    monkeypatch.setattr(door, "monotonic", lambda: time.monotonic() + 60.0)
    get(both, at(web, "news.example"))
    moved.close()

    assert (len(web.requests), len(moved.requests)) == (1, 1)


def test_an_address_that_does_not_answer_is_passed_over(
    web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next of the name's addresses is asked, and asked first from then on."""
    Names(monkeypatch, news_example=[["127.0.0.3", "127.0.0.1"]])
    both = HttpFetcher(replace(SETTINGS, allow_networks=("127.0.0.0/30",)))
    web.routes["/feed"] = answer(200, FEED)
    tried = []
    connect = door._connect
    monkeypatch.setattr(door, "_connect", lambda *args: tried.append(args[0].ip) or connect(*args))

    outcomes = [get(both, at(web, "news.example")), get(both, at(web, "news.example", "/other"))]

    assert isinstance(outcomes[0], Fetched)
    assert tried == ["127.0.0.3", "127.0.0.1"]
    assert web.connections == 1


def test_a_host_none_of_whose_addresses_answers_is_an_error(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one's reason is told."""
    Names(monkeypatch, news_example=[["127.0.0.3", "127.0.0.2"]])
    both = HttpFetcher(replace(SETTINGS, allow_networks=("127.0.0.0/30",)))

    outcome = get(both, at(web, "news.example"))

    assert isinstance(outcome, TryLater)
    assert (outcome.result, outcome.detail) == (
        "error",
        "news.example does not accept connections: Connection refused.",
    )


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_client_says_who_it_is_and_keeps_nothing(
    web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """User-Agent and codings are stated; cookies, referer, netrc and proxies of the environment play no part."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login reader password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    web.routes["/feed"] = answer(302, Location="/next", Set_Cookie="id=1; Path=/")
    web.routes["/next"] = answer(200, FEED, Set_Cookie="id=2; Path=/")

    get(fetcher, web.url("/feed"))
    get(fetcher, web.url("/next"), headers=(("user-agent", "special/2"),))

    assert f"User-Agent: {SETTINGS.user_agent}\r\n" in web.requests[0]
    assert "Accept-Encoding: gzip, deflate, br, zstd\r\n" in web.requests[0]
    assert "special/2" in web.requests[2]
    assert SETTINGS.user_agent not in web.requests[2]
    heads = "".join(web.requests).lower()
    assert not [name for name in ("cookie:", "referer:", "authorization:", "proxy-") if name in heads]


def test_a_declared_header_stays_with_its_host(web: Web, fetcher: HttpFetcher) -> None:
    """A password header follows a redirect on its own host, and no further."""
    other = Web()
    web.routes |= {"/a": answer(302, Location="/b"), "/b": answer(302, Location=other.url("/c"))}

    get(fetcher, web.url("/a"), headers=(("X-Api-Key", "secret"), ("If-None-Match", '"1"')))
    other.close()

    assert ["secret" in head for head in (*web.requests, *other.requests)] == [True, True, False]
    assert 'If-None-Match: "1"' in other.requests[0]


def test_a_connection_is_used_again_until_it_ends(web: Web, fetcher: HttpFetcher) -> None:
    """Two documents come over one connection; one that the server closed is replaced unnoticed."""
    web.routes |= {"/feed": answer(200, FEED), "/last": parts(answer(200, FEED, Connection="keep-alive"))}

    outcomes = [get(fetcher, web.url(path)) for path in ("/feed", "/last")]
    time.sleep(0.05)
    outcomes.append(get(fetcher, web.url("/feed")))

    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert web.connections == 2


def test_a_connection_idle_for_long_is_not_trusted(
    web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall may have forgotten it without a sign, so a new one is made."""
    monkeypatch.setattr(door, "IDLE_LIMIT", 0.05)
    web.routes["/feed"] = answer(200, FEED)

    get(fetcher, web.url("/feed"))
    time.sleep(0.1)
    get(fetcher, web.url("/feed"))

    assert web.connections == 2


def test_a_connection_closed_as_it_is_used_again_is_replaced(web: Web, fetcher: HttpFetcher) -> None:
    """A server that takes the second request on a kept connection and hangs up instead of answering is asked anew, once."""
    web.routes["/once"] = lambda web_, _head: (0.0, answer(200, FEED)) if len(web_.requests) != 2 else (0.0, RESET)
    web.routes["/feed"] = answer(200, FEED)

    first = get(fetcher, web.url("/feed"))
    second = get(fetcher, web.url("/once"))

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert (web.connections, len(web.requests)) == (2, 3)


def test_a_header_that_cannot_be_sent_is_an_error(web: Web, fetcher: HttpFetcher) -> None:
    """A value outside Latin-1 or with a line break does not raise."""
    for value in ("→", "a\r\nX: y"):
        outcome = get(fetcher, web.url("/"), headers=(("X-Odd", value),))
        assert isinstance(outcome, TryLater)
        assert outcome.result == "error"


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKED = {
    "gzip": ("gzip", gzip.compress),
    "gzip in two members": ("x-gzip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("Deflate", _raw_deflate),
    "brotli": ("br", brotli.compress),
    "zstd": ("zstd", _zstd),
    "zstd in two frames": ("zstd", lambda data: _zstd(data[:100]) + _zstd(data[100:])),
    "twice": ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    "unknown": ("utf-8", bytes),
}


@pytest.mark.parametrize("form", PACKED)
def test_every_packing_is_undone(web: Web, fetcher: HttpFetcher, form: str) -> None:
    """A document comes out the same in any coding, with a length or in chunks, even of one byte."""
    coding, pack = PACKED[form]
    packed = pack(FEED)
    web.routes["/length"] = answer(200, packed, Content_Encoding=coding)
    web.routes["/chunks"] = chunked(*(packed[i : i + 1] for i in range(len(packed))), Content_Encoding=coding)

    for path in ("/length", "/chunks"):
        outcome = get(fetcher, web.url(path))
        assert isinstance(outcome, Fetched)
        assert outcome.body == FEED


@pytest.mark.parametrize("form", sorted(set(PACKED) - {"unknown", "twice"}))
def test_a_body_cut_short_is_no_document(web: Web, fetcher: HttpFetcher, form: str) -> None:
    """A packed stream without its end is told from a whole one."""
    coding, pack = PACKED[form]
    web.routes["/cut"] = answer(200, pack(FEED)[:-3], Content_Encoding=coding)

    outcome = get(fetcher, web.url("/cut"))

    assert isinstance(outcome, TryLater)
    assert outcome.result == "error"


@pytest.mark.parametrize(
    "broken",
    [
        parts(answer(200, FEED)[:-5]),
        parts(answer(200, FEED)[:-5], RESET),
        parts(chunked(FEED)[:-5]),
        parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno size"),
        *(answer(200, b"plain text " * 9, Content_Encoding=coding) for coding in ("gzip", "deflate", "br", "zstd")),
        answer(200, FEED, Content_Encoding="gzip, gzip, gzip, gzip"),
        parts(RESET),
        parts(b""),
        parts(b"no HTTP at all\r\n\r\n"),
        parts(FEED),
        parts(b"HTTP/1.1 200 " + b"very " * 50_000 + b"well\r\nContent-Length: 2\r\n\r\nok"),
        parts(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        parts(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!"),
        parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 200_000),
        parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"1" * 200_000),
        parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
        parts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffff\r\nhello\r\n0\r\n\r\n"),
        parts(b"HTTP/1.1 200 OK\r\n", b"X-Many: value\r\n" * 20_000, b"\r\n"),
        parts(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 200_000, b"\r\n\r\n"),
    ],
)
def test_a_broken_answer_is_an_error(web: Web, fetcher: HttpFetcher, broken: Answer | bytes) -> None:
    """Short, torn, falsely packed or endless-headed answers are errors, and the next request works."""
    web.routes |= {"/broken": broken, "/feed": answer(200, FEED)}

    outcome = get(fetcher, web.url("/broken"))

    assert isinstance(outcome, TryLater)
    assert outcome.result == "error"
    assert isinstance(get(fetcher, web.url("/feed")), Fetched)


SAID = {
    "{host} ended its answer too early: 5 bytes are missing.": parts(answer(200, FEED)[:-5]),
    "{host} broke off the exchange: Connection reset by peer.": parts(RESET),
    "{host} broke off the exchange: Remote end closed connection without response.": parts(b""),
    "{host} does not keep to HTTP: hello, terminal?[2J.": parts(b"hello, terminal\x1b[2J\r\n\r\n"),
    "{host} does not keep to HTTP: got more than 100 headers.": parts(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n" * 101),
    "The document ended too early: its packed form was cut.": answer(200, gzip.compress(FEED)[:-3], Content_Encoding="gzip"),
    "The document is not packed as its header says, which is 'br'.": answer(200, FEED, Content_Encoding="br"),
    "The document is larger than 10,000,000 bytes, the most that is read.": parts(b"HTTP/1.0 200 OK\r\n\r\n", bytes(10**7 + 1)),
    "{host} did not answer within 1 s.": parts(2.0 * LATE),
    "{host} did not send its whole answer within 1 s.": parts(answer(200, FEED)[:-5], 2.0 * LATE),
    "More than 5 redirects.": lambda _web, head: [answer(302, Location=head.split()[1] + "0")],
    "A redirect leads to ftp://x/. Only http and https are followed, not ftp.": answer(302, Location="ftp://x/"),
    "A redirect leads to no address: 'http://['.": answer(302, Location="http://["),
    "The server answered 503 Service Unavailable and asks to be left alone until 2026-11-22 12:02 UTC.":
        answer(503, Retry_After="120"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", SAID)
def test_what_went_wrong_is_said_in_a_sentence(web: Web, fetcher: HttpFetcher, sentence: str) -> None:
    """For people: who did what, and where a limit stopped it, which."""
    web.routes |= {f"/said{'0' * redirects}": SAID[sentence] for redirects in range(7)}

    outcome = get(fetcher, web.url("/said"))

    assert isinstance(outcome, TryLater)
    assert outcome.detail == sentence.format(host="127.0.0.1")


ODD_LINES = [
    "Content-Length: 5", "Content-Length: -5", "Content-Length: 5, 6", "Content-Length: x", "Transfer-Encoding: chunked",
    "Content-Encoding: gzip", "Content-Encoding: br,,", "Content-Encoding: zstd", "Location: /x", "Location: //",
    "Location: http://[::1", "Location: http://a b/", "Location: http://\xff\xfe/", "Location: http://127.0.0.1:99999/",
    "Set-Cookie: ;;=;", ": nameless", "no colon", " folded", "Retry-After: \xb2", "Date: never", "\x00: \x1b[2J",
]  # fmt: skip


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    status=st.sampled_from(["HTTP/1.1 200 OK", "HTTP/1.1 301 M", "HTTP/1.1 503 \x1b[2J", "HTTP/1.0 abc", "\xff"]),
    lines=st.lists(st.sampled_from(ODD_LINES), max_size=4),
    body=st.sampled_from([b"5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello", gzip.compress(FEED)]) | st.binary(max_size=40),
)
def test_no_answer_makes_the_fetcher_raise(
    web: Web, fetcher: HttpFetcher, status: str, lines: list[str], body: bytes
) -> None:
    """Whatever a server says, there is an outcome, and its words are fit for a terminal."""
    web.routes["/odd"] = parts("\r\n".join([status, *lines, "", ""]).encode("latin-1") + body)

    outcome = get(fetcher, web.url("/odd"))

    assert isinstance(outcome, Fetched) or (isinstance(outcome, TryLater) and outcome.detail.isprintable())


def test_an_empty_body_is_empty_in_any_coding(web: Web, fetcher: HttpFetcher) -> None:
    """Nothing, declared as gzip, is a document of no bytes."""
    web.routes["/empty"] = answer(200, b"", Content_Encoding="gzip")

    outcome = get(fetcher, web.url("/empty"))

    assert isinstance(outcome, Fetched)
    assert outcome.body == b""


def _deflate_bomb(form: int) -> bytes:
    """Give a megabyte that unpacks to a gigabyte: one megabyte of zeros, packed once and repeated."""
    packer = zlib.compressobj(9, wbits=form)
    first, block = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in "ab")
    return first + block * 1023


def _gzip_bomb() -> bytes:
    return _deflate_bomb(31)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", _gzip_bomb),
        ("deflate", lambda: _deflate_bomb(15)),
        ("deflate", lambda: _deflate_bomb(-15)),
        ("br", lambda: brotli.compress(bytes(2**28), quality=5)),
        ("zstd", lambda: _zstd(bytes(2**30))),
        ("gzip, gzip", lambda: gzip.compress(_gzip_bomb())),
        ("br, gzip, zstd", lambda: _zstd(gzip.compress(brotli.compress(bytes(2**28), quality=5)))),
    ],
)
def test_a_bomb_costs_little_more_than_the_cap(web: Web, coding: str, bomb: Callable[[], bytes]) -> None:
    """What unpacks to a gigabyte is dropped at ten megabytes."""
    fetcher = HttpFetcher(replace(SETTINGS, deadline=timedelta(seconds=20)))
    web.routes["/bomb"] = answer(200, bomb(), Content_Encoding=coding)
    tracemalloc.start()

    outcome = get(fetcher, web.url("/bomb"))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    fetcher.close()
    assert isinstance(outcome, TryLater)
    assert outcome.result == "too-large"
    assert peak < 30_000_000


def test_a_document_in_tiny_pieces_costs_little_more_than_its_size(web: Web) -> None:
    """A hundred thousand chunks of two bytes are one document."""
    fetcher = HttpFetcher(replace(SETTINGS, deadline=timedelta(seconds=60)))
    web.routes["/crumbs"] = chunked()[:-5] + b"2\r\nab\r\n" * 100_000 + b"0\r\n\r\n"
    tracemalloc.start()

    outcome = get(fetcher, web.url("/crumbs"))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, Fetched)
    assert len(outcome.body) == 200_000
    assert peak < 3_000_000


def test_a_document_over_the_cap_is_not_read(web: Web, fetcher: HttpFetcher) -> None:
    """Exactly the cap is taken; one byte more is too large, whether announced or not."""
    web.routes |= {
        "/cap": answer(200, b"x" * 1000),
        "/announced": answer(200, b"x" * 1001),
        "/chunks": chunked(b"x" * 500, b"x" * 501),
        "/endless": lambda _web, _head: (part for _ in range(10_000) for part in (b"400\r\n", b"x" * 1024, b"\r\n")),
    }
    web.routes["/endless"] = _after(chunked()[:-5], web.routes["/endless"])

    words = [getattr(get(fetcher, web.url(path), max_bytes=1000), "result", "ok") for path in web.routes]

    assert words == ["ok", "too-large", "too-large", "too-large"]


def _after(head: bytes, rest: Answer | bytes) -> Answer:
    assert callable(rest)
    return lambda web, request: (part for parts_ in ((head,), rest(web, request)) for part in parts_)


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "slow",
    [
        parts(2.0 * LATE),
        trickle(answer(200, FEED)),
        _after(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", trickle(FEED)),
        _after(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", trickle(b"1\r\nx\r\n" * 99)),
        _after(b"HTTP/1.1 100 Continue\r\n\r\n", trickle(b"HTTP/1.1 100 Continue\r\n\r\n" * 9)),
        lambda _web, head: (0.4, answer(302, Location=head.split()[1] + "/slow")),
    ],
    ids=["hang", "headers", "body", "chunks", "continue", "redirects"],
)
def test_a_slow_answer_ends_at_the_deadline(web: Web, fetcher: HttpFetcher, slow: Answer) -> None:
    """The deadline holds for the whole chain, whatever trickles in meanwhile."""
    web.routes |= {"/slow" * depth: slow for depth in range(1, 9)}
    started = time.monotonic()

    outcome = get(fetcher, web.url("/slow"))

    assert isinstance(outcome, TryLater)
    assert (outcome.result, outcome.weight) == ("timeout", Weight.TRANSIENT)
    assert 0.9 < time.monotonic() - started < LATE


def _slow_resolver(*_: object, **__: object) -> list[object]:
    time.sleep(2)
    return []


def test_a_host_that_cannot_be_reached_is_named(fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port is an error, an impossible name and a resolver that takes too long are `dns`."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    closed = get(fetcher, f"http://127.0.0.1:{port}/")
    impossible = get(fetcher, f"http://{'a' * 64}.example/")
    monkeypatch.setattr(socket, "getaddrinfo", _slow_resolver)
    slow = get(fetcher, "http://slow.example/")

    assert isinstance(closed, TryLater)
    assert "refused" in closed.detail
    assert [getattr(outcome, "result", "") for outcome in (closed, impossible, slow)] == ["error", "dns", "dns"]


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a self-signed certificate for 127.0.0.1, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl command: no certificate to test with")
    pem = tmp_path_factory.mktemp("tls") / "pair.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", pem, "-out", pem], check=True, capture_output=True)
    return pem


@pytest.fixture
def safe_web(certificate: Path) -> Iterator[Web]:
    """Give a scripted server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Web(context=context)
    yield server
    server.close()


def test_a_certificate_nobody_vouches_for_is_refused(safe_web: Web, fetcher: HttpFetcher) -> None:
    """A self-signed certificate is `tls`, and nothing is asked."""
    outcome = get(fetcher, safe_web.url("/feed"))

    assert isinstance(outcome, TryLater)
    assert (outcome.result, outcome.detail) == ("tls", "No safe connection to 127.0.0.1: self-signed certificate.")
    assert not safe_web.requests


def test_a_safe_connection_keeps_the_deadline(
    safe_web: Web, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TLS, too, a document is fetched, and a trickle ends at the deadline."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    fetcher = HttpFetcher(SETTINGS)
    safe_web.routes |= {"/feed": answer(200, FEED), "/slow": trickle(answer(200, FEED))}

    document = get(fetcher, safe_web.url("/feed"))
    started = time.monotonic()
    slow = get(fetcher, safe_web.url("/slow"))
    fetcher.close()

    assert isinstance(document, Fetched)
    assert isinstance(slow, TryLater)
    assert slow.result == "timeout"
    assert time.monotonic() - started < LATE


@pytest.mark.parametrize("words", [b"", b"\x16\x03\x03\x40\x00" + b"\x02" * 99], ids=["silent", "trickle"])
def test_a_handshake_that_never_ends_is_a_timeout(fetcher: HttpFetcher, words: bytes) -> None:
    """A server that accepts and then says nothing, or a byte now and then, does not hold the handshake for ever."""

    def say(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as sock:
            for byte in words:
                sock.sendall(bytes([byte]))
                time.sleep(0.05)
            sock.recv(10_000)
            sock.recv(10_000)

    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=say, args=(silent,), daemon=True).start()
        outcome = get(fetcher, f"https://127.0.0.1:{silent.getsockname()[1]}/")

    assert isinstance(outcome, TryLater)
    assert outcome.result == "timeout"
    assert time.monotonic() - started < LATE


# ── robots.txt over the wire ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_page_is_fetched_only_where_robots_txt_lets_us(web: Web, fetcher: HttpFetcher) -> None:
    """The rules are read once, hold on every hop of a page's redirects, and are no matter of feeds."""
    web.routes |= {
        "/robots.txt": answer(200, b"User-agent: *\nDisallow: /members/\n"),
        "/page": answer(200, FEED),
        "/to-members": answer(302, Location="/members/1"),
        "/members/1": answer(200, FEED),
    }

    words = [
        getattr(get(fetcher, web.url(path), check_robots=True), "result", "ok")
        for path in ("/page", "/to-members", "/members/1")
    ]
    feed = get(fetcher, web.url("/members/1"))

    assert words == ["ok", "robots", "robots"]
    assert isinstance(feed, Fetched)
    assert [head.split(" ")[1] for head in web.requests] == ["/robots.txt", "/page", "/to-members", "/members/1"]


def test_of_an_enormous_robots_txt_the_beginning_counts(web: Web, fetcher: HttpFetcher) -> None:
    """Half a megabyte of rules is read; the rest is left out."""
    rules = b"User-agent: *\nDisallow: /members/\n" + b"# filler\n" * 100_000
    web.routes |= {"/robots.txt": answer(200, rules), "/page": answer(200, FEED), "/members/1": answer(200, FEED)}

    words = [
        getattr(get(fetcher, web.url(path), check_robots=True), "result", "ok") for path in ("/page", "/members/1")
    ]

    assert words == ["ok", "robots"]


def test_a_robots_txt_that_leads_astray_keeps_us_away(web: Web, trap: Web, fetcher: HttpFetcher) -> None:
    """robots.txt goes the same safe way as everything else."""
    web.routes |= {"/robots.txt": answer(302, Location=trap.url("/robots.txt")), "/page": answer(200, FEED)}

    outcome = get(fetcher, web.url("/page"), check_robots=True)

    assert isinstance(outcome, TryLater)
    assert outcome.result == "robots"


def test_a_host_is_never_asked_more_than_allowed_at_once(
    web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten requests from ten threads, under ten names never heard before, reach the server two at a time."""
    names = [f"n{number}.example" for number in range(10)]
    Names(monkeypatch, **{name.replace(".", "_"): [["127.0.0.1"]] for name in names})
    under_way, most = list[str](), set[int]()

    def slow(_web: Web, head: str) -> Iterator[object]:
        under_way.append(head)
        yield 0.05
        most.add(len(under_way))
        under_way.pop()  # before the answer: who has it may ask again at once
        yield answer(200, FEED)

    web.routes["/slow"] = slow
    threads = [threading.Thread(target=get, args=(fetcher, at(web, name, "/slow"))) for name in names]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(web.requests), max(most)) == (10, 2)


def test_first_requests_of_two_names_on_one_address_are_apart(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delay lies between the starts at an address, whatever it is called."""
    Names(monkeypatch, a_example=[["127.0.0.1"]], b_example=[["127.0.0.1"]])
    slow = HttpFetcher(replace(SETTINGS, delay=timedelta(seconds=0.3)))

    for name in ("a.example", "b.example", "127.0.0.1", "localhost"):
        get(slow, at(web, name))

    assert [later - earlier > 0.25 for earlier, later in pairwise(web.starts)] == [True] * 3


def test_a_lane_is_an_address(web: Web, fetcher: HttpFetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of one machine share it, in both families; what leads nowhere goes by its name; nothing raises."""
    Names(monkeypatch, a_example=[["127.0.0.1"]], b_example=[["::ffff:127.0.0.1"]], c_example=[[]])
    urls = [at(web, "a.example"), at(web, "b.example"), web.url("/"), at(web, "c.example"), "ftp://x/", "http://[", ""]

    lanes = [fetcher.lane(url) for url in urls]

    assert lanes == ["127.0.0.1", "127.0.0.1", "127.0.0.1", "c.example", "", "", ""]
