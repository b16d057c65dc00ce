"""Takes nothing, gives what learning, importing and replaying cost, by the commands a team uses, on invented articles.

    python benchmarks/learning_speed.py

`monitor labels import` of 100,000 rows, `monitor train` on 5,000 labelled articles of some 400 words, `monitor replay` of 20,000
stored teasers. The floor of a replay is judging the same teasers in memory, twice, as it has to.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from corpora import TOPICS, table

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import open_store
from monitor.classify import Judge
from monitor.config import shipped
from monitor.jobs.watch import presence
from monitor.types import Judged, NewEntry, PollRecord, Source

LABELLED, ROWS, TEASERS, WORDS = 5_000, 100_000, 20_000, 400


def main() -> None:
    """Print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(folder, "init")
        _write(folder / "many.jsonl", ROWS, words=30)
        seconds, memory = _run(folder, "labels", "import", "many.jsonl")
        rows.append((f"labels import, {ROWS:,} rows", seconds, memory, f"{ROWS / seconds:,.0f} rows/s"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(folder, "init")
        _write(folder / "labels.jsonl", LABELLED, words=WORDS)
        _run(folder, "labels", "import", "labels.jsonl")
        seconds, memory = _run(folder, "train", "--dry-run", "--json")
        rows.append((f"train, {LABELLED:,} articles of {WORDS} words", seconds, memory, "target 60 s, 1,000 MB"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run(folder, "init")
        floor = _fill(folder)
        seconds, memory = _run(folder, "replay", "--keyword", "drug_policy:+xylazine", "--json")
        rate = f"{60 * TEASERS / seconds:,.0f} a minute; judging alone takes {floor:.1f} s"
        rows.append((f"replay, {TEASERS:,} teasers", seconds, memory, rate))
    table(("command", "seconds", "peak MB", ""), rows)


def _run(folder: Path, *words: str) -> tuple[float, float]:
    begun = time.perf_counter()
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MONITOR_", "SLACK_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", *words], cwd=folder, env=environ, stdout=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in {0, 3}:
        sys.exit(f"monitor {' '.join(words)} failed")
    return time.perf_counter() - begun, usage.ru_maxrss / 1_024


def _items(count: int, words: int) -> list[tuple[str, str, dict[str, bool]]]:
    """Give invented articles of a given length, sentences of the seed labels shuffled together."""
    lines = (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    seeds = [row for row in map(json.loads, lines) if row["lang"] == "en"]
    chance = np.random.default_rng(0)
    found = []
    for number in range(count):
        one = seeds[number % len(seeds)]
        parts = [one["text"]]
        while sum(len(part.split()) for part in parts) < words:
            parts.append(seeds[int(chance.integers(len(seeds)))]["text"])
        text = " ".join(" ".join(parts).split()[:words])
        found.append((f"{one['title']} ({number})", text, {topic.id: bool(one[topic.id]) for topic in TOPICS}))
    return found


def _write(path: Path, count: int, words: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, (title, text, labels) in enumerate(_items(count, words)):
            row = {"title": title, "text": text, "url": f"https://d.example/{number}", "labels": labels, "lang": "en"}
            file.write(json.dumps(row) + "\n")


def _fill(folder: Path) -> float:
    """Store judged teasers; give the seconds that judging all of them twice takes."""
    items = _items(TEASERS, 30)
    judge = Judge(ModelFiles(shipped("models")).load(), TOPICS)
    begun = time.perf_counter()
    for _ in range(2):
        verdicts = judge.verdicts_many((title, text, "en") for title, text, _ in items)
    floor = time.perf_counter() - begun
    now = datetime.now(UTC)
    worker = presence.this_worker(now)
    with closing(open_store(f"sqlite:///{folder}/data/monitor.db")) as store:
        store.join(worker)
        store.sync_sources([Source(id="gazette", name="Gazette", url="https://g.example/")], now)
        [state] = store.claim_sources(worker, now, 1)
        record = PollRecord(source_id="gazette", at=now, result="ok", detail="", entries=0, new=0, seconds=0)
        store.save_poll(worker, state, record, [_entry(title, text, now) for title, text, _ in items])
        articles = store.to_judge(TEASERS)
        judged = [
            Judged(entry_id=one.entry.id, digest=one.entry.digest, language="en", judged=True, verdicts=each)
            for one, each in zip(articles, verdicts, strict=True)
        ]
        store.lock("judge", worker)
        store.save_judgements(worker, judged, now=now)
        store.bury([worker.id])
    return floor


def _entry(title: str, text: str, now: datetime) -> NewEntry:
    return NewEntry(
        source_id="gazette",
        identity=title,
        url=None,
        link=None,
        title=title,
        summary=text,
        content="",
        published=now,
        seen_at=now,
        digest=title,
        complete=True,
    )


if __name__ == "__main__":
    main()
