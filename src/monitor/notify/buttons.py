"""Takes what can be done under a message, gives the buttons and the menu that do it; and from what was pressed, what it meant.

A button carries all that it needs to be understood, the article and the story, so that it works as long as the message stands.
"""

import re
from collections.abc import Sequence

from monitor.notify import mrkdwn
from monitor.notify.mrkdwn import Block
from monitor.types import Action, Press, Topic

#: Slack's limit on the value of an option, in characters, which is stricter than that of a button.
LONGEST_VALUE = 150
#: Ours on the text of a button or option, in characters: Slack takes 75, but their sum counts in the message.
LONGEST_LABEL = 40
#: Ours on the topics of a menu, for the same reason: Slack takes 100 options.
TOPICS_LISTED = 50
#: Ours on the topics of a question, a button each: Slack takes 25 in a row.
TOPICS_ASKED = 10

_MARKS = re.compile("[<>&|]")


def write(press: Press) -> str:
    """Give what a button carries."""
    left = "" if press.left is None else press.left
    return f"{press.action.value}:{press.story}:{press.entry}:{left}:{press.topic}"


def read(value: str) -> Press | None:
    """Give what a button meant; None where the value is none of ours."""
    action, _, rest = value.partition(":")
    numbers, topic = rest.split(":", 3)[:3], rest.split(":", 3)[3:]
    if action not in {*Action} or not topic or not all(_is_number(one) for one in numbers[:2]):
        return None
    if numbers[2] and not _is_number(numbers[2]):
        return None
    return Press(
        action=Action(action),
        story=int(numbers[0]),
        entry=int(numbers[1]),
        left=int(numbers[2]) if numbers[2] else None,
        topic=topic[0],
    )


def under_alert(story: int, entry: int, topics: Sequence[Topic]) -> Block:
    """Give the row under an alert: two buttons, and a menu of all configured `topics` and of what else can be done."""

    def press(action: Action, topic: str = "") -> Press:
        return Press(action=action, story=story, entry=entry, topic=topic)

    right = [_option(topic.name, press(Action.TOPIC, topic.id)) for topic in topics[:TOPICS_LISTED]]
    right += [_option("All of them", press(Action.ALL_TOPICS))] if len(topics) > 1 else []
    right = [option for option in right if len(option["value"]) <= LONGEST_VALUE]
    more = [
        _option("Why this alert?", press(Action.WHY)),
        _option("Mute this story", press(Action.MUTE_STORY)),
        _option("Mute this source for a week", press(Action.MUTE_SOURCE)),
    ]
    groups = [{"label": _words("The right topic is …"), "options": right}] if right else []
    menu = {
        "type": "static_select",
        "action_id": "menu",
        "placeholder": _words("More …"),
        "option_groups": [*groups, {"label": _words("More"), "options": more}],
    }
    return {
        "type": "actions",
        "elements": [
            _button("Relevant", press(Action.RELEVANT)) | {"style": "primary"},
            _button("Not relevant", press(Action.NOT_RELEVANT)),
            menu,
        ],
    }


def under_question(entry: int, topics: Sequence[Topic], left: int) -> Block:
    """Give the row under a question of a round: a button for each topic, for all, for none, and for not knowing."""

    def press(action: Action, topic: str = "") -> Press:
        return Press(action=action, entry=entry, topic=topic, left=left)

    asked = topics[:TOPICS_ASKED]
    buttons = [_button(topic.name, press(Action.TOPIC, topic.id)) for topic in asked]
    buttons += [_button("All of them", press(Action.ALL_TOPICS))] if len(asked) > 1 else []
    buttons += [
        _button("None" if len(asked) > 1 else "Not relevant", press(Action.NOT_RELEVANT)),
        _button("Unsure", press(Action.UNSURE)),
        _button("Skip", press(Action.SKIP)),
    ]
    return {"type": "actions", "elements": buttons}


def _button(text: str, press: Press) -> Block:
    action_id = f"{press.action.value}:{press.topic}" if press.topic else press.action.value
    return {"type": "button", "action_id": action_id, "text": _words(text), "value": write(press)}


def _option(text: str, press: Press) -> Block:
    return {"text": _words(text), "value": write(press)}


def _words(text: str) -> Block:
    """Give a text object of plain words: nothing in it is marked up."""
    plain = mrkdwn.clean(_MARKS.sub(" ", text)) or "?"
    return {"type": "plain_text", "text": mrkdwn.cut(plain, LONGEST_LABEL), "emoji": False}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
