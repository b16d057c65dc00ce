"""Takes messages, gives them to Slack with a bot token: one call each, never repeated from here.

slack_sdk's own retries are off: its default repeats a `chat.postMessage` whose connection broke after Slack had accepted it.
What is to be repeated, and when, the outbox decides. A message is found again by the delivery key in its metadata.
"""

import logging
import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from monitor.adapters.notifier.pace import BURST, Pace
from monitor.adapters.notifier.slack_calls import Trouble, ask
from monitor.errors import ConfigError
from monitor.types import (
    Absent,
    DeliveryKind,
    DeliveryOutcome,
    Lookup,
    Message,
    MessageRef,
    Picture,
    Refused,
    Sent,
    Uncertain,
    Unreachable,
)

log = structlog.get_logger(__name__)

Facts = dict[str, Any]  #: a channel, a message or a request, as Slack's JSON has it

PER_SECOND = 1.0  #: messages in one channel: what Slack documents
TIMEOUT = 10  #: seconds without a byte from Slack
#: Our clock may be ahead of Slack's by this much and a message is still found.
CLOCK_SKEW = timedelta(seconds=60)
PAGE = 200
#: Pages of history that are looked through: 5,000 messages. Beyond them nothing is certain, so it is not called absent.
MOST_PAGES = 25

_ID = re.compile(r"[CDGU][A-Z0-9]{6,}")
_TOKEN = re.compile(r"[!-~]+")


def client(token: str, base_url: str) -> WebClient:
    """Give Slack's client without retries and without a log of its own.

    Raises:
        ConfigError: the token or the address cannot be used; the message does not show the token.
    """
    if not _TOKEN.fullmatch(token.strip()):
        # http.client would quote the header, and with it the token, in its error.
        raise ConfigError("SLACK_BOT_TOKEN is empty or holds characters that no token has; copy it again")
    if not base_url.startswith(("http://", "https://")):
        raise ConfigError(f"slack.base_url must begin with https:// (or http:// for a trial): {base_url!r}")
    silent = logging.Logger("slack_sdk", level=logging.CRITICAL)  # what it would log is in the outcome
    return WebClient(token=token.strip(), base_url=base_url, timeout=TIMEOUT, retry_handlers=[], logger=silent)


class SlackNotifier:
    """A `ports.Notifier` over Slack's Web API."""

    def __init__(
        self,
        token: str,
        base_url: str = "https://slack.com/api/",
        *,
        per_second: float = PER_SECOND,
        burst: float = BURST,
    ) -> None:
        self._client = client(token, base_url)
        self._pace = Pace(per_second, burst=burst)
        self._ids: dict[str, str] = {}

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Post, edit or reply, once."""
        body: Facts = {"channel": channel, "text": message.text, "blocks": list(message.blocks)}
        if message.metadata:
            body["metadata"] = message.metadata
        method = "chat.postMessage"
        if kind is DeliveryKind.POST:
            body |= {"unfurl_links": False, "unfurl_media": False}
        elif ref is None:
            return Refused(detail="the message it belongs to is not known", message_fault=True)
        elif kind is DeliveryKind.EDIT:
            method = "chat.update"
            body |= {"channel": ref.channel, "ts": ref.ts}
        else:
            body |= {"channel": ref.channel, "thread_ts": ref.ts, "unfurl_links": False, "unfurl_media": False}
        self._pace.sent(channel)
        answer = ask(partial(self._client.api_call, method, json=body))
        outcome = _sent(answer) if isinstance(answer, SlackResponse) else answer
        if message.picture is not None and isinstance(outcome, Sent):
            self._show(message.picture, outcome.ref)
        return outcome

    def _show(self, picture: Picture, below: MessageRef) -> None:
        """Put a picture into a message's thread; where Slack does not take it, the words have to do."""
        upload = partial(
            self._client.files_upload_v2,
            channel=below.channel,
            thread_ts=below.ts,
            content=picture.png,
            filename="week.png",
            title=picture.alt,
            alt_txt=picture.alt,
        )
        answer = ask(upload)
        if not isinstance(answer, SlackResponse):
            log.warning("picture.not_shown", reason=getattr(answer, "detail", "Slack asks to wait"))

    def wait(self, channel: str) -> float:
        """Keep to the pace that Slack documents."""
        return self._pace.wait(channel)

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:
        """Look for a delivery's key in the channel's history, or in a thread, newest page by page."""
        where = ref.channel if ref else self._channel_id(channel)
        if not isinstance(where, str):
            return _lookup(where)
        read = partial(self._client.conversations_history, channel=where)
        if ref:
            read = partial(self._client.conversations_replies, channel=where, ts=ref.ts)
        oldest = f"{(since - CLOCK_SKEW).timestamp():.6f}"
        cursor = ""
        for _ in range(MOST_PAGES):
            page = ask(partial(read, oldest=oldest, limit=PAGE, include_all_metadata=True, cursor=cursor or None))
            if not isinstance(page, SlackResponse):
                return _lookup(page)
            for message in page.get("messages") or ():
                if _key(message) == key:
                    return Sent(ref=MessageRef(channel=where, ts=message["ts"]))
            cursor = _next_cursor(page)
            if not cursor:
                return Absent()
        return Refused(detail=f"more than {MOST_PAGES * PAGE:,} messages since; it may stand further back")

    def _channel_id(self, channel: str) -> str | Trouble:
        """Give the id of a channel that is configured by name: reading takes no names, posting does."""
        if channel not in self._ids:
            channels = [] if _is_id(channel) else list_channels(self._client)
            if not isinstance(channels, list):
                return channels
            found = channel_id(channel, channels)
            if not found:
                return Refused(detail=f"channel_not_found: {channel} is not among the channels the app sees")
            self._ids[channel] = found
        return self._ids[channel]


def channel_id(channel: str, listed: list[Facts]) -> str | None:
    """Give the id of a channel configured by id or by name, the latter from those that Slack listed."""
    name = channel.removeprefix("#")
    return name if _is_id(channel) else next((one["id"] for one in listed if one["name"] == name), None)


def list_channels(slack: WebClient) -> list[Facts] | Trouble:
    """Give every channel the token can see; private ones only where it has `groups:read`."""
    private = _all_channels(slack, "public_channel,private_channel")
    lacks_private = isinstance(private, Refused) and private.detail.startswith("missing_scope")
    return _all_channels(slack, "public_channel") if lacks_private else private


def _all_channels(slack: WebClient, types: str) -> list[Facts] | Trouble:
    channels: list[Facts] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        page = ask(partial(slack.conversations_list, types=types, limit=1000, cursor=cursor or None))
        if not isinstance(page, SlackResponse):
            return page
        channels += page.get("channels") or []
        cursor = _next_cursor(page)
        if not cursor:
            break
    return channels


def _is_id(channel: str) -> bool:
    return bool(_ID.fullmatch(channel.removeprefix("#")))


def _sent(answer: SlackResponse) -> Sent | Uncertain:
    channel, ts = answer.get("channel"), answer.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str):
        return Uncertain(detail="Slack's answer does not say where the message is")
    return Sent(ref=MessageRef(channel=channel, ts=ts))


def _lookup(trouble: Trouble) -> Lookup:
    # Reading changes nothing, so an answer that was lost is only one to ask for again.
    return Unreachable(detail=trouble.detail) if isinstance(trouble, Uncertain) else trouble


def _key(message: Facts) -> object:
    return ((message.get("metadata") or {}).get("event_payload") or {}).get("delivery")


def _next_cursor(page: SlackResponse) -> str:
    return (page.get("response_metadata") or {}).get("next_cursor") or ""
