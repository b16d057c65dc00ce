"""Takes the real stream several times over, gives how long a search of so many stored articles takes, as a Markdown table.

    python benchmarks/search.py [--articles 100000] [--database postgresql://…]

Questions: rare and common words, phrases, open endings, narrowed ones, and words that are nowhere. Needs ../shared.
"""

import argparse
import gzip
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.adapters.store import SqlStore, open_store
from monitor.jobs.watch.presence import this_worker
from monitor.types import Judged, NewEntry, PollRecord, Source

STREAM = Path(__file__).parents[2] / "shared/data/stream/rss-2022-11.jsonl.gz"
BATCH, TIMES = 5_000, 40
QUESTIONS = (
    ("a rare word", "nitazene*", {}),
    ("a word", "fentanyl", {}),
    ("a common word", "police", {}),
    ("the commonest words", "the of and", {}),
    ("two words", "north korea", {}),
    ("a phrase", '"joint military exercise"', {}),
    ("an open ending", "traffick*", {}),
    ("a word, one source", "police", {"source": "stream-3"}),
    ("a word, the last day", "police", {"since": timedelta(days=1)}),
    ("words that are nowhere", "zzzz police", {}),
)


def fill(store: SqlStore, number: int) -> None:
    """Store so many articles of the stream, judged, and index them."""
    worker, now = this_worker(datetime.now(UTC)), datetime.now(UTC)
    store.join(worker)
    sources = [Source(id=f"stream-{n}", name=f"Stream {n}", url=f"https://{n}.example/feed") for n in range(10)]
    store.sync_sources(sources, now)
    rows = [json.loads(line) for line in gzip.decompress(STREAM.read_bytes()).decode().splitlines()]
    states = store.claim_sources(worker, now, len(sources))
    store.lock("judge", worker)
    for start in range(0, number, BATCH):
        state = states[(start // BATCH) % len(states)]
        entries = list(_entries(rows, range(start, min(start + BATCH, number)), state.source_id, now))
        record = PollRecord(source_id=state.source_id, at=now, result="ok", detail="", entries=0, new=0, seconds=0.0)
        store.save_poll(worker, replace(state, next_poll_at=now + timedelta(days=9)), record, entries)
        judged = [
            Judged(entry_id=one.entry.id, digest=one.entry.digest, language="en", judged=True, verdicts=())
            for one in store.to_judge(BATCH)
        ]
        store.save_judgements(worker, judged, now=now)
    store.bury([worker.id])


def _entries(rows: Sequence[dict[str, Any]], numbers: range, source: str, now: datetime) -> Iterator[NewEntry]:
    for number in numbers:
        row = rows[number % len(rows)]
        yield NewEntry(
            source_id=source,
            identity=str(number),
            url=None,
            link=f"https://outlet.example/{number}",
            title=row["title"],
            summary=row["text"] or "",
            content="",
            published=now - timedelta(minutes=number % 40_000),
            seen_at=now,
            digest=str(number),
            complete=True,
        )


def ask(store: SqlStore) -> None:
    """Ask all questions again and again; print what was found, and in what time."""
    print("| question | found, at most 20 | median ms | slowest ms |\n|---|---|---|---|")
    for name, question, narrowed in QUESTIONS:
        since = narrowed.get("since")
        options = {"since": datetime.now(UTC) - since} if since else narrowed
        found, spent = [], []
        for _ in range(TIMES):
            begun = time.perf_counter()
            found = store.search(question, 20, **options)
            spent.append(1e3 * (time.perf_counter() - begun))
        print(f"| {name}: {question} | {len(found)} | {statistics.median(spent):.1f} | {max(spent):.1f} |", flush=True)


def main() -> None:
    """Fill, index, ask, print."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("--articles", type=int, default=100_000)
    asking.add_argument("--database")
    asked = asking.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "monitor.db"
        store = open_store(asked.database or f"sqlite:///{file}")
        fill(store, asked.articles)
        before = file.stat().st_size if file.exists() else 0
        started = time.perf_counter()
        while store.index(1_000):
            pass
        seconds = time.perf_counter() - started
        grown = (file.stat().st_size - before) / asked.articles if before else 0
        each = f"{1e3 * seconds / asked.articles:.2f} ms and {grown:.0f} bytes each"
        print(f"{asked.articles:,} articles indexed in {seconds:.0f} s, {each}\n")
        ask(store)
        store.close()


if __name__ == "__main__":
    main()
