"""Takes a model and the configured topics, gives verdicts: compiled once per configuration, then a pass per article.

Order of the rules: a language without a lexicon is never flagged; `never` vetoes; `always` flags; else the score decides.
The contributions of a verdict are the terms of its log-odds, calibration included, and add up to them exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, log1p

import numpy as np
from numpy.typing import NDArray

from monitor.classify.features import CUE_FEATURES, cue_features, word_features
from monitor.classify.lexicon import languages, lexicon
from monitor.classify.model import Model
from monitor.classify.reading import Reading, Scanner
from monitor.classify.threshold import DAILY, resolve
from monitor.types import Contribution, Reason, Topic, Verdict

STRONGEST = 8  # contributions told with a flagged verdict
BASELINE = "baseline: how rare the topic is"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the scores of one article are made of."""

    reading: Reading
    words: dict[int, float]
    cues: dict[int, float]
    keywords: NDArray[np.float64]  #: topics × (in title, in text)
    logits: NDArray[np.float64]


class Judge:
    """Judges articles by all topics at once. Nothing in it changes: threads may share it."""

    def __init__(self, model: Model, topics: Sequence[Topic], daily: float = DAILY) -> None:
        heads = [model.head(topic.id) for topic in topics]
        self.model = model
        self.topics = tuple(topics)
        self.thresholds = tuple(
            resolve(topic.threshold, head, daily) for topic, head in zip(topics, heads, strict=True)
        )
        self._scanner = Scanner(lexicon(model.language), topics)
        self._vocabulary = {
            word: (index, float(idf)) for index, (word, idf) in enumerate(zip(model.vocabulary, model.idf, strict=True))
        }
        slopes = np.array([head.slope for head in heads])[:, None]
        # Features in rows: an article picks some thirty of them for all topics at once.
        self._words = (slopes * _stacked([head.words for head in heads], len(model.vocabulary))).T.copy()
        self._cues = (slopes * _stacked([head.cues for head in heads], len(CUE_FEATURES))).T.copy()
        self._keywords = slopes * _stacked([head.keywords for head in heads], 2)
        self._base = np.array([head.slope * head.intercept + head.offset for head in heads])
        self._gates = np.array([_logit(head.gate) for head in heads])

    def judged(self, language: str | None) -> bool:
        """Tell whether articles in this language are judged: `en`, `en-GB` …; unknown is not."""
        plain = (language or "").split("-")[0].split("_")[0].lower()
        return plain == self.model.language and plain in languages()

    def verdicts(self, title: str, text: str, language: str | None, *, explain: bool = False) -> tuple[Verdict, ...]:
        """Judge one article by every topic.

        Args:
            title: its headline.
            text: its body without the title, "" where there is none.
            language: as stated or detected.
            explain: give all contributions of every verdict, baseline included; else the strongest of flagged ones.
        """
        if not self.judged(language):
            return tuple(self._unjudged(index) for index in range(len(self.topics)))
        evidence = self._weigh(title, text)
        return tuple(self._verdict(evidence, index, explain=explain) for index in range(len(self.topics)))

    def verdicts_many(self, items: Iterable[tuple[str, str, str | None]]) -> list[tuple[Verdict, ...]]:
        """Judge (title, text, language) one after the other."""
        return [self.verdicts(title, text, language) for title, text, language in items]

    def gate(self, title: str, teaser: str) -> bool:
        """Tell whether the full page could make any topic flag it: the first, cheap stage.

        The cut per topic lets at least 99 in 100 of the positives of the development news through (docs/classifier.md).
        """
        evidence = self._weigh(title, teaser)
        rules = evidence.reading.rules
        return any((index, "always") in rules or passed for index, passed in enumerate(evidence.logits >= self._gates))

    def _weigh(self, title: str, text: str) -> _Evidence:
        reading = self._scanner.read(title, text)
        words = word_features(reading, self._vocabulary)
        cues = cue_features(reading)
        keywords = np.zeros((len(self.topics), 2))
        for topic, places in reading.include.items():
            keywords[topic] = [log1p(len(place)) for place in places]
        logits = self._base + (self._keywords * keywords).sum(axis=1)
        for weights, values in ((self._words, words), (self._cues, cues)):
            if values:
                logits += np.fromiter(values.values(), float, len(values)) @ weights[list(values)]
        return _Evidence(reading, words, cues, keywords, logits)

    def _verdict(self, evidence: _Evidence, index: int, *, explain: bool) -> Verdict:
        probability = _sigmoid(float(evidence.logits[index]))
        threshold = self.thresholds[index]
        rules = evidence.reading.rules
        reason = Reason.SCORE if probability >= threshold else Reason.BELOW
        if never := rules.get((index, "never")):
            reason = Reason.NEVER
        elif always := rules.get((index, "always")):
            reason = Reason.ALWAYS
        flagged = reason in (Reason.SCORE, Reason.ALWAYS)
        contributions: tuple[Contribution, ...] = ()
        if explain or flagged:
            terms = self._contributions(evidence, index)
            contributions = (*terms, Contribution(feature=BASELINE, value=float(self._base[index])))
            contributions = contributions if explain else tuple(terms[:STRONGEST])
        return Verdict(
            topic=self.topics[index].id,
            probability=probability,
            threshold=threshold,
            flagged=flagged,
            reason=reason,
            model=self.model.version,
            contributions=contributions,
            keyword=never or (always if reason is Reason.ALWAYS else "") or "",
        )

    def _contributions(self, evidence: _Evidence, index: int) -> list[Contribution]:
        """Give the terms of a topic's log-odds without the baseline, strongest first; features of one name are added up."""
        terms: dict[str, float] = {}
        for word, value in evidence.words.items():
            terms[f"word: {self.model.vocabulary[word]}"] = value * self._words[word, index]
        for cue, value in evidence.cues.items():
            name = CUE_FEATURES[cue][1]
            terms[name] = terms.get(name, 0.0) + value * self._cues[cue, index]
        for place, patterns in enumerate(evidence.reading.include.get(index, ())):
            for pattern in patterns:
                share = evidence.keywords[index, place] * self._keywords[index, place] / len(patterns)
                terms[f"keyword in {('title', 'text')[place]}: {pattern}"] = share
        found = [Contribution(feature=name, value=float(value)) for name, value in terms.items() if value]
        return sorted(found, key=lambda term: (-abs(term.value), term.feature))

    def _unjudged(self, index: int) -> Verdict:
        return Verdict(
            topic=self.topics[index].id,
            probability=0.0,
            threshold=self.thresholds[index],
            flagged=False,
            reason=Reason.LANGUAGE,
            model=self.model.version,
        )


def words_of(verdict: Verdict) -> frozenset[str]:
    """Give the words and keywords that spoke for a verdict, in small letters: what its summary should bear on."""
    named = (term.feature.split(": ", 1) for term in verdict.contributions if term.value > 0)
    return frozenset(
        word
        for kind, phrase in named
        if kind.startswith(("word", "keyword"))
        for word in phrase.rstrip("*").lower().split()
    )


def _stacked(rows: Sequence[NDArray[np.float32]], width: int) -> NDArray[np.float64]:
    return np.array(rows, dtype=float).reshape(len(rows), width)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + exp(-logit)) if logit >= 0 else exp(logit) / (1 + exp(logit))


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))
