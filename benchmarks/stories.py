"""Takes labelled news and a month's stream, gives how well and how fast articles are put into stories, as Markdown tables.

    python benchmarks/stories.py            B³ on both development sets beside a plain single-pass cosine; cost on the stream
    python benchmarks/stories.py sweep      B³ for every constant over its range, one at a time
    python benchmarks/stories.py curve      cost of an article by how many are open, to 100,000
    python benchmarks/stories.py largest    the month of stream judged: its 20 largest on-topic stories, to be read
    python benchmarks/stories.py news       further accounts of its stories, and what of them is told again, to be read
    python benchmarks/stories.py idf        counts words anew and writes the table that ships

Needs ../shared.
"""

import argparse
import gzip
import json
import random
import re
import resource
import statistics
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.config import load, shipped
from monitor.stories import Idf, StoryIndex, fold, news, shipped_idf, signature
from monitor.stories.idf import write_idf
from monitor.stories.match import WINDOW
from monitor.types import StoryArticle

DATA = Path(__file__).parents[2] / "shared" / "data"
TABLE = Path(__file__).parents[1] / "src" / "monitor" / "data" / "idf.txt.gz"
SETS = {"rss-2022-11-dev": "event", "ecbplus-dev": "event_id"}
LEAST_DOCUMENTS = 5
FOLDS, SHUFFLES, ORDERS = 5, 5, 10

RANGES: Mapping[str, Sequence[float]] = {
    "NEAR": [0.18, 0.20, 0.22, 0.24, 0.26, 0.28, 0.30],
    "PER_DAY": [0, 0.04, 0.08, 0.12, 0.16],
    "OTHER": [0, 0.02, 0.04],
    "ROLLING": [0, 0.04, 0.08],
    "AROUND_TEASERS": [0, 0.15, 0.3],
    "AROUND_TEXTS": [0, 0.3, 0.6, 0.9],
    "TEXTS": [0.10, 0.14, 0.18, 0.22, 0.26],
    "NEIGHBOURS": [10, 20, 30],
    "TEASER": [40, 60, 80],
    "TEXT": [200, 300, 400],
    "NAMES": [0, 0.3, 0.6, 1.0],
    "NUMBERS": [0, 0.1, 0.2],
    "SHARED": [0, 0.15, 0.3, 0.45],
    "MEAN_OF_TEASERS": [0, 0.15, 0.3, 0.5, 1.0],
    "MEAN_OF_TEXTS": [0, 0.5, 1.0],
    "GROWN": [0, 0.015, 0.03, 0.045],
    "NO_LINK": [-0.2, -0.1, 0],
    "PRIOR_DOCUMENTS": [500, 2000, 6000, 20_000],
    "RARE": [0.01, 0.03, 0.1],
    "LEAST_SHARED": [0, 0.06, 0.12],
    "MOST_LINKS": [20, 30, 60, 120],
}
HOMES = [import_module(f"monitor.stories.{name}") for name in ("match", "likeness", "clusters")]
OPEN = [1_000, 5_000, 10_000, 25_000, 50_000, 100_000]
BATCH, FURTHER = 500, 5

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


def worst_order(rows: Sequence[StoryArticle], gold: Sequence[str]) -> tuple[float, float, float]:
    """Give B³ of the worst of several orders in which articles of a day may arrive, put into stories one by one."""
    found = []
    for seed in range(ORDERS):
        chance = random.Random(seed)
        order = sorted(range(len(rows)), key=lambda number: (rows[number].at, chance.random()))
        named = fold([rows[number] for number in order], StoryIndex(shipped_idf()), size=1)
        found.append(b_cubed(named, [gold[number] for number in order]))
    return min(found, key=lambda scores: scores[2])


def single_pass(rows: Sequence[StoryArticle], at: float) -> Partition:
    """Put each row into the story of the closest earlier row of the window: what one would write in an afternoon."""
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(
        f"{r.title} {r.text}" for r in rows
    )
    cosines = (vectors @ vectors.T).toarray()
    found: Partition = []
    for number, row in enumerate(rows):
        near = [n for n in range(number) if row.at - rows[n].at <= WINDOW]
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
    home = next(home for home in HOMES if hasattr(home, name))
    kept = getattr(home, name)
    setattr(home, name, value)
    try:
        return ours(rows)
    finally:
        setattr(home, name, kept)


def quality() -> None:
    """Print B³ on both development sets."""
    print("| set | method | B³ precision | recall | F1 |\n|---|---|---|---|---|")
    for name, label in SETS.items():
        rows = items(f"stories/{name}.jsonl")
        read, gold = articles(rows), [row[label] for row in rows]
        thresholds = [round(0.16 + 0.02 * n, 2) for n in range(16)]
        plain = {at: single_pass(read, at) for at in thresholds}
        best = max(plain, key=lambda at: b_cubed(plain[at], gold)[2])
        swept = {at: with_constant("NEAR", at, read) for at in RANGES["NEAR"]}
        for method, scores in (
            ("one story each", b_cubed(list(range(len(gold))), gold)),
            (f"single-pass cosine, its best cut here ({best})", b_cubed(plain[best], gold)),
            ("single-pass cosine, cut from other events", cross_validated(plain, gold)),
            ("ours, as shipped, all at once", b_cubed(ours(read), gold)),
            ("ours, as shipped, twenty at a time", b_cubed(fold(read, StoryIndex(shipped_idf()), size=20), gold)),
            ("ours, as shipped, one by one", b_cubed(fold(read, StoryIndex(shipped_idf()), size=1), gold)),
            (f"the same, each day's order drawn, worst of {ORDERS}", worst_order(read, gold)),
            ("ours, threshold from other events", cross_validated(swept, gold)),
        ):
            print(f"| {name} | {method} | " + " | ".join(f"{score:.3f}" for score in scores) + " |")


def cost() -> None:
    """Print CPU and memory for the whole stream."""
    read = articles(items("stream/rss-2022-11.jsonl.gz"))
    started = time.process_time()
    found = fold(read, StoryIndex(shipped_idf()))
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
            shipped = next(getattr(home, constant) for home in HOMES if hasattr(home, constant))
            mark = " (shipped)" if value == shipped else ""
            cells = " | ".join("{:.3f} / {:.3f} / **{:.3f}**".format(*score) for score in scores)
            print(f"| {constant} | {value}{mark} | {cells} |", flush=True)


def curve() -> None:
    """Print what an article costs where so many are open, each number in a stream of its own that fills the window evenly.

    The month has 25,000 items. Further ones are the same with every other rarer word changed, so that they are no copies of
    each other and a word stands in the more articles the more there are.
    """
    rows = items("stream/rss-2022-11.jsonl.gz")
    idf, start = shipped_idf(), datetime(2026, 1, 1, tzinfo=UTC)

    def changed(text: str, copy: int) -> str:
        def word(found: re.Match[str]) -> str:
            odd = copy and idf.share(found[0].lower()) < 0.01 and zlib.crc32(f"{found[0]}{copy}".encode()) % 2
            return f"{found[0]}{'abcdefgh'[copy]}" if odd else found[0]

        return re.sub(r"[^\W\d_]+", word, text)

    print("| open articles | CPU ms an article, mean of five further batches | largest story of the last | peak MB |")
    print("|---|---|---|---|")
    for size in OPEN:
        index, done, spent = StoryIndex(idf), 0, []
        while done < size + FURTHER * BATCH:
            copy, first = divmod(done, len(rows))
            batch = [
                replace(
                    article, entry_id=done + number, published=start + WINDOW * ((done + number) / size), seen_at=start
                )
                for number, article in enumerate(
                    articles(
                        {"title": changed(row["title"], copy), "text": changed(row["text"], copy)}
                        for row in rows[first : first + BATCH]
                    )
                )
            ]
            before = time.process_time()
            index.forget(batch[0].at - WINDOW)
            placed = index.place(batch)
            spent.append(1000 * (time.process_time() - before) / len(batch))
            done += len(batch)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        largest = max(len(index.members(story)) for story in placed.stories.values())
        print(f"| {size:,} | {statistics.fmean(spent[-FURTHER:]):.1f} | {largest} | {peak:.0f} |", flush=True)


def flagged() -> tuple[int, list[tuple[Item, StoryArticle]]]:
    """Give how many items the month has, and those that the shipped model flags."""
    judge = Judge(ModelFiles(shipped("models"), shipped=shipped("models")).load(), load(shipped("config"), {}).topics)
    rows = items("stream/rss-2022-11.jsonl.gz")
    verdicts = judge.verdicts_many([(row["title"], row["text"], "en") for row in rows])
    found = [row for row, one in zip(rows, verdicts, strict=True) if any(verdict.flagged for verdict in one)]
    return len(rows), list(zip(found, articles(found), strict=True))


def stories_of(found: Sequence[tuple[Item, StoryArticle]]) -> list[list[tuple[Item, StoryArticle]]]:
    """Give the stories of articles, the largest first."""
    stories: dict[int, list[tuple[Item, StoryArticle]]] = {}
    for story, one in zip(
        fold([article for _, article in found], StoryIndex(shipped_idf()), size=20), found, strict=True
    ):
        stories.setdefault(story, []).append(one)
    return sorted(stories.values(), key=len, reverse=True)


def largest() -> None:
    """Print the largest stories among what the shipped model flags in the month, with outlets, span and headlines."""
    total, found = flagged()
    stories = stories_of(found)
    print(f"{total:,} items, {len(found):,} flagged, {len(stories):,} stories")
    for inside in stories[:20]:
        outlets = {row["outlet"] for row, _ in inside}
        print(f"\n## {len(inside)} articles, {len(outlets)} outlets, {inside[0][0]['date']} to {inside[-1][0]['date']}")
        for row, _ in inside:
            print(f"   {row['date'][5:]} {row['outlet'][:18]:18} {row['title'][:110]}")


def told_again() -> None:
    """Print every further account of a flagged story, and what of it would be told again."""
    stories = [inside for inside in stories_of(flagged()[1]) if len(inside) > 1]
    told = 0
    for inside in stories:
        print(f"\n## {inside[0][0]['title'][:110]}")
        for number, (row, article) in enumerate(inside[1:], 1):
            added = news([earlier for _, earlier in inside[:number]], article)
            told += bool(added)
            print(f"   {'; '.join(added) or '-':40} {row['title'][:110]}")
    print(f"\n{len(stories)} stories, {sum(map(len, stories)) - len(stories)} further accounts, {told} told again")


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
    parser.add_argument("what", nargs="?", choices=["sweep", "curve", "largest", "news", "idf"])
    chosen = parser.parse_args().what
    if chosen == "idf":
        count_words()
    elif chosen:
        {"sweep": sweep, "curve": curve, "largest": largest, "news": told_again}[chosen]()
    else:
        quality()
        cost()


if __name__ == "__main__":
    main()
