"""Takes what Slack sends when somebody pressed or wrote something, gives the value that it is; None for what is none of ours.

Everything in it is hostile until read: a value that does not parse is passed over, never an error.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.notify import buttons
from monitor.notify.mrkdwn import clean
from monitor.types import Command, Person, Pressed

Payload = Mapping[str, Any]

LONGEST_NAME = 80
LONGEST_COMMAND = 3_500


def pressed(payload: Payload) -> Pressed | None:
    """Give what was pressed under a message or a question."""
    if payload.get("type") != "block_actions":
        return None
    action = next(iter(_list(payload, "actions")), {})
    value = action.get("value") or _dict(action, "selected_option").get("value")
    press = buttons.read(value) if isinstance(value, str) else None
    person, at = _person(_dict(payload, "user")), _time(action.get("action_ts"))
    channel = _dict(payload, "channel").get("id") or _dict(payload, "container").get("channel_id")
    if press is None or person is None or at is None:
        return None
    return Pressed(press=press, person=person, at=at, channel=str(channel or ""))


def command(payload: Payload, now: datetime) -> Command | None:
    """Give what was written as a command; Slack does not say when that was."""
    person = _person({"id": payload.get("user_id"), "name": payload.get("user_name")})
    if person is None or not isinstance(payload.get("command"), str):
        return None
    words = clean(str(payload.get("text") or "")[:LONGEST_COMMAND])
    return Command(words=words, person=person, at=now, channel=str(payload.get("channel_id") or ""))


def trigger(payload: Payload) -> str:
    """Give what a window is opened with, within three seconds."""
    return str(payload.get("trigger_id") or "")


def reply_address(payload: Payload) -> str:
    """Give the address that an answer to this goes to."""
    return str(payload.get("response_url") or "")


def _person(user: Payload) -> Person | None:
    if not isinstance(user.get("id"), str) or not user["id"]:
        return None
    name = clean(str(user.get("name") or user.get("username") or ""))[:LONGEST_NAME]
    return Person(id=user["id"][:LONGEST_NAME], name=name or user["id"][:LONGEST_NAME])


def _time(stamp: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(stamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _list(payload: Payload, name: str) -> list[Payload]:
    found = payload.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _dict(payload: Payload, name: str) -> Payload:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}
