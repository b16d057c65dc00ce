"""Takes labelled news and a month's stream, gives how well and how fast articles are put into stories, as Markdown tables.

    python benchmarks/stories.py            B³ on both development sets beside a plain single-pass cosine; cost on the stream
    python benchmarks/stories.py sweep      B³ for every constant over its range, one at a time
    python benchmarks/stories.py idf        counts words anew and writes the table that ships

Needs ../shared.
"""

import argparse
import gzip
import json
import random
import resource
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from monitor.stories import Idf, StoryIndex, fold, match, shipped_idf, signature
from monitor.stories.idf import write_idf
from monitor.types import StoryArticle

DATA = Path(__file__).parents[2] / "shared" / "data"
TABLE = Path(__file__).parents[1] / "src" / "monitor" / "data" / "idf.txt.gz"
SETS = {"rss-2022-11-dev": "event", "ecbplus-dev": "event_id"}
LEAST_DOCUMENTS = 5
FOLDS, SHUFFLES = 5, 5

RANGES: Mapping[str, Sequence[float]] = {
    "JOIN_AT": [0.20, 0.24, 0.26, 0.28, 0.30, 0.32, 0.36],
    "NAMES": [0, 0.3, 0.6, 1.0, 1.5],
    "SECOND_LINK": [0, 0.1, 0.2, 0.3, 0.5],
    "PER_DAY": [0, 0.04, 0.08, 0.12, 0.16, 0.20],
    "OTHER_FIGURES": [0, 0.02, 0.04, 0.06, 0.1],
    "PRIOR_DOCUMENTS": [100, 500, 2000, 6000, 20_000],
    "TOO_COMMON": [0.05, 0.1, 0.15, 0.3, 1.0],
    "RARE": [0.01, 0.03, 0.1],
    "CANDIDATE_AT": [0, 0.02, 0.05, 0.08, 0.12],
    "COPY_OVERLAP": [0.6, 0.8, 1.0],
}

Item = Mapping[str, str]
Partition = list[int]


def items(path: str) -> list[Item]:
    """Read a file of JSON lines."""
    file = DATA / path
    text = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line) for line in text.decode("utf-8").splitlines()]


def articles(rows: Iterable[Item]) -> list[StoryArticle]:
    """Give rows as articles; a row without a title is led by its first line."""
    found = []
    for number, row in enumerate(rows):
        title, _, text = (row["title"], "", row["text"]) if "title" in row else row["text"].partition("\n")
        day = datetime.combine(date.fromisoformat(row.get("date") or "2026-01-01"), datetime.min.time(), UTC)
        found.append(
            StoryArticle(
                entry_id=number, outlet="", title=title, text=text, link=None, published=day, seen_at=day, topics=()
            )
        )
    return found


def b_cubed(found: Partition, gold: Sequence[str], only: Iterable[int] | None = None) -> tuple[float, float, float]:
    """Give B³ precision, recall and F1, averaged over the items `only` (default all)."""
    together = Counter(zip(found, gold, strict=True))
    sizes, events = Counter(found), Counter(gold)
    chosen = list(range(len(gold)) if only is None else only)
    precision = statistics.fmean(together[found[n], gold[n]] / sizes[found[n]] for n in chosen)
    recall = statistics.fmean(together[found[n], gold[n]] / events[gold[n]] for n in chosen)
    return precision, recall, 2 * precision * recall / (precision + recall)


def ours(rows: Sequence[StoryArticle]) -> Partition:
    """Put rows into stories as the service does."""
    return fold(rows, StoryIndex(shipped_idf()))


def single_pass(rows: Sequence[StoryArticle], at: float) -> Partition:
    """Put each row into the story of the closest earlier row of the window: what one would write in an afternoon."""
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(
        f"{r.title} {r.text}" for r in rows
    )
    cosines = (vectors @ vectors.T).toarray()
    found: Partition = []
    for number, row in enumerate(rows):
        near = [n for n in range(number) if row.at - rows[n].at <= match.WINDOW]
        best = max(near, key=lambda n: cosines[number, n], default=None)
        found.append(found[best] if best is not None and cosines[number, best] >= at else number)
    return found


def cross_validated(partitions: Mapping[float, Partition], gold: Sequence[str]) -> tuple[float, float, float]:
    """Choose a threshold on the events of four folds, judge on the fifth; the median of several divisions."""
    results = []
    for shuffle in range(SHUFFLES):
        events = sorted(set(gold))
        random.Random(shuffle).shuffle(events)
        fold_of = {event: number % FOLDS for number, event in enumerate(events)}
        totals = [0.0, 0.0]
        for held_out in range(FOLDS):
            inside = [n for n, event in enumerate(gold) if fold_of[event] == held_out]
            outside = [n for n, event in enumerate(gold) if fold_of[event] != held_out]
            chosen = max(partitions.values(), key=lambda p: b_cubed(p, gold, outside)[2])
            precision, recall, _ = b_cubed(chosen, gold, inside)
            totals = [totals[0] + precision * len(inside) / len(gold), totals[1] + recall * len(inside) / len(gold)]
        results.append((2 * totals[0] * totals[1] / sum(totals), *totals))
    f1, precision, recall = sorted(results)[SHUFFLES // 2]
    return precision, recall, f1


def with_constant(name: str, value: float, rows: Sequence[StoryArticle]) -> Partition:
    """Put rows into stories with another value for one constant."""
    kept = getattr(match, name)
    setattr(match, name, value)
    try:
        return ours(rows)
    finally:
        setattr(match, name, kept)


def quality() -> None:
    """Print B³ on both development sets."""
    print("| set | method | B³ precision | recall | F1 |\n|---|---|---|---|---|")
    for name, label in SETS.items():
        rows = items(f"stories/{name}.jsonl")
        read, gold = articles(rows), [row[label] for row in rows]
        thresholds = [round(0.16 + 0.02 * n, 2) for n in range(16)]
        plain = {at: single_pass(read, at) for at in thresholds}
        best = max(plain, key=lambda at: b_cubed(plain[at], gold)[2])
        swept = {at: with_constant("JOIN_AT", at, read) for at in RANGES["JOIN_AT"]}
        for method, scores in (
            ("one story each", b_cubed(list(range(len(gold))), gold)),
            (f"single-pass cosine, its best cut here ({best})", b_cubed(plain[best], gold)),
            ("single-pass cosine, cut from other events", cross_validated(plain, gold)),
            ("ours, as shipped", b_cubed(ours(read), gold)),
            ("ours, threshold from other events", cross_validated(swept, gold)),
        ):
            print(f"| {name} | {method} | " + " | ".join(f"{score:.3f}" for score in scores) + " |")


def cost() -> None:
    """Print CPU and memory for the whole stream."""
    read = articles(items("stream/rss-2022-11.jsonl.gz"))
    started = time.process_time()
    index = StoryIndex(shipped_idf())
    found = []
    for article in read:
        index.forget(article.at - 2 * match.WINDOW)
        found += fold([article], index)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sizes = Counter(found)
    print(
        "\n| stream items | CPU s | per item ms | peak MB, corpus included | stories | largest |\n|---|---|---|---|---|---|"
    )
    per_item = 1000 * seconds / len(read)
    print(f"| {len(read):,} | {seconds:.1f} | {per_item:.2f} | {peak:.0f} | {len(sizes):,} | {max(sizes.values())} |")


def sweep() -> None:
    """Print B³ F1 of both sets for every constant over its range."""
    loaded = {name: (items(f"stories/{name}.jsonl"), label) for name, label in SETS.items()}
    read = {name: (articles(rows), [row[label] for row in rows]) for name, (rows, label) in loaded.items()}
    print("| constant | value | " + " | ".join(f"{name} P / R / F1" for name in SETS) + " |\n|---|---|---|---|")
    for constant, values in RANGES.items():
        for value in values:
            scores = [b_cubed(with_constant(constant, value, rows), gold) for rows, gold in read.values()]
            mark = " (shipped)" if value == getattr(match, constant) else ""
            cells = " | ".join("{:.3f} / {:.3f} / **{:.3f}**".format(*score) for score in scores)
            print(f"| {constant} | {value}{mark} | {cells} |", flush=True)


def count_words() -> None:
    """Write the table of document frequencies: the stream, and the development corpora of other years."""
    corpora = ("stream/rss-2022-11.jsonl.gz", "topics/dev.jsonl", "topics/background-dev.jsonl.gz")
    rows = {row["id"]: row for path in corpora for row in items(path)}
    counts: Counter[str] = Counter()
    for row in rows.values():
        counts.update(signature(row["title"] or "", row["text"]).counts.keys())
    kept = {word: count for word, count in counts.items() if count >= LEAST_DOCUMENTS and len(word) <= 30}
    packed = gzip.compress(write_idf(Idf(documents=len(rows), frequencies=kept)).encode("utf-8"), 9, mtime=0)
    TABLE.write_bytes(packed)
    print(f"{len(rows):,} documents, {len(kept):,} words, {len(packed):,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["sweep", "idf"])
    chosen = parser.parse_args().what
    if chosen == "idf":
        count_words()
    elif chosen == "sweep":
        sweep()
    else:
        quality()
        cost()


if __name__ == "__main__":
    main()
