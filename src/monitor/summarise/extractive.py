"""Takes an article's title and text, gives up to three of its sentences, none altered, in the order in which they stand.

A sentence is worth what it shares with the article as a whole (centrality) and with the title, the more the earlier it
stands, and the more of the words it holds for which the article was flagged. Of the best dozen, the set is taken that is
worth most together, fits into the words allowed, says nothing twice, and leaves no pronoun without the sentence it points to.
Where the text is a mere teaser, the teaser is the summary.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from monitor.stories import Idf, shipped_idf, signature
from monitor.summarise.boilerplate import is_fragment, is_page_talk, without_agency
from monitor.summarise.sentences import sentences
from monitor.types import Summary

MAX_CHARS = 20_000  #: as much of a text is read: what comes later is not what the article is about
MAX_SENTENCES = 60
MOST = 3
TEASER_SENTENCES = 3  #: fewer whole sentences than these: a teaser
POOL = 12  #: sentences of which every set is tried: 298 sets
CHARS_PER_WORD = 8  #: a text without spaces is bounded by characters

TITLE, POSITION, EMPHASIS, REPETITION = 0.5, 0.8, 0.15, 0.6
"""Weights beside a centrality of at most 1, set by reading: the lead wins unless it says little of the matter."""

_POINTS_BACK = re.compile(
    r"^[\"'“‘]?(?:he|she|it|they|his|her|hers|its|their|theirs|him|them|this|that|these|those|such|both|but|and|so|also|"
    r"however|meanwhile|instead|there|then|the former|the latter|i|i'm|i’m|we|we've|we’ve|you|my|our|your)\b",
    re.IGNORECASE,
)
"""A sentence that begins so needs the one before it: who it is that did so, or who speaks."""

_ALL_QUOTED = re.compile(r"^(?:\"[^\"]*\"|“[^”]*”)$")
"""Nor is it said who speaks where a sentence is nothing but a quotation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidate:
    place: int
    sentence: str
    vector: dict[str, float]
    worth: float


def summary(
    title: str,
    text: str,
    *,
    outlet: str,
    emphasis: Collection[str] = (),
    max_words: int = 60,
    language: str = "en",
) -> Summary:
    """Summarise an article in sentences of its own; none where no sentence fits.

    Args:
        title: Says what the article is about; a sentence that repeats it is left out.
        text: The article without its title.
        outlet: Whose sentences they are.
        emphasis: The words that carried the verdict.
        max_words: Most words of all sentences together.
        language: Of the text, for the rules of its sentence ends.
    """
    said = _said(title, text, language)
    whole = [sentence for sentence in said if not is_fragment(sentence)]
    if len(whole) < TEASER_SENTENCES:
        return Summary(sentences=_from_the_front(said, max_words), outlet=outlet, teaser_only=True)
    candidates = _candidates(whole, title, emphasis)
    return Summary(sentences=tuple(one.sentence for one in _best(candidates, max_words)), outlet=outlet)


def _said(title: str, text: str, language: str) -> list[str]:
    """Give what the article says, without what its page says of itself, repetitions, and the title."""
    found = [without_agency(sentence) for sentence in sentences(text[:MAX_CHARS], language)]
    if len(text) > MAX_CHARS:
        found = found[:-1]  # cut in the middle
    once = dict.fromkeys(sentence for sentence in found if sentence and not is_page_talk(sentence))
    title = title.strip().rstrip(".")
    return [sentence for sentence in once if sentence.rstrip(".") != title][:MAX_SENTENCES]


def _from_the_front(said: Sequence[str], max_words: int) -> tuple[str, ...]:
    """Take sentences from the front, as many as fit."""
    for count in range(min(MOST, len(said)), 0, -1):
        if _fits(said[:count], max_words):
            return tuple(said[:count])
    return ()


def _fits(chosen: Sequence[str], max_words: int) -> bool:
    words = sum(len(sentence.split()) for sentence in chosen)
    return words <= max_words and sum(map(len, chosen)) <= max_words * CHARS_PER_WORD


def _candidates(said: Sequence[str], title: str, emphasis: Collection[str]) -> list[_Candidate]:
    idf = shipped_idf()
    vectors = [_vector(sentence, idf) for sentence in said]
    middle = _unit(_sum(vectors))
    head = _vector(title, idf)
    stressed = set(signature("", " ".join(emphasis)).counts)
    return [
        _Candidate(
            place=place,
            sentence=sentence,
            vector=vector,
            worth=_cosine(vector, middle)
            + TITLE * _cosine(vector, head)
            + POSITION / (1 + place)
            + EMPHASIS * min(3, len(stressed & vector.keys())),
        )
        for place, (sentence, vector) in enumerate(zip(said, vectors, strict=True))
    ]


def _best(candidates: Sequence[_Candidate], max_words: int) -> Sequence[_Candidate]:
    """Give the set that is worth most among those that may stand alone."""
    fitting = [one for one in candidates if _fits([one.sentence], max_words)]
    pool = sorted(sorted(fitting, key=lambda one: -one.worth)[:POOL], key=lambda one: one.place)
    sets = [
        chosen for count in range(1, MOST + 1) for chosen in combinations(pool, count) if _may_stand(chosen, max_words)
    ]
    return max(sets, key=_worth, default=())


def _may_stand(chosen: Sequence[_Candidate], max_words: int) -> bool:
    places = {one.place for one in chosen}
    pointing = (one.place for one in chosen if _POINTS_BACK.match(one.sentence) or _ALL_QUOTED.match(one.sentence))
    return _fits([one.sentence for one in chosen], max_words) and all(place - 1 in places for place in pointing)


def _worth(chosen: Sequence[_Candidate]) -> float:
    repeated = sum(_cosine(one.vector, other.vector) for one, other in combinations(chosen, 2))
    return sum(one.worth for one in chosen) - REPETITION * repeated


def _vector(sentence: str, idf: Idf) -> dict[str, float]:
    counts = signature("", sentence).counts
    return _unit({stem: (1 + math.log(count)) * -math.log(idf.share(stem)) for stem, count in counts.items()})


def _sum(vectors: Sequence[dict[str, float]]) -> dict[str, float]:
    total: defaultdict[str, float] = defaultdict(float)
    for vector in vectors:
        for stem, weight in vector.items():
            total[stem] += weight
    return total


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {stem: weight / length for stem, weight in weights.items()} if length else {}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    small, large = sorted((one, other), key=len)
    return sum(weight * large.get(stem, 0.0) for stem, weight in small.items())
