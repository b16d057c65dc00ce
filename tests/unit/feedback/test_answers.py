"""Takes what people press, checks the labels that it means and how it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feedback.answers import Said, differ, labels_of, said
from monitor.types import Action, Label, Person, Press, Pressed, Topic, Via

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DRUGS, SECURITY, TRADE = (Topic(id=name, name=name.title()) for name in ("drugs", "security", "trade"))
ALL = [DRUGS, SECURITY, TRADE]


def answer(action, topic="", *, who="U1", minutes=0, asked=("drugs", "security")):
    """Give the labels of one answer about article 7."""
    pressed = Pressed(
        press=Press(action=action, entry=7, story=3, topic=topic),
        person=Person(id=who, name=f"name of {who}"),
        at=NOON + timedelta(minutes=minutes),
        channel="C1",
    )
    return labels_of(pressed, asked, [one.id for one in ALL], model="v1")


@pytest.mark.parametrize(
    ("action", "topic", "values"),
    [
        (Action.RELEVANT, "", {"drugs": True, "security": True}),
        (Action.NOT_RELEVANT, "", {"drugs": False, "security": False}),
        (Action.TOPIC, "drugs", {"drugs": True, "security": False}),
        (Action.TOPIC, "trade", {"drugs": False, "security": False, "trade": True}),
        (Action.TOPIC, "gone", {}),
        (Action.ALL_TOPICS, "", {"drugs": True, "security": True, "trade": True}),
        (Action.UNSURE, "", {"drugs": None, "security": None}),
        (Action.SKIP, "", {}),
        (Action.WHY, "", {}),
        (Action.MUTE_STORY, "", {}),
    ],
)
def test_each_answer_speaks_of_the_topics_it_was_asked_about(action, topic, values):
    """What was told is right or wrong; a named topic is right whatever was told."""
    assert {label.topic: label.value for label in answer(action, topic)} == values


def test_a_topic_that_is_configured_no_more_gets_no_label():
    """The message is older than topics.yaml."""
    assert {label.topic for label in answer(Action.RELEVANT, asked=("drugs", "removed"))} == {"drugs"}


def test_a_label_says_who_when_and_before_which_model():
    """The id tells people apart, the name is for people."""
    label = answer(Action.RELEVANT)[0]

    assert (label.who, label.name, label.at, label.via, label.model) == ("U1", "name of U1", NOON, Via.SLACK, "v1")


@pytest.mark.parametrize(
    ("labels", "told", "words"),
    [
        (answer(Action.RELEVANT), [DRUGS, SECURITY], "relevant"),
        (answer(Action.NOT_RELEVANT), [DRUGS], "not relevant"),
        (answer(Action.UNSURE), [DRUGS], "unsure"),
        (answer(Action.TOPIC, "security"), [DRUGS, SECURITY], "Security"),
        (answer(Action.TOPIC, "trade"), [DRUGS, SECURITY], "Trade"),
        (answer(Action.ALL_TOPICS), [DRUGS, SECURITY], "relevant, also Trade"),
        (answer(Action.RELEVANT), [DRUGS], "relevant, also Security"),
        (answer(Action.NOT_RELEVANT) + answer(Action.RELEVANT, minutes=5), [DRUGS, SECURITY], "relevant"),
        (answer(Action.RELEVANT, minutes=5) + answer(Action.NOT_RELEVANT), [DRUGS, SECURITY], "relevant"),
    ],
)
def test_what_somebody_said_is_told_in_their_words(labels, told, words):
    """The later of two answers counts, in whatever order they are read."""
    assert said(labels, told, ALL) == [Said(who="name of U1", words=words)]


def test_what_was_said_of_another_topic_elsewhere_is_no_answer_here():
    """A story told in two channels is answered in each about that channel's topics."""
    assert said(answer(Action.RELEVANT, asked=("security",)), [DRUGS], ALL) == []


def test_two_people_differ_only_where_both_are_sure():
    """Unsure contradicts nobody."""
    yes, no, unsure = answer(Action.RELEVANT), answer(Action.NOT_RELEVANT, who="U2"), answer(Action.UNSURE, who="U3")

    assert differ([*yes, *no])
    assert not differ([*yes, *unsure])
    assert not differ([Label(entry_id=8, topic="drugs", value=False, who="U2", at=NOON, via=Via.WEB), *yes])
