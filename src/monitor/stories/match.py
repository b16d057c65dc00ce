"""Takes an article and the stories of the last days, gives the story it joins, or says that it opens one.

Articles are compared by a cosine over TF-IDF weights of all their words and, as a second block, of their names alone. How
common a word is follows the shipped table and, more and more as the index fills, the articles in the index itself. An
article's nearness to a story is that of its two closest members, less a little for every day that lies between: one
article that resembles only the edge of a story does not chain the next event to it. Copies join whatever the score.

Constants: B³ F1 on rss-2022-11-dev / ECB+ over the range named, one constant at a time, as printed by
`benchmarks/stories.py sweep` in November 2026. Differences below .01 are noise. Reasons: docs/decisions/0005-stories.md.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.stories.idf import Idf
from monitor.stories.signature import Signature, signature
from monitor.types import StoryArticle

WINDOW = timedelta(hours=72)
"""Articles further apart are never compared."""

JOIN_AT = 0.28
"""Nearness from which an article joins. 0.20–0.36: .848 / .837 … .855 / .866 … .826 / .833; lower joins more."""

NAMES = 0.6
"""Weight of the names' cosine beside that of all words. 0–1.5: .846 / .846 without, .855 / .866, .851 / .865."""

SECOND_LINK = 0.2
"""Share of the second closest member in the nearness to a story of several, against chaining. 0–0.5: .850–.856 / .857–.866."""

PER_DAY = 0.12
"""What each day to the story's mean time takes off. 0–0.20: .792 without, .855, .835; ECB+ has no dates."""

OTHER_FIGURES = 0.04
"""What is taken off a link between titles that both give figures, or both give names, and share none: one template, two events.

0–0.1: .860–.853 / .856, .866, .852: ECB+ gains from it, the stream loses half as much.
"""

PRIOR_DOCUMENTS = 6_000
"""How many documents the shipped table is worth beside those in the index. 100–20,000: .820 / .768 … .860 / .867."""

TOO_COMMON = 0.15
"""Words in a larger share of all documents are left out. 0.05–1: within noise; they only cost time."""

RARE = 0.03
"""Words in a smaller share of all documents serve to find articles. 0.01–0.1: within .01; more find no more, and cost time."""

CANDIDATE_AT = 0.05
"""Articles whose rarer words come to less are not compared in full. 0–0.12: within .01."""

COPY_OVERLAP = 0.8
"""Share of the shorter article's runs of four words that a near-copy has in common with the other. 0.6–1: no effect on B³."""

NO_FORMULA, FEWEST_RUNS = 25, 8
"""Words from which a text alone can tell a copy, and runs from which anything can. Set by reading; no effect on B³."""

_RUN = 4
_DAY = timedelta(days=1)
_Key = TypeVar("_Key")


@dataclass(frozen=True, kw_only=True, slots=True)
class Joins:
    """The article is about the same event as a story; `similarity` is that of its closest member, from 0 to 1."""

    story_id: int
    similarity: float
    near_copy: bool  #: the same text as one already in the story, or nearly: it adds nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Opens:
    """The article is about an event that no story of the window tells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    story_id: int
    at: datetime
    signature: Signature
    vector: "_Vector"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Vector:
    """An article's words, and its names once more in a block of their own, as one vector of at most unit length."""

    weights: dict[str, float]
    keys: tuple[str, ...]  #: the rarer words, by which the article is found


class StoryIndex:
    """The stories of the last days, to be asked article by article. Not for several threads at once."""

    def __init__(self, idf: Idf, *, window: timedelta = WINDOW) -> None:
        self._idf = idf
        self._window = window
        self._members: dict[int, _Member] = {}  # by entry
        self._stories: defaultdict[int, set[int]] = defaultdict(set)
        self._copies: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        self._documents: Counter[str] = Counter()  # in how many members a word stands
        # Day → key → (entry, weight): only the days of the window are looked at, and whole days are forgotten.
        self._days: dict[int, dict[str, list[tuple[int, float]]]] = {}
        self._latest: tuple[StoryArticle, Signature] | None = None

    def add(self, story_id: int, article: StoryArticle) -> None:
        """Put an article into a story; one that is there already is replaced."""
        self._remove(article.entry_id)
        seen = self._signature(article)
        day = self._days.setdefault(article.at.toordinal(), {})
        vector = self._vector(seen)
        for key in vector.keys:
            day.setdefault(key, []).append((article.entry_id, vector.weights[key]))
        self._members[article.entry_id] = _Member(story_id=story_id, at=article.at, signature=seen, vector=vector)
        self._stories[story_id].add(article.entry_id)
        self._copies[seen.stems].add(article.entry_id)
        self._documents.update(seen.counts.keys())

    def match(self, article: StoryArticle) -> Joins | Opens:
        """Tell which story an article joins. An article that was added before is not compared with itself."""
        seen = self._signature(article)
        if (copy := self._copy(article, seen)) is not None:
            return Joins(story_id=self._members[copy].story_id, similarity=1.0, near_copy=True)
        links = self._links(article, seen)
        if not links:
            return Opens()
        closest = max(links, key=lambda entry: (links[entry], -entry))
        if _is_near_copy(seen, self._members[closest].signature):
            return Joins(story_id=self._members[closest].story_id, similarity=links[closest], near_copy=True)
        nearness = {
            story_id: self._nearness(story_id, article, links)
            for story_id in {self._members[entry].story_id for entry in links}
        }
        best = max(nearness, key=lambda story_id: (nearness[story_id], -story_id))
        if nearness[best] < JOIN_AT:
            return Opens()
        similarity = max(links.get(entry, 0.0) for entry in self._stories[best])
        return Joins(story_id=best, similarity=similarity, near_copy=False)

    def forget(self, before: datetime) -> None:
        """Let go of the articles of all days before a time, so that a long stream needs no more memory than a short one."""
        first = before.toordinal()
        self._days = {day: terms for day, terms in self._days.items() if day >= first}
        for entry in [entry for entry, member in self._members.items() if member.at.toordinal() < first]:
            self._remove(entry)

    def _signature(self, article: StoryArticle) -> Signature:
        """Give an article's signature; it is matched and then added, so the latest is kept."""
        if self._latest is None or self._latest[0] is not article:
            self._latest = (article, signature(article.title, article.text))
        return self._latest[1]

    def _remove(self, entry_id: int) -> None:
        member = self._members.pop(entry_id, None)
        if member is None:
            return
        _discard(self._stories, member.story_id, entry_id)
        _discard(self._copies, member.signature.stems, entry_id)
        self._documents.subtract(member.signature.counts.keys())
        if day := self._days.get(member.at.toordinal()):
            for key in member.vector.keys:
                day[key] = [one for one in day[key] if one[0] != entry_id]

    def _vector(self, seen: Signature) -> _Vector:
        total = PRIOR_DOCUMENTS + len(self._members) + 1
        words: dict[str, float] = {}
        names: dict[str, float] = {}
        keys = []
        for word, count in seen.counts.items():
            share = (PRIOR_DOCUMENTS * self._idf.share(word) + self._documents[word] + 1) / total
            if share < TOO_COMMON:
                words[word] = (1 + math.log(count)) * -math.log(share)
                if word in seen.names:
                    names[_as_name(word)] = words[word]
                if share < RARE:
                    keys.append(word)
        weights = _scaled(words, 1 / (1 + NAMES)) | _scaled(names, NAMES / (1 + NAMES))
        return _Vector(weights=weights, keys=tuple(keys))

    def _links(self, article: StoryArticle, seen: Signature) -> dict[int, float]:
        """Give the members within the window that share more than a little with an article, and how much."""
        vector = self._vector(seen)
        links = {
            entry: _dot(vector, self._members[entry].vector) - _conflict(seen, self._members[entry].signature)
            for entry in self._candidates(article, vector)
            if entry != article.entry_id and self._within(article.at, entry)
        }
        return {entry: link for entry, link in links.items() if link > JOIN_AT / 2}

    def _candidates(self, article: StoryArticle, vector: _Vector) -> list[int]:
        """Give the members whose rarer words alone make them worth a full comparison."""
        today, reach = article.at.toordinal(), math.ceil(self._window / _DAY)
        sums: defaultdict[int, float] = defaultdict(float)
        for keys in [keys for day, keys in self._days.items() if abs(day - today) <= reach]:
            for key in vector.keys:
                if postings := keys.get(key):
                    weight = vector.weights[key]
                    for entry, other in postings:
                        sums[entry] += weight * other
        return [entry for entry, product in sums.items() if product > CANDIDATE_AT]

    def _nearness(self, story_id: int, article: StoryArticle, links: dict[int, float]) -> float:
        members = [
            entry for entry in self._stories[story_id] if entry != article.entry_id and self._within(article.at, entry)
        ]
        first, *rest = sorted((links.get(entry, 0.0) for entry in members), reverse=True)
        nearness = (1 - SECOND_LINK) * first + SECOND_LINK * rest[0] if rest else first
        days = sum(abs(article.at - self._members[entry].at) / _DAY for entry in members) / len(members)
        return nearness - PER_DAY * days

    def _copy(self, article: StoryArticle, seen: Signature) -> int | None:
        """Give the oldest member of the window with the very same words; nothing is a copy of nothing."""
        same = self._copies.get(seen.stems, ()) if seen.stems else ()
        within = [entry for entry in same if entry != article.entry_id and self._within(article.at, entry)]
        return min(within, key=lambda entry: (self._members[entry].at, entry), default=None)

    def _within(self, at: datetime, entry: int) -> bool:
        return abs(at - self._members[entry].at) <= self._window


def fold(articles: Iterable[StoryArticle], index: StoryIndex) -> list[int]:
    """Put articles into stories one after the other and give each one's story, named after the entry that opened it."""
    found = []
    for article in articles:
        match = index.match(article)
        found.append(match.story_id if isinstance(match, Joins) else article.entry_id)
        index.add(found[-1], article)
    return found


def _discard(groups: dict[_Key, set[int]], key: _Key, entry: int) -> None:
    """Take an entry out of its group, and the group with it where it was the last."""
    groups[key].discard(entry)
    if not groups[key]:
        del groups[key]


def _as_name(word: str) -> str:
    return f"^{word}"  # no word begins so


def _dot(one: _Vector, other: _Vector) -> float:
    small, large = sorted((one.weights, other.weights), key=len)
    return sum(weight * large[term] for term, weight in small.items() if term in large)


def _scaled(weights: dict[str, float], share: float) -> dict[str, float]:
    """Scale a block of weights so that its cosine with a like block counts for `share`."""
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight * math.sqrt(share) / length for term, weight in weights.items()}


def _conflict(one: Signature, other: Signature) -> float:
    """Say how much two titles speak against one event by giving different figures or different names."""
    figures = one.title_numbers and other.title_numbers and not one.title_numbers & other.title_numbers
    names = one.title_names and other.title_names and not one.title_names & other.title_names
    return OTHER_FIGURES * (bool(figures) + bool(names))


def _is_near_copy(one: Signature, other: Signature) -> bool:
    """Tell whether two articles are one text: the shorter one's runs of words stand in the other, and so do its title's figures.

    A text long enough to be no formula ("follow all the news of the day") is compared without its headline.
    """
    if one.title_numbers != other.title_numbers:
        return False
    long = all(len(seen.stems) - seen.title_length >= NO_FORMULA for seen in (one, other))
    ours, theirs = (_runs(seen.stems[seen.title_length :] if long else seen.stems) for seen in (one, other))
    shorter = min(len(ours), len(theirs))
    return shorter >= FEWEST_RUNS and len(ours & theirs) >= COPY_OVERLAP * shorter


def _runs(stems: tuple[str, ...]) -> set[tuple[str, ...]]:
    return set(zip(*(stems[shift:] for shift in range(_RUN)), strict=False))
