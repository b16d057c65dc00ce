"""Takes real labelled news, gives how a team's answers improve the monitor: asked for by the queue's choice, and at random.

    python benchmarks/learning.py

A team starts with the seed model, which has seen no real article. It answers about articles of some corpora, 25 at first, then
more; after each round the model is refined as `monitor train` does it, the rest is scored anew, and the queue chooses the next
questions. Judged on the other corpora. The peer is a team that answers about the same number of articles drawn at random.
"""

import numpy as np
from corpora import TOPICS, ap, development, real_news, seed_model, table

from monitor.classify import Judge, Model
from monitor.feedback.design import Example
from monitor.feedback.queue import compose
from monitor.feedback.refine import learnable, refine
from monitor.types import QueueShares, Score

ROUNDS = (25, 50, 100, 200, 400)
CORPORA = (
    {"allsides", "agnews_test", "bbc2225"},
    {"allsides", "reuters21578", "senate_pr"},
    {"rss2022", "bbc2225", "agnews_test"},
    {"rss2022", "reuters21578", "senate_pr"},
    {"allsides"},
    {"rss2022"},
)  # that are answered about; the others judge
DRAWS = 3  # of random answers


def main() -> None:
    """Print the curves."""
    news = [
        one
        for one in real_news().labelled
        if one.language == "en" and (one.title, one.text) in development() and len(one.labels) == len(TOPICS)
    ]
    found: dict[str, list[list[list[float]]]] = {"queue": [], "random": []}
    for corpora in CORPORA:
        pool, others = ([one for one in news if (one.origin in corpora) is inside] for inside in (True, False))
        found["queue"].append(_curve(pool, others, queued=True, draw=0))
        found["random"].append(
            np.mean([_curve(pool, others, queued=False, draw=draw) for draw in range(DRAWS)], axis=0).tolist()
        )
    curves = {name: np.array(values) for name, values in found.items()}  # cuts × rounds × topics
    start = curves["queue"][:, :1]
    rows = []
    for place, answers in enumerate((0, *ROUNDS)):
        row: list[object] = [answers]
        for topic in range(len(TOPICS)):
            row += [float(curves[name][:, place, topic].mean()) for name in ("queue", "random")]
            row.append(f"{(curves['queue'][:, place, topic] - start[:, 0, topic]).min():+.3f}")
        rows.append(row)
    heads = [f"{word} {topic.id}" for topic in TOPICS for word in ("AP, queue,", "AP, random,", "worst change, queue,")]
    table(("answers", *heads), rows)


def _curve(pool: list[Example], others: list[Example], *, queued: bool, draw: int) -> list[list[float]]:
    base, chance = seed_model(), np.random.default_rng(draw)
    model, answered = base, []
    found = [_judged(model, others)]
    for answers in ROUNDS:
        more = answers - len(answered)
        answered += (
            _queue(model, pool, set(answered), more)
            if queued
            else chance.permutation([row for row in range(len(pool)) if row not in set(answered)])[:more].tolist()
        )
        examples = [pool[row] for row in answered]
        topics = learnable(examples, TOPICS)
        model = refine(base, examples, topics, version="learning").trained.model if topics else base
        found.append(_judged(model, others))
    return found


def _queue(model: Model, pool: list[Example], answered: set[int], count: int) -> list[int]:
    """Give what the queue asks next; the audit's random part is drawn plainly at random."""
    judge = Judge(model, TOPICS)
    verdicts = judge.verdicts_many(one.article for one in pool)
    scores = [
        Score(
            entry_id=row,
            story_id=None,
            topic=verdict.topic,
            probability=verdict.probability,
            threshold=verdict.threshold,
            flagged=verdict.flagged,
        )
        for row, each in enumerate(verdicts)
        for verdict in each
    ]
    drawn = np.random.default_rng(len(answered)).permutation(len(pool)).tolist()
    asked = compose(scores, answered=answered, drawn=drawn, shares=QueueShares(), count=count)
    return [one.entry_id for one in asked]


def _judged(model: Model, others: list[Example]) -> list[float]:
    verdicts = Judge(model, TOPICS).verdicts_many(one.article for one in others)
    return [
        ap(
            np.array([one.labels[topic.id] for one in others]),
            np.array([each[place].probability for each in verdicts]),
        )
        for place, topic in enumerate(TOPICS)
    ]


if __name__ == "__main__":
    main()
