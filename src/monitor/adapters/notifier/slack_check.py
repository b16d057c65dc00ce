"""Takes a token and the channels of the topics, gives what works and what is missing, each with what to do about it.

`failed` means that alerts will not arrive; `warning` that they will, with less care: a private channel that cannot be looked
up by name, an answer of Slack that was lost and cannot be looked for, buttons that nobody hears.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from monitor.adapters.notifier.slack import Facts, SlackNotifier, channel_id, list_channels
from monitor.adapters.notifier.slack_calls import Trouble, ask
from monitor.notify import mrkdwn
from monitor.types import DeliveryKind, Message, Refused, Sent, Throttled

OK, WARNING, FAILED = "ok", "warning", "failed"

#: What each scope is for; without the first nothing is posted at all.
SCOPES = {
    "chat:write": "post and edit alerts",
    "channels:read": "find public channels by name",
    "groups:read": "find private channels by name",
    "channels:history": "look for an alert in a public channel when Slack's answer was lost",
    "groups:history": "look for an alert in a private channel when Slack's answer was lost",
    "commands": "hear `/monitor`",
    "files:write": "show the picture of the weekly report",
}
FIX_SCOPE = "add it under OAuth & Permissions (https://api.slack.com/apps, your app) and reinstall the app"
FIX_SOCKET = "make one with the scope connections:write under Basic Information, App-Level Tokens"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at: the token, a scope, a channel."""

    what: str
    level: str  #: ok, warning or failed
    detail: str


def inspect(slack: WebClient, channels: Sequence[str]) -> Iterator[Finding]:
    """Look at the token, its scopes, and each channel; nothing is posted."""
    answer = ask(slack.auth_test)
    if not isinstance(answer, SlackResponse):
        yield Finding(what="token", level=FAILED, detail=in_words(answer))
        return
    who = mrkdwn.clean(f"{answer.get('user')} in {answer.get('team')}")
    yield Finding(what="token", level=OK, detail=f"works: {who}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    scopes = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    for scope, purpose in SCOPES.items():
        level = OK if scope in scopes else FAILED if scope == "chat:write" else WARNING
        advice = "" if level == OK else f"; missing: {FIX_SCOPE}"
        yield Finding(what=scope, level=level, detail=f"to {purpose}{advice}")
    listed = list_channels(slack)
    for channel in channels:
        yield _channel(slack, channel, scopes, listed)


def inspect_socket(slack: WebClient, app_token: str) -> Finding:
    """Ask for a socket, as listening to answers does; none is opened."""
    what = "Socket Mode"
    if not app_token:
        return Finding(what=what, level=WARNING, detail=f"no SLACK_APP_TOKEN: messages have no buttons; {FIX_SOCKET}")
    answer = ask(partial(slack.apps_connections_open, app_token=app_token))
    if isinstance(answer, SlackResponse):
        return Finding(what=what, level=OK, detail="answers can be heard")
    advice = (
        "switch it on under Socket Mode on the app's page"
        if isinstance(answer, Refused) and answer.detail.startswith("socket_mode_not_enabled")
        else f"SLACK_APP_TOKEN (xapp-…): {FIX_SOCKET}"
    )
    return Finding(what=what, level=WARNING, detail=f"answers cannot be heard: {in_words(answer)}; {advice}")


def post_test(notifier: SlackNotifier, channel: str, now: datetime) -> Finding:
    """Post a test message to a channel and find it again by its key, as is done when an answer was lost."""
    key = f"check-{uuid4().hex}"
    text = "Test message of the topic monitor: alerts will appear here."
    metadata = {"event_type": "monitor_check", "event_payload": {"delivery": key}}
    message = Message(text=text, blocks=(mrkdwn.section(text),), metadata=metadata)
    sent = notifier.send(channel, DeliveryKind.POST, message, None)
    if not isinstance(sent, Sent):
        return Finding(what=f"post to {channel}", level=FAILED, detail=in_words(sent))
    found = notifier.find(channel, key, now, None)
    if found != sent:
        why = in_words(found) if isinstance(found, Trouble) else "not in the channel's history"
        return Finding(what=f"post to {channel}", level=WARNING, detail=f"posted, but not found again: {why}")
    return Finding(what=f"post to {channel}", level=OK, detail="posted, and found again by its key")


def in_words(trouble: Trouble) -> str:
    """Give the trouble as a sentence."""
    if isinstance(trouble, Throttled):
        return f"Slack asks to wait {trouble.retry_after.total_seconds():.0f} s; try again then"
    return trouble.detail


def _channel(slack: WebClient, channel: str, scopes: Collection[str], listed: list[Facts] | Trouble) -> Finding:
    facts = _facts(channel, listed)
    if isinstance(facts, dict):
        return _reachable(slack, channel, facts, scopes)
    if isinstance(facts, Refused) and facts.detail.startswith("channel_not_found") and "groups:read" in scopes:
        return Finding(what=channel, level=FAILED, detail=in_words(facts))
    return Finding(what=channel, level=WARNING, detail=f"cannot be checked: {in_words(facts)}")


def _facts(channel: str, listed: list[Facts] | Trouble) -> Facts | Trouble:
    if not isinstance(listed, list):
        return listed
    where = channel_id(channel, listed)
    return next((one for one in listed if one["id"] == where), None) or Refused(
        detail=f"channel_not_found: {channel} is not among the channels the app sees; check topics.yaml, and invite the app"
    )


def _reachable(slack: WebClient, channel: str, facts: Facts, scopes: Collection[str]) -> Finding:
    if facts.get("is_archived"):
        return Finding(what=channel, level=FAILED, detail="is archived; unarchive it or name another in topics.yaml")
    if not facts.get("is_member") and "chat:write.public" not in scopes:
        detail = "the app is not a member; write `/invite @` and its name in the channel"
        return Finding(what=channel, level=FAILED, detail=detail)
    read = ask(partial(slack.conversations_history, channel=facts["id"], limit=1))
    if not isinstance(read, SlackResponse):
        detail = (
            f"can be posted to; its history cannot be read, so an answer that was lost stays unknown: {in_words(read)}"
        )
        return Finding(what=channel, level=WARNING, detail=detail)
    return Finding(what=channel, level=OK, detail="can be posted to and its history be read")
