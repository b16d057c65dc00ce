"""Takes the invented and the real labelled news, gives what both models learned from: how many, which, about whom, as tables.

    python benchmarks/labelled.py            needs ../shared

Countries are those that the product itself finds in title and text. "Near-copies": the share of an item's five-word sequences that
it has in common with its nearest neighbour.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from corpora import REAL, TOPICS, real_news, seed_examples, table

from monitor.cli.learning.build_shipped import DEV
from monitor.feedback.design import Example
from monitor.stories.facts import facts_of

RUN = 5  #: words in a sequence
LENGTHS = (1, 41, 131, 300)  #: words from which a text belongs to the next class
SHARES = (0.0, 0.02, 0.05, 0.10, 0.25)
MOST = 20  #: countries that are named


def main() -> None:
    """Print all tables."""
    seeds, news = seed_examples(), real_news()
    print(f"**Invented: {len(seeds):,} items.**\n")
    _languages(seeds)
    _lengths(seeds)
    _near_copies(seeds)
    print(f"Countries and blocs that are named: {len(set().union(*map(_named, seeds)))}.\n")
    print(f"**Real: {len(news.labelled):,} items.**\n")
    _corpora(news.labelled)
    for name, examples in (("invented", seeds), ("real", news.labelled)):
        _countries(name, examples)


def _languages(examples: Sequence[Example]) -> None:
    kinds = [(0, 0), (1, 0), (0, 1), (1, 1)]
    found = Counter((one.language, tuple(int(one.labels[topic.id]) for topic in TOPICS)) for one in examples)
    names = ["neither", *(topic.name for topic in TOPICS), "both"]
    table(["language", *names], [[each, *(found[each, kind] for kind in kinds)] for each in _most(examples)])


def _most(examples: Sequence[Example]) -> list[str]:
    return [name for name, _ in Counter(one.language for one in examples).most_common()]


def _lengths(examples: Sequence[Example]) -> None:
    words = [len(one.text.split()) for one in examples if one.language == "en"]
    heads = ["no text", *(f"{low} to {high - 1} words" for low, high in pairwise(LENGTHS)), f"{LENGTHS[-1]} and more"]
    counts = Counter(sum(number >= least for least in LENGTHS) for number in words)
    table(["English", *heads], [["items", *(counts[each] for each in range(len(heads)))]])
    print(f"Without a title: {sum(not one.title for one in examples)}.\n")


def _near_copies(examples: Sequence[Example]) -> None:
    runs = [_runs(one) for one in examples]
    holders = defaultdict(list)
    for number, each in enumerate(runs):
        for run in each:
            holders[run].append(number)
    shares = []
    for number, each in enumerate(runs):
        common = Counter(other for run in each for other in holders[run] if other != number)
        shares.append(max(common.values(), default=0) / max(1, len(each)))
    classes = ["none", *(f"to {high:.0%}" for high in SHARES[1:])]
    counts = Counter(sum(share > low for low in SHARES) for share in shares)
    table(
        ["five words in common", *classes, "largest"],
        [["items", *(counts[n] for n in range(len(classes))), f"{max(shares):.1%}"]],
    )


def _runs(example: Example) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", f"{example.title} {example.text}".lower())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def _corpora(examples: Sequence[Example]) -> None:
    years = defaultdict(set)
    for row in map(json.loads, (REAL / DEV).read_text("utf-8").splitlines()):
        if row["date"]:
            years[row["corpus"]].add(row["date"][:4])
    rows = []
    for corpus, number in Counter(one.origin for one in examples).most_common():
        here = [one for one in examples if one.origin == corpus]
        known = years[corpus]
        rows.append(
            [corpus, here[0].language, f"{min(known)}–{max(known)}" if known else "not dated", number]
            + [_yes(here, topic.id) for topic in TOPICS]
            + [f"{sum(len(one.text.split()) < 80 for one in here) / number:.0%}"]
        )
    table(
        ["corpus", "language", "years", "items", *(f"{topic.name}: yes of" for topic in TOPICS), "under 80 words"], rows
    )


def _yes(examples: Sequence[Example], topic: str) -> str:
    said = [one.labels[topic] for one in examples if topic in one.labels]
    return f"{sum(said)} of {len(said)}"


def _countries(name: str, examples: Sequence[Example]) -> None:
    rows = []
    for topic in TOPICS:
        here = [one for one in examples if one.labels.get(topic.id)]
        found = Counter(country for one in here for country in _named(one))
        shares = ", ".join(f"{country} {number / len(here):.0%}" for country, number in found.most_common(MOST))
        rows.append([topic.name, len(here), len(found), shares])
    table([f"{name}, on topic", "items", "countries and blocs", "most often"], rows)


def _named(example: Example) -> set[str]:
    return set(facts_of([(example.title, example.text, example.language)]).countries)


if __name__ == "__main__":
    main()
