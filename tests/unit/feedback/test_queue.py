"""What a person is asked next."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.feedback.queue import Kind, compose
from monitor.types import QueueShares, Score

SHARES = QueueShares(uncertain=0.4, high=0.4)


def score(entry_id: int, probability: float, story_id: int | None = None) -> Score:
    """Give a verdict with a threshold in the middle."""
    return Score(
        entry_id=entry_id,
        story_id=story_id,
        topic="t",
        probability=probability,
        threshold=0.5,
        flagged=probability >= 0.5,
    )


STREAM = [score(number, number / 200) for number in range(1, 200)]


def test_the_kinds_come_in_their_shares() -> None:
    """Four uncertain, four high, two random in every ten."""
    asked = compose(STREAM, answered=frozenset(), drawn=range(1, 60), shares=SHARES, count=20)

    kinds = [question.kind for question in asked]
    assert {kind: kinds.count(kind) for kind in Kind} == {
        Kind.DISPUTED: 0,
        Kind.UNCERTAIN: 8,
        Kind.HIGH: 8,
        Kind.RANDOM: 4,
    }
    assert {kinds[:10].count(Kind.UNCERTAIN), kinds[:10].count(Kind.HIGH)} == {4}


def test_uncertain_is_near_the_threshold_and_high_is_likeliest() -> None:
    """Each kind begins with its best."""
    asked = compose(STREAM, answered=frozenset(), shares=SHARES, count=4)

    assert {one.entry_id for one in asked if one.kind is Kind.UNCERTAIN} == {100, 101} or {
        one.entry_id for one in asked if one.kind is Kind.UNCERTAIN
    } == {99, 100}
    assert {one.entry_id for one in asked if one.kind is Kind.HIGH} == {199, 198}


def test_disputed_items_come_first_and_a_story_is_asked_about_once() -> None:
    """Five outlets on one event teach little more than one."""
    stream = [*STREAM, *(score(300 + number, 0.999, story_id=300) for number in range(5))]

    asked = compose(stream, answered=frozenset(), disputed=[7, 8], shares=SHARES, count=30)

    assert [(one.entry_id, one.kind) for one in asked[:2]] == [(7, Kind.DISPUTED), (8, Kind.DISPUTED)]
    assert sum(one.entry_id >= 300 for one in asked) == 1


@given(
    st.sets(st.integers(1, 199)),
    st.lists(st.integers(1, 199)),
    st.integers(1, 250),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
)
def test_nothing_is_asked_twice_or_again(
    answered: set[int], drawn: list[int], count: int, uncertain: float, high: float
) -> None:
    """Whatever was answered, drawn and wanted; and as many as there are and were wanted."""
    shares = QueueShares(uncertain=uncertain, high=high)

    asked = [one.entry_id for one in compose(STREAM, answered=answered, drawn=drawn, shares=shares, count=count)]

    assert len(asked) == len(set(asked)) <= count
    assert not set(asked) & answered
    if uncertain or high:
        assert len(asked) == min(count, 199 - len(answered))
