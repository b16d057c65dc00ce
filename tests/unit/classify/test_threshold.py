"""Thresholds: from a rule and the evidence on record to a number."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify import Evidence, Head
from monitor.classify.threshold import Stream, choose
from monitor.feedback.operating import auto_threshold, evidence, per_10k
from monitor.types import ThresholdRule

ROWS = (
    Evidence(threshold=0.1, precision=0.4, recall=0.95, per_10k=200),
    Evidence(threshold=0.3, precision=0.7, recall=0.85, per_10k=90),
    Evidence(threshold=0.6, precision=0.9, recall=0.6, per_10k=40),
)
NONE = np.zeros(0, dtype=np.float32)
HEAD = Head(
    words=NONE, cues=NONE, keywords=NONE, intercept=0, slope=1, offset=0, threshold=0.25, gate=0.01, evidence=ROWS
)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("auto", None, 0.25),
        ("number", 0.42, 0.42),
        ("precision", 0.7, 0.3),
        ("precision", 0.99, 0.6),
        ("per_day", 10, 0.3),
        ("per_day", 4, 0.6),
        ("per_day", 0.1, 0.6),
        ("per_day", 1_000, 0.1),
    ],
)
def test_a_rule_becomes_the_lowest_threshold_that_keeps_it(kind: str, value: float | None, expected: float) -> None:
    """At a thousand items a day, 90 flags in 10,000 items are nine a day; what nothing keeps gets the strictest."""
    assert expected == choose(ThresholdRule(kind=kind, value=value), "t", HEAD).threshold


def test_a_number_a_day_is_reckoned_from_what_the_stream_really_scored() -> None:
    """Ten of a thousand a day flag the highest hundredth of the scores on record, not what ordinary news elsewhere would."""
    scores = [rank / 1_000 for rank in range(1_000)]

    choice = choose(ThresholdRule(kind="per_day", value=10), "t", HEAD, Stream(daily=1_000, scores={"t": scores}))

    assert sum(score >= choice.threshold for score in scores) == 10
    assert (choice.per_day, choice.warning) == (10, "")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ThresholdRule(kind="precision", value=0.99), "no threshold on record"),
        (ThresholdRule(kind="per_day", value=0.1), "no threshold on record"),
        (ThresholdRule(kind="per_day", value=10), "only 0 articles"),
    ],
)
def test_what_the_evidence_cannot_support_is_said(rule: ThresholdRule, words: str) -> None:
    """A threshold is given all the same: the strictest on record, or one reckoned from ordinary news."""
    assert words in choose(rule, "t", HEAD).warning


def test_auto_stays_within_the_limit_of_flags() -> None:
    """The best F1 is worth nothing if ordinary news is flagged by the hundred."""
    labels = np.array([1.0] * 10 + [0.0] * 10)
    held = np.concatenate([np.linspace(0.2, 0.95, 10), np.linspace(0.01, 0.1, 10)])
    ordinary = np.linspace(0, 1, 1_000)

    threshold = auto_threshold(labels, held, ordinary)

    assert per_10k(ordinary, threshold) <= 160
    assert threshold > 0.9


@settings(max_examples=50)
@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=60))
def test_a_higher_threshold_never_flags_more(scores: list[float]) -> None:
    """Recall and flags fall along the evidence, whatever the scores."""
    probabilities = np.array(scores)
    rows = evidence(np.ones(len(scores)), probabilities, probabilities)

    assert all(a.recall >= b.recall and a.per_10k >= b.per_10k for a, b in pairwise(rows))
    assert all(row.precision >= row.threshold for row in rows)
