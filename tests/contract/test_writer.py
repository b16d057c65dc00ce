"""Takes a service on loopback that speaks the chat protocol, well and badly, checks what the writer makes of it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
import structlog

from monitor.adapters.writer import LARGEST_ANSWER, REST, ChatWriter
from monitor.types import WriterSettings

KEY = "sk-very-secret"
TITLE = "Navy of Peru seizes cocaine"
TEXT = "The navy of Peru stopped a boat off Callao and found 2,150 kilos of cocaine, Minister Ilona Verrat said."
GOOD = "Peru's navy found 2,150 kilos of cocaine off Callao."
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Service:
    """Answers as it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.wait = 200, said(GOOD), 0.0
        self.lost = 0  #: bytes at the end of the answer that never come
        self.drips = ""  #: the part of the answer that comes byte by byte
        self.closed = Event()
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/chat/completions"
                service.keys.append(self.headers["Authorization"])
                service.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                time.sleep(service.wait)
                if service.drips:
                    self._drip()
                    return
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Location", "https://elsewhere.example/")
                self.send_header("Content-Length", str(len(service.body)))
                self.end_headers()
                self.wfile.write(service.body[: len(service.body) - service.lost])

            def _drip(self) -> None:
                head = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(service.body)
                pieces = {"head": (b"", head, service.body), "body": (head, service.body, b"")}[service.drips]
                try:
                    self.wfile.write(pieces[0])
                    for byte in pieces[1]:
                        self.wfile.write(bytes([byte]))
                        if service.closed.wait(1.5 / len(pieces[1])):
                            return
                    self.wfile.write(pieces[2])
                except OSError:  # nobody waits any more
                    return

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/"


def said(words: object) -> bytes:
    """Give an answer in the shape of the protocol."""
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "small",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}],
        "usage": {"prompt_tokens": 90, "completion_tokens": 20, "total_tokens": 110},
    }
    return json.dumps(answer).encode()


@pytest.fixture
def service() -> Iterator[Service]:
    """Give a service that answers well."""
    made = Service()
    thread = Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.closed.set()
    made.server.shutdown()
    made.server.server_close()


class Clock:
    """Stands still until it is moved."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


def writer(service: Service, clock: Clock | None = None, **more: Any) -> ChatWriter:
    """Give a writer that asks this service."""
    fields = {"base_url": service.url, "model": "small", "timeout": timedelta(seconds=2), **more}
    return ChatWriter(WriterSettings(**fields), KEY, clock or Clock())


def ask(one: ChatWriter, title: str = TITLE) -> str | None:
    """Give what was written about the article."""
    found = one.summarise(title, TEXT, outlet="Daily Harbour", language="en")
    return found.sentences[0] if found else None


def test_a_summary_is_written_and_says_by_whom(service: Service) -> None:
    """The article is sent as data, with the language wanted and the key."""
    found = writer(service, translate_to="es").summarise(TITLE, TEXT, outlet="Daily Harbour", language="en")

    assert found is not None
    assert (found.sentences, found.outlet, found.written_by) == ((GOOD,), "Daily Harbour", "small")
    [asked] = service.asked
    assert asked["model"] == "small"
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert "code es" in asked["messages"][0]["content"]
    assert json.loads(asked["messages"][1]["content"]) == {"title": TITLE, "text": TEXT}
    assert service.keys == [f"Bearer {KEY}"]


def test_what_was_asked_once_is_not_asked_again(service: Service) -> None:
    """A story's message is written anew with each outlet that joins."""
    one = writer(service)

    assert [ask(one), ask(one)] == [GOOD, GOOD]
    assert len(service.asked) == 1


def test_an_invention_is_not_shown(service: Service) -> None:
    """A number that the article does not have: the article's own sentences will do, and nothing rests."""
    service.body = said("Peru's navy found 9,999 kilos of cocaine off Callao.")
    one = writer(service)

    assert ask(one) is None
    service.body = said(GOOD)
    assert ask(one, title="Peru: navy finds cocaine") == GOOD


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error": {"message": "Incorrect API key provided: sk-very-secret", "type": "invalid_request_error"}}'),
        (429, b'{"error": {"message": "Rate limit reached", "type": "requests"}}'),
        (500, b"oops"),
        (302, b""),
        (204, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"choices": []}'),
        (200, said(None)),
        (200, said([{"type": "text", "text": "parts"}])),
        (200, b'"' + b"x" * (LARGEST_ANSWER + 10) + b'"'),
        (200, b"[" * (LARGEST_ANSWER - 10)),
    ],
)
def test_a_service_that_fails_is_left_alone_for_a_while(service: Service, status: int, body: bytes) -> None:
    """No summary, one line in the log without the key, and no further request until the rest is over."""
    clock = Clock()
    one = writer(service, clock)
    service.status, service.body = status, body

    with structlog.testing.capture_logs() as logs:
        assert ask(one, "first") is None
        assert ask(one, "second") is None

    assert len(service.asked) == 1
    assert [line["event"] for line in logs] == ["writer.failed"]
    assert KEY not in str(logs)
    service.status, service.body = 200, said(GOOD)
    clock.now += REST
    assert ask(one, "third") == GOOD


def test_a_service_that_hangs_holds_nobody_up(service: Service) -> None:
    """The time-out of the configuration holds."""
    service.wait = 2.0
    one = writer(service, timeout=timedelta(milliseconds=200))

    assert ask(one) is None


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_service_that_drips_holds_nobody_up(service: Service, part: str) -> None:
    """The time-out is for the whole answer: one that comes byte by byte is none, though no byte is long in coming."""
    service.drips = part
    one = writer(service, timeout=timedelta(milliseconds=300))

    with structlog.testing.capture_logs() as logs:
        assert ask(one) is None

    assert [line["event"] for line in logs] == ["writer.failed"]


def test_an_answer_that_breaks_off_is_none(service: Service) -> None:
    """Nothing is raised."""
    service.lost = 20

    assert ask(writer(service)) is None


def test_a_service_that_is_not_there_is_none(service: Service) -> None:
    """A refused connection is a failure like any other."""
    assert ask(writer(service, base_url="http://127.0.0.1:9/v1/")) is None


def test_a_day_costs_no_more_than_was_allowed(service: Service) -> None:
    """The next day begins anew."""
    clock = Clock()
    one = writer(service, clock, max_per_day=2)

    assert [ask(one, f"{TITLE} {letter}") for letter in "abc"] == [GOOD, GOOD, None]
    clock.now += timedelta(days=1)
    assert ask(one, f"{TITLE} d") == GOOD
