"""Takes a story that was told and people who answer, checks what is stored, what the message then says, what goes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import StoreBusy
from monitor.jobs.people import answer as answering
from monitor.notify import buttons
from monitor.types import Action, Command, Person, Press, Pressed, Reply

from .newsroom import OTHER, PACT, PACT_AGAIN, Newsroom

ANNA, BEN = Person(id="U1", name="anna"), Person(id="U2", name="ben")
CHANNEL = "C1"


@pytest.fixture
def room(newsroom: Newsroom) -> Newsroom:
    """Give a newsroom whose messages have buttons."""
    return Newsroom(replace(newsroom.ctx, answers=True), newsroom.web, newsroom.write_feed, newsroom.clock)


def press(room: Newsroom, action: Action, who: Person = ANNA, **fields: Any) -> Reply | None:
    """Press something under the first story's message, and let the desk show it."""
    (story, *_) = room.stories()
    what = Press(action=action, **{"entry": story, "story": story, **fields})
    reply = room.jobs.press(Pressed(press=what, person=who, at=room.clock(), channel=CHANNEL))
    room.jobs.judge()
    return reply


def write(room: Newsroom, words: str) -> str:
    """Write `/monitor …` and give the answer as text."""
    reply = room.jobs.command(Command(words=words, person=ANNA, at=room.clock(), channel=CHANNEL))
    return f"{reply.message.text} {reply.message.blocks}"


def test_an_answer_is_stored_at_once_and_shown_with_the_next_judging(room: Newsroom) -> None:
    """Of both topics that the message told; told twice, it is one answer."""
    room("a", PACT)
    room.deliver()

    for _ in range(2):
        press(room, Action.RELEVANT)
    press(room, Action.NOT_RELEVANT, BEN)

    assert {(one.who, one.topic, one.value) for one in room.ctx.store.labels()} == {
        (who, topic, value)
        for who, value in (("U1", True), ("U2", False))
        for topic in ("drug_policy", "bilateral_security")
    }
    (edit,) = room.waiting()
    assert "anna: relevant · ben: not relevant" in edit
    assert "Answers differ" in edit


def test_a_message_that_cannot_be_written_keeps_nothing_from_being_judged(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in it is logged, and it is shown with the story's next change."""

    def faulty(*_: object) -> bool:
        raise ValueError("a message nobody thought of")

    room("a", PACT)
    monkeypatch.setattr(answering, "show", faulty)
    press(room, Action.RELEVANT)
    room("b", OTHER)

    assert len(room.stories()) == 2
    assert len(room.ctx.store.labels()) == 2


def test_while_another_judges_the_message_waits_and_the_label_does_not(room: Newsroom) -> None:
    """Whoever judges has read the labels before this one; its message would lack the answer."""
    room("a", PACT)
    room.deliver()
    other = replace(room.ctx.worker, id="elsewhere/7", host="elsewhere", seen_at=room.clock())
    room.ctx.store.lock("judge", other)

    press(room, Action.RELEVANT)
    meanwhile = room.waiting()
    room.ctx.store.unlock("judge", other)
    room.jobs.judge()

    assert len(room.ctx.store.labels()) == 2
    assert meanwhile == []
    assert "anna: relevant" in room.waiting()[0]


def test_a_new_start_shows_what_a_killed_service_did_not(room: Newsroom) -> None:
    """The label was stored, the message not yet written."""
    room("a", PACT)
    room.deliver()
    (story,) = room.stories()
    room.jobs.press(
        Pressed(
            press=Press(action=Action.RELEVANT, entry=story, story=story), person=ANNA, at=room.clock(), channel=CHANNEL
        )
    )

    Newsroom(room.ctx, room.web, room.write_feed, room.clock).jobs.judge()

    assert "anna: relevant" in room.waiting()[0]


def test_where_the_database_fails_the_message_waits_for_the_next_judging(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label was stored; what was to be shown is not forgotten."""
    room("a", PACT)
    room.deliver()

    def fail(*_: Any) -> bool:
        raise StoreBusy("locked")

    with monkeypatch.context() as locked:
        locked.setattr(type(room.ctx.store), "lock", fail)
        with pytest.raises(StoreBusy):
            press(room, Action.RELEVANT)
    meanwhile = room.waiting()
    room.jobs.judge()

    assert meanwhile == []
    assert "anna: relevant" in room.waiting()[0]


def test_a_muted_story_is_not_told_further(room: Newsroom) -> None:
    """A later outlet joins it, and its message is left alone."""
    room("a", PACT)
    room.deliver()
    press(room, Action.MUTE_STORY)
    room.deliver()

    room("b", PACT_AGAIN)

    assert [len(titles) for titles in room.stories().values()] == [2]
    assert room.waiting() == []
    (ledger,) = room.ctx.store.ledgers("https://news.example/b1")
    assert ledger.gate.startswith("muted by anna until")


def test_a_muted_source_is_collected_and_not_told_until_its_week_is_over(room: Newsroom) -> None:
    """What it brings is stored and judged; others tell as ever."""
    room("a", PACT)
    room.deliver()
    reply = press(room, Action.MUTE_SOURCE)

    room("a", OTHER, 2)
    assert room.waiting() == []
    assert len(room.stories()) == 2
    room.clock.move(days=7)
    room("a", PACT_AGAIN, 3)

    assert reply is not None
    assert "/monitor unmute source a" in reply.message.text
    assert len(room.waiting()) == 1


def test_why_opens_a_window_with_the_whole_case(room: Newsroom) -> None:
    """What became of it, and for each topic what spoke for it."""
    room("a", PACT)
    room.deliver()

    reply = press(room, Action.WHY)

    assert reply is not None
    assert reply.title
    text = str(reply.message.blocks)
    assert "On topic; its story is sent to #alerts" in text
    assert text.count("on topic") >= 2
    assert "Strongest: " in text
    gone = press(room, Action.WHY, entry=999)
    assert gone is not None
    assert "not stored any more" in gone.message.text


def test_an_answer_about_an_article_that_is_gone_says_so(room: Newsroom) -> None:
    """Its story was pruned, or the value is forged: nothing is stored, nothing breaks."""
    room("a", PACT)
    room.deliver()

    reply = press(room, Action.RELEVANT, entry=999)

    assert reply is not None
    assert "not stored any more" in reply.message.text
    assert room.ctx.store.labels() == []


def test_a_round_asks_one_after_the_other_and_ends(room: Newsroom) -> None:
    """An answer brings the next question in its place; what was skipped is not asked again at once."""
    for outlet, words in (("a", PACT), ("b", PACT_AGAIN), ("c", OTHER)):
        room(outlet, words)
    first = room.jobs.command(Command(words="label 2", person=ANNA, at=room.clock(), channel=CHANNEL)).message

    second = answer(room, first, "Skip")
    end = answer(room, second, "Drug policy")

    assert second.text != first.text
    assert "last question" in end.text
    assert {(one.topic, one.value) for one in room.ctx.store.labels()} == {
        ("drug_policy", True),
        ("bilateral_security", False),
    }


def answer(room: Newsroom, question: Any, button: str) -> Any:
    """Press a button under a question; give what takes its place."""
    values = {each["text"]["text"]: each["value"] for each in question.blocks[-1]["elements"]}
    what = buttons.read(values[button])
    assert what is not None
    reply = room.jobs.press(Pressed(press=what, person=ANNA, at=room.clock(), channel=CHANNEL))
    assert reply is not None
    assert reply.instead
    return reply.message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "/monitor search WORDS"),
        ("help", "/monitor search WORDS"),
        ("dance", "“dance” is none of these"),
        ("search", "Search for what?"),
        ("search cocaine patrols", "1 latest articles with “cocaine patrols”"),
        ("search zebra", "No article has all of “zebra”"),
        ("why https://news.example/a1", "Strongest: "),
        ("why <https://news.example/a1|news.example/a1>", "Strongest: "),
        ("why https://news.example/none", "never seen"),
        ("why", "never seen"),
        ("stats", "1 articles judged"),
        ("mute", "Nothing is muted."),
        ("mute source zebra", "There is no source “zebra”"),
        ("mute story 999", "There is no story “999”"),
        ("mute story \u0663", "There is no story"),
        ("mute source a 3w", "Such as 7d, not “3w”"),
        ("mute source a 3d", "source a until"),
        ("mute everything", "What is to be muted"),
        ("unmute source a", "source a is not muted"),
    ],
)
def test_each_command_does_what_it_says_or_says_what_can_be_done(room: Newsroom, words: str, said: str) -> None:
    """A wrong one is answered with what would be right."""
    room("a", PACT)

    assert said in write(room, words)


def test_what_was_muted_by_word_is_taken_back_by_word(room: Newsroom) -> None:
    """The list says by whom and until when."""
    write(room, "mute source a 3d")
    listed = write(room, "mute")
    room.clock.move(minutes=1)
    taken_back = write(room, "unmute source a")

    until = room.clock() - timedelta(minutes=1) + timedelta(days=3)
    assert f"source a until {until.day} {until:%b %Y, %H:%M}, by anna" in listed
    assert "Nothing is muted." in taken_back


@pytest.mark.parametrize("written", ["{}", "00{}"])
def test_a_story_muted_by_word_is_muted_and_its_message_says_so(room: Newsroom, written: str) -> None:
    """As where it was muted under the message, however its number is written; taken back, the message says so too."""
    room("a", PACT)
    room.deliver()
    (story,) = room.stories()
    name = written.format(story)

    listed = write(room, f"mute story {name} 5d")
    subjects = [one.subject for one in room.ctx.store.mutes(room.clock())]
    room.jobs.judge()
    muted = room.waiting()
    room.deliver()
    room.clock.move(minutes=1)
    taken_back = write(room, f"unmute story {name}")
    room.jobs.judge()

    assert f"story {story} until" in listed
    assert subjects == [f"story:{story}"]
    assert ["muted by anna" in edit.lower() for edit in muted] == [True]
    assert "Nothing is muted." in taken_back
    assert ["muted by anna" in edit.lower() for edit in room.waiting()] == [False]
