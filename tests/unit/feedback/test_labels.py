"""What the answers of several people come to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from monitor.feedback.labels import agreements, counted, kappa, settle
from monitor.types import Label, Via

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def label(entry_id: int, value: bool | None, who: str = "ana", minutes: int = 0, **fields: Any) -> Label:
    """Give an answer."""
    at = NOON + timedelta(minutes=minutes)
    return Label(
        **{"entry_id": entry_id, "topic": "t", "value": value, "who": who, "at": at, "via": Via.SLACK, **fields}
    )


def test_two_people_who_differ_make_an_item_disputed() -> None:
    """It is neither yes nor no until one of them changes their mind; who is unsure contradicts nobody."""
    said = [label(1, True), label(1, False, "bo"), label(2, True), label(2, None, "bo"), label(3, None)]

    settled = settle(said)
    mended = settle([*said, label(1, True, "bo", minutes=5)])

    assert (settled.values, settled.disputed, settled.unsure) == ({(2, "t"): True}, {(1, "t")}, {(3, "t")})
    assert mended.values[1, "t"] is True


@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([True, False, None]), st.sampled_from("abc")), max_size=40)
)
def test_only_the_latest_answer_of_each_person_counts(answers: list[tuple[int, bool | None, str]]) -> None:
    """Whatever they said before, and in whatever order the answers are read."""
    said = [label(item, value, who, minute) for minute, (item, value, who) in enumerate(answers)]
    latest = {(one.entry_id, one.who): one for one in said}

    settled = settle(reversed(said))

    for item in {one.entry_id for one in said}:
        sure = {one.value for (about, _), one in latest.items() if about == item and one.value is not None}
        expected = next(iter(sure)) if len(sure) == 1 else None
        assert settled.values.get((item, "t")) is expected
        assert ((item, "t") in settled.disputed) is (len(sure) == 2)
        assert ((item, "t") in settled.unsure) is (not sure)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_kappa_is_that_of_the_field(pairs: list[tuple[bool, bool]]) -> None:
    """As scikit-learn has it; it has no meaning where chance alone gives full agreement."""
    ours = kappa(pairs)

    if ours is None:
        assert len({value for pair in pairs for value in pair}) == 1
    else:
        assert ours == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)), abs=1e-4)


def test_agreement_counts_what_both_were_sure_of() -> None:
    """Two people, four articles, one of which only one of them was sure about."""
    said = [
        label(1, True),
        label(1, True, "bo"),
        label(2, False),
        label(2, True, "bo"),
        label(3, False),
        label(3, None, "bo"),
    ]

    [one] = agreements(said)

    assert (one.people, one.items, one.same) == (("ana", "bo"), 2, 1)


def test_counts_are_by_topic_value_person_and_place() -> None:
    """Every answer is counted in each of them."""
    counts = counted([label(1, True), label(2, None, "bo", via=Via.IMPORT)])["t"]

    assert counts == {
        "value": {"yes": 1, "unsure": 1},
        "who": {"ana": 1, "bo": 1},
        "via": {"slack": 1, "import": 1},
    }
