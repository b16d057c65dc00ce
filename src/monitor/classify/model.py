"""Takes nothing, gives the model as a value: one vocabulary, shared keyword weights, and per topic a calibrated logistic head.

score = intercept + words · x + cues · x + keywords · x; log-odds = slope × score + offset; probability = σ(log-odds).
Slope and offset turn a score learned on enriched labels into the probability for ordinary news, of which one or two in a
hundred items are positive. A topic without a head of its own is judged by `general`: its keywords alone, with weights
learned across all topics.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a threshold would have done on held-out news: the table thresholds are chosen from."""

    threshold: float
    precision: float  #: expected among flagged items of ordinary news
    recall: float
    per_10k: float  #: flags per 10,000 items of ordinary news


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """One topic's weights, calibration and thresholds."""

    words: Floats
    cues: Floats
    keywords: Floats  #: per log(1 + distinct keywords) in the title and in the text
    intercept: float
    slope: float
    offset: float
    threshold: float  #: what `auto` means
    gate: float  #: probability of title and teaser below which the page is not worth fetching
    evidence: tuple[Evidence, ...] = ()  #: by rising threshold


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A trained model. `scale` is what cue features were divided by in training, for whoever refines it."""

    version: str
    languages: tuple[str, ...]  #: that are judged; each has a lexicon, all share weights
    vocabulary: tuple[str, ...]
    idf: Floats
    scale: Floats
    heads: Mapping[str, Head]
    general: Head
    measured: int = -1  #: so many words make an article's length, the first ones; the rest were learned later

    def __post_init__(self) -> None:
        """Measure by all words where nothing else is said."""
        if self.measured < 0:
            object.__setattr__(self, "measured", len(self.vocabulary))

    def head(self, topic: str) -> Head:
        """Give the topic's own head, else the one that knows keywords only."""
        return self.heads.get(topic, self.general)
