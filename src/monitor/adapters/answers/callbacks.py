"""Takes signed requests of Slack, gives the jobs what people press and write, for those who prefer an address to a socket.

A request counts only with Slack's signature over its body and a time within five minutes; anything else is refused before it is
read. What was pressed is stored before it is answered, as over the socket.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from monitor.adapters.answers import payloads, replies
from monitor.errors import MonitorError
from monitor.ports import Answering
from monitor.types import Reply

log = structlog.get_logger(__name__)

LARGEST = 1_000_000  #: bytes of a request: a message with its blocks is far smaller
LONGEST_STAMP = 18  #: digits of a time in seconds: today's have ten


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What goes back at once, and what is to be done behind it."""

    status: int
    body: Mapping[str, Any] | None = None
    then: Callable[[], None] | None = None


class Callbacks:
    """Safe for any number of threads. `slack` is the client with the bot token, for windows."""

    def __init__(self, answering: Answering, slack: WebClient, signing_secret: str) -> None:
        self._answering = answering
        self._slack = slack
        self._verifier = SignatureVerifier(signing_secret)

    def actions(self, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Take what was pressed."""
        return self._checked(body, headers, self._press)

    def commands(self, body: bytes, headers: Mapping[str, str]) -> Answered:
        """Take what was written as a command."""
        return self._checked(body, headers, self._command)

    def _checked(
        self, body: bytes, headers: Mapping[str, str], do: Callable[[Mapping[str, str]], Answered]
    ) -> Answered:
        if len(body) > LARGEST:
            return Answered(status=413)
        signed = {name.lower(): value for name, value in headers.items()}
        stamp, signature = (signed.get(f"x-slack-{name}", "") for name in ("request-timestamp", "signature"))
        # Else the verifier fails instead of refusing; a number of thousands of digits Python does not even read.
        plain = len(stamp) <= LONGEST_STAMP and stamp.isdecimal() and stamp.isascii() and signature.isascii()
        if not plain or not self._verifier.is_valid(body, stamp, signature):
            log.warning("callback.not_signed")
            return Answered(status=401)
        try:
            return do(dict(parse_qsl(body.decode("utf-8", "replace"))))
        except MonitorError as trouble:
            log.error("answer.not_stored", reason=str(trouble))
            return Answered(status=503)

    def _press(self, form: Mapping[str, str]) -> Answered:
        try:
            payload = json.loads(form.get("payload", ""))
        except ValueError:
            return Answered(status=400)
        pressed = payloads.pressed(payload) if isinstance(payload, dict) else None
        reply = self._answering.press(pressed) if pressed else None
        return Answered(status=200, then=self._send(payload, reply) if reply else None)

    def _command(self, form: Mapping[str, str]) -> Answered:
        asked = payloads.command(form, self._answering.now())
        if asked is None:  # such as Slack's look whether the address has a certificate
            return Answered(status=200)
        return Answered(status=200, body=replies.in_answer(self._answering.command(asked)))

    def _send(self, payload: payloads.Payload, reply: Reply) -> Callable[[], None]:
        return lambda: replies.send(self._slack, payload, reply)
