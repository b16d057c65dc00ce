"""What goes back to whoever pressed: to the address that Slack gave, in the place asked for; lost, and said so, where it fails."""

import json
from typing import Any

import pytest
import structlog
from slack_sdk import WebClient

from monitor.adapters.answers import replies
from monitor.types import Message, Reply

from .receiver import Receiver

SLACK = WebClient(token="xoxb-none")
REPLY = Reply(message=Message(text="Muted.", blocks=({"type": "divider"},)))


def logged(address: str | None, reply: Reply = REPLY) -> list[Any]:
    """Send a reply to an address; give what is logged."""
    with structlog.testing.capture_logs() as logs:
        replies.send(SLACK, {} if address is None else {"response_url": address}, reply)
    return logs


@pytest.mark.parametrize("instead", [True, False])
def test_a_reply_goes_to_its_address_in_the_place_asked_for(receiver: Receiver, instead: bool) -> None:
    """In the place of what was pressed, or beside it; seen by one person."""
    logs = logged(receiver.url, Reply(message=REPLY.message, instead=instead))

    ((_, body),) = receiver.came
    assert json.loads(body) == {
        "response_type": "ephemeral",
        "replace_original": instead,
        "text": "Muted.",
        "blocks": [{"type": "divider"}],
    }
    assert logs == []


@pytest.mark.parametrize("status", [404, 500])
def test_a_reply_that_is_refused_is_lost_and_said(receiver: Receiver, status: int) -> None:
    """Nothing is raised, nothing is sent again."""
    receiver.script = [(status, {})]

    (line,) = logged(receiver.url)

    assert (line["event"], line["status"], len(receiver.came)) == ("reply.lost", status, 1)


def test_a_reply_whose_answer_breaks_off_is_lost_and_said(receiver: Receiver) -> None:
    """It may have arrived: it is not sent again."""
    receiver.script = [(0, {})]

    (line,) = logged(receiver.url)

    assert (line["event"], len(receiver.came)) == ("reply.lost", 1)
    assert "secret-in-the-address" not in str(line)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "http://[::1", "nonsense"])
def test_an_address_where_nobody_is_loses_the_reply(address: str) -> None:
    """Said by the kind of trouble."""
    (line,) = logged(address)

    assert (line["event"], bool(line["reason"])) == ("reply.lost", True)


@pytest.mark.parametrize("trouble", [AttributeError(), RecursionError()])
def test_what_slacks_client_itself_stumbles_over_is_caught(
    trouble: Exception, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same kinds of trouble as in any other call of it."""

    def fail(*_: Any, **__: Any) -> None:
        raise trouble

    monkeypatch.setattr(replies.WebhookClient, "send_dict", fail)

    (line,) = logged(receiver.url)

    assert (line["event"], line["reason"]) == ("reply.lost", type(trouble).__name__)


def test_without_an_address_nothing_is_sent(receiver: Receiver) -> None:
    """And it is said."""
    (line,) = logged(None)

    assert (line["event"], receiver.came) == ("reply.nowhere", [])
