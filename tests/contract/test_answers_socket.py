"""Socket Mode against the strict Slack: acknowledged in time whatever storing takes, not where it failed; up again after breaks."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from tests.waiting import eventually

from monitor.adapters.answers.socket import SocketAnswers
from monitor.adapters.notifier.slack import SlackNotifier, client
from monitor.errors import StoreBusy
from monitor.notify import buttons
from monitor.types import Action, Command, DeliveryKind, Message, Press, Pressed, Reply, Sent

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
    """The answer follows by the address that Slack gives for it."""
    quick = room.control("slash", {"command": "/monitor", "text": "stats"})
    room.jobs.slow.clear()
    slow = room.control("slash", {"command": "/monitor", "text": "stats"})
    room.jobs.slow.set()

    assert quick["ack_payload"]["text"] == "you said stats"
    assert (slow["acks"], slow["ack_payload"]) == (1, None)


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


def test_where_the_app_token_is_wrong_the_service_goes_on(start_tool: Callable[..., Any]) -> None:
    """Nothing is raised; it is tried again and again."""
    tool = start_tool("fakeslack.py", "--rate", "0", control_offset=1)
    listener = SocketAnswers(Jobs(), client(BOT, f"http://127.0.0.1:{tool.port}/api/"), "xapp-1-wrong")

    with closing(listener):
        listener.start()
        time.sleep(0.5)
        assert not listener.connected
