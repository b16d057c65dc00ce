"""Takes the shipped table of document frequencies, gives how common each word is in ordinary news.

The table counts stems (`signature.stem_of`) over some thirty thousand news items; it holds figures, no sentence.
`benchmarks/stories.py idf` writes it.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monitor.errors import ModelError


@dataclass(frozen=True, kw_only=True, slots=True)
class Idf:
    """In how many of so many documents each word stood; a word that is not listed counts as if in one."""

    documents: int
    frequencies: Mapping[str, int]

    def share(self, word: str) -> float:
        """Give the share of documents that hold the word."""
        return self.frequencies.get(word, 1) / self.documents


@cache
def shipped_idf() -> Idf:
    """Give the table that comes with the package, read at the first call.

    Raises:
        ModelError: the file is missing or is not such a table.
    """
    try:
        packed = (files("monitor") / "data" / "idf.txt.gz").read_bytes()
        return read_idf(gzip.decompress(packed).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the shipped table of word frequencies cannot be read ({error}): reinstall the package"
        ) from error


def read_idf(text: str) -> Idf:
    """Read a table: first line the number of documents, then lines of a frequency and all words that have it."""
    head, *lines = text.splitlines()
    frequencies = {}
    for line in lines:
        count, *words = line.split(" ")
        frequencies.update(dict.fromkeys(words, int(count)))
    return Idf(documents=int(head), frequencies=frequencies)


def write_idf(idf: Idf) -> str:
    """Write a table in the form `read_idf` reads, rarest words last."""
    groups: dict[int, list[str]] = {}
    for word, count in sorted(idf.frequencies.items()):
        groups.setdefault(count, []).append(word)
    lines = (f"{count} {' '.join(words)}" for count, words in sorted(groups.items(), reverse=True))
    return "\n".join([str(idf.documents), *lines, ""])
