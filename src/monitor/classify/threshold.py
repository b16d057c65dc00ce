"""Takes a threshold rule, a head and what is known of the stream, gives the probability from which on is flagged, and why.

`auto`, a number and a wanted precision come from the model's record; a wanted number of flags a day from the probabilities that
this very model gave the stored stream, and where those are too few, from the record as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor

from monitor.classify.model import Head
from monitor.types import ThresholdRule

DAILY = 1_000.0  # items a day where the volume is not known: a hundred feeds of ten
FEWEST = 500  # stored probabilities that a number a day may rest on


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """What is known of the news that comes in."""

    daily: float = DAILY  #: items a day that are judged
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)  #: by topic, of late, by the model in use


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A threshold with its evidence; figures are None where nothing is on record."""

    threshold: float
    precision: float | None = None  #: expected among what is flagged
    recall: float | None = None
    per_day: float | None = None
    warning: str = ""  #: why it does not do what was asked, or rests on little


UNKNOWN = Stream()


def choose(rule: ThresholdRule, topic: str, head: Head, stream: Stream = UNKNOWN) -> Choice:
    """Give the threshold and what is expected of it; where nothing gives what is wanted, the strictest, with a warning."""
    wanted, scores = rule.value, stream.scores.get(topic, ())
    if rule.kind == "auto" or wanted is None:
        return _told(head.threshold, head, stream, scores)
    if rule.kind == "number":
        return _told(wanted, head, stream, scores)
    strictest = head.evidence[-1].threshold if head.evidence else head.threshold
    if rule.kind == "precision":
        enough = [row.threshold for row in head.evidence if row.precision >= wanted]
        warning = "" if enough else f"no threshold on record is expected to reach a precision of {wanted:g}"
        return _told(min(enough, default=strictest), head, stream, scores, warning)
    if len(scores) >= FEWEST:
        return _told(_quantile(scores, wanted / stream.daily), head, stream, scores)
    enough = [row.threshold for row in head.evidence if row.per_10k * stream.daily <= wanted * 10_000]
    warning = f"only {len(scores)} articles were judged by this model so far: reckoned from ordinary news instead"
    if not enough:
        warning = f"no threshold on record gives as few as {wanted:g} a day"
    return _told(min(enough, default=strictest), head, stream, scores, warning)


def _quantile(scores: Sequence[float], share: float) -> float:
    """Give the threshold that flags that share of the scores, half way between the last one in and the first one out."""
    ordered = sorted(scores, reverse=True)
    inside = min(floor(share * len(ordered)), len(ordered) - 1)
    if inside == 0:
        return min(1.0, (1 + ordered[0]) / 2)
    return (ordered[inside - 1] + ordered[inside]) / 2


def _told(threshold: float, head: Head, stream: Stream, scores: Sequence[float], warning: str = "") -> Choice:
    row = next((row for row in reversed(head.evidence) if row.threshold <= threshold + 1e-9), None)
    if len(scores) >= FEWEST:
        per_day: float | None = sum(score >= threshold for score in scores) / len(scores) * stream.daily
    else:
        per_day = row.per_10k / 10_000 * stream.daily if row else None
    return Choice(
        threshold=threshold,
        precision=row.precision if row else None,
        recall=row.recall if row else None,
        per_day=round(per_day, 2) if per_day is not None else None,
        warning=warning,
    )
