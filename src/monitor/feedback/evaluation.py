"""Takes the verdicts of two models on articles neither was learned from, gives which is better and how sure that is.

Differences are paired: the same resampled articles for both models, so that what is hard for both does not count as uncertainty
about which is better (Efron & Tibshirani 1993, chapter 8; percentile intervals).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classify.metrics import average_precision, f1_at

RESAMPLES = 1_000
BINS = 10  # of the calibration error, by rank: equally many articles in each

Flags = NDArray[np.bool_]
Array = NDArray[np.float64]
Figure = Callable[[NDArray[np.intp], Array, float], float]  #: of rows, scores and threshold
Interval = tuple[float, float, float]  #: the figure, and the 2.5 and 97.5 percentiles


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """How one model does on one topic, at its own threshold."""

    average_precision: float
    f1: float
    precision: float
    recall: float
    calibration_error: float  #: mean distance between probability and share of positives
    flagged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Candidate against current on one topic."""

    topic: str
    items: int
    positives: int
    current: Figures
    candidate: Figures
    average_precision: Interval | None  #: candidate minus current; None where there is no yes or no no
    f1: Interval | None

    def facts(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)


def compare(
    topic: str, labels: Sequence[bool], current: tuple[Sequence[float], float], candidate: tuple[Sequence[float], float]
) -> Comparison:
    """Compare two models on a topic.

    Args:
        topic: its id.
        labels: what people said.
        current: probabilities of the articles, and the threshold, by the model in use.
        candidate: the same by the other.
    """
    y = np.array(labels, dtype=bool)
    models = [(np.array(scores, dtype=float), threshold) for scores, threshold in (current, candidate)]
    both = bool(y.any() and not y.all())
    return Comparison(
        topic=topic,
        items=len(y),
        positives=int(y.sum()),
        current=figures(y, *models[0]),
        candidate=figures(y, *models[1]),
        average_precision=_paired(lambda rows, s, _: average_precision(y[rows].tolist(), s[rows].tolist()), y, models)
        if both
        else None,
        f1=_paired(lambda rows, s, t: f1_at(y[rows].tolist(), s[rows].tolist(), t), y, models) if both else None,
    )


def figures(labels: Flags, scores: Array, threshold: float) -> Figures:
    """Give how a model does on a topic."""
    flagged = scores >= threshold
    hits = int((flagged & labels).sum())
    return Figures(
        average_precision=round(average_precision(labels.tolist(), scores.tolist()), 4) if labels.any() else 0.0,
        f1=round(f1_at(labels.tolist(), scores.tolist(), threshold), 4),
        precision=round(hits / max(1, int(flagged.sum())), 4),
        recall=round(hits / max(1, int(labels.sum())), 4),
        calibration_error=round(calibration_error(labels, scores), 4),
        flagged=int(flagged.sum()),
    )


def calibration_error(labels: Flags, scores: Array) -> float:
    """Give the expected calibration error over ten bins of equally many articles (Naeini et al. 2015)."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    gaps = [len(part) * abs(float(scores[part].mean()) - float(labels[part].mean())) for part in parts]
    return sum(gaps) / max(1, len(labels))


def _paired(figure: Figure, labels: Flags, models: Sequence[tuple[Array, float]]) -> Interval:
    chance = np.random.default_rng(0)
    differences: list[float] = []
    while len(differences) < RESAMPLES:
        rows = chance.integers(0, len(labels), len(labels))
        if labels[rows].any():
            before, after = (figure(rows, scores, threshold) for scores, threshold in models)
            differences.append(after - before)
    everything = np.arange(len(labels))
    before, after = (figure(everything, scores, threshold) for scores, threshold in models)
    low, high = np.percentile(differences, [2.5, 97.5])
    return round(float(after - before), 4), round(float(low), 4), round(float(high), 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flip:
    """An article that the candidate judges otherwise than the model in use."""

    entry_id: int
    title: str
    topic: str
    before: float
    after: float
    flagged: bool  #: by the candidate
    label: bool | None


def vocabulary_change(
    before: Sequence[str], after: Sequence[str], weights: Mapping[str, float]
) -> dict[str, list[str]]:
    """Give the words the candidate knows and the current model does not, weightiest first, and those it has lost."""
    known, now = set(before), set(after)
    gained = sorted(now - known, key=lambda word: (-abs(weights.get(word, 0.0)), word))
    return {"gained": gained, "lost": sorted(known - now)}
