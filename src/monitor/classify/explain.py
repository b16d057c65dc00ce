"""Takes a verdict, gives what a person wants to know: reasons in groups, words that spoke, the passage that carried it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from monitor.classify.text import sentences
from monitor.types import Contribution, Verdict

if TYPE_CHECKING:
    from monitor.classify.judge import Judge

#: How the names of features begin → what people call such features, in the order in which they are told.
_GROUPS = {
    "keyword": "your keywords",
    "countries": "countries together",
    "cue": "what it is about",
    "word": "single words",
    "baseline": "how rare the topic is",
}
PASSAGES = 40  #: sentences that are tried: some 800 words, more than is read as evidence


class Group(NamedTuple):
    """Contributions of one kind; the totals of all groups add up to the verdict's log-odds as its contributions do."""

    name: str
    total: float
    terms: tuple[Contribution, ...]


def groups(contributions: Sequence[Contribution]) -> tuple[Group, ...]:
    """Give the contributions by kind, each kind in the order in which they came; kinds without any are left out."""
    found: dict[str, list[Contribution]] = {name: [] for name in _GROUPS.values()}
    for term in contributions:
        # What an older model called otherwise is taken for a word.
        kind = next((name for start, name in _GROUPS.items() if term.feature.startswith(start)), _GROUPS["word"])
        found[kind].append(term)
    return tuple(Group(name, sum(term.value for term in terms), tuple(terms)) for name, terms in found.items() if terms)


def words_of(verdict: Verdict) -> frozenset[str]:
    """Give the words and keywords that spoke for a verdict, in small letters."""
    named = (term.feature.split(": ", 1) for term in verdict.contributions if term.value > 0)
    return frozenset(
        word
        for kind, phrase in named
        if kind.startswith(("word", "keyword"))
        for word in phrase.rstrip("*").lower().split()
    )


def passage(judge: "Judge", topic: str, title: str, text: str, language: str | None) -> str:
    """Give the sentence of title and text, as published, that by itself scores highest for a topic; "" where there is none."""
    tried = [part for part in (title.strip(), *sentences(text)) if part][:PASSAGES]
    place = [one.id for one in judge.topics].index(topic)
    scores = [found[place].probability for found in judge.verdicts_many(("", part, language) for part in tried)]
    return tried[scores.index(max(scores))] if tried else ""
