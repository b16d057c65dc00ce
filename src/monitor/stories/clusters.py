"""Takes links between articles, gives groups of them: the two nearest become one, again and again, while near enough.

How near two groups are is a mixture of their closest link and the mean of all links between them: of teasers, which have few
words in common, the closest counts most; of full texts, the mean. So a group is not what A has in common with B and B with C.
The larger both groups, the nearer they have to be: one article that resembles two events does not make them one.

This is agglomerative clustering (Lance and Williams 1967) with links left out where articles share nothing.
"""

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MEAN_OF_TEASERS, MEAN_OF_TEXTS = 0.3, 1.0
"""Share of the mean of all links in the nearness of two groups, the rest being that of the closest link."""

GROWN = 0.03
"""What the logarithm of the smaller group's size takes off the nearness."""

NO_LINK = -0.1
"""What two articles without a link count in the mean."""


@dataclass(slots=True)
class _Between:
    """The links between two groups."""

    total: float
    closest: float
    count: int = 1

    def add(self, other: "_Between") -> None:
        self.total += other.total
        self.closest = max(self.closest, other.closest)
        self.count += other.count


@dataclass(slots=True)
class _Group:
    members: list[int]
    fullness: float  #: sum over the members: 0 for a teaser, 1 for a full text
    links: dict[int, _Between] = field(default_factory=dict)  #: by the other group, which holds the same
    near: set[int] = field(default_factory=set)  #: those whose closest link is near enough: others need no reckoning


def grouped(
    fullness: Mapping[int, float],
    links: Iterable[tuple[int, int, float]],
    *,
    at: float,
    together: Iterable[tuple[int, int]] = (),
    apart: Collection[tuple[int, int]] = (),
) -> list[Sequence[int]]:
    """Give groups of members, each sorted, in the order of their first members.

    Args:
        fullness: Every member, and how much of a full text it is, from 0 to 1.
        links: Pairs of members and how near they are; each pair once.
        at: Nearness from which two groups become one.
        together: Pairs that belong together whatever their nearness.
        apart: Pairs that do not, whatever else holds.
    """
    links, together = list(links), list(together)
    bound = _connected(fullness, [*together, *((one, other) for one, other, nearness in links if nearness >= at)])
    groups = _Groups(fullness, apart, at)
    for one, other, nearness in links:
        if bound[one] == bound[other]:
            groups.link(one, other, nearness)
    for one, other in together:
        groups.unite(one, other)
    groups.merge()
    return groups.sorted()


def _connected(members: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Give for each member a number that it shares with all that a chain of pairs leads to.

    Two groups are never nearer than their closest link, so that beyond such a chain nothing needs to be looked at.
    """
    parent = {member: member for member in members}

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = member = parent[parent[member]]
        return member

    for one, other in pairs:
        parent[root(one)] = root(other)
    return {member: root(member) for member in parent}


class _Groups:
    """Groups under way; each bears the smallest number of its members."""

    def __init__(self, fullness: Mapping[int, float], apart: Collection[tuple[int, int]], at: float) -> None:
        self._at = at
        self._groups = {member: _Group(members=[member], fullness=full) for member, full in fullness.items()}
        self._group_of = {member: member for member in fullness}
        self._apart = [pair for pair in apart if pair[0] in fullness and pair[1] in fullness]

    def link(self, one: int, other: int, nearness: float) -> None:
        first, second = self._groups[one], self._groups[other]
        first.links[other] = second.links[one] = _Between(total=nearness, closest=nearness)
        if nearness >= self._at:
            first.near.add(other)
            second.near.add(one)

    def unite(self, one: int, other: int) -> None:
        first, second = sorted((self._group_of[one], self._group_of[other]))
        if first != second and self._may_merge(first, second):
            self._merge(first, second)

    def merge(self) -> None:
        heap = [entry for name in self._groups for entry in self._near(name) if entry[1] == name]
        heapq.heapify(heap)
        while heap:
            nearness, first, second = heapq.heappop(heap)
            if first in self._groups and second in self._groups and -nearness == self._nearness(first, second):
                self._merge(first, second)
                for entry in self._near(first):
                    heapq.heappush(heap, entry)

    def sorted(self) -> list[Sequence[int]]:
        return [sorted(self._groups[name].members) for name in sorted(self._groups)]

    def _near(self, name: int) -> Iterable[tuple[float, int, int]]:
        for other in self._groups[name].near:
            first, second = min(name, other), max(name, other)
            if (nearness := self._nearness(first, second)) >= self._at and self._may_merge(first, second):
                yield -nearness, first, second

    def _may_merge(self, first: int, second: int) -> bool:
        groups = {first, second}
        return not any({self._group_of[one], self._group_of[other]} == groups for one, other in self._apart)

    def _nearness(self, one: int, other: int) -> float:
        first, second = self._groups[one], self._groups[other]
        between = first.links[other]
        sizes = len(first.members), len(second.members)
        pairs = sizes[0] * sizes[1]
        mean = (between.total + NO_LINK * (pairs - between.count)) / pairs
        fullness = min(first.fullness / sizes[0], second.fullness / sizes[1])
        share = MEAN_OF_TEASERS + (MEAN_OF_TEXTS - MEAN_OF_TEASERS) * fullness
        return share * mean + (1 - share) * between.closest - GROWN * math.log(min(sizes))

    def _merge(self, into: int, gone: int) -> None:
        kept, left = self._groups[into], self._groups.pop(gone)
        kept.members += left.members
        kept.fullness += left.fullness
        self._group_of.update(dict.fromkeys(left.members, into))
        kept.links.pop(gone, None)
        for other, between in left.links.items():
            if other == into:
                continue
            theirs = self._groups[other].links
            del theirs[gone]
            if other in kept.links:
                kept.links[other].add(between)
            else:
                kept.links[other] = theirs[into] = between
        for other in left.near - {into}:
            self._groups[other].near.add(into)
            self._groups[other].near.remove(gone)
        kept.near |= left.near
        kept.near -= {into, gone}
