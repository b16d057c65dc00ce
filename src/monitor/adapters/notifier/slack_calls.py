"""Takes one call of Slack's API, gives what it answered or what kind of trouble there was, in words that say what to do.

Slack has no idempotency key, so the line that matters runs between trouble *before* the whole request was handed over (the
message certainly did not arrive) and trouble after it (it may have arrived). urllib wraps the first kind, and only that, in
`URLError`: looking up the name, connecting, the proxy, TLS, sending. A time-out or a break while waiting for the answer
comes as it is. An HTTP 5xx, an answer that cannot be read, and the few errors of which Slack says itself that part of the
work may be done, count as the second kind.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from monitor.notify.mrkdwn import clean
from monitor.types import Refused, Throttled, Uncertain, Unreachable

Trouble = Throttled | Unreachable | Refused | Uncertain

#: Waited where Slack limits the rate without saying for how long.
UNSTATED_WAIT = 30

#: Errors of one message: sending the same again can never help.
MESSAGE_FAULTS = frozenset(
    {
        "block_mismatch",
        "cannot_reply_to_message",
        "cant_update_message",
        "edit_window_closed",
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "invalid_thread_ts",
        "message_not_found",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "thread_not_found",
        "too_many_attachments",
    }
)
#: Errors of which Slack says that the call may have succeeded in part.
MAYBE_DONE = frozenset(["fatal_error", "internal_error", "service_unavailable"])
RATE_LIMITS = frozenset(["ratelimited", "rate_limited", "message_limit_exceeded"])

ADVICE = {
    "channel_not_found": "there is no such channel, or it is private and the app was not invited; check topics.yaml",
    "not_in_channel": "the app is not a member; write `/invite @` and its name in the channel",
    "is_archived": "the channel is archived; unarchive it or name another in topics.yaml",
    "restricted_action": "a workspace setting keeps the app from posting there; ask an administrator",
    "not_authed": "no token was sent; set SLACK_BOT_TOKEN",
    "invalid_auth": "the token is wrong; copy the Bot User OAuth Token from the app's page into SLACK_BOT_TOKEN",
    "token_revoked": "the token was revoked; reinstall the app and set SLACK_BOT_TOKEN to the new one",
    "token_expired": "the token has expired; set SLACK_BOT_TOKEN to a new one",
    "account_inactive": "the app was removed from the workspace; install it again and set SLACK_BOT_TOKEN",
    "not_allowed_token_type": "this is no bot token; SLACK_BOT_TOKEN must begin with xoxb-",
    "message_not_found": "the message was deleted",
    "thread_not_found": "the message it replies to was deleted",
}

_CODE = re.compile(r"[a-z0-9_]{2,80}")
#: What urllib, http.client and slack_sdk raise over a broken connection or an answer that cannot be read. The last three come
#: from slack_sdk itself: a JSON answer that is no object, an unknown charset, JSON nested too deep.
BROKEN = (OSError, HTTPException, ValueError, SlackClientError, AttributeError, LookupError, RecursionError)


def ask(call: Callable[[], SlackResponse]) -> SlackResponse | Trouble:
    """Make one call, once, and give Slack's answer or the trouble. No token is ever part of what it says."""
    try:
        return call()
    except SlackApiError as error:
        response = error.response
        return trouble(response.status_code, response.headers, response.data)
    except URLError as error:
        return Unreachable(detail=f"Slack cannot be reached: {clean(str(error.reason))[:200]}")
    except BROKEN as error:
        return Uncertain(detail=f"Slack's answer was lost: {type(error).__name__}")


def trouble(status: int, headers: Mapping[str, str], data: object) -> Trouble:
    """Say what kind of trouble an answer other than a plain success is."""
    body = data if isinstance(data, dict) else {}
    code = str(body.get("error"))
    if status == 429 or code in RATE_LIMITS:
        return Throttled(retry_after=_retry_after(headers))
    if status >= 500 or code in MAYBE_DONE:
        return Uncertain(detail=f"Slack answered HTTP {status}" + (f" {code}" if _CODE.fullmatch(code) else ""))
    if "error" in body and _CODE.fullmatch(code):
        return Refused(detail=_refusal(code, body), message_fault=code in MESSAGE_FAULTS)
    if 300 <= status < 500:
        return Refused(detail=f"HTTP {status} without a word from Slack; check slack.base_url and the proxy")
    return Uncertain(detail="Slack's answer could not be read")


def _refusal(code: str, body: Mapping[str, Any]) -> str:
    if code == "missing_scope":
        needed = clean(str(body.get("needed", "")))[:100]
        return f"missing_scope: the token lacks {needed}; add it under OAuth & Permissions and reinstall the app"
    details = (body.get("response_metadata") or {}).get("messages") or [ADVICE.get(code, "")]
    said = clean(str(details[0]))[:200]
    return f"{code}: {said}" if said else code


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    stated = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return timedelta(seconds=min(max(int(stated), 1), 3_600) if stated.isdecimal() else UNSTATED_WAIT)
