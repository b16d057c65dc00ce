"""Takes databases and numbers of sources, gives what it costs to claim those that are due, and to start with so many.

Not a command by itself: `scale.py claims`. The sources stand in the table in another order than they are due; one in twenty rests
(gone for good, or taken out of the configuration), with a time to poll that has long passed. Each claim finds what became due since
the last; what was claimed is polled, outside the measured time, and due again after an hour. The service claims once a second: so
many are due then as become due within a second, and some three hundred where it comes late.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from databases import KINDS, Databases, settle
from sqlalchemy import text, update

from monitor.adapters.store import SqlStore, open_store
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import MICROSECOND, sources
from monitor.config import load
from monitor.jobs.watch.presence import this_worker
from monitor.types import Source

HOUR = timedelta(hours=1)
MOST_READ = 10_000  #: sources; beyond it in proportion, for minutes
LIMIT, MANY, TIMES = 500, 300, 50  #: claimed at once at most; due at a claim that comes late; claims
RESTING = 20  #: one source in so many
MIXED = 7_919  #: a prime: sources stand in the table in another order than they are due
_COPIED = ", ".join(one.name for one in sources.columns if one.name not in {"id", "url", "next_poll_at", "stopped"})
_MANY = f"""
    INSERT INTO sources (id, url, next_poll_at, stopped, {_COPIED})
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :size)
    SELECT 'source-' || n, 'https://' || n || '.example/feed',
           next_poll_at + CASE WHEN n % {RESTING} = 0 THEN -1 ELSE CAST(n AS BIGINT) * {MIXED} % :size * :step END,
           n % {RESTING} = 0, {_COPIED}
    FROM numbers CROSS JOIN (SELECT * FROM sources WHERE id = 'source-0') AS model
"""


def claims(making: Databases, sizes: Sequence[int]) -> None:
    """Print what a claim takes at each size."""
    print("| sources | database | claimed | our CPU ms | fastest ms | median ms | worst ms of 50 | unchanged start s |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        for kind in KINDS:
            url = making.fresh(kind)
            store, database = open_store(url), Database(url)
            now = datetime.now(UTC)
            _fill(store, database, size, now)
            settle(url)
            started = _started(store, size, now)
            for due in sorted({max(1, size // 3_600), MANY}):
                claimed, busy, spent = _claimed(store, database, size, due, now)
                now += TIMES * HOUR * due / size
                times = " | ".join(f"{each:.1f}" for each in (busy, min(spent), statistics.median(spent), max(spent)))
                cells = f"{statistics.median(claimed):.0f} | {times} | {started:.1f}"
                print(f"| {size:,} | {kind} | {cells} |", flush=True)
            database.close()
            store.close()
            making.drop(url)


def readings(sizes: Sequence[int]) -> None:
    """Print what it takes to read a configuration with so many sources, of up to ten thousand."""
    print("\n| sources in sources.yaml | reading the configuration, CPU s |\n|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "monitor.yaml").write_text("timezone: UTC\n")
        (folder / "topics.yaml").write_text("topics: []\n")
        for size in (size for size in sizes if size <= MOST_READ):
            lines = (f"  - {{id: s{n}, name: A gazette, url: 'https://{n}.example/feed'}}\n" for n in range(size))
            (folder / "sources.yaml").write_text("sources:\n" + "".join(lines))
            begun = time.process_time()
            load(folder, {})
            print(f"| {size:,} | {time.process_time() - begun:.1f} |", flush=True)


def _source(number: int) -> Source:
    return Source(id=f"source-{number}", name="A gazette", url=f"https://{number}.example/feed")


def _fill(store: SqlStore, database: Database, size: int, now: datetime) -> None:
    """Store so many sources that were polled before, due one after the other within the hour."""
    worker = this_worker(now)
    store.join(worker)
    store.sync_sources([_source(0)], now)
    store.claim_sources(worker, now, 1)
    _polled(database, now - HOUR)
    with database.write() as connection:
        connection.execute(text(_MANY), {"size": size, "step": HOUR // MICROSECOND // size})


def _polled(database: Database, now: datetime) -> None:
    """Store of all that is claimed that it was polled, found unchanged, and is due again after an hour."""
    values = {
        "claimed_by": None,
        "next_poll_at": now + HOUR,
        "etag": '"5f3a-61c2b9d2e1f40"',
        "last_modified": "Mon, 02 Mar 2026 11:58:07 GMT",
        "last_poll_at": now,
        "last_ok_at": now,
        "last_full_at": now,
        "result": "not-modified",
        "detail": "Nothing new (304).",
    }
    with database.write() as connection:
        connection.execute(update(sources).where(sources.c.claimed_by.is_not(None)).values(values))


def _claimed(
    store: SqlStore, database: Database, size: int, due: int, now: datetime
) -> tuple[list[int], float, list[float]]:
    """Claim again and again as time goes on, so many due each time; give how many sources each time, CPU and all milliseconds."""
    worker, claimed, busy, spent = this_worker(now), [], [], []
    for _ in range(TIMES):
        now += HOUR * due / size
        begun, working = time.perf_counter(), time.thread_time()
        states = store.claim_sources(worker, now, LIMIT)
        spent.append(1e3 * (time.perf_counter() - begun))
        busy.append(1e3 * (time.thread_time() - working))
        claimed.append(len(states))
        _polled(database, now)
    return claimed, statistics.median(busy), spent


def _started(store: SqlStore, size: int, now: datetime) -> float:
    """Give the seconds it takes to compare what is declared with what is stored, where nothing has changed."""
    declared = [_source(number) for number in range(size)]
    begun = time.perf_counter()
    store.sync_sources(declared, now)
    return time.perf_counter() - begun
