"""Which labelled articles are set apart to test with."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.feedback.split import FROZEN, Member, frozen, groups

OPENING = "The two ministers met in the harbour office on Monday and agreed to share what their patrols see at sea"


def test_copies_and_articles_of_one_story_are_one_group() -> None:
    """The same words under another title, the same title over other words, the same story."""
    members = [
        Member(id=1, title="Harbours agree on patrols at sea", text=OPENING),
        Member(id=2, title="Something else entirely happened today", text=OPENING + ", said a third."),
        Member(id=3, title="HARBOURS AGREE on patrols at sea!", text="Short."),
        Member(id=4, title="A story", text="One", story_id=9),
        Member(id=5, title="The same", text="Two", story_id=9),
        Member(id=6, title="Live", text="Three"),
        Member(id=7, title="Live", text="Four"),
    ]

    assert groups(members) == {1: 1, 2: 2, 3: 1, 4: 4, 5: 4, 6: 6, 7: 7}
    assert groups(members)[6] != groups(members)[7]


def test_a_text_that_is_the_same_to_its_fortieth_word_is_a_copy() -> None:
    """What an agency's customers add at the end makes no other article of it."""
    text = " ".join(f"word{number}" for number in range(60))

    found = groups([Member(id=1, title="One", text=text), Member(id=2, title="Another", text=text + " Added by us.")])

    assert found == {1: 1, 2: 1}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_no_story_and_no_text_is_on_both_sides(rows: list[tuple[int, int]]) -> None:
    """However stories and copies run into each other."""
    texts = [" ".join(f"{letter}{number}" for number in range(20)) for letter in "abcdef"]
    members = [Member(id=row, title="", text=texts[text], story_id=story) for row, (text, story) in enumerate(rows, 1)]
    salt = {member.id: f"https://a.example/{member.id}" for member in members}

    found = groups(members)
    side = {member.id: frozen(found[member.id], salt) for member in members}

    for one in members:
        for other in members:
            if one.text == other.text or one.story_id == other.story_id:
                assert side[one.id] == side[other.id]


def test_labels_added_later_move_nobody() -> None:
    """The side of a group is that of its first article."""
    members = [Member(id=row, title=f"Title number {row} of some", text="") for row in range(1, 400)]
    salt = {member.id: f"https://a.example/{member.id}" for member in members}
    before, after = groups(members[:200]), groups(members)

    assert [frozen(before[m.id], salt) for m in members[:200]] == [frozen(after[m.id], salt) for m in members[:200]]
    assert abs(sum(frozen(after[m.id], salt) for m in members) / 399 - FROZEN) < 0.08
