"""Takes labelled articles, gives which belong together and which are set apart for good to test with.

Copies of one text, and the articles of one story, are one group: were some learned from and others tested on, the test would be
of memory. Which side a group is on follows from the first of its articles alone, so that labels added later move nobody.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

FROZEN = 0.3  # share of the groups that is never learned from
OPENING = 40  # words of a text that make it known again

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An article as grouping sees it."""

    id: int
    title: str
    text: str
    story_id: int | None = None


def groups(members: Sequence[Member]) -> dict[int, int]:
    """Give for each article's id that of the first article of its group."""
    first: dict[int, int] = {member.id: member.id for member in members}

    def root(id_: int) -> int:
        while first[id_] != id_:
            first[id_] = first[first[id_]]
            id_ = first[id_]
        return id_

    seen: dict[tuple[str, object], int] = {}
    for member in sorted(members, key=lambda one: one.id):
        for mark in _marks(member):
            low, high = sorted((root(seen.setdefault(mark, member.id)), root(member.id)))
            first[high] = low
    return {member.id: root(member.id) for member in members}


def frozen(group: int, salt: Mapping[int, str]) -> bool:
    """Tell whether a group is of the test set; `salt` gives what its first article is known by in any database."""
    digest = blake2b(salt[group].encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < FROZEN * 2**64


def _marks(member: Member) -> Iterable[tuple[str, object]]:
    if member.story_id is not None:
        yield "story", member.story_id
    title, opening = _plain(member.title), _plain(member.text)[:OPENING]
    if len(title) >= 4:  # “Live updates” is no event
        yield "title", tuple(title)
    if len(opening) >= 12:
        yield "opening", tuple(opening)


def _plain(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
