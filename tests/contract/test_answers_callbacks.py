"""What is sent to the addresses of Slack's callbacks: signed, unsigned, broken, from elsewhere; by the real verifier."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient

from monitor.adapters.answers import payloads
from monitor.adapters.answers.callbacks import LARGEST, Callbacks
from monitor.errors import StoreBusy
from monitor.types import Action, Command, Message, Person, Pressed, Reply

SECRET = "a-signing-secret"
PRESSED = {
    "type": "block_actions",
    "user": {"id": "U1", "name": "anna"},
    "channel": {"id": "C1"},
    "actions": [{"action_id": "relevant", "action_ts": "1772709900.25", "value": "relevant:3:7::"}],
}


class Jobs:
    """Takes what it is given."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.trouble: Exception | None = None

    def now(self) -> datetime:
        return datetime(2026, 3, 5, tzinfo=UTC)

    def reachable(self) -> None:
        raise AssertionError("over HTTP nobody knows")

    def press(self, pressed: Pressed) -> Reply | None:
        if self.trouble:
            raise self.trouble
        self.heard.append(pressed)
        return None

    def command(self, asked: Command) -> Reply:
        self.heard.append(asked)
        return Reply(message=Message(text=f"you said {asked.words}"))


def signed(body: bytes, *, age: float = 0, secret: str = SECRET) -> dict[str, str]:
    """Give the headers that Slack would send so many seconds ago."""
    stamp = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def form(payload: Any) -> bytes:
    """Give a request of a button."""
    return urlencode({"payload": json.dumps(payload)}).encode()


@pytest.fixture
def jobs() -> Jobs:
    """Give jobs that remember what they were told."""
    return Jobs()


@pytest.fixture
def callbacks(jobs: Jobs) -> Callbacks:
    """Give the callbacks before them."""
    return Callbacks(jobs, WebClient(token="xoxb-none"), SECRET)


def test_what_is_signed_is_heard(callbacks: Callbacks, jobs: Jobs) -> None:
    """With the time that Slack gives, so that the same click told twice is the same."""
    answered = [callbacks.actions(form(PRESSED), signed(form(PRESSED))).status for _ in range(2)]

    assert answered == [200, 200]
    assert jobs.heard[0] == jobs.heard[1]
    assert jobs.heard[0].person == Person(id="U1", name="anna")
    assert jobs.heard[0].at == datetime(2026, 3, 5, 11, 25, 0, 250_000, tzinfo=UTC)
    assert (jobs.heard[0].press.action, jobs.heard[0].press.story, jobs.heard[0].press.entry) == (Action.RELEVANT, 3, 7)


@pytest.mark.parametrize(
    "forge",
    [
        dict,
        lambda: signed(form(PRESSED), secret="another"),
        lambda: signed(form(PRESSED), age=310),
        lambda: signed(form(PRESSED), age=-310),
        lambda: signed(b"another body"),
        lambda: {**signed(form(PRESSED)), "X-Slack-Request-Timestamp": "soon"},
        lambda: {**signed(form(PRESSED)), "X-Slack-Request-Timestamp": "\u0663"},
        lambda: {**signed(form(PRESSED)), "X-Slack-Request-Timestamp": "1" * 5_000},
        lambda: {**signed(form(PRESSED)), "X-Slack-Signature": "v0=\u00e9"},
    ],
)
def test_what_is_not_signed_now_by_slack_is_refused(
    callbacks: Callbacks, jobs: Jobs, forge: Callable[[], dict[str, str]]
) -> None:
    """No header, a wrong secret, too old, from the future, another body, nonsense."""
    assert callbacks.actions(form(PRESSED), forge()).status == 401
    assert jobs.heard == []


def test_a_command_is_answered_at_once(callbacks: Callbacks, jobs: Jobs) -> None:
    """To the one who wrote it."""
    body = urlencode(
        {"command": "/monitor", "text": "stats", "user_id": "U1", "user_name": "anna", "channel_id": "C1"}
    ).encode()

    answered = callbacks.commands(body, signed(body))

    assert answered.body == {"response_type": "ephemeral", "text": "you said stats", "blocks": []}
    assert callbacks.commands(b"ssl_check=1", signed(b"ssl_check=1")).status == 200
    assert len(jobs.heard) == 1


def test_what_cannot_be_stored_is_not_acknowledged(callbacks: Callbacks, jobs: Jobs) -> None:
    """Whoever pressed sees that it failed, and presses again."""
    jobs.trouble = StoreBusy("locked")

    assert callbacks.actions(form(PRESSED), signed(form(PRESSED))).status == 503


def test_a_request_without_end_is_refused(callbacks: Callbacks) -> None:
    """Before it is looked at."""
    assert callbacks.actions(b"x" * (LARGEST + 1), {}).status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*PRESSED, "value", "id", "name"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from([*PRESSED, "response_url", "trigger_id", "container"]), JSON, max_size=6)
    | st.just(PRESSED)
)
def test_whatever_a_payload_holds_it_is_read_or_passed_over(payload: dict[str, Any]) -> None:
    """Never an error."""
    pressed = payloads.pressed({"type": "block_actions", **payload})

    assert pressed is None or pressed.person.id
    assert isinstance(payloads.reply_address(payload), str)


@given(
    st.dictionaries(st.sampled_from(["user_id", "user_name", "command", "text", "channel_id"]), st.text(max_size=30))
)
def test_whatever_a_command_holds_it_is_read_or_passed_over(payload: dict[str, str]) -> None:
    """Its words come cleaned."""
    asked = payloads.command(payload, datetime(2026, 3, 5, tzinfo=UTC))

    assert asked is None or "\u202e" not in asked.words
