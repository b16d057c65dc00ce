"""Takes a model and the configured topics, gives verdicts: compiled once per configuration, then a pass per article.

Order of the rules: a language without a lexicon is never flagged; `never` vetoes; `always` flags; else the score decides.
The contributions of a verdict are the terms of its log-odds, calibration included, and add up to them exactly.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, islice
from math import log, log1p

import numpy as np
from numpy.typing import NDArray

from monitor.classify.features import CUE_FEATURES, Cells, cue_cells, word_cells
from monitor.classify.lexicon import languages, lexicon
from monitor.classify.model import Model
from monitor.classify.reading import Reading, Scanner
from monitor.classify.threshold import UNKNOWN, Stream, choose
from monitor.types import Contribution, Reason, Topic, Verdict

STRONGEST = 8  # contributions told with a flagged verdict
BATCH = 500  # articles weighed at once: more would only take more memory
BASELINE = "baseline: how rare the topic is"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the scores of a batch of articles are made of."""

    readings: Sequence[Reading]
    words: Cells
    cues: Cells
    keywords: NDArray[np.float64]  #: articles × topics × (in title, in text)
    logits: NDArray[np.float64]  #: articles × topics


class Judge:
    """Judges articles by all topics at once. Threads may share it."""

    def __init__(self, model: Model, topics: Sequence[Topic], stream: Stream = UNKNOWN) -> None:
        heads = [model.head(topic.id) for topic in topics]
        self.model = model
        self.topics = tuple(topics)
        self.choices = tuple(
            choose(topic.threshold, topic.id, head, stream) for topic, head in zip(topics, heads, strict=True)
        )
        self.thresholds = tuple(choice.threshold for choice in self.choices)
        self._scanners: dict[str, Scanner] = {}
        self._judged = frozenset(model.languages) & frozenset(languages())
        self._vocabulary = {word: index for index, word in enumerate(model.vocabulary)}
        self._idf = np.asarray(model.idf, dtype=float)
        slopes = np.array([head.slope for head in heads])[:, None]
        self._words = slopes * _stacked([head.words for head in heads], len(model.vocabulary))
        self._cues = slopes * _stacked([head.cues for head in heads], len(CUE_FEATURES))
        self._keywords = slopes * _stacked([head.keywords for head in heads], 2)
        self._base = np.array([head.slope * head.intercept + head.offset for head in heads])
        self._gates = np.array([_logit(head.gate) for head in heads])

    def judged(self, language: str | None) -> bool:
        """Tell whether articles in this language are judged: `en`, `en-GB` …; unknown is not."""
        return _plain(language) in self._judged

    def verdicts(self, title: str, text: str, language: str | None, *, explain: bool = False) -> tuple[Verdict, ...]:
        """Judge one article by every topic.

        Args:
            title: its headline.
            text: its body without the title, "" where there is none.
            language: as stated or detected.
            explain: give all contributions of every verdict, baseline included; else the strongest of flagged ones.
        """
        return self.verdicts_many([(title, text, language)], explain=explain)[0]

    def verdicts_many(
        self, items: Iterable[tuple[str, str, str | None]], *, explain: bool = False
    ) -> list[tuple[Verdict, ...]]:
        """Judge many (title, text, language) at once: the same verdicts as one by one, for a fraction of the time."""
        waiting, found = iter(items), []
        while batch := list(islice(waiting, BATCH)):
            judged = [self.judged(language) for _, _, language in batch]
            with _undisturbed():
                evidence = self._weigh(list(compress(batch, judged)))
                rows = iter(self._verdicts(evidence, explain=explain))
                found += [next(rows) if known else self._unjudged for known in judged]
        return found

    def gate(self, title: str, teaser: str, language: str | None = None) -> bool:
        """Tell whether the full page could make any topic flag it: the first, cheap stage."""
        return self.gates([(title, teaser, language)])[0]

    def gates(self, teasers: Sequence[tuple[str, str, str | None]]) -> list[bool]:
        """Tell for each (title, teaser, language) whether the full page could make any topic flag it: the first, cheap stage.

        The cut per topic lets at least 99 in 100 of the positives of the development news through (docs/classifier.md).
        """
        evidence = self._weigh(teasers)
        always = (any(role == "always" for _, role in reading.rules) for reading in evidence.readings)
        passed = (evidence.logits >= self._gates).tolist()
        return [either or any(others) for either, others in zip(always, passed, strict=True)]

    def _scanner(self, language: str | None) -> Scanner:
        """Give the scanner of a language, made when it is first needed; what is not judged is read as if it were English."""
        plain = _plain(language)
        known = plain if plain in self._judged else self.model.languages[0]
        if known not in self._scanners:
            self._scanners[known] = Scanner(lexicon(known), self.topics)
        return self._scanners[known]

    def _weigh(self, articles: Sequence[tuple[str, str, str | None]]) -> _Evidence:
        readings = [self._scanner(language).read(title, text) for title, text, language in articles]
        words = word_cells(readings, self._vocabulary, self._idf, self.model.measured)
        cues = cue_cells(readings)
        keywords = np.zeros((len(readings), len(self.topics), 2))
        for row, reading in enumerate(readings):
            for topic, places in reading.include.items():
                keywords[row, topic] = [log1p(len(place)) for place in places]
        logits = self._base + (self._keywords * keywords).sum(axis=2)
        for topic in range(len(self.topics)):
            for weights, cells in ((self._words[topic], words), (self._cues[topic], cues)):
                logits[:, topic] += np.bincount(cells.rows, cells.values * weights[cells.columns], len(readings))
        return _Evidence(readings, words, cues, keywords, logits)

    def _verdicts(self, evidence: _Evidence, *, explain: bool) -> Iterator[tuple[Verdict, ...]]:
        """Give the verdicts of each article in turn."""
        chances = (1 / (1 + np.exp(-evidence.logits))).tolist()
        for row, (reading, probabilities) in enumerate(zip(evidence.readings, chances, strict=True)):
            yield tuple(
                self._far(index, probability)
                if probability < self.thresholds[index] and not reading.rules and not explain
                else self._verdict(evidence, row, index, probability, explain=explain)
                for index, probability in enumerate(probabilities)
            )

    def _far(self, index: int, probability: float) -> Verdict:
        """Give the verdict on nearly every article: below the threshold, and no rule speaks."""
        return Verdict(
            topic=self.topics[index].id,
            probability=probability,
            threshold=self.thresholds[index],
            flagged=False,
            reason=Reason.BELOW,
            model=self.model.version,
        )

    def _verdict(self, evidence: _Evidence, row: int, index: int, probability: float, *, explain: bool) -> Verdict:
        threshold = self.thresholds[index]
        rules = evidence.readings[row].rules
        reason = Reason.SCORE if probability >= threshold else Reason.BELOW
        if never := rules.get((index, "never")):
            reason = Reason.NEVER
        elif always := rules.get((index, "always")):
            reason = Reason.ALWAYS
        flagged = reason in (Reason.SCORE, Reason.ALWAYS)
        contributions: tuple[Contribution, ...] = ()
        if explain or flagged:
            terms = self._contributions(evidence, row, index)
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

    def _contributions(self, evidence: _Evidence, row: int, index: int) -> list[Contribution]:
        """Give the terms of a topic's log-odds without the baseline, strongest first; features of one name are added up."""
        terms: dict[str, float] = {}
        for word, value in evidence.words.of(row):
            terms[f"word: {self.model.vocabulary[word]}"] = value * self._words[index, word]
        for cue, value in evidence.cues.of(row):
            name = CUE_FEATURES[cue][1]
            terms[name] = terms.get(name, 0.0) + value * self._cues[index, cue]
        for place, patterns in enumerate(evidence.readings[row].include.get(index, ())):
            for pattern in patterns:
                share = evidence.keywords[row, index, place] * self._keywords[index, place] / len(patterns)
                terms[f"keyword in {('title', 'text')[place]}: {pattern}"] = share
        found = [Contribution(feature=name, value=float(value)) for name, value in terms.items() if value]
        return sorted(found, key=lambda term: (-abs(term.value), term.feature))

    @cached_property
    def _unjudged(self) -> tuple[Verdict, ...]:
        return tuple(
            Verdict(
                topic=topic.id,
                probability=0.0,
                threshold=threshold,
                flagged=False,
                reason=Reason.LANGUAGE,
                model=self.model.version,
            )
            for topic, threshold in zip(self.topics, self.thresholds, strict=True)
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the cyclic collector out of a batch: it would walk again and again through thousands of containers that are all in use.

    That took a fifth of the time. Nothing in a batch refers to itself, so that nothing is left for the collector to find.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _stacked(rows: Sequence[NDArray[np.float32]], width: int) -> NDArray[np.float64]:
    return np.array(rows, dtype=float).reshape(len(rows), width)


def _plain(language: str | None) -> str:
    return (language or "").replace("_", "-").split("-")[0].lower()


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))
