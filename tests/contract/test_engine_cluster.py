"""Takes a PostgreSQL database, gives whether the cluster's tables and tasks keep what the engine builds on."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import App
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from psycopg.sql import SQL

from monitor.adapters.engine import tables, tasks
from monitor.adapters.engine.scheduler import recover
from monitor.bootstrap import refuse_unready_cluster
from monitor.errors import ConfigError, StoreError

STATES = "SELECT id, status::text FROM procrastinate_jobs ORDER BY id"


def on(url: str, doing: Callable[[App], Awaitable[Any]]) -> Any:
    """Do something with the queue of a database."""

    async def inside() -> Any:
        app = tasks.app_on(url)
        async with app.open_async():
            return await doing(app)

    return asyncio.run(inside())


def states(url: str) -> list[str]:
    """Give how the tasks stand, in the order in which they were made."""
    with psycopg.connect(url) as connection:
        return [state for _, state in connection.execute(STATES)]


@pytest.fixture
def queue_url(postgresql_url: str) -> str:
    """Give the URL of a database that has the cluster's tables."""
    tables.bring_up(postgresql_url)
    return postgresql_url


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_missing_tables_are_refused_until_they_are_brought_up_by_however_many_at_once(postgresql_url: str) -> None:
    """Four machines upgrade at the same moment: one does it, the others find it done."""
    with pytest.raises(StoreError, match="monitor db upgrade"):
        tables.refuse_unready(postgresql_url)

    with ThreadPoolExecutor(4) as machines:
        found = list(machines.map(tables.bring_up, [postgresql_url] * 4))

    tables.refuse_unready(postgresql_url)
    assert sorted(state.current is None for state in found) == [False, False, False, True]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("topic-monitor: 03.03.00_01", "monitor db upgrade"),
        ("topic-monitor: 99.00.00_01", "update the program"),
        ("somebody's", "another program"),
    ],
)
def test_tables_of_another_version_or_program_are_refused_with_the_way_out(
    queue_url: str, comment: str, said: str
) -> None:
    """Older ones want an upgrade, newer ones a newer program, and what is not ours is left alone."""
    with psycopg.connect(queue_url) as connection:
        connection.execute(SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(comment))

    with pytest.raises(StoreError, match=said):
        tables.refuse_unready(queue_url)


def test_only_changes_that_came_later_are_applied(postgresql_url: str) -> None:
    """A database that stands some changes back gets those, and its tasks stay."""
    changes = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    old = [path for path in changes if path.name < "03.04"]
    with psycopg.connect(postgresql_url) as connection:
        for path in old:
            connection.execute(path.read_bytes())
        connection.execute(SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(f"topic-monitor: {old[-1].name}"))
        connection.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('poll', 'poll')")

    was = tables.bring_up(postgresql_url)

    tables.refuse_unready(postgresql_url)
    with psycopg.connect(postgresql_url) as connection:
        later = connection.execute("SELECT to_regproc('procrastinate_retry_job_v2') IS NOT NULL").fetchone()
    assert (was.current, later, states(postgresql_url)) == (old[-1].name, (True,), ["todo"])


# ── tasks ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_task_that_waits_already_is_passed_over_and_the_others_are_made(queue_url: str) -> None:
    """Two leaders at once, for a moment, fill the queue with nothing twice."""

    async def twice(app: App) -> None:
        await tasks.defer(app, [tasks.judge(), tasks.deliver("#ports")])
        await tasks.defer(app, [tasks.judge(), tasks.deliver("#ports"), tasks.poll("10.0.0.1", ["gazette"])])

    on(queue_url, twice)

    assert states(queue_url) == ["todo"] * 3


def test_what_is_nearer_to_the_reader_goes_first_and_a_host_is_never_asked_by_two(queue_url: str) -> None:
    """Deliver, judge, read, poll; while a page of a host is read, nobody polls that host."""
    made = [tasks.poll("10.0.0.1", ["a"]), tasks.poll("10.0.0.2", ["b"]), tasks.pages("10.0.0.1", [1]), tasks.judge()]

    async def taken(app: App) -> list[tuple[str, Any]]:
        await tasks.defer(app, [*made, tasks.deliver("#ports")])
        return [(job.task_name, job.lock) for job in [await fetched(app) for _ in range(4)]]

    assert on(queue_url, taken) == [
        ("deliver", "channel:#ports"),
        ("judge", "judge"),
        ("pages", "host:10.0.0.1"),
        ("poll", "host:10.0.0.2"),
    ]
    assert states(queue_url).count("todo") == 1


async def fetched(app: App) -> Job:
    """Take the next task as a worker of its own does."""
    worker = await app.job_manager.register_worker()
    job = await app.job_manager.fetch_job(queues=None, worker_id=worker)
    assert job is not None
    return job


async def silenced(app: App) -> None:
    """Let all workers have been silent for long."""
    await app.connector.execute_query_async(
        "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
    )


def test_what_a_silent_worker_had_in_hand_waits_again_and_what_a_living_one_has_does_not(queue_url: str) -> None:
    """Also where the worker has been struck off the list."""

    async def recovered(app: App) -> list[int]:
        await tasks.defer(app, [tasks.judge(), tasks.deliver("#ports"), tasks.pages("10.0.0.1", [1])])
        await fetched(app)
        await silenced(app)
        await app.job_manager.prune_stalled_workers(30)
        await fetched(app)
        await silenced(app)
        await fetched(app)
        return await recover(app)

    assert len(on(queue_url, recovered)) == 2
    assert sorted(states(queue_url)) == ["doing", "todo", "todo"]


def test_a_dead_task_whose_like_waits_is_given_up_and_the_one_that_waits_can_be_taken(queue_url: str) -> None:
    """To make it wait too would break its queueing lock; left as it is, it would hold its lock for ever."""

    async def taken(app: App) -> Job:
        await tasks.defer(app, [tasks.judge()])
        await fetched(app)
        await tasks.defer(app, [tasks.judge()])
        await silenced(app)
        await recover(app)
        return await fetched(app)

    waiting = on(queue_url, taken)

    assert (waiting.task_name, states(queue_url)) == ("judge", ["failed", "doing"])


def test_tasks_are_made_in_the_transaction_that_hands_entries_over_or_not_at_all(
    room: Any, postgresql_url: str, url: str
) -> None:
    """A crash amid it leaves the entries claimed and no task; else both are there."""
    if url != postgresql_url:
        pytest.skip("a cluster stands on PostgreSQL")
    tables.bring_up(url)
    [entry] = room.entries(room.new(1))
    pages = [tasks.pages("10.0.0.1", [entry.id])]

    def crash(connection: Any) -> None:
        tasks.defer_with(connection, pages)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        room.store.hand_over(room.worker, [entry.id], room.now + room.hour, crash)
    assert states(url) == []
    assert room.store.claim_to_read(room.hire("second"), room.now, 10, only=[entry.id]) == []

    room.store.hand_over(room.worker, [entry.id], room.now + room.hour, lambda it: tasks.defer_with(it, pages))
    assert states(url) == ["todo"]
    assert room.store.claim_to_read(room.hire("second"), room.now, 10) == []
    assert room.store.claim_to_read(room.hire("second"), room.now, 10, only=[entry.id]) == [entry]


def test_a_cluster_without_its_extra_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, and not as a traceback."""
    monkeypatch.setitem(sys.modules, "procrastinate.schema", None)
    monkeypatch.delitem(sys.modules, tables.__name__)
    monkeypatch.delattr("monitor.adapters.engine.tables")

    with pytest.raises(ConfigError, match=r"topic-monitor\[cluster\]"):
        refuse_unready_cluster("postgresql://nobody@localhost/nothing")
