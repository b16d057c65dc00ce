"""Takes examples, gives the numbers a model is fitted to: vocabulary, scale of the cue features, rows.

Cue features are divided by their standard deviation in real news (`data/cue-deviations.json`) and multiplied by 1/20: they start
small beside words and earn their weight. With a prior model the space is the prior's, enlarged by the words that only the new
examples have.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import log, log1p

import numpy as np
from scipy import sparse

from monitor.classify.features import CUE_FEATURES, Cells, cue_cells, word_cells
from monitor.classify.lexicon import lexicon
from monitor.classify.model import Model
from monitor.classify.reading import Reading, Scanner
from monitor.feedback.fitting import Array, Design, Weights
from monitor.types import Topic

# Average precision (drug_policy/bilateral_security), a corpus left out at a time: .1 .912/.778, .05 .922/.781, .03 .920/.780.
SHRINK = 0.05
KEYWORD_MEAN = (0.8, 0.5)  # belief before any label: a keyword is evidence, more so in a title
FEWEST = (
    3  # documents a word must occur in: keeps private names out of model files, and cost nothing (.9133 against .9130)
)
# Weight of an invented example beside real ones. Where a model that was learned from them is refined, they keep it from forgetting
# what no real label speaks of; more weight costs. Average precision, outlets left out: 0 .944/.865, .005 .942/.869, .01 .941/.868,
# .02 .940/.866, .1 .933/.858.
INVENTED = 0.01
DEVIATIONS = "cue-deviations.json"
TEASER = 30  # words of a teaser


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A labelled article. `group` keeps together what must not be on both sides of a fold: an outlet, a story."""

    title: str
    text: str
    labels: Mapping[str, bool]
    group: str = ""
    origin: str = ""  #: what figures are broken down by: a corpus, a channel
    weight: float | None = None  #: items of ordinary news it stands for; None where it was not drawn at random
    language: str = "en"
    invented: bool = False  #: written for training: learned from, never counted in a figure

    @property
    def article(self) -> tuple[str, str, str]:
        """Give title, text and language."""
        return self.title, self.text, self.language

    @property
    def teaser(self) -> tuple[str, str, str]:
        """Give title, what a feed would show of the text, and language."""
        return self.title, " ".join(self.text.split()[:TEASER]), self.language


class Scanners:
    """A scanner per language, made when it is first needed."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        self._made: dict[str, Scanner] = {}

    def read(self, title: str, text: str, language: str) -> Reading:
        """Read an article."""
        if language not in self._made:
            self._made[language] = Scanner(lexicon(language), self._topics)
        return self._made[language].read(title, text)


@dataclass(frozen=True, kw_only=True)
class Space:
    """Where articles become rows."""

    scanners: Scanners
    topics: Sequence[Topic]
    vocabulary: Mapping[str, int]
    idf: Array
    scale: Array
    measured: int  #: so many words make an article's length, the first ones

    def design(self, articles: Iterable[tuple[str, str, str]], examples: Sequence[Example] = ()) -> Design:
        """Give the rows of (title, text, language), with the labels of the examples where they are given."""
        readings = [self.scanners.read(*article) for article in articles]
        cells = word_cells(readings, self.vocabulary, self.idf, self.measured)
        words = _matrix(cells, len(readings), len(self.vocabulary))
        cues = _matrix(cue_cells(readings), len(readings), len(CUE_FEATURES))
        labels = np.full((len(readings), len(self.topics)), np.nan)
        for row, example in enumerate(examples):
            labels[row] = [example.labels.get(topic.id, np.nan) for topic in self.topics]
        return Design(
            features=sparse.hstack([words, cues.multiply(1 / self.scale)]).tocsr(),
            keywords=_keywords(readings, len(self.topics)),
            labels=labels,
            weights=_counted(examples) if examples else np.ones(len(readings)),
        )

    @property
    def origin(self) -> Weights:
        """Give the belief before any label."""
        return Weights(
            features=np.zeros((len(self.vocabulary) + len(CUE_FEATURES), len(self.topics))),
            intercepts=np.zeros(len(self.topics)),
            keywords=np.array(KEYWORD_MEAN),
        )


def new_space(scanners: Scanners, topics: Sequence[Topic], examples: Sequence[Example]) -> tuple[Space, Weights]:
    """Give the space of these examples, and the belief to start from."""
    idf = _idf([scanners.read(*example.article) for example in examples], examples)
    space = Space(
        scanners=scanners,
        topics=topics,
        vocabulary=_indexed(idf),
        idf=np.array([*idf.values()]),
        scale=_deviations() / SHRINK,
        measured=len(idf),
    )
    return space, space.origin


def deviations(scanners: Scanners, examples: Sequence[Example]) -> dict[str, float]:
    """Give the standard deviation of every cue feature over examples, by its name in model files: what is kept as package data.

    They are measured once, on real news, and not on what is learned from: items written for training are short and dense, and a
    scale taken from them cost the seed model .02 of average precision and whatever was refined from it more.
    """
    readings = [scanners.read(*example.article) for example in examples]
    cues = _matrix(cue_cells(readings), len(readings), len(CUE_FEATURES)).toarray()
    return {name: round(float(value), 6) for (name, _), value in zip(CUE_FEATURES, cues.std(axis=0), strict=True)}


def _deviations() -> Array:
    known = json.loads((files("monitor") / "data" / DEVIATIONS).read_text("utf-8"))
    return np.array([known.get(name) or 1.0 for name, _ in CUE_FEATURES])


def refining_space(
    scanners: Scanners, topics: Sequence[Topic], examples: Sequence[Example], prior: Model, measured: int = 0
) -> tuple[Space, Weights]:
    """Give the prior's space with the examples' new words, and the prior's weights as the belief to start from.

    An article's length is measured by so many words, by default by all of them.
    """
    known = {word: float(idf) for word, idf in zip(prior.vocabulary, prior.idf, strict=True)}
    fresh = _idf([scanners.read(*example.article) for example in examples], examples)
    words = {**known, **{word: idf for word, idf in fresh.items() if word not in known}}
    space = Space(
        scanners=scanners,
        topics=topics,
        vocabulary=_indexed(words),
        idf=np.array([*words.values()]),
        scale=np.asarray(prior.scale, dtype=float),
        measured=measured or len(words),
    )
    belief = space.origin
    for index, topic in enumerate(topics):
        head = prior.head(topic.id)
        belief.features[: len(known), index] = head.words
        belief.features[len(words) :, index] = head.cues * space.scale
        belief.intercepts[index] = head.intercept
    belief.keywords[:] = prior.head(topics[0].id).keywords
    return space, belief


def _idf(readings: Sequence[Reading], examples: Sequence[Example]) -> dict[str, float]:
    """Give the words worth learning about, sorted, with their idf."""
    stop_words = frozenset().union(*(lexicon(code).stop_words for code in {example.language for example in examples}))
    frequency = Counter(word for reading in readings for word in {*reading.title, *reading.body})
    words = sorted(
        word for word, count in frequency.items() if count >= FEWEST and len(word) > 1 and word not in stop_words
    )
    return {word: round(log((1 + len(readings)) / (1 + frequency[word])) + 1, 6) for word in words}


def _indexed(words: Iterable[str]) -> dict[str, int]:
    return {word: index for index, word in enumerate(words)}


def _counted(examples: Sequence[Example]) -> Array:
    real = any(not example.invented for example in examples)
    return np.array([INVENTED if real and example.invented else 1.0 for example in examples])


def _keywords(readings: Sequence[Reading], topics: int) -> Array:
    values = np.zeros((len(readings), topics, 2))
    for row, reading in enumerate(readings):
        for topic, places in reading.include.items():
            values[row, topic] = [log1p(len(place)) for place in places]
    return values


def _matrix(cells: Cells, rows: int, width: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((cells.values, (cells.rows, cells.columns)), shape=(rows, width))
