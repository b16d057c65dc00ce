"""What a message tells of a person can be taken out of it, and nothing else changes."""

from monitor.notify import mrkdwn
from monitor.notify.nameless import named_in, nameless
from monitor.notify.render import DIFFER, muted_by
from monitor.types import Message

HEAD = (mrkdwn.section("*Ana: a port*"), mrkdwn.context("Ana Gazette · 2 h ago"))


def message(*lines: str) -> Message:
    """Give a message with these lines of answers."""
    return Message(text="Ana: a port", blocks=(*HEAD, *([mrkdwn.context("\n".join(lines))] if lines else [])))


def test_the_answers_of_one_person_are_left_out() -> None:
    """Whoever else answered stays; a headline or an outlet that looks like the name is no answer."""
    said = message("Ana &lt;desk&gt;: Drug policy · Anabel: not relevant · Ben: unsure", DIFFER)

    assert named_in(said, ["Ana <desk>"]) == "Ana &lt;desk&gt;: Drug policy"
    assert nameless(said, ["Ana <desk>"], "former-1", keep=False) == message("Anabel: not relevant · Ben: unsure")
    assert nameless(said, ["Ben"], "former-1", keep=False) == message(
        "Ana &lt;desk&gt;: Drug policy · Anabel: not relevant"
    )
    assert nameless(said, ["Cara"], "former-1", keep=False) == said


def test_kept_answers_and_a_mute_stand_under_the_other_name() -> None:
    """The mute holds, whoever wanted it."""
    said = message("Ana: Drug policy · Ben: unsure", muted_by("Ana"))

    assert nameless(said, ["Ana"], "former-1", keep=True) == message(
        "former-1: Drug policy · Ben: unsure", muted_by("former-1")
    )
    assert nameless(said, ["Ana"], "former-1", keep=False) == message("Ben: unsure", muted_by("former-1"))


def test_of_a_single_answer_no_empty_line_is_left() -> None:
    """Slack refuses a block without text."""
    assert nameless(message("Ana: Drug policy"), ["Ana"], "former-1", keep=False) == message()
