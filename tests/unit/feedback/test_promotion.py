"""When a candidate takes the place of the model in use: each reason against it, and none."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.feedback.evaluation import Comparison, Figures, compare
from monitor.feedback.promotion import Basis, refusals

SAME = Figures(average_precision=0.9, f1=0.8, precision=0.8, recall=0.8, calibration_error=0.05, flagged=20)
EVEN = Comparison(
    topic="t",
    items=60,
    positives=20,
    current=SAME,
    candidate=SAME,
    average_precision=(0.0, -0.02, 0.02),
    f1=(0.0, -0.02, 0.02),
)
BASIS = Basis(undisputed=200, frozen={"t": 60}, asked={"t": 60}, trained=["t"], before=180)


def test_a_candidate_that_is_no_worse_is_promoted() -> None:
    """Being no better is no reason against it: it knows what people said."""
    assert refusals([EVEN], BASIS) == []


@pytest.mark.parametrize(
    ("comparison", "basis", "words"),
    [
        ({"average_precision": (-0.05, -0.09, -0.011)}, {}, "worse beyond doubt"),
        ({"average_precision": None, "positives": 0}, {}, "cannot rank"),
        ({}, {"frozen": {"t": 29}}, "29 undisputed labels in the test set, 30 are needed"),
        ({}, {"frozen": {"t": 29}}, "31 more are disputed"),
        ({}, {"frozen": {}, "asked": {"t": 30}, "trained": []}, "no topic has enough labels"),
        ({}, {"undisputed": 143}, "more than a fifth is gone"),
        ({}, {"same": ["v1", "v2"]}, "no label has changed since v2 was trained"),
    ],
)
def test_each_reason_against_it_is_told(comparison: dict[str, Any], basis: dict[str, Any], words: str) -> None:
    """In words that say what to do."""
    found = refusals([replace(EVEN, **comparison)], replace(BASIS, **basis))

    assert any(words in reason for reason in found), found


def test_a_loss_within_the_noise_is_no_reason() -> None:
    """Only a whole interval below one point of average precision is a loss beyond doubt."""
    assert refusals([replace(EVEN, average_precision=(-0.02, -0.06, -0.009))], BASIS) == []


def test_a_topic_hardly_anybody_answered_about_keeps_nobody_waiting() -> None:
    """Its head is not touched, so there is nothing to tell better from worse."""
    basis = replace(BASIS, frozen={"t": 60, "rare": 3}, asked={"t": 60, "rare": 3})

    assert refusals([EVEN, replace(EVEN, topic="rare", average_precision=None)], basis) == []


def test_two_equal_models_differ_by_nothing() -> None:
    """Paired: what is hard for both is no uncertainty about which is better."""
    labels, scores = [True, False, True, False, False] * 8, [0.9, 0.8, 0.4, 0.3, 0.1] * 8

    found = compare("t", labels, (scores, 0.5), (scores, 0.5))

    assert (found.average_precision, found.f1) == ((0, 0, 0), (0, 0, 0))


def test_a_better_model_is_seen_to_be_better() -> None:
    """One that ranks all yeses first against one that ranks them at random."""
    labels = [True, False, False, False] * 20
    good = [0.9 if label else 0.1 for label in labels]
    poor = [(number * 7 % 11) / 11 for number in range(80)]

    found = compare("t", labels, (poor, 0.5), (good, 0.5))

    assert found.average_precision is not None
    assert found.average_precision[1] > 0.3
    assert (found.candidate.precision, found.candidate.recall) == (1, 1)
    assert found.candidate.calibration_error == pytest.approx(0.1, abs=0.02)
