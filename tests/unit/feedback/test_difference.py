"""What sets two models apart, whichever words each of them knows."""

from dataclasses import replace
from typing import Any

import numpy as np

from monitor.classify import Head, Model
from monitor.classify.features import CUE_FEATURES
from monitor.feedback.difference import difference, words_between


def head(*words: float, threshold: float = 0.3) -> Head:
    """Give a head with weights for words alone."""
    return Head(
        words=np.array(words, dtype=np.float32),
        cues=np.zeros(len(CUE_FEATURES), dtype=np.float32),
        keywords=np.zeros(2, dtype=np.float32),
        intercept=0.0,
        slope=1.0,
        offset=0.0,
        threshold=threshold,
        gate=0.001,
    )


def model(version: str, vocabulary: tuple[str, ...], **heads: Head) -> Model:
    """Give a small model."""
    return Model(
        version=version,
        languages=("en",),
        vocabulary=vocabulary,
        idf=np.ones(len(vocabulary), dtype=np.float32),
        scale=np.ones(len(CUE_FEATURES), dtype=np.float32),
        heads=heads,
        general=head(*[0.0] * len(vocabulary)),
    )


def card(**topics: tuple[float, float]) -> dict[str, Any]:
    """Give a card with average precision and F1 by topic."""
    return {
        "topics": {
            topic: {"figures": {"average_precision": [precision, 0.0, 1.0], "f1": [f1, 0.0, 1.0]}}
            for topic, (precision, f1) in topics.items()
        }
    }


OLD = model("a-1", ("quay", "berth"), harbours=head(0.5, -1.0))
NEW = model("a-2", ("quay", "pilot"), harbours=head(0.75, 2.0, threshold=0.4))


def test_figures_thresholds_weights_and_words_are_told() -> None:
    """A word that the older one does not know weighed nothing there; what did not move is not told."""
    found = difference(OLD, NEW, (card(harbours=(0.8, 0.7)), card(harbours=(0.9, 0.6))))

    assert (found["from"], found["to"]) == ("a-1", "a-2")
    assert found["topics"]["harbours"]["figures"] == {"threshold": [0.3, 0.4], "AP": [0.8, 0.9], "F1": [0.7, 0.6]}
    assert found["topics"]["harbours"]["moved"] == [
        {"feature": "word: pilot", "from": 0.0, "to": 2.0},
        {"feature": "word: quay", "from": 0.5, "to": 0.75},
    ]
    assert found["words"] == {"gained": ["pilot"], "lost": ["berth"]}


def test_a_topic_that_one_of_them_does_not_know_is_compared_with_what_judges_it_there() -> None:
    """Its keywords alone; where a card says nothing of it there is no figure."""
    both = replace(NEW, heads={**NEW.heads, "ferries": head(1.0, 0.0)})

    found = difference(OLD, both, (card(harbours=(0.8, 0.7)), {}))

    assert found["topics"]["ferries"]["figures"]["AP"] == [None, None]
    assert found["topics"]["harbours"]["figures"]["AP"] == [0.8, None]
    assert found["topics"]["ferries"]["moved"] == [{"feature": "word: quay", "from": 0.0, "to": 1.0}]


def test_the_same_model_differs_in_nothing() -> None:
    """No weight, no word."""
    found = difference(OLD, OLD, (card(), card()))

    assert found["topics"]["harbours"]["moved"] == []
    assert found["words"] == {"gained": [], "lost": []}


def test_gained_words_come_weightiest_first() -> None:
    """Whatever the topic in which they weigh."""
    more = model("a-3", ("quay", "crane", "pilot"), harbours=head(0.0, 0.5, 0.1), ferries=head(0.0, 0.0, -3.0))

    assert words_between(OLD, more)["gained"] == ["pilot", "crane"]
