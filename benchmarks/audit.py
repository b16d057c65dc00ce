"""Takes nothing, gives how often the audit's intervals hold the truth, over simulated streams whose truth is known.

    python benchmarks/audit.py

A stream has 8,000 articles a week with probabilities distributed as the shipped model's on real news (nine in ten certainly off
topic, one in fifty in doubt or on topic). What is on topic is drawn with odds that the classifier states wrongly by a factor: ⅕ (it
sees too much), 1, 3 and 10 (it sees too little). 40 articles a week are answered about. 100 streams a row.
"""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
from corpora import table

from monitor.feedback.audit import Estimate, draw, estimate, strata
from monitor.types import Draw, Score

STREAMS, ARTICLES, SIZE, THRESHOLD = 100, 8_000, 40, 0.3
FACTORS, WEEKS = (0.2, 1.0, 3.0, 10.0), (1, 4)


def main() -> None:
    """Print the table."""
    cases = [(factor, weeks, seed) for factor in FACTORS for weeks in WEEKS for seed in range(STREAMS)]
    with ProcessPoolExecutor() as pool:
        found = dict(zip(cases, pool.map(_audited, cases, chunksize=10), strict=True))
    rows = []
    for factor in FACTORS:
        for weeks in WEEKS:
            results = [found[factor, weeks, seed] for seed in range(STREAMS)]
            held = [sum(_holds(result, name) for result in results) for name in ("recall", "precision")]
            widths = [
                float(np.mean([(interval := getattr(one, name))[2] - interval[1] for _, one in results]))
                for name in ("recall", "precision")
            ]
            true = float(np.mean([truth["recall"] for truth, _ in results]))
            middle = float(np.mean([one.recall[0] for _, one in results]))
            rows.append((factor, weeks, true, middle, *held, *widths))
    table(
        (
            "odds wrong by",
            "weeks",
            "true recall",
            "estimated",
            "recall held, of 100",
            "precision held, of 100",
            "width, recall",
            "width, precision",
        ),
        rows,
    )


def _holds(result: tuple[dict[str, float], Estimate], name: str) -> bool:
    truth, found = result
    _, low, high = getattr(found, name)
    return bool(low - 1e-4 <= truth[name] <= high + 1e-4)


def _audited(case: tuple[float, int, int]) -> tuple[dict[str, float], Estimate]:
    factor, weeks, seed = case
    chance = np.random.default_rng(seed)
    logits = np.concatenate(
        [
            chance.normal(-10, 1.5, int(ARTICLES * 0.9)),
            chance.normal(-6, 2, int(ARTICLES * 0.08)),
            chance.normal(0, 2.5, int(ARTICLES * 0.02)),
        ]
    )
    beliefs, truths = 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(-logits - np.log(factor)))
    drawn: list[Draw] = []
    answers: dict[int, bool] = {}
    hits = positives = 0
    for week in range(weeks):
        yes, first = chance.random(len(beliefs)) < truths, week * len(beliefs)
        scores = [
            Score(
                entry_id=first + row,
                story_id=None,
                topic="t",
                probability=p,
                threshold=THRESHOLD,
                flagged=p >= THRESHOLD,
            )
            for row, p in enumerate(beliefs.tolist())
        ]
        sample = draw(scores, SIZE, f"2026-W{week:02d} of {seed}")
        answers |= {one.entry_id: bool(yes[one.entry_id - first]) for one in sample}
        drawn += sample
        hits, positives = hits + int(yes[beliefs >= THRESHOLD].sum()), positives + int(yes.sum())
    flagged = weeks * int((beliefs >= THRESHOLD).sum())
    return {"recall": hits / positives, "precision": hits / flagged}, estimate(strata(drawn, answers))


if __name__ == "__main__":
    main()
