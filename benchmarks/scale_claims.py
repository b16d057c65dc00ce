"""Takes databases and numbers of sources, gives what it costs to claim those that are due, and to start with so many.

Not a command by itself: `scale.py claims`. The sources stand in the table in another order than they are due; one in twenty rests
(gone for good, or taken out of the configuration), with a time to poll that has long passed. Each claim finds what became due since
the last; what was claimed is polled, outside the measured time, and due again after an hour.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from databases import KINDS, Databases, settle
from sqlalchemy import text

from monitor.adapters.store import SqlStore, open_store, polling
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import MICROSECOND, sources
from monitor.jobs.presence import this_worker
from monitor.types import PollRecord, Source, SourceState

HOUR = timedelta(hours=1)
LIMIT, DUE, TIMES = 500, 300, 50  #: claimed at once at most; due at each claim; claims
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
    print(
        "| sources in the table | database | claimed | fastest ms | median ms | worst ms of 50 | start, nothing changed s |"
    )
    print("|---|---|---|---|---|---|---|")
    for size in sizes:
        for kind in KINDS:
            url = making.fresh(kind)
            store, database = open_store(url), Database(url)
            now = datetime.now(UTC)
            _fill(store, database, size, now)
            settle(url)
            claimed, spent = _claimed(store, database, size, now)
            started = _started(store, size, now)
            times = " | ".join(f"{each:.1f}" for each in (min(spent), statistics.median(spent), max(spent)))
            cells = f"{statistics.median(claimed):.0f} | {times} | {started:.1f}"
            print(f"| {size:,} | {kind} | {cells} |", flush=True)
            database.close()
            store.close()
            making.drop(url)


def _source(number: int) -> Source:
    return Source(id=f"source-{number}", name="A gazette", url=f"https://{number}.example/feed")


def _fill(store: SqlStore, database: Database, size: int, now: datetime) -> None:
    """Store so many sources that were polled before, due one after the other within the hour."""
    worker = this_worker(now)
    store.join(worker)
    store.sync_sources([_source(0)], now)
    _polled(database, store.claim_sources(worker, now, 1), now - HOUR)
    with database.write() as connection:
        connection.execute(text(_MANY), {"size": size, "step": HOUR // MICROSECOND // size})


def _polled(database: Database, states: Sequence[SourceState], now: datetime) -> None:
    """Store what a poll that found nothing new comes to, for many sources in one transaction."""
    record = PollRecord(
        source_id="", at=now, result="not-modified", detail="Nothing new (304).", entries=0, new=0, seconds=0.2
    )
    done = [
        (
            replace(
                state,
                next_poll_at=now + HOUR,
                etag='"5f3a-61c2b9d2e1f40"',
                last_modified="Mon, 02 Mar 2026 11:58:07 GMT",
                document_url=state.url,
                last_poll_at=now,
                last_ok_at=now,
                last_full_at=now,
                result=record.result,
                detail=record.detail,
            ),
            replace(record, source_id=state.source_id),
        )
        for state in states
    ]
    with database.write() as connection:
        polling.finish_polls(connection, this_worker(now), done)


def _claimed(store: SqlStore, database: Database, size: int, now: datetime) -> tuple[list[int], list[float]]:
    """Claim again and again as time goes on; give how many sources each time, and the milliseconds it took."""
    worker, claimed, spent = this_worker(now), [], []
    for _ in range(TIMES):
        now += HOUR * DUE / size
        begun = time.perf_counter()
        states = store.claim_sources(worker, now, LIMIT)
        spent.append(1e3 * (time.perf_counter() - begun))
        claimed.append(len(states))
        _polled(database, states, now)
    return claimed, spent


def _started(store: SqlStore, size: int, now: datetime) -> float:
    """Give the seconds it takes to compare what is declared with what is stored, where nothing has changed."""
    declared = [_source(number) for number in range(size)]
    begun = time.perf_counter()
    store.sync_sources(declared, now)
    return time.perf_counter() - begun
