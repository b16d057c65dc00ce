"""Socket Mode against the strict Slack: acknowledged in time whatever storing takes, not where it failed; up again after breaks."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
import structlog
from slack_sdk.socket_mode.request import SocketModeRequest
from tests.waiting import eventually

from monitor.adapters.answers import socket
from monitor.adapters.answers.socket import SocketAnswers
from monitor.adapters.notifier.slack import SlackNotifier, client
from monitor.errors import StoreBusy
from monitor.notify import buttons
from monitor.types import Action, Command, DeliveryKind, Message, Press, Pressed, Reply, Sent

from .receiver import Receiver

BOT, APP = "xoxb-fake-bot", "xapp-1-fake-app"
PRESS = Press(action=Action.RELEVANT, story=3, entry=7)


class Jobs:
    """Takes what it hears; slowly, or not at all, where a test says so."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.slow = Event()
        self.slow.set()
        self.trouble: Exception | None = None

    def now(self) -> datetime:
        return datetime.now(UTC)

    def reachable(self) -> None:
        self.heard.append("reachable")

    def press(self, pressed: Pressed) -> Reply | None:
        self.slow.wait(10)
        if self.trouble:
            raise self.trouble
        self.heard.append(pressed)
        return None

    def command(self, asked: Command) -> Reply:
        self.slow.wait(10)
        self.heard.append(asked)
        return Reply(message=Message(text=f"you said {asked.words}"))


class Room:
    """A strict Slack with one message that has a button, and the listener under test."""

    def __init__(self, tool: Any, jobs: Jobs) -> None:
        self.control, self.jobs = tool.control, jobs
        base_url = f"http://127.0.0.1:{tool.port}/api/"
        told = Message(text="x", blocks=({"type": "actions", "elements": [buttons._button("Relevant", PRESS)]},))
        sent = SlackNotifier(BOT, base_url).send("#alerts", DeliveryKind.POST, told, None)
        assert isinstance(sent, Sent)
        self.ref = sent.ref
        self.listener = SocketAnswers(jobs, client(BOT, base_url), APP)
        self.listener.start()

    def click(self) -> dict[str, Any]:
        """Press the button."""
        asked = {"channel": self.ref.channel, "ts": self.ref.ts, "action_id": "relevant", "via": "socket"}
        return dict(self.control("click", asked))

    def connected(self) -> None:
        """Wait until the socket stands."""
        eventually(lambda: self.listener.connected and self.control("info")["connections"])


@pytest.fixture
def room(start_tool: Callable[..., Any]) -> Iterator[Room]:
    """Give a room in which the socket stands."""
    found = Room(start_tool("fakeslack.py", "--rate", "0", "--no-tiers", control_offset=1), Jobs())
    with closing(found.listener):
        found.connected()
        yield found


def test_a_click_is_stored_before_it_is_acknowledged(room: Room) -> None:
    """At once, and once."""
    clicked = room.click()

    assert (clicked["acks"], clicked["problem"]) == (1, None)
    assert [heard.press for heard in room.jobs.heard] == [PRESS]
    assert room.jobs.heard[0].person.name == "anna"


def test_a_slow_store_is_acknowledged_in_time_and_stores_all_the_same(room: Room) -> None:
    """Slack waits three seconds; the database is locked for longer."""
    room.jobs.slow.clear()

    clicked = room.click()
    heard_before = list(room.jobs.heard)
    room.jobs.slow.set()
    eventually(lambda: room.jobs.heard)

    assert (clicked["acks"], clicked["problem"]) == (1, None)
    assert heard_before == []
    assert len(room.jobs.heard) == 1


def test_what_cannot_be_stored_is_not_acknowledged(room: Room) -> None:
    """Whoever pressed sees that it did not work; the next click does."""
    room.jobs.trouble = StoreBusy("locked")
    failed = room.click()
    room.jobs.trouble = None
    worked = room.click()

    assert failed["acks"] == 0
    assert worked["acks"] == 1
    assert len(room.jobs.heard) == 1


def test_a_command_that_takes_long_is_acknowledged_without_its_answer(room: Room) -> None:
    """Slack takes the answer with the acknowledgement only where it comes in time."""
    quick = room.control("slash", {"command": "/monitor", "text": "stats"})
    room.jobs.slow.clear()
    slow = room.control("slash", {"command": "/monitor", "text": "stats"})
    room.jobs.slow.set()

    assert quick["ack_payload"]["text"] == "you said stats"
    assert (slow["acks"], slow["ack_payload"]) == (1, None)


class Line:
    """Stands for the socket: what has taken too long goes on once it is acknowledged."""

    def __init__(self, jobs: Jobs) -> None:
        self.said: list[dict[str, Any]] = []
        self._jobs = jobs

    def send_socket_mode_response(self, response: dict[str, Any]) -> None:
        self.said.append(response)
        self._jobs.slow.set()


def test_the_answer_to_a_command_that_took_long_follows_by_its_address(
    room: Room, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, at the address that Slack gives for it."""
    monkeypatch.setattr(socket, "ACKNOWLEDGED_WITHIN", 0.05)
    asked = {"command": "/monitor", "text": "stats", "user_id": "U1", "response_url": receiver.url}
    line: Any = Line(room.jobs)
    room.jobs.slow.clear()

    room.listener._hear(line, SocketModeRequest(type="slash_commands", envelope_id="e1", payload=asked))

    ((_, body),) = receiver.came
    assert json.loads(body)["text"] == "you said stats"
    assert line.said == [{"envelope_id": "e1"}]


@pytest.mark.parametrize(
    "what", ["drop", "close", "refresh_requested", "link_disabled", "warning", "garbage", "unknown_type"]
)
def test_whatever_happens_to_the_socket_the_next_clicks_are_heard(room: Room, what: str) -> None:
    """It is there again within seconds."""
    room.control("socket", {"action": what})
    eventually(lambda: room.click()["acks"], told=lambda: "no click is heard any more")

    # A click whose acknowledgement was lost with the socket was heard too; pressed again it is the same label.
    assert {heard.press for heard in room.jobs.heard} == {PRESS}


def test_after_an_outage_the_socket_stands_again_and_the_jobs_hear_of_it(room: Room) -> None:
    """Slack refuses connections for some seconds, and those that stood are cut; what was put off is tried at once."""
    room.control("outage", {"seconds": 6})
    time.sleep(6.2)

    room.connected()
    eventually(lambda: "reachable" in room.jobs.heard, told=lambda: "the jobs do not hear that Slack is back")

    assert room.click()["acks"] == 1


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow one another fast."""
    monkeypatch.setattr(socket, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(socket, "LONGEST_PAUSE", 0.1)


def soon(seen: Callable[[], object]) -> None:
    """Wait until something is seen."""
    until = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < until, "it is not seen"
        time.sleep(0.02)


@pytest.mark.usefixtures("hasty")
def test_where_the_app_token_is_wrong_the_service_goes_on(start_tool: Callable[..., Any]) -> None:
    """Nothing is raised; it is tried again and again, and said once."""
    tool = start_tool("fakeslack.py", "--rate", "0", "--no-tiers", control_offset=1)
    listener = SocketAnswers(Jobs(), client(BOT, f"http://127.0.0.1:{tool.port}/api/"), "xapp-1-wrong")

    with closing(listener), structlog.testing.capture_logs() as logs:
        listener.start()
        soon(lambda: tool.control("calls?name=apps.connections.open")["count"] >= 3)

        assert not listener.connected
        assert listener._keeper.is_alive()
    assert [(line["event"], line["reason"]) for line in logs] == [("answers.not_connected", "invalid_auth")]


class Door:
    """A Slack that names an address for the socket, behind which nobody opens."""

    def __init__(self, status: int) -> None:
        self.asked = 0
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                door.asked += 1
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                body = json.dumps({"ok": True, "url": f"ws://127.0.0.1:{door.port}/link?ticket=secret"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                if status:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


#: slack_sdk leaves it to Python to close a connection that did not become a socket.
left_to_python = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@left_to_python
@pytest.mark.parametrize("status", [0, 200, 403, 503])
@pytest.mark.usefixtures("hasty")
def test_a_socket_that_is_not_opened_is_an_outage(status: int) -> None:
    """Slack grants an address and its gateway hangs up or refuses: said once, without the ticket, and tried again."""
    with closing(Door(status)) as door:
        listener = SocketAnswers(Jobs(), client(BOT, f"http://127.0.0.1:{door.port}/api/"), APP)
        with closing(listener), structlog.testing.capture_logs() as logs:
            listener.start()
            soon(lambda: door.asked >= 3)

            assert not listener.connected
        assert [line["event"] for line in logs] == ["answers.not_connected"]
        assert logs[0]["reason"]
        assert "ticket" not in str(logs)


@left_to_python
def test_the_longer_a_socket_is_not_opened_the_more_rarely_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubled up to the longest pause, and by nobody else in between."""
    pauses: list[float] = []
    with closing(Door(403)) as door:
        listener = SocketAnswers(Jobs(), client(BOT, f"http://127.0.0.1:{door.port}/api/"), APP)

        def wait(seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 6:
                listener._stopped.set()
            return listener._stopped.is_set()

        monkeypatch.setattr(listener._stopped, "wait", wait)
        with closing(listener):
            listener.start()
            listener._keeper.join(20)

        assert pauses == [4, 8, 16, 32, 60, 60]
        assert door.asked == 6
    assert not listener._client.auto_reconnect_enabled


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("trouble", [AttributeError("an answer that is no object"), RuntimeError("a fault of ours")])
def test_whatever_goes_wrong_somebody_goes_on_connecting(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that keeps the socket outlives an answer that cannot be read and a fault nobody thought of."""
    listener = SocketAnswers(Jobs(), client(BOT, "http://127.0.0.1:9/api/"), APP)
    tried: list[None] = []

    def fail(force: bool = False) -> None:
        tried.append(None)
        raise trouble

    monkeypatch.setattr(listener._client, "connect_to_new_endpoint", fail)

    with closing(listener), structlog.testing.capture_logs() as logs:
        listener.start()
        soon(lambda: len(tried) >= 3)

        assert listener._keeper.is_alive()
    assert {line["event"] for line in logs} <= {"answers.not_connected", "answers.keeping_failed"}
    assert logs
