"""Takes the signatures of articles, gives how alike any two of them are: links from 0 to 1 between those that share rarer words.

A link is the weighted mean of four likenesses: the cosine of all words (TF-IDF, the title twice), of names alone, of numbers
alone, and the share of the shorter article's rarer words that the other has too, which is what lets a teaser meet a full text.
How common a word is follows the shipped table and, more and more as articles are added, these articles themselves: "fentanyl"
weighs little in a feed about drugs.

Everything is counted in sparse matrices, a batch of new articles against a batch of known ones at a time.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from monitor.stories.idf import Idf
from monitor.stories.signature import Signature

NAMES, NUMBERS, SHARED = 0.6, 0.1, 0.3
"""Weights of names, numbers and shared rarer words beside 1 for all words."""

PRIOR_DOCUMENTS = 6_000
"""How many documents the shipped table is worth beside the articles added."""

TOO_COMMON = 0.15
"""Words in a larger share of all documents are left out: they say nothing and cost time."""

RARE = 0.03
"""Words in a smaller share of all documents serve to find articles, and are those of which a share is taken."""

MOST_DOCUMENTS = 1_000
"""Words in more documents than so many do not serve to find articles, whatever their share: bounds the cost of an article."""

LEAST = 0.05
"""Links below are no links."""

LEAST_SHARED = 0.06
"""Share of the shorter article's rarer words from which two articles are compared in full: one word of a teaser is less."""

_CHUNK = 20_000  #: pairs looked at together, which bounds memory

Indices = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Vectors:
    """A batch of articles as rows of sparse matrices."""

    blocks: (
        csr_array  #: words, names and numbers side by side, each scaled so that the dot product is the weighted cosines
    )
    rare: csr_array  #: square roots of the rarer words' weights: the dot product is the weight that two articles share
    total: Numbers  #: the weight of all rarer words of each article

    def __len__(self) -> int:
        return int(self.total.shape[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Links:
    """Pairs of articles, each by its row in its batch, and how alike they are."""

    one: Indices
    other: Indices
    likeness: Numbers


class Vocabulary:
    """Gives words their columns and weights, and learns from every article how common its words are."""

    def __init__(self, idf: Idf) -> None:
        self._idf = idf
        self._columns: dict[str, int] = {}
        self._documents: Counter[str] = Counter()
        self._articles = 0

    def learn(self, signatures: Sequence[Signature]) -> None:
        """Count the words of further articles."""
        for seen in signatures:
            self._documents.update(seen.counts.keys())
        self._articles += len(signatures)

    def forget(self, signatures: Sequence[Signature]) -> None:
        """Count them no more."""
        for seen in signatures:
            self._documents.subtract(seen.counts.keys())
        self._articles -= len(signatures)

    def vectors(self, signatures: Sequence[Signature]) -> Vectors:
        """Give articles as vectors, by what is known of their words now."""
        blocks, rare = _Rows(), _Rows()
        total = np.zeros(len(signatures))
        whole = 1 + NAMES + NUMBERS + SHARED
        rare_below = min(RARE, MOST_DOCUMENTS / (PRIOR_DOCUMENTS + self._articles))
        for row, seen in enumerate(signatures):
            words, names, numbers, scarce = {}, {}, {}, {}
            for word, count in seen.counts.items():
                share = self._share(word)
                if share >= TOO_COMMON:
                    continue
                column, weight = 3 * self._column(word), -math.log(share)
                words[column] = (1 + math.log(count)) * weight
                if word in seen.names:
                    names[column + 1] = words[column]
                if word[0].isdigit():
                    numbers[column + 2] = weight
                if share < rare_below:
                    scarce[column // 3] = math.sqrt(weight)
                    total[row] += weight
            blocks.add(_scaled(words, 1 / whole) | _scaled(names, NAMES / whole) | _scaled(numbers, NUMBERS / whole))
            rare.add(scarce)
        return Vectors(blocks=blocks.matrix(), rare=rare.matrix(), total=total)

    def _share(self, word: str) -> float:
        return (PRIOR_DOCUMENTS * self._idf.share(word) + self._documents[word]) / (PRIOR_DOCUMENTS + self._articles)

    def _column(self, word: str) -> int:
        return self._columns.setdefault(word, len(self._columns))


def links(ones: Vectors, others: Vectors, wanted: Callable[[Indices, Indices], NDArray[np.bool_]]) -> Links:
    """Give the links between two batches, each article of one with each of the other, among the `wanted` pairs of rows."""
    width = max(ones.rare.shape[1], others.rare.shape[1])
    shared = (_widened(ones.rare, width) @ _widened(others.rare, width).T).tocoo()
    row, column = (np.asarray(index, dtype=np.int64) for index in shared.coords)
    part = np.asarray(shared.data) / np.minimum(ones.total[row], others.total[column])
    kept = (part >= LEAST_SHARED) & wanted(row, column)
    row, column, part = row[kept], column[kept], part[kept]
    likeness = SHARED / (1 + NAMES + NUMBERS + SHARED) * part + _dots(ones.blocks, others.blocks, row, column)
    kept = likeness >= LEAST
    return Links(one=row[kept], other=column[kept], likeness=likeness[kept])


def nearest(found: Sequence[Links], most: int) -> Iterator[tuple[int, int, float]]:
    """Give of each article on the one side the links that are likest, at most so many, over all batches."""
    one = np.concatenate([part.one for part in found])
    other = np.concatenate([part.other for part in found])
    likeness = np.concatenate([part.likeness for part in found])
    order = np.lexsort((-likeness, one))
    ordered = one[order]
    starts = np.searchsorted(ordered, ordered)  # where each article's links begin
    kept = order[np.arange(len(order)) - starts < most]
    return zip(one[kept].tolist(), other[kept].tolist(), likeness[kept].tolist(), strict=True)


def joined(first: Vectors, second: Vectors) -> Vectors:
    """Put two batches into one, the rows of the first before those of the second."""
    return Vectors(
        blocks=_stacked(first.blocks, second.blocks),
        rare=_stacked(first.rare, second.rare),
        total=np.concatenate((first.total, second.total)),
    )


def _dots(ones: csr_array, others: csr_array, row: Indices, column: Indices) -> Numbers:
    """Give the dot product of each pair of rows."""
    width = max(ones.shape[1], others.shape[1])
    ones, others = _widened(ones, width), _widened(others, width)
    found = np.empty(len(row))
    for start in range(0, len(row), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = (ones[row[part]] * others[column[part]]).sum(axis=1)
    return found


def _widened(matrix: csr_array, width: int) -> csr_array:
    """Give a matrix as many columns as later words have made necessary."""
    if matrix.shape[1] == width:
        return matrix
    return csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))


def _stacked(first: csr_array, second: csr_array) -> csr_array:
    width = max(first.shape[1], second.shape[1])
    return csr_array(vstack((_widened(first, width), _widened(second, width))))


class _Rows:
    """Collects rows of a sparse matrix."""

    def __init__(self) -> None:
        self._data: list[float] = []
        self._columns: list[int] = []
        self._ends = [0]

    def add(self, row: dict[int, float]) -> None:
        self._columns.extend(row)
        self._data.extend(row.values())
        self._ends.append(len(self._data))

    def matrix(self) -> csr_array:
        width = max(self._columns, default=-1) + 1
        return csr_array((self._data, self._columns, self._ends), shape=(len(self._ends) - 1, width), dtype=float)


def _scaled(weights: dict[int, float], share: float) -> dict[int, float]:
    """Scale a block of weights so that its cosine with a like block counts for `share`."""
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {column: weight * math.sqrt(share) / length for column, weight in weights.items()}
