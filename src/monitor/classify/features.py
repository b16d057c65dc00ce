"""Takes a reading, gives its features: cue and country numbers by fixed index, and weighted words by vocabulary index.

Only numbers other than zero are given; an article without cues and countries costs next to nothing. The cue features are
those measured in docs/classifier.md: per list the hits in title, opening and body; sentences in which two lists meet;
and how many countries are named, above all two in one sentence ("Ghana–Togo" counts as "US–India" does).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain, combinations, repeat
from math import log1p
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.classify.lexicon import CUES
from monitor.classify.reading import Reading

#: Lists that are worth more in one sentence than apart, found on the development corpora.
_MEETINGS: tuple[tuple[str, ...], ...] = (
    ("drug_core", "policy"),
    ("drug", "policy"),
    ("drug_core", "drug_policy"),
    ("drug", "crime"),
    ("drug", "pharma"),
    ("drug", "cooperation"),
    ("security", "cooperation"),
)
#: What a sentence with two countries is about.
_PAIR_ABOUT: tuple[tuple[str, ...], ...] = (
    ("security",),
    ("cooperation",),
    ("security_cooperation",),
    ("drug",),
    ("war",),
    ("trade",),
    ("security", "cooperation"),
)


def _joined(lists: tuple[str, ...]) -> str:
    return " × ".join(name.replace("_", " ") for name in lists)


def _names() -> Iterator[tuple[str, str]]:
    for cue in CUES:
        plain = cue.replace("_", " ")
        yield f"title.{cue}", f"cue in title: {plain}"
        yield f"lead.{cue}", f"cue in lead: {plain}"
        yield f"body.{cue}", f"cue in text: {plain}"
        yield f"density.{cue}", f"cue in text: {plain}"
        yield f"head.{cue}", f"cue in title or lead: {plain}"
    yield "kinds.drug_core", "cue in text: different drug terms"
    for lists in _MEETINGS:
        yield f"meet.{'+'.join(lists)}", f"cues in one sentence: {_joined(lists)}"
        yield f"share.{'+'.join(lists)}", f"cues in one sentence: {_joined(lists)}"
    yield "countries.title2", "countries: two in the title"
    yield "countries.lead", "countries: in title and lead"
    yield "countries.lead2", "countries: two in title and lead"
    yield "countries.lead_exactly2", "countries: just two in title and lead"
    yield "countries.all", "countries: in the text"
    yield "pair.sentences", "countries: two in one sentence"
    yield "pair.share", "countries: two in one sentence"
    yield "pair.same", "countries: the same two again and again"
    yield "pair.opening", "countries: two in an opening sentence with security × cooperation"
    for lists in _PAIR_ABOUT:
        yield f"pair.{'+'.join(lists)}", f"countries: two in one sentence with {_joined(lists)}"
        yield f"pairshare.{'+'.join(lists)}", f"countries: two in one sentence with {_joined(lists)}"


#: (name in model files, name for people) of every cue feature, in order; several share a name for people and are added up.
CUE_FEATURES = tuple(_names())
_INDEX = {name: index for index, (name, _) in enumerate(CUE_FEATURES)}
_BIT = {cue: 1 << index for index, cue in enumerate(CUES)}
_PER_LIST = 5
_MEETING_MASKS = tuple((_INDEX[f"meet.{'+'.join(lists)}"], sum(_BIT[cue] for cue in lists)) for lists in _MEETINGS)
_PAIR_MASKS = tuple((_INDEX[f"pair.{'+'.join(lists)}"], sum(_BIT[cue] for cue in lists)) for lists in _PAIR_ABOUT)
_SECURITY_COOPERATION = _BIT["security"] | _BIT["cooperation"]
_DRUG_CORE = CUES.index("drug_core")


def cue_features(reading: Reading) -> dict[int, float]:
    """Give the cue and country features that are not zero."""
    if not reading.cues and not reading.countries:
        return {}
    features: dict[int, float] = {}
    _lists(reading, features)
    _meetings(reading, features)
    if reading.countries:
        _countries(reading, features)
    return features


def _lists(reading: Reading, features: dict[int, float]) -> None:
    words = max(1, len(reading.body))
    title_end, lead_end = reading.title_end, reading.lead_end
    for index, spans in reading.cues.items():
        first = index * _PER_LIST
        title = lead = 0
        for start, _, _ in spans:
            if start < title_end:
                title += 1
            elif start < lead_end:
                lead += 1
        body = len(spans) - title
        if title:
            features[first] = log1p(title)
        if lead:
            features[first + 1] = log1p(lead)
        if body:
            features[first + 2] = log1p(body)
            features[first + 3] = min(1.0, 20 * body / words)
        if title or lead:
            features[first + 4] = 1.0
    kinds = {kind for start, _, kind in reading.cues.get(_DRUG_CORE, ()) if start >= reading.title_end}
    if kinds:
        features[_INDEX["kinds.drug_core"]] = log1p(len(kinds))


def _meetings(reading: Reading, features: dict[int, float]) -> None:
    anywhere = reduce(or_, reading.masks.values(), 0)
    for index, mask in _MEETING_MASKS:
        if anywhere & mask != mask:
            continue
        count = sum(bits & mask == mask for bits in reading.masks.values())
        if count:
            features[index] = log1p(count)
            features[index + 1] = count / reading.sentences


def _countries(reading: Reading, features: dict[int, float]) -> None:
    by_sentence: dict[int, set[str]] = {}
    for _, sentence, code in reading.countries:
        by_sentence.setdefault(sentence, set()).add(code)
    lead = {code for start, _, code in reading.countries if start < reading.lead_end}
    features[_INDEX["countries.title2"]] = float(len(by_sentence.get(0, ())) >= 2)
    features[_INDEX["countries.lead"]] = log1p(len(lead))
    features[_INDEX["countries.lead2"]] = float(len(lead) >= 2)
    features[_INDEX["countries.lead_exactly2"]] = float(len(lead) == 2)
    features[_INDEX["countries.all"]] = log1p(len(set().union(*by_sentence.values())))
    pairs = {sentence: codes for sentence, codes in by_sentence.items() if len(codes) >= 2}
    if pairs:
        _pairs(reading, pairs, features)


def _pairs(reading: Reading, pairs: Mapping[int, set[str]], features: dict[int, float]) -> None:
    masks = [reading.masks.get(sentence, 0) for sentence in sorted(pairs)]
    features[_INDEX["pair.sentences"]] = log1p(len(pairs))
    features[_INDEX["pair.share"]] = len(pairs) / reading.sentences
    same = Counter(pair for codes in pairs.values() for pair in combinations(sorted(codes), 2))
    features[_INDEX["pair.same"]] = log1p(max(same.values()))
    opening = any(bits & _SECURITY_COOPERATION == _SECURITY_COOPERATION for bits in masks[:3])
    features[_INDEX["pair.opening"]] = float(opening)
    for index, mask in _PAIR_MASKS:
        count = sum(bits & mask == mask for bits in masks)
        if count:
            features[index] = log1p(count)
            features[index + 1] = count / reading.sentences


class Cells(NamedTuple):
    """The cells of a matrix, articles × features, that are not zero, by article."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]

    def of(self, row: int) -> Iterator[tuple[int, float]]:
        """Give (feature, value) of one article."""
        begin, end = np.searchsorted(self.rows, (row, row + 1))
        return zip(self.columns[begin:end].tolist(), self.values[begin:end].tolist(), strict=True)


def cue_cells(readings: Sequence[Reading]) -> Cells:
    """Give the cue and country features of all readings."""
    features = [cue_features(reading) for reading in readings]
    sizes = [len(each) for each in features]
    return Cells(
        np.repeat(np.arange(len(sizes)), sizes),
        np.fromiter(chain.from_iterable(features), np.int64, sum(sizes)),
        np.fromiter(chain.from_iterable(each.values() for each in features), np.float64, sum(sizes)),
    )


def word_cells(
    readings: Sequence[Reading], vocabulary: Mapping[str, int], idf: NDArray[np.float64], measured: int
) -> Cells:
    """Give the TF-IDF weights of the words that the vocabulary has; the title counts twice.

    Sublinear (1 + log tf), each article of Euclidean length 1: scikit-learn's TfidfVectorizer does the same. All articles at
    once, because a word costs thirty times as much in a loop.

    Args:
        readings: the articles.
        vocabulary: the index of each word.
        idf: by index.
        measured: so many words, the first ones, make an article's length. Words that a refined model has learned come after them
            and weigh at most 1: were they measured as well, all that the model knew before would weigh less.
    """
    sizes = [2 * len(reading.title) + len(reading.body) for reading in readings]
    words = chain.from_iterable(part for reading in readings for part in (reading.title, reading.title, reading.body))
    columns = np.fromiter(map(vocabulary.get, words, repeat(-1)), np.int64, sum(sizes))
    places = np.repeat(np.arange(len(sizes)) * len(idf), sizes) + columns
    places, counts = np.unique(places[columns >= 0], return_counts=True)
    rows, columns = np.divmod(places, max(1, len(idf)))
    values = idf[columns] * (1 + np.log(counts))
    squares = values * values
    lengths = np.sqrt(np.bincount(rows, np.where(columns < measured, squares, 0.0), len(sizes)))
    if measured < len(idf):
        lengths = np.where(lengths > 0, lengths, np.sqrt(np.bincount(rows, squares, len(sizes))))
        return Cells(rows, columns, np.minimum(values / lengths[rows], 1.0))
    return Cells(rows, columns, values / lengths[rows])
