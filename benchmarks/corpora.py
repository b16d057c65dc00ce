"""Takes the folder of real data, gives what the classifier's benchmarks share: examples, held-out scores, intervals."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.adapters.model_files import ModelFiles
from monitor.classify.metrics import average_precision, best_f1, f1_at
from monitor.classify.model import Model
from monitor.cli.learning.build_shipped import DEV, SEED, SEED_LABELS, RealNews, read_news, read_seed
from monitor.config import load, shipped
from monitor.feedback.design import Example
from monitor.feedback.training import Trained, train

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Key = Callable[[Example], str]

REAL = Path(__file__).parents[2] / "shared" / "data"
TOPICS = load(shipped("config"), {}).topics
RESAMPLES = 1_000


def seed_examples() -> list[Example]:
    """Give the items that were written for training."""
    return read_seed(shipped("models") / SEED_LABELS, TOPICS)


def seed_model() -> Model:
    """Give the model that was learned from them alone."""
    return ModelFiles(shipped("models")).load(SEED)


@cache
def real_news(real: Path = REAL) -> RealNews:
    """Give the labelled real news and the background."""
    return read_news(real, shipped("models"), TOPICS)


@cache
def development(*, first_round: bool = False) -> frozenset[tuple[str, str]]:
    """Give title and text of the articles that figures are about; or of the first round, which no model chose by its score."""
    rows = map(json.loads, (REAL / DEV).read_text("utf-8").splitlines())
    wanted = (row for row in rows if not first_round or not row["stratum"].startswith("2-"))
    return frozenset((row["title"] or "", row["text"] or "") for row in wanted)


def by_corpus(example: Example) -> str:
    """Give what keeps a whole corpus on one side of a fold."""
    return example.origin


def by_outlet(example: Example) -> str:
    """Give what keeps an outlet on one side of a fold."""
    return example.group


def held_out(examples: Sequence[Example], key: Key, prior: Model | None) -> Trained:
    """Train as the shipped model is trained, every example scored by weights that were learned without its group."""
    return train([replace(one, group=key(one)) for one in examples], TOPICS, version="held-out", prior=prior)


class Scored:
    """One topic's labels and scores on the development articles of one language."""

    def __init__(self, trained: Trained, topic: int, language: str = "en") -> None:
        name = TOPICS[topic].id
        rows = [
            row
            for row, one in enumerate(trained.checked)
            if name in one.labels and one.language == language and (one.title, one.text) in development()
        ]
        self.examples = [trained.checked[row] for row in rows]
        self.labels: Flags = np.array([one.labels[name] for one in self.examples], dtype=bool)
        self.scores: Array = trained.probabilities[rows, topic]
        self.corpora = np.array([one.origin for one in self.examples])
        self.first_round = np.array([(one.title, one.text) in development(first_round=True) for one in self.examples])
        self.lengths = np.array([len(one.text.split()) for one in self.examples])

    def part(self, wanted: Flags) -> "tuple[Flags, Array]":
        """Give labels and scores of the chosen rows."""
        return self.labels[wanted], self.scores[wanted]

    def flagged(self) -> Flags:
        """Tell what is flagged where each corpus's threshold is the one with the best F1 on the *other* corpora."""
        found = np.zeros(len(self.labels), dtype=bool)
        for corpus in set(self.corpora.tolist()):
            here = self.corpora == corpus
            found[here] = self.scores[here] >= best_f1(*_lists(*self.part(~here)))[1]
        return found


def ap(labels: Flags, scores: Array) -> float:
    """Give average precision."""
    return average_precision(*_lists(labels, scores))


def interval(figure: Callable[[NDArray[np.intp]], float], size: int) -> str:
    """Give a figure of rows with its 95 % bootstrap interval over rows, as text."""
    chance = np.random.default_rng(0)
    draws = [figure(chance.integers(0, size, size)) for _ in range(RESAMPLES)]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return f"{figure(np.arange(size)):.3f} [{low:.3f}, {high:.3f}]"


def ap_interval(labels: Flags, scores: Array) -> str:
    """Give average precision with its interval, as text."""
    return interval(lambda rows: ap(labels[rows], scores[rows]) if labels[rows].any() else np.nan, len(labels))


def f1_interval(labels: Flags, flagged: Flags) -> str:
    """Give F1 of flags with its interval, as text."""
    return interval(lambda rows: f1_at(labels[rows].tolist(), flagged[rows].tolist(), 0.5), len(labels))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print()


def _lists(labels: Flags, scores: Array) -> tuple[list[bool], list[float]]:
    return labels.tolist(), scores.tolist()
