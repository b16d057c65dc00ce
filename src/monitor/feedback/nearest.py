"""Takes an article and labelled examples, gives the examples most like it: what the model had seen when it judged."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from monitor.classify.features import word_cells
from monitor.classify.model import Model
from monitor.feedback.design import Example, Scanners


class Neighbour(NamedTuple):
    """An example and its cosine similarity to the article, 0 to 1."""

    example: Example
    similarity: float


def nearest(
    model: Model, examples: Sequence[Example], article: tuple[str, str, str], count: int = 3
) -> tuple[Neighbour, ...]:
    """Give the examples with most of their weighted words in common with (title, text, language), the closest first.

    Similarity is the cosine of the TF-IDF vectors that the model itself weighs; examples with nothing in common are left out.
    """
    scanners = Scanners(())
    readings = [scanners.read(*each) for each in (*(example.article for example in examples), article)]
    vocabulary = {word: index for index, word in enumerate(model.vocabulary)}
    cells = word_cells(readings, vocabulary, np.asarray(model.idf, dtype=float), model.measured)
    wanted = np.zeros(len(vocabulary))
    for word, value in cells.of(len(examples)):
        wanted[word] = value
    alike = np.bincount(cells.rows, cells.values * wanted[cells.columns], len(readings))[: len(examples)]
    closest = np.argsort(-alike, kind="stable")[:count]
    return tuple(Neighbour(examples[row], round(float(alike[row]), 3)) for row in closest.tolist() if alike[row] > 0)
