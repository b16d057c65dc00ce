"""Takes articles on topic and the rest of the stream, gives the words that tell them apart and that the model does not know."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import log

FEWEST = 3  # articles that hold a word
OUTLETS = 2  # sources among them: the name of a column is no news
TIMES = 3.0  # as frequent on topic as elsewhere


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWord:
    """A word, how many articles on topic hold it, and how many times as frequent it is there as in the rest of the stream."""

    word: str
    articles: int
    times: float


def new_words(
    on_topic: Sequence[tuple[str, AbstractSet[str]]],
    elsewhere: Iterable[AbstractSet[str]],
    known: AbstractSet[str],
    count: int = 15,
) -> list[NewWord]:
    """Give the unknown words that set articles on topic apart.

    Args:
        on_topic: source and words of each article.
        elsewhere: words of each other article.
        known: the model's vocabulary and stop words.
        count: how many at most, by how much they tell: frequency times the logarithm of how many times as frequent.
    """
    articles, outlets = Counter[str](), Counter[str]()
    for _, words in on_topic:
        articles.update(words)
    for word, _ in {(word, source) for source, words in on_topic for word in words}:
        outlets[word] += 1
    others, total = Counter[str](), 0
    for words in elsewhere:
        others.update(words)
        total += 1
    found = []
    for word, number in articles.items():
        if number < FEWEST or outlets[word] < OUTLETS or word in known or word.isdigit() or len(word) < 3:
            continue
        times = (number / len(on_topic)) / ((others[word] + 1) / (total + 1))
        if times >= TIMES:
            found.append(NewWord(word=word, articles=number, times=round(times, 1)))
    return sorted(found, key=lambda one: (-one.articles * log(one.times), one.word))[:count]
