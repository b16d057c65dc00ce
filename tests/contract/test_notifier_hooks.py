"""Channels that are no Slack app: our own webhook, Slack's incoming webhook, Apprise; over real HTTP, with every kind of answer."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from monitor.adapters.notifier.console import ConsoleNotifier
from monitor.adapters.notifier.hooks import SlackWebhookNotifier, WebhookNotifier
from monitor.adapters.notifier.others import AppriseNotifier
from monitor.adapters.notifier.routed import RoutedNotifier
from monitor.errors import ConfigError
from monitor.notify.channels import variable
from monitor.types import Absent, DeliveryKind, Message, MessageRef, Refused, Sent, Throttled, Unreachable

from .receiver import Receiver

# Apprise itself looks whether an old module is there.
pytestmark = pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")

NOW = datetime(2026, 3, 5, 7, tzinfo=UTC)
POST, EDIT, REPLY = DeliveryKind.POST, DeliveryKind.EDIT, DeliveryKind.REPLY
MESSAGE = Message(
    text="Ports agree — Gazette",
    blocks=(
        {"type": "section", "text": {"type": "mrkdwn", "text": "*<https://a.example/1?a&amp;b|Ports &lt;agree&gt;>*"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "Gazette · *Drug policy* likely"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Relevant"}}]},
    ),
    metadata={"event_type": "monitor_alert", "event_payload": {"delivery": "k1", "story": 7, "topics": ["t"]}},
)
SECRET = "a secret between two"


@pytest.fixture
def webhook(receiver: Receiver) -> WebhookNotifier:
    """Give our own webhook to them."""
    return WebhookNotifier(receiver.url, SECRET, lambda: NOW)


def test_an_envelope_says_all_and_is_signed(webhook: WebhookNotifier, receiver: Receiver) -> None:
    """Whoever has the secret can tell that it is ours, unaltered and of now; buttons that would do nothing are left out."""
    sent = webhook.send("webhook:room", POST, MESSAGE, None)

    ((headers, body),) = receiver.came
    stamp = headers["X-Monitor-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    envelope = json.loads(body)
    assert sent == Sent(ref=MessageRef(channel="webhook:room", ts="k1"))
    assert headers["X-Monitor-Signature"] == f"v1={expected}"
    assert int(stamp) == int(NOW.timestamp())
    assert headers["X-Monitor-Delivery"] == envelope["delivery"] == "k1"
    assert {name: envelope[name] for name in ("version", "kind", "channel", "about", "changes")} == {
        "version": 1, "kind": "post", "channel": "webhook:room", "about": {"story": 7, "topics": ["t"]}, "changes": None,
    }  # fmt: skip
    assert [block["type"] for block in envelope["blocks"]] == ["section", "context"]


def test_an_edit_names_what_it_changes(webhook: WebhookNotifier, receiver: Receiver) -> None:
    """By the id under which the post was told."""
    ref = MessageRef(channel="webhook:room", ts="k1")

    assert webhook.send("webhook:room", EDIT, MESSAGE, ref) == Sent(ref=ref)
    assert json.loads(receiver.came[0][1])["changes"] == "k1"


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (500, {}, Unreachable),
        (503, {}, Unreachable),
        (0, {}, Unreachable),  # the connection breaks before an answer
        (429, {"Retry-After": "7"}, Throttled),
        (429, {"Retry-After": "soon"}, Throttled),
        (302, {"Location": "http://169.254.0.1/"}, Refused),
        (401, {}, Refused),
        (404, {}, Refused),
        (410, {}, Refused),
        (422, {}, Refused),
    ],
)
def test_each_answer_is_tried_again_or_waits_for_a_person(
    webhook: WebhookNotifier, receiver: Receiver, status: int, headers: dict[str, str], kind: type
) -> None:
    """What may have arrived is sent again under its id; what is refused waits; no redirect is followed, no address told."""
    receiver.script = [(status, headers)]

    outcome = webhook.send("webhook:room", POST, MESSAGE, None)

    assert isinstance(outcome, kind)
    assert "secret-in-the-address" not in str(outcome)
    assert len(receiver.came) == 1
    assert webhook.find("webhook:room", "k1", NOW, None) == Absent()
    if isinstance(outcome, Refused):
        assert outcome.message_fault is (status == 422)
    if isinstance(outcome, Throttled):
        assert outcome.retry_after in {timedelta(seconds=7), timedelta(seconds=30)}


def test_nobody_at_the_address_is_an_outage(receiver: Receiver) -> None:
    """It is tried again."""
    receiver.close()

    outcome = WebhookNotifier(receiver.url, "", lambda: NOW).send("webhook:room", POST, MESSAGE, None)

    assert outcome == Unreachable(detail="the address cannot be reached")


def test_slacks_incoming_webhook_takes_posts_without_buttons(start_tool: Callable[..., Any]) -> None:
    """Valid by the strict Slack; edits and replies, which it cannot take, are let go; a wrong one waits for a person."""
    fake = start_tool("fakeslack.py", "--rate", "0", control_offset=1)
    address = fake.control("info")["webhooks"]["alerts"]
    ref = MessageRef(channel="slack-webhook:a", ts="")
    hook = SlackWebhookNotifier(address)

    outcomes = [
        hook.send("slack-webhook:a", kind, MESSAGE, ref if kind is not POST else None) for kind in (POST, EDIT, REPLY)
    ]
    wrong = SlackWebhookNotifier(f"{address}x").send("slack-webhook:a", POST, MESSAGE, None)

    assert outcomes == [Sent(ref=ref)] * 3
    (message,) = fake.control("messages")["messages"]
    assert [block["type"] for block in message["blocks"]] == ["section", "context"]
    assert isinstance(wrong, Refused)
    assert address not in str(wrong)


def test_any_other_service_gets_plain_lines_by_apprise(receiver: Receiver) -> None:
    """Headline as title, addresses behind their words; a failure is tried again, an edit let go."""
    other = AppriseNotifier(receiver.url.replace("http://", "json://"), "MONITOR_CHANNEL_MAIL")

    sent = other.send("apprise:mail", POST, MESSAGE, None)
    edited = other.send("apprise:mail", EDIT, MESSAGE, MessageRef(channel="apprise:mail", ts=""))
    receiver.script = [(500, {})]
    failed = other.send("apprise:mail", REPLY, MESSAGE, None)

    told = json.loads(receiver.came[0][1])
    assert isinstance(sent, Sent)
    assert isinstance(edited, Sent)
    assert isinstance(failed, Unreachable)
    assert told["title"] == "Ports <agree> (https://a.example/1?a&b)"
    assert told["message"] == "Gazette · Drug policy likely"
    assert len(receiver.came) == 2


def test_no_headline_calls_anybody_by_apprise(receiver: Receiver) -> None:
    """Discord and others look for mentions in whatever they are given; what is read stays the same."""
    other = AppriseNotifier(receiver.url.replace("http://", "json://"), "MONITOR_CHANNEL_MAIL")
    title, said = "*<https://a.example/@desk/1|Ports @everyone &lt;!channel&gt; agree>*", "&lt;@U1&gt; writes to @here"
    blocks = ({"type": "section", "text": {"text": title}}, {"type": "section", "text": {"text": said}})

    other.send("apprise:mail", POST, Message(text="x", blocks=blocks), None)

    told = json.loads(receiver.came[0][1])
    assert told["title"] == "Ports @\u2060everyone <\u2060!channel> agree (https://a.example/%40desk/1)"
    assert told["message"] == "<\u2060@\u2060U1> writes to @\u2060here"


def test_an_address_that_apprise_does_not_know_is_refused_without_being_told() -> None:
    """The variable is named."""
    with pytest.raises(ConfigError, match="MONITOR_CHANNEL_MAIL is no address") as refused:
        AppriseNotifier("nonsense://user:pass-word@host", "MONITOR_CHANNEL_MAIL")

    assert "pass-word" not in str(refused.value)


# ── which way a channel goes ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_channel_goes_the_way_its_name_says(receiver: Receiver) -> None:
    """The usual way for plain names; else the address in the environment, and without one it waits with the reason."""
    terminal = StringIO()
    routed = RoutedNotifier(
        ConsoleNotifier(terminal),
        {
            "MONITOR_CHANNEL_SITUATION_ROOM": receiver.url,
            "MONITOR_CHANNEL_ODD": "ftp://x",
            "MONITOR_CHANNEL_BAD": "zzz://",
        },
        lambda: NOW,
    )

    outcomes = {
        channel: routed.send(channel, POST, MESSAGE, None)
        for channel in ("#desk", "webhook:situation-room", "webhook:gone", "webhook:odd", "apprise:bad")
    }

    assert isinstance(outcomes["#desk"], Sent)
    assert "Ports" in terminal.getvalue()
    assert isinstance(outcomes["webhook:situation-room"], Sent)
    assert outcomes["webhook:gone"] == Refused(
        detail="MONITOR_CHANNEL_GONE is not set: put the channel's address there"
    )
    assert isinstance(outcomes["webhook:odd"], Refused)
    assert isinstance(outcomes["apprise:bad"], Refused)
    assert [routed.wait(channel) for channel in ("#desk", "webhook:gone", "webhook:situation-room")] == [0.0] * 3
    assert routed.find("webhook:gone", "k1", NOW, None) == outcomes["webhook:gone"]


@pytest.mark.parametrize(
    ("channel", "named"),
    [
        ("#alerts", ""),
        ("C0123456789", ""),
        ("webhook:", ""),
        ("mailto:ana", ""),
        ("webhook:situation-room", "MONITOR_CHANNEL_SITUATION_ROOM"),
        ("slack-webhook:a.b", "MONITOR_CHANNEL_A_B"),
        ("apprise:teams", "MONITOR_CHANNEL_TEAMS"),
    ],
)
def test_the_variable_of_a_channel_is_made_of_its_name(channel: str, named: str) -> None:
    """Other names have none."""
    assert variable(channel) == named
