"""Takes held-out probabilities and those of ordinary news, gives the operating points: `auto`, the gate, the evidence table.

Recall and F1 come from labels; flags per 10,000 are counted on unlabelled ordinary news; precision there is what the calibrated
probabilities themselves expect among the flagged, because hardly any of those items has a label.
"""

from dataclasses import dataclass

import numpy as np

from monitor.classify.metrics import curve, f1
from monitor.classify.model import Evidence
from monitor.feedback.fitting import Array

FLAGS = 160.0  # of 10,000 items of ordinary news that `auto` may flag per topic
# F1 that counts as equal: the curve is flat at its top and its highest point is chance (.20 in one run, .42 in the next). The
# lowest point is taken, as an event missed costs a team more than a message too many.
PLATEAU = 0.01
STOPPED = 0.009  # of the positives that are flagged in full the gate may stop: fewer than one in a hundred
THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Scores of examples by weights that were not learned from them: the whole article, and what a feed would show of it."""

    full: Array
    teaser: Array


def auto_threshold(labels: Array, held: Array, ordinary: Array) -> float:
    """Give the lowest threshold with practically the best F1 on labels, within the limit of flags in ordinary news."""
    found = curve(labels.tolist(), held.tolist())
    allowed = np.array([per_10k(ordinary, threshold) <= FLAGS for threshold in found.threshold])
    if not allowed.any():
        return float(np.nextafter(np.quantile(ordinary, 1 - FLAGS / 10_000, method="higher"), 1))
    values = np.where(allowed, f1(found.precision, found.recall), -1.0)
    best = int(np.flatnonzero(values >= values.max() - PLATEAU)[-1])
    # Half way to the next lower score: no item stands on the edge.
    below = found.threshold[best + 1] if best + 1 < len(found.threshold) else found.threshold[best]
    middle = float(found.threshold[best] + below) / 2
    return middle if per_10k(ordinary, middle) <= FLAGS else float(found.threshold[best])


def gate(teasers: Array) -> float:
    """Give the probability of title and teaser below which a page is not fetched.

    Args:
        teasers: probabilities of the teasers of positives that are flagged once the whole article is read.
    """
    return float(np.quantile(teasers, STOPPED, method="lower")) if len(teasers) else 0.0


def evidence(labels: Array, held: Array, ordinary: Array) -> tuple[Evidence, ...]:
    """Give what each of a range of thresholds would have done."""
    positives = held[labels == 1]
    return tuple(
        Evidence(
            threshold=threshold,
            precision=round(_expected(ordinary, threshold), 4),
            recall=round(float((positives >= threshold).mean()) if len(positives) else 0.0, 4),
            per_10k=round(per_10k(ordinary, threshold), 2),
        )
        for threshold in THRESHOLDS
    )


def per_10k(ordinary: Array, threshold: float) -> float:
    """Give the flags per 10,000 items of ordinary news; 0 where none is at hand."""
    return float((ordinary >= threshold).mean()) * 10_000 if len(ordinary) else 0.0


def sigmoid(logits: Array) -> Array:
    """Give probabilities for log-odds."""
    return 1 / (1 + np.exp(-np.clip(logits, -500, 500)))


def _expected(ordinary: Array, threshold: float) -> float:
    flagged = ordinary[ordinary >= threshold]
    return float(flagged.mean()) if len(flagged) else threshold
