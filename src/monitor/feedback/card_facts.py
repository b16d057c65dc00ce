"""Takes a model's card, gives what a list tells of it, how sure its figures are, and where its evidence is thin."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from monitor.types import ThresholdRule

FEWEST = 30  #: yeses below which figures are called shaky
Z = 1.96  #: of the normal distribution, for intervals of 95 %


def summary(card: Mapping[str, Any]) -> dict[str, Any]:
    """Give a card in brief: how many examples, what it refines, average precision and F1 by topic."""
    topics = {topic: facts["figures"] for topic, facts in card["topics"].items()}
    return {
        "learned": card["examples"]["learned"],
        "refines": card["refines"],
        "average_precision": {topic: figures["average_precision"][0] for topic, figures in topics.items()},
        "f1": {topic: figures["f1"][0] for topic, figures in topics.items()},
    }


def rests_on(facts: Mapping[str, Any] | None) -> str:
    """Say where a topic's evidence is thin, "" where it is not; None: the card does not know the topic."""
    if facts is None:
        return "known by its keywords alone, with weights and evidence of all topics; labels would give it its own"
    positives = facts["figures"]["positives"]
    return f"the evidence rests on {positives} yeses only" if positives < FEWEST else ""


def asked(rule: ThresholdRule) -> str:
    """Give a threshold rule as it is written."""
    return rule.kind if rule.value is None else f"{rule.kind}: {rule.value:g}"


def intervals(figures: Mapping[str, Any]) -> dict[str, list[float] | None]:
    """Give precision and recall with 95 % intervals (Wilson 1927); None where nothing was flagged.

    The card keeps the shares alone; how many they are shares of follows from them.
    """
    positives, precision, recall = figures["positives"], figures["precision"], figures["recall"]
    hits = round(recall * positives)
    flagged = round(hits / precision) if precision else 0
    return {"precision": _wilson(hits, flagged), "recall": _wilson(hits, positives)}


def _wilson(hits: int, items: int) -> list[float] | None:
    if not items:
        return None
    share, square = hits / items, Z * Z / items
    middle = (share + square / 2) / (1 + square)
    reach = Z * sqrt(share * (1 - share) / items + square / (4 * items)) / (1 + square)
    return [round(value, 4) for value in (share, max(0.0, middle - reach), min(1.0, middle + reach))]
