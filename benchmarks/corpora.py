"""Takes the folder of real data, gives what the classifier's benchmarks share: examples, held-out scores, figures with intervals."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.classify.metrics import average_precision, best_f1, f1_at
from monitor.cli.build_shipped import SEED_LABELS, RealNews, read_news, read_seed
from monitor.config import load, shipped
from monitor.feedback.design import Example, Scanners, new_space
from monitor.feedback.fitting import Design, fit
from monitor.feedback.training import KEYWORD_PRECISION, PRECISION

Array = NDArray[np.float64]
Spare = Callable[[Design], Design]

REAL = Path(__file__).parents[2] / "shared" / "data"
TOPICS = load(shipped("config"), {}).topics
RESAMPLES = 1_000
RELEASES = ("senate_pr",)  # official statements; the rest is news


def seed_examples() -> list[Example]:
    """Give the items that were written for training."""
    return read_seed(shipped("models") / SEED_LABELS, TOPICS)


def real_news(real: Path = REAL) -> RealNews:
    """Give the labelled real news and the background."""
    return read_news(real, shipped("models"), TOPICS)


def scored(learned: Sequence[Example], judged: Sequence[Example], spare: Spare = lambda design: design) -> Array:
    """Give examples × topics scores of `judged` by weights learned from `learned`.

    Args:
        learned: what to learn from.
        judged: what to score.
        spare: what to do to the features of both first, such as leaving some out.
    """
    scanners = Scanners(TOPICS)
    space, mean = new_space(scanners, TOPICS, learned)
    design = spare(space.design([example.article for example in learned], learned))
    weights = fit(design, mean, precision=PRECISION, keyword_precision=KEYWORD_PRECISION)
    return weights.scores(spare(space.design([example.article for example in judged], judged)))


def crossed(
    examples: Sequence[Example], group: Callable[[Example], str], extra: Sequence[Example] = (), spare: Spare = lambda design: design
) -> Array:
    """Give scores of every example by weights learned from `extra` and the examples of the other groups."""
    groups = np.array([group(example) for example in examples])
    found = np.zeros((len(examples), len(TOPICS)))
    for one in sorted(set(groups.tolist())):
        inside = np.flatnonzero(groups == one)
        others = [examples[row] for row in np.flatnonzero(groups != one)]
        found[inside] = scored([*extra, *others], [examples[row] for row in inside], spare)
    return found


def labels_of(examples: Sequence[Example], topic: int) -> Array:
    """Give 1, 0, or nan where an example has no label for the topic."""
    return np.array([example.labels.get(TOPICS[topic].id, np.nan) for example in examples], dtype=float)


def other_corpora_flags(labels: Array, scores: Array, corpora: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Tell what is flagged where each corpus's threshold is the one with the best F1 on the *other* corpora."""
    flagged = np.zeros(len(labels), dtype=bool)
    for corpus in set(corpora.tolist()):
        here = corpora == corpus
        flagged[here] = scores[here] >= best_f1(labels[~here] == 1, scores[~here])[1]
    return flagged


def interval(figure: Callable[[NDArray[np.intp]], float], size: int) -> tuple[float, float, float]:
    """Give a figure of rows and its 95 % bootstrap interval over rows."""
    chance = np.random.default_rng(0)
    draws = [figure(chance.integers(0, size, size)) for _ in range(RESAMPLES)]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return figure(np.arange(size)), float(low), float(high)


def precision_interval(labels: Array, scores: Array) -> str:
    """Give average precision with its interval, as text."""
    yes = labels == 1
    value, low, high = interval(
        lambda rows: average_precision(yes[rows], scores[rows]) if yes[rows].any() else np.nan, len(labels)
    )
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def f1_interval(labels: Array, flagged: NDArray[np.bool_]) -> str:
    """Give F1 of flags with its interval, as text."""
    yes = labels == 1
    value, low, high = interval(lambda rows: f1_at(yes[rows], flagged[rows].astype(float), 0.5), len(labels))
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print()


