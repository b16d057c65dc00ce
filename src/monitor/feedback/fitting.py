"""Takes features and labels, gives the weights: logistic regression for all topics at once, with a Gaussian prior (MAP).

Minimised is Σ balance · log(1 + exp(∓score)) + ½ Σ precision · (weight − mean)². With means of zero this is ordinary ridge
logistic regression (scikit-learn's with C = 1/precision); with the weights of an earlier model as means, new labels refine that
model instead of replacing it. The keyword weights are one set for all topics, which scikit-learn cannot express; hence our own
forty lines around scipy's L-BFGS. Deterministic: the same input gives the same weights.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Design:
    """The training set as numbers: rows are examples."""

    features: sparse.csr_matrix  #: words and scaled cues
    keywords: Array  #: examples × topics × (in title, in text)
    labels: Array  #: examples × topics: 1, 0, or nan where not labelled
    weights: Array  #: how much each example counts

    def rows(self, chosen: NDArray[np.intp]) -> "Design":
        """Give the part with these rows."""
        return Design(
            features=self.features[chosen],
            keywords=self.keywords[chosen],
            labels=self.labels[chosen],
            weights=self.weights[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What is learned: per topic one column of feature weights and an intercept; one set of keyword weights."""

    features: Array  #: features × topics
    intercepts: Array
    keywords: Array

    def scores(self, design: Design) -> Array:
        """Give examples × topics scores (log-odds before calibration)."""
        return np.asarray(design.features @ self.features + self.intercepts + design.keywords @ self.keywords)


def fit(
    design: Design,
    mean: Weights,
    *,
    precision: float | Array,
    keyword_precision: float,
    near: Weights | None = None,
    tolerance: float = 1e-9,
) -> Weights:
    """Give the most probable weights.

    Args:
        design: what to learn from.
        mean: where the weights are believed to be before seeing it.
        precision: how firmly, for all feature weights or for each; the inverse of scikit-learn's C.
        keyword_precision: the same for the keyword weights.
        near: where the search begins, by default at the mean: the weights of nearly the same design save steps.
        tolerance: relative change of the loss at which the search ends.
    """
    labelled = ~np.isnan(design.labels)
    sign = np.where(design.labels == 1, 1.0, -1.0)
    balance = _balance(design) * labelled
    transposed = design.features.T.tocsr()
    shapes = mean.features.shape, mean.intercepts.shape, mean.keywords.shape
    firmness = _packed(
        Weights(
            features=np.broadcast_to(np.reshape(precision, (-1, 1)), shapes[0]),
            intercepts=np.zeros(shapes[1]),
            keywords=np.full(shapes[2], keyword_precision),
        )
    )
    centre = _packed(mean)

    def loss(packed: Array) -> tuple[float, Array]:
        weights = _unpacked(packed, mean)
        margin = sign * weights.scores(design)
        pull = packed - centre
        slope = -balance * sign / (1 + np.exp(np.minimum(margin, 500)))
        gradient = Weights(
            features=transposed @ slope,
            intercepts=slope.sum(axis=0),
            keywords=np.einsum("nt,ntk->k", slope, design.keywords),
        )
        value = (balance * np.logaddexp(0, -margin)).sum() + 0.5 * (firmness * pull * pull).sum()
        return float(value), _packed(gradient) + firmness * pull

    # One BLAS thread: sums in one order on every machine, and no quarrel over cores (measured four times as fast on two).
    with threadpool_limits(limits=1):
        found = minimize(
            loss,
            _packed(near or mean),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 500, "ftol": tolerance, "gtol": 1e-4},
        )
    return _unpacked(found.x, mean)


def calibrate(scores: Array, labels: Array, weights: Array) -> tuple[float, float]:
    """Give slope (> 0) and offset of the log-odds in the score, by weighted maximum likelihood (Platt 1999).

    Args:
        scores: scores of items the weights were not learned from.
        labels: 1 or 0, or what another model believes in between.
        weights: how many items of ordinary news each stands for.
    """
    share = weights / weights.sum()

    def loss(parameters: Array) -> tuple[float, Array]:
        odds = parameters[0] * scores + parameters[1]
        slope = share * (1 / (1 + np.exp(-np.clip(odds, -500, 500))) - labels)
        value = float((share * (np.logaddexp(0, odds) - labels * odds)).sum())
        return value, np.array([(slope * scores).sum(), slope.sum()])

    found = minimize(loss, np.array([1.0, -3.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 20), (None, None)])
    return float(found.x[0]), float(found.x[1])


def _balance(design: Design) -> Array:
    """Give each label the weight that makes a topic's yeses weigh as much as its noes."""
    counted = np.broadcast_to(design.weights[:, None], design.labels.shape)
    positives = (counted * (design.labels == 1)).sum(axis=0)
    negatives = (counted * (design.labels == 0)).sum(axis=0)
    half = (positives + negatives) / 2
    each = np.where(design.labels == 1, half / np.maximum(positives, 1e-9), half / np.maximum(negatives, 1e-9))
    return np.asarray(each * counted)


def _packed(weights: Weights) -> Array:
    return np.concatenate([weights.features.ravel(), weights.intercepts, weights.keywords])


def _unpacked(packed: Array, like: Weights) -> Weights:
    first = like.features.size
    second = first + like.intercepts.size
    return Weights(
        features=packed[:first].reshape(like.features.shape),
        intercepts=packed[first:second],
        keywords=packed[second:],
    )
