"""Takes a message about a story, gives it without what a person said in it, or with another name in the place of theirs."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.notify import mrkdwn
from monitor.notify.render import DIFFER, LONGEST_NAME, muted_by
from monitor.types import Message

_END = re.compile(r" · $", re.MULTILINE)


def named_in(message: Message, names: Collection[str]) -> str:
    """Give the words in which a message tells what somebody of these names said; "" where it does not."""
    found = [match[0] for text in _texts(message) for match in _said_by(names).finditer(text)]
    return "; ".join(one.removesuffix(" · ") for one in found)


def nameless(message: Message, names: Collection[str], instead: str, *, keep: bool) -> Message:
    """Give a message in which nobody of these names stands: their answers are left out, or with `keep` are `instead`'s."""
    blocks = [_without(block, names, instead, keep=keep) for block in message.blocks]
    return replace(message, blocks=tuple(block for block in blocks if block.get("elements", True)))


def _texts(message: Message) -> Sequence[str]:
    return [part["text"] for block in message.blocks if _is_note(block) for part in block["elements"]]


def _is_note(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "context" and all("text" in part for part in block["elements"])


def _said_by(names: Collection[str]) -> re.Pattern[str]:
    """Give what finds answers and mutes as `render` writes them."""
    shown = {mrkdwn.plain(name, LONGEST_NAME) for name in names}
    answers = "|".join(re.escape(name) for name in sorted(shown, key=len, reverse=True))
    mutes = "|".join(re.escape(mrkdwn.plain(muted_by(name), 2 * LONGEST_NAME)) for name in sorted(names))
    return re.compile(rf"(?:^|(?<= · ))(?P<who>{answers}): [^·\n]*?(?: · |$)|^(?P<muted>{mutes})$", re.MULTILINE)


def _without(block: Mapping[str, Any], names: Collection[str], instead: str, *, keep: bool) -> Mapping[str, Any]:
    if not _is_note(block):
        return block

    def other(match: re.Match[str]) -> str:
        if match["muted"]:
            return muted_by(instead)
        return f"{instead}{match[0][len(match['who']) :]}" if keep else ""

    def told(text: str) -> str:
        changed = _END.sub("", _said_by(names).sub(other, text))
        if changed != text and not keep:
            changed = changed.replace(DIFFER, "")  # of those who are left it is told when the message is written anew
        return "\n".join(line for line in changed.split("\n") if line)

    parts = [{**part, "text": told(part["text"])} for part in block["elements"]]
    return {**block, "elements": [part for part in parts if part["text"]]}
