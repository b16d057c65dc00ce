"""Takes labels and scores, gives the figures a model is judged by. Ties are met together, as no threshold can part them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Curve(NamedTuple):
    """Precision and recall at every distinct score, from the highest score down."""

    threshold: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]


def curve(labels: Sequence[bool], scores: Sequence[float], weights: Sequence[float] | None = None) -> Curve:
    """Give precision and recall for flagging what scores at least each score that occurs."""
    y = np.asarray(labels, dtype=float)
    score = np.asarray(scores, dtype=float)
    weight = np.ones_like(y) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1) if len(order) else np.array([], dtype=int)
    hits = np.cumsum((y * weight)[order])[last]
    flagged = np.cumsum(weight[order])[last]
    total = float((y * weight).sum())
    return Curve(score[order][last], hits / flagged, hits / total if total else np.zeros_like(hits))


def average_precision(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Give the area under the precision-recall curve as a step function (scikit-learn's average_precision_score)."""
    found = curve(labels, scores)
    return float((np.diff(found.recall, prepend=0.0) * found.precision).sum())


def f1(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the harmonic mean of precision and recall, 0 where both are."""
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def f1_at(labels: Sequence[bool], scores: Sequence[float], threshold: float) -> float:
    """Give F1 for flagging what scores at least the threshold."""
    y = np.asarray(labels, dtype=bool)
    flagged = np.asarray(scores) >= threshold
    hits = float((flagged & y).sum())
    return 2 * hits / (flagged.sum() + y.sum()) if hits else 0.0


def best_f1(labels: Sequence[bool], scores: Sequence[float]) -> tuple[float, float]:
    """Give the best F1 and the score at which it is reached."""
    found = curve(labels, scores)
    values = f1(found.precision, found.recall)
    best = int(np.argmax(values))
    return float(values[best]), float(found.threshold[best])
