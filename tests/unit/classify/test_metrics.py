"""Figures: the same as scikit-learn's, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from monitor.classify.metrics import average_precision, best_f1, f1_at

PAIRS = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.7, 0.9])), min_size=2, max_size=40).filter(
    lambda pairs: any(label for label, _ in pairs)
)


@settings(max_examples=100)
@given(PAIRS)
def test_average_precision_is_the_known_one(pairs: list[tuple[bool, float]]) -> None:
    """A figure under a known name must be that figure."""
    labels, scores = zip(*pairs, strict=True)

    assert average_precision_score(labels, scores) == pytest.approx(average_precision(labels, scores))


@settings(max_examples=100)
@given(PAIRS)
def test_the_best_f1_is_reached_at_its_threshold(pairs: list[tuple[bool, float]]) -> None:
    """And no other score does better."""
    labels, scores = zip(*pairs, strict=True)

    best, threshold = best_f1(labels, scores)

    assert best == pytest.approx(f1_at(labels, scores, threshold))
    assert best == pytest.approx(f1_score(labels, np.array(scores) >= threshold))
    assert all(best >= f1_at(labels, scores, other) - 1e-12 for other in scores)
