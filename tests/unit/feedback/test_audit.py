"""Precision and recall from random samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feedback.audit import FLAGGED, Estimate, Stratum, draw, estimate, strata
from monitor.types import Draw, Score


def stream(seed: int, articles: int = 4_000, first: int = 1) -> list[Score]:
    """Give a week's verdicts: nearly all certainly off topic, as news is."""
    chance = np.random.default_rng(seed)
    logits = np.concatenate(
        [
            chance.normal(-10, 1.5, int(articles * 0.9)),
            chance.normal(-6, 2, int(articles * 0.08)),
            chance.normal(0, 2.5, articles - int(articles * 0.9) - int(articles * 0.08)),
        ]
    )
    return [
        Score(entry_id=first + row, story_id=None, topic="t", probability=p, threshold=0.3, flagged=p >= 0.3)
        for row, p in enumerate((1 / (1 + np.exp(-logits))).tolist())
    ]


def audited(seed: int, wrong: float, weeks: int) -> tuple[float, float, Estimate]:
    """Give the true recall and precision of a simulated stream, and what an audit of it says; beliefs `wrong` by a factor."""
    chance = np.random.default_rng(seed)
    drawn: list[Draw] = []
    truth: dict[int, bool] = {}
    flagged: set[int] = set()
    for week in range(weeks):
        scores = stream(seed * 100 + week, first=1 + week * 10_000)
        odds = np.array([one.probability / (1 - one.probability) for one in scores]) * wrong
        yes = chance.random(len(scores)) < odds / (1 + odds)
        truth |= {one.entry_id: bool(value) for one, value in zip(scores, yes, strict=True)}
        flagged |= {one.entry_id for one in scores if one.flagged}
        drawn += draw(scores, 40, f"2026-W{week:02d}")
    positives = {id_ for id_, value in truth.items() if value}
    hits = len(positives & flagged)
    return hits / len(positives), hits / len(flagged), estimate(strata(drawn, truth))


@pytest.mark.parametrize("wrong", [0.5, 1.0, 4.0])
def test_the_interval_holds_the_truth(wrong: float) -> None:
    """In at least 17 of 20 streams, also where the classifier's belief is wrong by a factor (benchmarks/audit.py: many more)."""
    recalls = precisions = 0
    for seed in range(20):
        recall, precision, found = audited(seed, wrong, weeks=2)
        recalls += found.recall[1] <= recall <= found.recall[2]
        precisions += found.precision[1] <= precision <= found.precision[2]

    assert min(recalls, precisions) >= 17


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(1, 60))
def test_a_sample_covers_every_stratum_and_counts_all(probabilities: list[float], size: int) -> None:
    """The strata's sizes add up to the stream, no article is drawn twice, and the same week gives the same sample."""
    scores = [
        Score(entry_id=row, story_id=None, topic="t", probability=p, threshold=0.4, flagged=p >= 0.4)
        for row, p in enumerate(probabilities)
    ]

    drawn = draw(scores, size, "2026-W01")

    assert sum({one.stratum: one.population for one in drawn}.values()) == len(scores)
    assert len({one.entry_id for one in drawn}) == len(drawn)
    assert all(one.drawn == sum(other.stratum == one.stratum for other in drawn) for one in drawn)
    assert draw(scores[::-1], size, "2026-W01") == drawn


def test_a_share_of_a_big_week_counts_for_more_than_that_of_a_small_one() -> None:
    """Each article drawn stands for as many as its week says."""
    drawn = [
        *(Draw(entry_id=n, topic="t", week="a", stratum="s", population=900, drawn=2, belief=0.1) for n in (1, 2)),
        *(Draw(entry_id=n, topic="t", week="b", stratum="s", population=100, drawn=2, belief=0.1) for n in (3, 4)),
    ]

    [found] = strata(drawn, {1: True, 2: True, 3: False, 4: False})

    assert (found.population, found.answered, found.share) == (1_000, 4, 0.9)


def test_more_answers_narrow_the_interval_and_fewer_are_wanted() -> None:
    """Ten times as many answers of the same kind."""
    few = [
        Stratum(name=FLAGGED, population=300, answered=10, share=0.8, belief=0.8),
        Stratum(name="below 0.01", population=9_000, answered=30, share=0.0, belief=0.001),
    ]
    many = [
        Stratum(
            name=one.name, population=one.population, answered=one.answered * 10, share=one.share, belief=one.belief
        )
        for one in few
    ]

    wide, narrow = estimate(few), estimate(many)

    assert narrow.recall[2] - narrow.recall[1] < wide.recall[2] - wide.recall[1]
    assert narrow.wanted < wide.wanted


def test_who_answered_about_everything_knows() -> None:
    """No uncertainty is left."""
    known = [
        Stratum(name=FLAGGED, population=10, answered=10, share=0.9, belief=0.5),
        Stratum(name="from 0.1", population=20, answered=20, share=0.05, belief=0.2),
    ]

    found = estimate(known)

    assert (found.recall, found.precision, found.missed, found.wanted) == ((0.9,) * 3, (0.9,) * 3, (1,) * 3, 0)
