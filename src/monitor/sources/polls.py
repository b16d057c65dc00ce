"""Takes the latest polls of a source, gives them as a mark each and in words: the same on a terminal and on a page."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.types import PollRecord


@dataclass(frozen=True, slots=True)
class Mark:
    """One character for what a poll came to, and what it means."""

    letter: str
    meaning: str
    good: bool = False  #: the source answered as it should


#: The first key that a result begins with counts.
MARKS = {
    "ok": Mark("·", "read", good=True),
    "not-modified": Mark("–", "not modified", good=True),
    "http-4": Mark("4", "refused (4xx)"),
    "http-5": Mark("5", "server trouble (5xx)"),
    "http-": Mark("H", "other answer"),
    "timeout": Mark("T", "timeout"),
    "dns": Mark("D", "name unknown"),
    "tls": Mark("S", "no safe connection"),
    "refused-address": Mark("A", "refused address"),
    "too-large": Mark("L", "too large"),
    "not-a-feed": Mark("F", "no feed"),
    "parse-error": Mark("P", "damaged"),
    "robots": Mark("R", "robots.txt"),
    "gone": Mark("G", "gone"),
    "": Mark("E", "error"),
}


def mark(poll: PollRecord) -> Mark:
    """Give the mark of a poll."""
    return _mark(poll.result)


@lru_cache
def _mark(result: str) -> Mark:
    return next(mark for beginning, mark in MARKS.items() if result.startswith(beginning))


def strip(polls: Sequence[PollRecord]) -> str:
    """Give polls, latest first, as a character each, latest last."""
    return "".join(mark(poll).letter for poll in reversed(polls))


def in_words(polls: Sequence[PollRecord]) -> str:
    """Give the same for those who hear it: how many, and how many of each kind, the most frequent first."""
    counts = Counter(mark(poll).meaning for poll in polls)
    told = ", ".join(f"{count} {meaning}" for meaning, count in counts.most_common())
    return f"{len(polls)} poll{'s' if len(polls) != 1 else ''}{f': {told}' if told else ''}"


def legend(polls: Iterable[PollRecord]) -> list[Mark]:
    """Give the marks that these polls use, in the order of the table."""
    used = {mark(poll) for poll in polls}
    return [one for one in MARKS.values() if one in used]
