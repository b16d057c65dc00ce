"""Takes the answers of people, gives what is settled, what is disputed, and how well they agree.

An answer holds until the same person gives another. An item is settled where everybody who was sure says the same, disputed where
two differ: it is then learned from by nobody, and asked about again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from monitor.types import Label

Item = tuple[int, str]  #: an article and a topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What the answers come to, by (article, topic)."""

    values: Mapping[Item, bool]
    disputed: frozenset[Item]
    unsure: frozenset[Item]  #: nobody who answered was sure

    def of(self, entry_id: int, topics: Iterable[str]) -> dict[str, bool]:
        """Give what is settled about an article."""
        return {topic: self.values[entry_id, topic] for topic in topics if (entry_id, topic) in self.values}


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How two people agree on a topic: Cohen's κ, 1 for always, 0 for no better than chance; None where it has no meaning."""

    topic: str
    people: tuple[str, str]
    items: int
    same: int
    kappa: float | None


def settle(labels: Iterable[Label]) -> Settled:
    """Give what is settled; of several answers of one person about one thing the latest counts."""
    latest: dict[tuple[int, str, str], Label] = {}
    for label in sorted(labels, key=lambda one: one.at):
        latest[label.entry_id, label.topic, label.who] = label
    sure: dict[Item, set[bool]] = defaultdict(set)
    for label in latest.values():
        sure[label.entry_id, label.topic] |= set() if label.value is None else {label.value}
    return Settled(
        values={item: next(iter(values)) for item, values in sure.items() if len(values) == 1},
        disputed=frozenset(item for item, values in sure.items() if len(values) > 1),
        unsure=frozenset(item for item, values in sure.items() if not values),
    )


def agreements(labels: Sequence[Label]) -> list[Agreement]:
    """Give how every two people agree on each topic of which both answered about the same articles, being sure."""
    names = {label.who: label.said_by for label in labels}
    said: dict[str, dict[str, dict[int, bool]]] = defaultdict(lambda: defaultdict(dict))
    for label in sorted(labels, key=lambda one: one.at):
        if label.value is not None:
            said[label.topic][label.who][label.entry_id] = label.value
    found = []
    for topic, people in sorted(said.items()):
        for one, other in combinations(sorted(people), 2):
            pairs = [(people[one][item], people[other][item]) for item in people[one].keys() & people[other].keys()]
            if pairs:
                same = sum(a == b for a, b in pairs)
                found.append(
                    Agreement(
                        topic=topic, people=(names[one], names[other]), items=len(pairs), same=same, kappa=kappa(pairs)
                    )
                )
    return found


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Give Cohen's κ (1960) of pairs of answers: agreement beyond what the two people's own rates would give by chance.

    None where chance alone gives full agreement: both always said the same one thing.
    """
    seen = sum(a == b for a, b in pairs) / len(pairs)
    yes, other_yes = (sum(pair[place] for pair in pairs) / len(pairs) for place in (0, 1))
    chance = yes * other_yes + (1 - yes) * (1 - other_yes)
    return None if chance == 1 else round((seen - chance) / (1 - chance), 4)


def counted(labels: Sequence[Label]) -> dict[str, dict[str, Counter[str]]]:
    """Give how many answers there are, per topic by value, person, and where they were given."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for label in labels:
        of_topic = found.setdefault(label.topic, {"value": Counter(), "who": Counter(), "via": Counter()})
        of_topic["value"][{True: "yes", False: "no", None: "unsure"}[label.value]] += 1
        of_topic["who"][label.said_by] += 1
        of_topic["via"][label.via.value] += 1
    return dict(sorted(found.items()))
