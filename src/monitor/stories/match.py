"""Takes articles as they come in and the stories of the last days, gives each article its story: it joins one or opens one.

How near two articles are is their likeness (`likeness`), less what speaks against one event:

- the days between them;
- titles that give other figures, or other names: the template with another happening, two seizures, two summits;
- a rolling page or digest, which touches many events;
- and, between full texts, what lies around them. Where everything resembles everything, as in a war, a likeness says little;
  where nothing else is like it, a little says much. Each article's surroundings are its nearest neighbours.

The articles of a round are grouped (`clusters`) together with all articles of the stories that any of them is near to: a story
is looked at anew whenever something comes close, so that what could not be told apart when little was known, or seemed apart
before a third account bound it, is put right. A story bears the name of the entry that opened it and stays with that. Copies belong
together whatever their nearness, and what people have said about two articles holds.

Constants: as found by `benchmarks/stories.py`; docs/decisions/0011-stories-looked-at-anew.md tells how.
"""

import math
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.stories.clusters import grouped
from monitor.stories.copies import is_copy
from monitor.stories.idf import Idf
from monitor.stories.likeness import Indices, Links, Vectors, Vocabulary, joined, links, nearest
from monitor.stories.signature import Signature, signature
from monitor.types import StoryArticle

WINDOW = timedelta(hours=72)
"""Articles further apart are never compared."""

NEAR = 0.24
"""Nearness from which groups of articles are one story; lower joins more."""

PER_DAY = 0.12
"""What each day between two articles takes off. With 0 the stream loses .04 of B³ F1."""

OTHER = 0.02
"""What is taken off where two titles both give figures, or both give names, and share none; once for each."""

ROLLING = 0.04
"""What is taken off where one of the two is a rolling page or digest."""

AROUND_TEASERS, AROUND_TEXTS = 0.15, 0.6
"""Share of the likeness of the surroundings that is taken off, for teasers and for full texts."""

TEXTS = 0.18
"""What is added between full texts: their surroundings take more off."""

NEIGHBOURS = 20
"""How many of an article's neighbours are its surroundings."""

TEASER, TEXT = 60, 300
"""Words up to which an article is a mere teaser, and from which it is a full text; in between by the logarithm."""

MOST_LINKS = 30
"""Links of a new article to earlier ones that are kept: in a war all resembles all, and the nearest decide."""

ALIKE_AS_COPIES = 0.4
"""Likeness from which it is looked whether one article is a copy of the other."""

LEAST = 0.0
"""Links that what speaks against them leaves below are forgotten."""

ROUND = 1_000
"""Articles looked at together where many come at once: bounds memory."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """What a round came to."""

    stories: Mapping[int, int]  #: entry → story, for each article of the round
    moved: Mapping[int, int]  #: entry → story, for those of earlier rounds that are in another story now
    changed: Collection[int]  #: stories that these left or joined, and that still have articles
    ended: Mapping[int, int]  #: story without articles → the story that has most of them now


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """Articles as vectors; the row of an article is its place in `entries`."""

    entries: Indices
    vectors: Vectors
    days: NDArray[np.float64]  #: since the epoch

    def meets(self, other: "_Batch", window: float) -> bool:
        """Tell whether any article of one may be within the window of one of the other."""
        return bool(self.days.min() - window <= other.days.max() and other.days.min() <= self.days.max() + window)


@dataclass(slots=True)
class _Known:
    """What is known of one article of the window."""

    day: float
    signature: Signature
    fullness: float
    story: int
    links: dict[int, float] = field(default_factory=dict)  #: other entry → nearness, their surroundings not taken off
    copies: list[int] = field(default_factory=list)  #: entries that it is a copy of, or they of it
    neighbours: list[float] = field(default_factory=lambda: [0.0] * NEIGHBOURS)  #: likenesses of the nearest, ascending
    around: float = 0.0  #: their mean


class StoryIndex:
    """The stories of the last days, to which articles are added round by round. Not for several threads at once.

    `apart` and `together` are pairs of entries of which people have said so.
    """

    def __init__(
        self,
        idf: Idf,
        *,
        window: timedelta = WINDOW,
        apart: Collection[tuple[int, int]] = (),
        together: Collection[tuple[int, int]] = (),
    ) -> None:
        self._window = window / _DAY
        self._apart = apart
        self._together = together
        self._vocabulary = Vocabulary(idf)
        self._batches: list[_Batch] = []
        self._known: dict[int, _Known] = {}  # by entry, in the order in which they were added
        self._stories: defaultdict[int, list[int]] = defaultdict(list)
        self._told: set[int] = set()

    def restore(self, stories: Mapping[int, Sequence[StoryArticle]], told: Collection[int] = ()) -> None:
        """Add open stories as they are; nothing is decided."""
        self.tell(told)
        articles = [(story_id, article) for story_id, inside in stories.items() for article in inside]
        for start in range(0, len(articles), ROUND):
            part = articles[start : start + ROUND]
            self._add([article for _, article in part])
            for story_id, article in part:
                self._move(article.entry_id, story_id)

    def place(self, articles: Sequence[StoryArticle]) -> Placed:
        """Give each of a round of articles its story. One that was placed before stays in its story."""
        new = [article for article in articles if article.entry_id not in self._known]
        before = {entry: known.story for entry, known in self._known.items()}
        self._add(new)
        looked_at = self._near_to(article.entry_id for article in new)
        groups = grouped(
            {entry: self._known[entry].fullness for entry in looked_at},
            self._links(looked_at),
            at=NEAR,
            together=[*self._together, *self._copies(looked_at)],
            apart=self._apart,
        )
        heads = self._heads({before[entry] for entry in looked_at if entry in before})
        for members in groups:
            story_id = self._name(members, heads)
            for entry in members:
                self._move(entry, story_id)
        now = {entry: self._known[entry].story for entry in looked_at}
        moved = {entry: now[entry] for entry in sorted(looked_at) if before.get(entry, now[entry]) != now[entry]}
        left = {before[entry] for entry in moved}
        return Placed(
            stories={article.entry_id: self._known[article.entry_id].story for article in articles},
            moved=moved,
            changed=sorted((left | set(moved.values())) & self._stories.keys()),
            ended={story_id: self._heir(story_id, before) for story_id in sorted(left - self._stories.keys())},
        )

    def tell(self, stories: Collection[int]) -> None:
        """Note that stories were told: of two that become one, one that was told keeps its name."""
        self._told.update(stories)

    def members(self, story_id: int) -> Sequence[int]:
        """Give the entries of a story."""
        return self._stories.get(story_id, ())

    def forget(self, before: datetime) -> None:
        """Let go of articles added together all of which are older, so that a long stream needs no more memory than a short one."""
        limit = _days(before)
        for batch in [batch for batch in self._batches if batch.days.max() < limit]:
            self._batches.remove(batch)
            self._vocabulary.forget([self._known[entry].signature for entry in batch.entries.tolist()])
            for entry in batch.entries.tolist():
                self._leave(entry)
                known = self._known.pop(entry)
                for other in known.links:
                    self._known[other].links.pop(entry, None)

    def _add(self, articles: Sequence[StoryArticle]) -> None:
        """Add articles, each in a story of its own, with their links to all that is known."""
        if not articles:
            return
        signatures = [signature(article.title, article.text) for article in articles]
        self._vocabulary.learn(signatures)
        batch = _Batch(
            entries=np.array([article.entry_id for article in articles]),
            vectors=self._vocabulary.vectors(signatures),
            days=np.array([_days(article.at) for article in articles]),
        )
        for article, seen in zip(articles, signatures, strict=True):
            self._known[article.entry_id] = _Known(
                day=_days(article.at), signature=seen, fullness=_fullness(seen), story=article.entry_id
            )
            self._stories[article.entry_id].append(article.entry_id)
        self._note([(batch, other) for other in [*self._batches, batch] if batch.meets(other, self._window)])
        self._batches.append(batch)
        # Many small batches are dear to ask one by one; so that each article is copied but a few times, equals are put together.
        while len(self._batches) > 1 and len(self._batches[-2].entries) <= 2 * len(self._batches[-1].entries):
            last, former = self._batches.pop(), self._batches.pop()
            self._batches.append(
                _Batch(
                    entries=np.concatenate((former.entries, last.entries)),
                    vectors=joined(former.vectors, last.vectors),
                    days=np.concatenate((former.days, last.days)),
                )
            )

    def _note(self, pairs: Iterable[tuple[_Batch, _Batch]]) -> None:
        """Note what links the articles of a new batch with those of others and, each pair once, with each other."""
        found = [self._between(batch, other) for batch, other in pairs]
        for one, two, likeness in nearest(found, MOST_LINKS):
            this, that = self._known[one], self._known[two]
            for known in (this, that):
                if likeness > known.neighbours[0]:
                    insort(known.neighbours, likeness)
                    del known.neighbours[0]
                    known.around = sum(known.neighbours) / NEIGHBOURS
            nearness = likeness - _against(this, that)
            if nearness > LEAST:
                this.links[two] = that.links[one] = nearness
            if likeness >= ALIKE_AS_COPIES and is_copy(this.signature, that.signature):
                this.copies.append(two)
                that.copies.append(one)

    def _between(self, batch: _Batch, other: _Batch) -> Links:
        def wanted(row: Indices, column: Indices) -> NDArray[np.bool_]:
            within = np.abs(batch.days[row] - other.days[column]) <= self._window
            return within & (row < column) if batch is other else within

        found = links(batch.vectors, other.vectors, wanted)
        return Links(one=batch.entries[found.one], other=other.entries[found.other], likeness=found.likeness)

    def _near_to(self, entries: Iterable[int]) -> set[int]:
        """Give these articles and all of the stories that they come near to."""
        found = set(entries)
        for entry in list(found):
            this = self._known[entry]
            near = [other for other in this.links if self._nearness(this, other) >= NEAR]
            for story_id in {self._known[other].story for other in (*near, *this.copies)}:
                found.update(self._stories[story_id])
        return found

    def _nearness(self, this: _Known, other: int) -> float:
        """Give the nearness of two linked articles as their surroundings are now."""
        that = self._known[other]
        full = min(this.fullness, that.fullness)
        around = (this.around + that.around) / 2
        return this.links[other] + TEXTS * full - (AROUND_TEASERS + (AROUND_TEXTS - AROUND_TEASERS) * full) * around

    def _links(self, entries: Collection[int]) -> Iterator[tuple[int, int, float]]:
        """Give the links among these articles, each once."""
        for entry in entries:
            this = self._known[entry]
            for other in this.links:
                if entry < other and other in entries:
                    yield entry, other, self._nearness(this, other)

    def _copies(self, entries: Collection[int]) -> Iterator[tuple[int, int]]:
        return ((entry, other) for entry in entries for other in self._known[entry].copies if other in entries)

    def _heads(self, stories: Iterable[int]) -> dict[int, int]:
        """Give for each of the stories the article that its name goes with: its opener, or where that is forgotten its first."""
        inside = {story_id: self._stories[story_id] for story_id in stories}
        return {story_id if story_id in members else min(members): story_id for story_id, members in inside.items()}

    def _name(self, members: Sequence[int], heads: Mapping[int, int]) -> int:
        """Give the story that a group is: one whose head it has, of several one that was told, then the oldest; else a new one."""
        claimed = [heads[entry] for entry in members if entry in heads]
        return min(claimed, key=lambda story_id: (story_id not in self._told, story_id), default=members[0])

    def _heir(self, story_id: int, before: Mapping[int, int]) -> int:
        """Give the story that has most of the articles of one that is no more."""
        now_in = Counter(self._known[entry].story for entry, story in before.items() if story == story_id)
        return max(now_in, key=lambda heir: (now_in[heir], -heir))

    def _move(self, entry: int, story_id: int) -> None:
        self._leave(entry)
        self._known[entry].story = story_id
        self._stories[story_id].append(entry)

    def _leave(self, entry: int) -> None:
        story_id = self._known[entry].story
        self._stories[story_id].remove(entry)
        if not self._stories[story_id]:
            del self._stories[story_id]


def fold(articles: Sequence[StoryArticle], index: StoryIndex, *, size: int = ROUND) -> list[int]:
    """Put a stream of articles into stories, `size` at a time; give the story of each, named after the entry that opened it."""
    found: dict[int, int] = {}
    for start in range(0, len(articles), size):
        part = articles[start : start + size]
        index.forget(min(article.at for article in part) - WINDOW)
        placed = index.place(part)
        found.update(placed.stories)
        found.update(placed.moved)
    return [found[article.entry_id] for article in articles]


def _against(one: _Known, other: _Known) -> float:
    """Give what speaks against one event, whatever the surroundings."""
    return (
        PER_DAY * abs(one.day - other.day)
        + OTHER * _conflicts(one.signature, other.signature)
        + ROLLING * (one.signature.rolling or other.signature.rolling)
    )


def _conflicts(one: Signature, other: Signature) -> int:
    """Count how two titles speak against one event: by giving other figures, by giving other names."""
    figures = one.title_numbers and other.title_numbers and not one.title_numbers & other.title_numbers
    names = one.title_names and other.title_names and not one.title_names & other.title_names
    return bool(figures) + bool(names)


def _fullness(seen: Signature) -> float:
    return min(1.0, max(0.0, math.log(max(1, len(seen.stems)) / TEASER) / math.log(TEXT / TEASER)))


def _days(at: datetime) -> float:
    return at.timestamp() / _DAY.total_seconds()
