"""Takes the messages that the hourly cap held back, gives the one post that lists their headlines.

The post is written again as the hour's list grows; its lines are the linked headlines of the held messages.
"""

from collections.abc import Sequence

from monitor.notify import mrkdwn
from monitor.notify.render import LONGEST_BLOCKS
from monitor.types import Message

EVENT_TYPE = "monitor_overflow"


def render_overflow(held: Sequence[Message], *, key: str, max_per_hour: int) -> Message:
    """List what was held back in a channel within an hour, oldest first; `held` is what `render` gave for each story."""
    stories = "1 more story" if len(held) == 1 else f"{len(held):,} more stories"
    heading = f"{stories} this hour, over the limit of {max_per_hour:,} messages"
    return Message(
        text=heading,
        blocks=tuple(mrkdwn.sections(f"*{heading}*", [f"• {_headline(one)}" for one in held], LONGEST_BLOCKS)),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": key}},
    )


def _headline(message: Message) -> str:
    room = mrkdwn.LONGEST_LINE - len("• ")
    linked = str(message.blocks[0]["text"]["text"]).strip("*")
    return linked if len(linked) <= room else mrkdwn.cut(message.text, room)
