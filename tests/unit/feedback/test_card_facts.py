"""What a list tells of a card, how sure its figures are, and where its evidence is thin."""

from typing import Any

import pytest

from monitor.feedback.card_facts import asked, intervals, rests_on, summary
from monitor.types import ThresholdRule


def facts(**figures: float) -> dict[str, Any]:
    """Give what a card says of a topic."""
    known = {"positives": 40, "negatives": 60, "precision": 0.8, "recall": 0.9}
    return {"figures": {**known, "average_precision": [0.9, 0.8, 0.95], "f1": [0.7, 0.6, 0.8], **figures}}


def test_a_card_in_brief() -> None:
    """How many examples, on top of what, and two figures a topic."""
    card = {"examples": {"learned": 7}, "refines": "a-0", "topics": {"harbours": facts()}}

    assert summary(card) == {
        "learned": 7,
        "refines": "a-0",
        "average_precision": {"harbours": 0.9},
        "f1": {"harbours": 0.7},
    }


def test_intervals_of_shares_are_wilsons() -> None:
    """36 of 45 flagged are right, 36 of 40 are found; the bounds as tables of the method have them."""
    found = intervals(facts()["figures"])

    assert found["precision"] == pytest.approx([0.8, 0.6622, 0.8910], abs=1e-3)
    assert found["recall"] == pytest.approx([0.9, 0.7695, 0.9604], abs=1e-3)


def test_shares_of_nothing_have_no_interval_and_sure_ones_stay_within_bounds() -> None:
    """Nothing flagged: no precision; everything found: at most 1."""
    nothing = intervals(facts(precision=0.0, recall=0.0)["figures"])
    everything = intervals(facts(precision=1.0, recall=1.0)["figures"])

    assert nothing["precision"] is None
    assert nothing["recall"] == [0.0, 0.0, pytest.approx(0.0876, abs=1e-3)]
    assert everything["recall"] == [1.0, pytest.approx(0.9124, abs=1e-3), 1.0]


def test_thin_evidence_is_named() -> None:
    """Few yeses, or a topic that the card does not know at all; otherwise nothing is said."""
    assert rests_on(facts(positives=30)) == ""
    assert rests_on(facts(positives=29)) == "the evidence rests on 29 yeses only"
    assert rests_on(None).startswith("known by its keywords alone")


def test_a_rule_is_told_as_it_is_written() -> None:
    """With its number where it has one."""
    assert asked(ThresholdRule()) == "auto"
    assert asked(ThresholdRule(kind="precision", value=0.8)) == "precision: 0.8"
    assert asked(ThresholdRule(kind="per_day", value=10.0)) == "per_day: 10"
