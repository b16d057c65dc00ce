"""Takes messages, gives them to addresses that take a POST: our own JSON, signed, or an incoming webhook of Slack.

The address is the secret of such a channel: it comes from the environment, and no outcome or log repeats it.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import requests

from monitor.types import (
    Absent,
    DeliveryKind,
    DeliveryOutcome,
    Lookup,
    Message,
    MessageRef,
    Refused,
    Sent,
    Throttled,
    Uncertain,
    Unreachable,
)

VERSION = 1
TIMEOUT = (5, 10)  #: seconds to connect, and without a byte
UNSTATED_WAIT = 30
MOST_WAIT = 3_600


class WebhookNotifier:
    """A `ports.Notifier` that posts JSON: whoever takes it knows a delivery by its id, so that it may be sent again.

    The envelope: `version`, `delivery` (the id), `kind` (post, edit or reply), `channel`, `sent_at`, `text`, `blocks`, `about`
    (story and topics), `changes` (of an edit or reply: the id of the post). Headers: `X-Monitor-Delivery`, `X-Monitor-Timestamp`,
    and with a secret `X-Monitor-Signature`, which is `v1=` and the HMAC-SHA256 of `timestamp.body` in hexadecimal.
    """

    def __init__(self, url: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._url, self._secret, self._clock = url, secret.encode(), clock

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Post the envelope, once."""
        about = dict(message.metadata.get("event_payload", {}))
        delivery = str(about.pop("delivery", ""))
        now = self._clock()
        envelope = {
            "version": VERSION,
            "delivery": delivery,
            "kind": kind.value,
            "channel": channel,
            "sent_at": now.isoformat(),
            "text": message.text,
            "blocks": [block for block in message.blocks if block["type"] != "actions"],
            "about": about,
            "changes": ref.ts if ref else None,
        }
        body = json.dumps(envelope, ensure_ascii=False).encode("utf-8", "replace")
        answer = _post(self._url, body, {**self._signed(body, now), "X-Monitor-Delivery": delivery})
        if isinstance(answer, Uncertain):
            # Sent again it is known by its id: so what may have arrived is as good as what has not.
            return Unreachable(detail=answer.detail)
        return answer if answer else Sent(ref=ref or MessageRef(channel=channel, ts=delivery))

    def wait(self, channel: str) -> float:  # noqa: ARG002 - the port's
        """Let everything out at once."""
        return 0.0

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:  # noqa: ARG002 - the port's
        """Say that it is to be sent again: twice the same id is one delivery."""
        return Absent()

    def _signed(self, body: bytes, now: datetime) -> dict[str, str]:
        stamp = str(int(now.timestamp()))
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Monitor-Timestamp": stamp}
        if self._secret:
            digest = hmac.new(self._secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            headers["X-Monitor-Signature"] = f"v1={digest}"
        return headers


class SlackWebhookNotifier:
    """A `ports.Notifier` over an incoming webhook of Slack: no buttons, no edits, no threads, no looking up."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Post; what would edit or reply is let go."""
        if kind is not DeliveryKind.POST:
            return Sent(ref=ref or MessageRef(channel=channel, ts=""))
        blocks = [block for block in message.blocks if block["type"] != "actions"]
        payload = {"text": message.text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}
        body = json.dumps(payload).encode()
        answer = _post(self._url, body, {"Content-Type": "application/json; charset=utf-8"})
        return answer if answer else Sent(ref=MessageRef(channel=channel, ts=""))

    def wait(self, channel: str) -> float:  # noqa: ARG002 - the port's
        """Let everything out at once: Slack says when it is too much."""
        return 0.0

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:  # noqa: ARG002 - the port's
        """Say that nothing can be looked up."""
        return Refused(detail="a webhook shows no history")


def _post(url: str, body: bytes, headers: dict[str, str]) -> Throttled | Unreachable | Refused | Uncertain | None:
    """Make one request; give the trouble, None where there was none."""
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True)
    except (requests.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
        return Unreachable(detail=f"the address cannot be reached: {type(error).__name__}")
    except requests.ConnectionError as error:
        # Refused or unknown: nothing was sent. Broken amid the answer: nobody knows.
        before = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
        return (
            Unreachable(detail="the address cannot be reached") if before else Uncertain(detail="the answer was lost")
        )
    except requests.RequestException as error:
        return Uncertain(detail=f"the answer was lost: {type(error).__name__}")
    with answer:
        return _trouble(answer)


def _trouble(answer: Any) -> Throttled | Refused | Uncertain | None:
    status = answer.status_code
    if 200 <= status < 300:
        return None
    if status == 429:
        stated = answer.headers.get("Retry-After", "")
        seconds = int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 7 else UNSTATED_WAIT
        return Throttled(retry_after=timedelta(seconds=min(max(seconds, 1), MOST_WAIT)))
    if status >= 500:
        return Uncertain(detail=f"HTTP {status}")
    said = {
        400: "the message is refused",
        404: "there is no such webhook",
        410: "the channel is archived or the webhook removed",
    }
    detail = said.get(status, "the address refuses; is it the right one, and not redirected?")
    return Refused(detail=f"HTTP {status}: {detail}", message_fault=status in {400, 413, 422})
