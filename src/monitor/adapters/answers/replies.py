"""Takes a reply of ours, gives it to the one person it is for: as a window, in the place of what was pressed, or beside it.

A reply that does not arrive is lost and logged: what was answered is stored, and asking again costs a click.
"""

from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from monitor.adapters.answers import payloads
from monitor.adapters.notifier.slack_calls import BROKEN, ask
from monitor.types import Reply

log = structlog.get_logger(__name__)

TIMEOUT = 5  #: seconds; whoever asked is waiting


def in_answer(reply: Reply) -> dict[str, Any]:
    """Give a reply to a command as Slack takes it with the acknowledgement."""
    return {"response_type": "ephemeral", "text": reply.message.text, "blocks": list(reply.message.blocks)}


def send(slack: WebClient, payload: payloads.Payload, reply: Reply) -> None:
    """Give a reply to what was pressed."""
    if reply.title:
        _open(slack, payloads.trigger(payload), reply)
        return
    address = payloads.reply_address(payload)
    if not address:
        log.warning("reply.nowhere")
        return
    try:
        answer = WebhookClient(address, timeout=TIMEOUT, retry_handlers=[]).send_dict(
            {**in_answer(reply), "replace_original": reply.instead}
        )
    except BROKEN as trouble:
        log.warning("reply.lost", reason=type(trouble).__name__)
        return
    if answer.status_code != 200:
        log.warning("reply.lost", status=answer.status_code)


def _open(slack: WebClient, trigger_id: str, reply: Reply) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": reply.title},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": list(reply.message.blocks),
    }
    answer = ask(partial(slack.views_open, trigger_id=trigger_id, view=view))
    if not isinstance(answer, SlackResponse):
        log.warning("window.not_opened", reason=getattr(answer, "detail", "Slack asks to wait"))
