"""Takes two models and their cards, gives what sets them apart: figures, thresholds, the weights that moved most, words."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from monitor.classify.features import CUE_FEATURES
from monitor.classify.model import Head, Model
from monitor.feedback.evaluation import vocabulary_change

MOVED = 10  #: weights told per topic
FIGURES = (("AP", "average_precision"), ("F1", "f1"))

Card = Mapping[str, Any]


def difference(before: Model, after: Model, cards: tuple[Card, Card]) -> dict[str, Any]:
    """Give what sets two models apart, as plain data.

    Args:
        before: the one that is looked at from.
        after: the other.
        cards: theirs, in this order; a topic of which a card says nothing has no figures there.
    """
    known = [card.get("topics", {}) for card in cards]
    place = {word: index for index, word in enumerate(before.vocabulary)}
    topics = {}
    for topic in sorted({*before.heads, *after.heads}):
        old, new = before.head(topic), after.head(topic)
        weights = [*_words(place, after, old, new), *_cues(old, new)]
        moved = sorted(weights, key=lambda one: (-abs(one[2] - one[1]), one[0]))[:MOVED]
        topics[topic] = {
            "figures": {
                "threshold": [round(old.threshold, 4), round(new.threshold, 4)],
                **{
                    name: [card[topic]["figures"][key][0] if topic in card else None for card in known]
                    for name, key in FIGURES
                },
            },
            "moved": [{"feature": name, "from": round(a, 3), "to": round(b, 3)} for name, a, b in moved if a != b],
        }
    return {
        "from": before.version,
        "to": after.version,
        "topics": topics,
        "words": words_between(before, after),
    }


def words_between(before: Model, after: Model) -> dict[str, list[str]]:
    """Give the words that one model gained on the other, weightiest first, and those it lost."""
    strength = np.max(np.abs([head.words for head in after.heads.values()]), axis=0)
    weights = dict(zip(after.vocabulary, strength.tolist(), strict=True))
    return vocabulary_change(before.vocabulary, after.vocabulary, weights)


def _words(place: Mapping[str, int], after: Model, old: Head, new: Head) -> Iterator[tuple[str, float, float]]:
    for word, weight in zip(after.vocabulary, new.words, strict=True):
        yield f"word: {word}", float(old.words[place[word]]) if word in place else 0.0, float(weight)


def _cues(old: Head, new: Head) -> Iterator[tuple[str, float, float]]:
    for (_, name), a, b in zip(CUE_FEATURES, old.cues, new.cues, strict=True):
        yield name, float(a), float(b)
