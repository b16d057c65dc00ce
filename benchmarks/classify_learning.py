"""Takes real news, gives how the classifier learns: from more invented items, and from a team's answers on top of the seed model.

    python benchmarks/classify_learning.py

Answers: the development news is cut in two by outlet; from one half so many articles are answered as the column says, chosen as a
team meets them (the highest scores, half of them; the most uncertain, a quarter; at random, a quarter); the model is refined by
them (a Gaussian prior around the seed model's weights) and judged on the other half. Mean of so many cuts, and the worst of them.
"""

import zlib
from dataclasses import replace

import numpy as np
from corpora import TOPICS, Array, Scored, ap, development, real_news, seed_examples, seed_model, table

from monitor.classify import Judge, Model
from monitor.feedback.design import Example, Scanners, refining_space
from monitor.feedback.fitting import fit
from monitor.feedback.training import KEYWORD_PRECISION, refining, train

SEEDS = (300, 600, 900, 1_200, 1_500)
ANSWERS = (0, 25, 50, 100, 200, 400)
DRAWS, CUTS = 3, 8


def main() -> None:
    """Print both curves."""
    english = [one for one in real_news().labelled if one.language == "en" and (one.title, one.text) in development()]
    seeds([one for one in seed_examples() if one.language == "en"], english)
    answers(english)


def seeds(items: list[Example], news: list[Example]) -> None:
    """Print average precision by the number of invented items, mean of three draws."""
    rows = []
    for count in SEEDS:
        found = []
        for draw in range(DRAWS):
            chosen = np.random.default_rng(draw).permutation(len(items))[:count]
            trained = train([items[row] for row in chosen], TOPICS, version="seeds", reference=news)
            found.append(
                [ap(one.labels, one.scores) for one in (Scored(trained, place) for place in range(len(TOPICS)))]
            )
        rows.append((count, *(float(value) for value in np.mean(found, axis=0))))
    table(("invented items", *(f"AP {topic.id}" for topic in TOPICS)), rows)


def answers(news: list[Example]) -> None:
    """Print average precision on the other half by the number of answers, and the worst change among the cuts."""
    prior = seed_model()
    judge = Judge(prior, TOPICS)
    chances = np.array(
        [[one.probability for one in verdicts] for verdicts in judge.verdicts_many(one.article for one in news)]
    )
    found = np.zeros((CUTS, len(ANSWERS), len(TOPICS)))
    for cut in range(CUTS):
        halves = np.array([zlib.crc32(f"{cut} {one.group}".encode()) % 2 for one in news])
        pool, rest = np.flatnonzero(halves == 0), np.flatnonzero(halves == 1)
        order = _met(pool, chances, np.random.default_rng(cut))
        for column, count in enumerate(ANSWERS):
            scores = _refined(prior, [news[row] for row in order[:count]], [news[row] for row in rest])
            for place, topic in enumerate(TOPICS):
                known = [row for row, one in enumerate(rest) if topic.id in news[one].labels]
                labels = np.array([news[rest[row]].labels[topic.id] for row in known])
                found[cut, column, place] = ap(labels, scores[known, place])
    rows = []
    for column, count in enumerate(ANSWERS):
        change = found[:, column] - found[:, 0]
        rows.append(
            (
                count,
                *(float(one) for one in found[:, column].mean(axis=0)),
                *(f"{one:+.3f}" for one in change.min(axis=0)),
            )
        )
    table(
        ("answers", *(f"AP {topic.id}" for topic in TOPICS), *(f"worst change, {topic.id}" for topic in TOPICS)), rows
    )


def _met(pool: np.ndarray, chances: Array, chance: np.random.Generator) -> list[int]:
    """Give the pool in the order in which a team meets it: by turns a high score, an uncertain one, a high one, any."""
    best = np.max(chances[pool], axis=1)
    uncertain = np.min(np.abs(chances[pool] - 0.3), axis=1)
    high, open_, any_ = list(pool[np.argsort(-best)]), list(pool[np.argsort(uncertain)]), list(chance.permutation(pool))
    order: dict[int, None] = {}
    for turn in range(4 * len(pool)):
        queue = (high, open_, high, any_)[turn % 4]
        while queue:
            row = int(queue.pop(0))
            if row not in order:
                order[row] = None
                break
    return list(order)


def _refined(prior: Model, answered: list[Example], judged: list[Example]) -> Array:
    scanners = Scanners(TOPICS)
    space, mean = refining_space(scanners, TOPICS, answered, prior)
    weights = mean
    if answered:
        design = space.design([one.article for one in answered], [replace(one, group="") for one in answered])
        weights = fit(design, mean, precision=refining(len(answered)), keyword_precision=KEYWORD_PRECISION)
    return weights.scores(space.design([one.article for one in judged]))


if __name__ == "__main__":
    main()
