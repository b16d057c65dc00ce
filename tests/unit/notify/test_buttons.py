"""Takes what buttons carry, checks that it is read back as it was meant, and that nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.notify import buttons
from monitor.types import Action, Press, Topic

IDS = st.integers(0, 10**18 - 1)
TOPICS = st.from_regex(r"[\w][\w.-]{0,30}", fullmatch=True) | st.just("")


@given(
    st.builds(
        Press, action=st.sampled_from(Action), entry=IDS, story=IDS, topic=TOPICS, left=st.none() | st.integers(0, 99)
    )
)
def test_a_button_is_read_as_it_was_written(press):
    """Whatever it carries."""
    assert buttons.read(buttons.write(press)) == press


@given(st.text(max_size=60) | st.from_regex(r"(relevant|topic|why):[0-9٣]*:[0-9x]*:[0-9]*:?.*", fullmatch=True))
def test_what_is_none_of_ours_is_never_an_error(value):
    """Another app's value, an older version's, a forged one: understood or passed over."""
    press = buttons.read(value)

    assert press is None or buttons.read(buttons.write(press)) == press


def test_a_menu_of_very_many_topics_keeps_within_what_slack_takes():
    """Fifty are listed; each value fits into an option."""
    topics = [Topic(id=f"topic-{number}-{'x' * 90}", name=f"Topic <{number}>") for number in range(300)]

    groups = buttons.under_alert(10**17, 10**17, topics)["elements"][-1]["option_groups"]

    options = [option for group in groups for option in group["options"]]
    assert len(groups[0]["options"]) == 51
    assert all(len(option["value"]) <= 150 and "<" not in option["text"]["text"] for option in options)


def test_one_topic_is_asked_about_with_yes_and_no():
    """With a single topic there is no "all" and no "none"."""
    row = buttons.under_question(7, [Topic(id="t", name="Drugs")], 2)

    assert [button["text"]["text"] for button in row["elements"]] == ["Drugs", "Not relevant", "Unsure", "Skip"]
    assert buttons.read(row["elements"][0]["value"]) == Press(action=Action.TOPIC, entry=7, topic="t", left=2)
