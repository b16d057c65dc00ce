"""Takes a trained model and what it was trained on, gives its card: counts, digests, figures with intervals, thresholds, top terms.

Figures come from examples that were scored without having been learned from (all of an outlet left out together), at the
threshold stored as `auto`. The intervals are bootstrap percentiles over examples.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.classify.features import CUE_FEATURES
from monitor.classify.metrics import average_precision, curve, f1_at
from monitor.classify.model import Head
from monitor.feedback.design import Example
from monitor.feedback.fitting import Array
from monitor.feedback.operating import per_10k
from monitor.feedback.training import Trained
from monitor.types import Topic

Flags = NDArray[np.bool_]

RESAMPLES = 300
TERMS = 25
POINTS = 60  # of a curve
FEWEST_POSITIVES = 10  # in a corpus, for figures of its own


def describe(
    trained: Trained,
    examples: Sequence[Example],
    topics: Sequence[Topic],
    digests: Mapping[str, str],
    refines: str = "",
) -> dict[str, Any]:
    """Give the card as plain data.

    Args:
        trained: the model with its held-out scores.
        examples: what it was learned from.
        topics: as configured at training.
        digests: SHA-256 of the files the examples came from, by name.
        refines: the version whose weights were the prior.
    """
    return {
        "version": trained.model.version,
        "languages": list(trained.model.languages),
        "refines": refines,
        "examples": {
            "learned": len(examples),
            "invented": sum(example.invented for example in examples),
            "by_origin": dict(sorted(Counter(example.origin or "-" for example in examples).items())),
            "checked": len(trained.checked),
            "files": dict(digests),
        },
        "vocabulary": len(trained.model.vocabulary),
        "topics": {topic.id: _topic(trained, examples, topic, index) for index, topic in enumerate(topics)},
        "keywords": {
            "in_title": _short(trained.model.general.keywords[0]),
            "in_text": _short(trained.model.general.keywords[1]),
        },
    }


def _topic(trained: Trained, examples: Sequence[Example], topic: Topic, index: int) -> dict[str, Any]:
    head = trained.model.heads[topic.id]
    rows = [row for row, example in enumerate(trained.checked) if topic.id in example.labels]
    labels = np.array([trained.checked[row].labels[topic.id] for row in rows], dtype=bool)
    titled = np.array([trained.checked[row].title != "" for row in rows], dtype=bool)
    held, origins = trained.probabilities[rows, index], [trained.checked[row].origin for row in rows]
    return {
        "labels": dict(Counter("yes" if one.labels[topic.id] else "no" for one in examples if topic.id in one.labels)),
        "keywords": len(topic.include),
        "figures": figures(labels, held, head.threshold),
        "by_origin": _by_origin(labels, held, origins, head.threshold),
        "threshold": {"auto": head.threshold, "gate": head.gate},
        "gate": _gate(labels, held, trained.teasers[rows, index], titled, head),
        "ordinary_news": _ordinary(trained.background[:, index], head),
        "evidence": [asdict(row) for row in head.evidence],
        "top_terms": _top_terms(trained.model.vocabulary, head),
        "curves": curves(labels, held, np.array([trained.checked[row].weight or 0.0 for row in rows])),
    }


def figures(labels: Flags, held: Array, threshold: float) -> dict[str, Any]:
    """Give counts, average precision, F1, precision and recall at a threshold, the first two with 95 % intervals."""
    flagged = held >= threshold
    hits = int((flagged & labels).sum())
    return {
        "positives": int(labels.sum()),
        "negatives": int((~labels).sum()),
        "average_precision": _interval(average_precision, labels, held),
        "f1": _interval(lambda y, p: f1_at(y, p, threshold), labels, held),
        "precision": _short(hits / max(1, flagged.sum())),
        "recall": _short(hits / max(1, labels.sum())),
    }


def curves(labels: Flags, held: Array, weights: Array) -> dict[str, Any]:
    """Give what the pictures of a model are drawn from: precision over recall, reliability, scores of yeses and noes.

    Reliability is that of ordinary news where weights say what each article stands for, else of the labels as they are.
    """
    found = curve(labels.tolist(), held.tolist())
    chosen = np.unique(np.linspace(0, len(found.recall) - 1, POINTS).astype(int))
    logits = np.log(np.clip(held, 1e-6, 1 - 1e-6) / (1 - np.clip(held, 1e-6, 1 - 1e-6)))
    edges = np.linspace(-14, 14, 29)
    return {
        "precision_recall": [[_short(found.recall[row]), _short(found.precision[row])] for row in chosen],
        "reliability": _reliability(labels, held, weights if weights.any() else np.ones(len(labels))),
        "scores": {
            "edges": edges.tolist(),
            "yes": np.histogram(logits[labels], edges)[0].tolist(),
            "no": np.histogram(logits[~labels], edges)[0].tolist(),
        },
    }


def _reliability(labels: Flags, held: Array, weights: Array) -> list[list[float]]:
    """Give mean probability, share of positives and number of articles in ten bins of probability."""
    bins = np.minimum((held * 10).astype(int), 9)
    found = []
    for one in range(10):
        inside = (bins == one) & (weights > 0)
        if inside.any():
            mean, share = (np.average(values[inside], weights=weights[inside]) for values in (held, labels))
            found.append([_short(mean), _short(share), int(inside.sum())])
    return found


def _gate(labels: Flags, held: Array, teasers: Array, titled: Flags, head: Head) -> dict[str, Any]:
    """Give how many positives the gate would stop by their title and opening: of those flagged in full, and of all."""
    stopped, positive = teasers < head.gate, labels & titled
    flagged = positive & (held >= head.threshold)
    return {
        "flagged_positives": int(flagged.sum()),
        "of_them_stopped": _short(float(stopped[flagged].mean()) if flagged.any() else 0.0),
        "positives": int(positive.sum()),
        "of_all_stopped": _short(float(stopped[positive].mean()) if positive.any() else 0.0),
    }


def _interval(figure: Callable[[Any, Any], float], labels: Flags, held: Array) -> list[float]:
    """Give the figure and its 2.5 and 97.5 percentiles over resampled examples."""
    chance = np.random.default_rng(0)
    draws = (chance.integers(0, len(labels), len(labels)) for _ in range(RESAMPLES))
    resampled = [figure(labels[draw], held[draw]) for draw in draws if labels[draw].any()]
    low, high = np.percentile(resampled, [2.5, 97.5]) if resampled else (0.0, 1.0)
    return [_short(figure(labels, held)), _short(low), _short(high)]


def _by_origin(labels: Flags, held: Array, origins: Sequence[str], threshold: float) -> dict[str, Any]:
    found = {}
    for origin in sorted(set(origins)):
        inside = np.array([one == origin for one in origins])
        if origin and labels[inside].sum() >= FEWEST_POSITIVES:
            found[origin] = figures(labels[inside], held[inside], threshold)
    return found


def _ordinary(probabilities: Array, head: Head) -> dict[str, Any]:
    return {
        "items": len(probabilities),
        "flags_per_10k": round(per_10k(probabilities, head.threshold), 1),
        "past_the_gate_per_10k": round(per_10k(probabilities, head.gate), 1),
    }


def _top_terms(vocabulary: Sequence[str], head: Head) -> dict[str, list[str]]:
    order = np.argsort(-head.words, kind="stable")
    strongest = np.argsort(-np.abs(head.cues), kind="stable")[:TERMS]
    return {
        "for": [vocabulary[place] for place in order[:TERMS]],
        "against": [vocabulary[place] for place in order[::-1][:TERMS]],
        "cues": [f"{CUE_FEATURES[place][0]} {head.cues[place]:+.2f}" for place in strongest],
    }


def _short(value: float) -> float:
    return round(float(value), 4)
