"""Takes a topic's threshold rule and its head, gives the probability from which on it is flagged."""

from monitor.classify.model import Head
from monitor.types import ThresholdRule

DAILY = 1_000  # items a day where the volume is not known: a hundred feeds of ten


def resolve(rule: ThresholdRule, head: Head, daily: float = DAILY) -> float:
    """Give the threshold; where no threshold on record gives what is wanted, the strictest one.

    Args:
        rule: as configured.
        head: what is known of the topic.
        daily: items a day that are judged, for `per_day`.
    """
    wanted = rule.value
    if rule.kind == "auto" or wanted is None:
        return head.threshold
    if rule.kind == "number":
        return wanted
    if rule.kind == "precision":
        enough = [row.threshold for row in head.evidence if row.precision >= wanted]
    else:
        enough = [row.threshold for row in head.evidence if row.per_10k * daily <= wanted * 10_000]
    strictest = head.evidence[-1].threshold if head.evidence else head.threshold
    return min(enough, default=strictest)
