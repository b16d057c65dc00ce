"""Takes the stream's scores and what was answered, gives what to ask next, in order: a mix of four kinds.

Disputed items come first; then uncertain ones (what the model learns most from), high ones (what people see, so where its mistakes
hurt) and random ones (drawn for the audit, the only ones it may count) in the wanted shares, one article of a story.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from math import log

from monitor.types import QueueShares, Score


class Kind(StrEnum):
    """Why an article is asked about."""

    DISPUTED = "disputed"
    UNCERTAIN = "uncertain"
    HIGH = "high"
    RANDOM = "random"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """An article to ask about, and why."""

    entry_id: int
    kind: Kind


def compose(
    scores: Iterable[Score],
    *,
    answered: AbstractSet[int],
    disputed: Sequence[int] = (),
    drawn: Sequence[int] = (),
    shares: QueueShares,
    count: int,
) -> list[Question]:
    """Give up to `count` questions.

    Args:
        scores: verdicts of the stream, whatever the topic.
        answered: articles not to be asked about: somebody was, or was asked and skipped them.
        disputed: articles that people differ about and this person has not judged; asked first.
        drawn: articles drawn at random for the audit.
        shares: of uncertain and high ones; the rest is random.
        count: how many at most.
    """
    by_article: dict[int, list[Score]] = defaultdict(list)
    for score in scores:
        if score.entry_id not in answered:
            by_article[score.entry_id].append(score)
    order = {
        Kind.UNCERTAIN: sorted(by_article, key=lambda id_: (min(map(_doubt, by_article[id_])), id_)),
        Kind.HIGH: sorted(by_article, key=lambda id_: (-max(one.probability for one in by_article[id_]), id_)),
        Kind.RANDOM: [id_ for id_ in dict.fromkeys(drawn) if id_ not in answered],
    }
    stories = {id_: inside[0].story_id or -id_ for id_, inside in by_article.items()}
    found = dict.fromkeys(dict.fromkeys(disputed), Kind.DISPUTED)
    for id_, kind in _mixed(order, shares, stories):
        if len(found) >= count:
            break
        found.setdefault(id_, kind)
    return [Question(entry_id=id_, kind=kind) for id_, kind in list(found.items())[:count]]


def _doubt(score: Score) -> float:
    """Give how far a probability is from its threshold, in log-odds."""
    return abs(_logit(score.probability) - _logit(score.threshold))


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))


def _mixed(
    order: Mapping[Kind, Sequence[int]], shares: QueueShares, stories: Mapping[int, int]
) -> Iterator[tuple[int, Kind]]:
    """Give articles with their kinds, each next one of the kind that is furthest behind its share."""
    wanted = {
        Kind.UNCERTAIN: shares.uncertain,
        Kind.HIGH: shares.high,
        Kind.RANDOM: max(0.0, 1 - shares.uncertain - shares.high),
    }
    waiting = {kind: iter(ids) for kind, ids in order.items() if wanted[kind] > 0}
    given = dict.fromkeys(waiting, 0)
    told: set[int] = set()
    while waiting:
        kind = max(waiting, key=lambda one: (wanted[one] * (sum(given.values()) + 1) - given[one], one))
        # A random article is asked about even where its story was: the audit counts articles.
        fresh = (id_ for id_ in waiting[kind] if kind is Kind.RANDOM or stories[id_] not in told)
        id_ = next(fresh, None)
        if id_ is None:
            del waiting[kind]
            continue
        given[kind] += 1
        told.add(stories.get(id_, -id_))
        yield id_, kind
