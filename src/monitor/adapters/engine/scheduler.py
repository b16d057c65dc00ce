"""Takes the jobs, gives the scheduler of the cluster: any number may run, one leads, and the leader turns what waits into tasks.

Who leads holds an advisory lock of PostgreSQL on a connection of its own: it ends with the process. Once a second the leader looks
at what waits in the store and has no task yet. So nothing depends on a task's having been made, or having come to its end.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from psycopg import AsyncConnection

from monitor.adapters.engine import tasks
from monitor.adapters.engine.chores import Chores
from monitor.adapters.engine.lanes import Road, host_of
from monitor.adapters.engine.shift import Shift
from monitor.adapters.engine.tally import Tally
from monitor.adapters.store.connect import connection_parameters
from monitor.ports import Work
from monitor.types import RunReport

log = structlog.get_logger(__name__)

LEADERSHIP = 7_046_029_254_386_353_133  #: the advisory lock of who leads; any number that nobody else uses
SWEEP = 1.0  #: seconds
RECOVERY = 5.0  #: seconds between two looks for tasks whose worker is gone
PURGE = 3_600.0  #: seconds between two removals of what is finished
KEPT = 24  #: hours that a failed task is kept
CHECKS = 10.0  #: seconds between two looks for what is to be looked at again
WINDOW = 5_000  #: due sources looked at in a sweep, longest due first
MOST = 20_000  #: sources in tasks: beyond it workers cannot follow, and more would only wait elsewhere
NAMES_AT_ONCE = 32  #: name servers asked
LANE_KEPT = 3_600.0  #: seconds that a name's address is believed
TAKEOVER = timedelta(seconds=60)  #: a new leader also does what was due this long before

#: An idle server notices within seconds that the leader's machine is gone, and the leader that the server is.
_SERVER_SIDE = "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2"
_CLIENT_SIDE = {"keepalives_idle": 3, "keepalives_interval": 2, "keepalives_count": 2}

_QUEUED = """
    SELECT queueing_lock, status = 'todo' AS waits, args->'sources' AS sources FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND queueing_lock IS NOT NULL
"""


class Every:
    """Tells every so many seconds that it is time; the first time at once."""

    def __init__(self, seconds: float, *, first_after: float = 0.0) -> None:
        self._seconds = seconds
        self._next = monotonic() + first_after

    def __call__(self) -> bool:
        """Tell whether it is time, and if so begin to count anew."""
        if monotonic() < self._next:
            return False
        self._next = monotonic() + self._seconds
        return True


class Scheduler:
    """One process that leads the cluster, or stands by."""

    def __init__(
        self,
        work: Work,
        *,
        url: str,
        road: Road,
        chores: Sequence[Chores],
        listening: Callable[[], AbstractContextManager[None]],
        stopped: Event,
    ) -> None:
        """Make a scheduler.

        Args:
            work: the jobs.
            url: of the database.
            road: tells which addresses lead to one host.
            chores: what is done once a week or a day.
            listening: hears what people answer, as long as its block lasts; the leader alone does.
            stopped: set by whoever wants it to stop.
        """
        self._work, self._road, self._listening = work, road, listening
        self._url = url
        self._shift = Shift(work, stopped, tasks.LOST)
        self._due = [each.due(datetime.now(UTC)) for each in chores]
        self._lanes: dict[str, tuple[str, float]] = {}  # by host: its lane, and until when that is believed
        self._names = ThreadPoolExecutor(NAMES_AT_ONCE)

    def stop(self) -> None:
        """Ask the scheduler to end."""
        self._shift.stop()

    def run(self) -> RunReport:
        """Lead or stand by until asked to stop, or until PostgreSQL is gone for good."""
        started, tally = monotonic(), Tally([])
        asyncio.run(self._shift.run(self._run))
        self._names.shutdown(wait=False, cancel_futures=True)
        for line in self._shift.errors:
            tally.error(line)
        return tally.report(monotonic() - started, stopped=True)

    async def _run(self) -> None:
        app = tasks.app_on(self._url)
        async with app.open_async():
            while not self._shift.over:
                try:
                    await self._stand(app)
                except tasks.LOST as trouble:
                    log.warning("scheduler.waits_for_database", reason=str(trouble) or str(trouble.__cause__))
                    await self._shift.rest(SWEEP)

    async def _stand(self, app: App) -> None:
        """Stand by until nobody leads, then lead; ends with the shift, raises where the connection is lost."""
        name = {"application_name": f"monitor scheduler {os.getpid()}"}
        parameters = {**_CLIENT_SIDE, **connection_parameters(self._url), **name}
        async with await AsyncConnection.connect(**parameters, autocommit=True) as connection:
            await connection.execute(_SERVER_SIDE)
            while not self._shift.over:
                took = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADERSHIP])
                [leads] = await took.fetchone() or [False]
                if leads:
                    log.info("scheduler.leads")
                    await self._lead(app, connection)
                await self._refresh()
                await self._shift.rest(SWEEP)

    async def _refresh(self) -> None:
        for line in await asyncio.to_thread(self._work.refresh):
            log.info("config", message=line)

    async def _lead(self, app: App, connection: "AsyncConnection[object]") -> None:
        await asyncio.to_thread(self._work.lead)
        # After an outage of the database all workers have been silent, the living too: they are given time to be heard.
        recovery, purge, checks = Every(RECOVERY, first_after=tasks.SILENCE), Every(PURGE), Every(CHECKS)
        swept = datetime.now(UTC) - TAKEOVER
        async with self._heard():
            while not self._shift.over:
                await connection.execute("SELECT 1")  # raises where the lock went with the connection
                await self._refresh()
                now = datetime.now(UTC)
                extra = [*self._chores(swept, now), *([tasks.look_again()] if checks() else [])]
                await self._sweep(app, extra)
                swept = now
                if recovery():
                    await recover(app)
                if purge():
                    manager = app.job_manager
                    await manager.delete_old_jobs(
                        KEPT, include_failed=True, include_cancelled=True, include_aborted=True
                    )
                await self._shift.rest(SWEEP)

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[None]:
        listening = self._listening()
        await asyncio.to_thread(listening.__enter__)
        try:
            yield
        finally:
            await asyncio.to_thread(listening.__exit__, None, None, None)

    def _chores(self, since: datetime, now: datetime) -> list[Job]:
        fired = [trigger.get_next_fire_time(None, since) for trigger in self._due]
        return [tasks.chores(number) for number, at in enumerate(fired) if at and since < at <= now]

    async def _sweep(self, app: App, extra: Sequence[Job]) -> None:
        """Make tasks of what waits and has none."""
        rows = await app.connector.execute_query_all_async(_QUEUED)
        waiting = {row["queueing_lock"] for row in rows if row["waits"]}
        under_way = {id_ for row in rows for id_ in row["sources"] or ()}
        await asyncio.to_thread(self._work.show_answers)
        channels = await asyncio.to_thread(self._work.channels)
        jobs = [*map(tasks.deliver, channels), tasks.judge(), tasks.sort_out(), *extra]
        jobs += await asyncio.to_thread(self._polls, under_way)
        await tasks.defer(app, [job for job in jobs if job.queueing_lock not in waiting])

    def _polls(self, under_way: Collection[str]) -> list[Job]:
        if len(under_way) >= MOST:
            return []
        due = [pair for pair in self._work.due_polls(WINDOW + len(under_way)) if pair[0] not in under_way]
        self._find_lanes({host_of(url): url for _, url in due})
        by_lane = tasks.by_lane(due, lambda pair: self._lanes[host_of(pair[1])][0])
        return [tasks.poll(lane, [id_ for id_, _ in some[: tasks.AT_ONCE]]) for lane, some in by_lane.items()]

    def _find_lanes(self, hosts: dict[str, str]) -> None:
        """Find out the lanes of hosts, given with an address each, side by side."""
        now = monotonic()
        unknown = [host for host in hosts if host not in self._lanes or self._lanes[host][1] < now]
        lanes = self._names.map(lambda host: self._road.lane(hosts[host]) or host, unknown)
        self._lanes.update((host, (lane, now + LANE_KEPT)) for host, lane in zip(unknown, lanes, strict=True))


async def recover(app: App) -> list[int]:
    """Give what silent workers carried to others; give the tasks' numbers.

    One whose like waits already is finished as failed: to make it wait beside it breaks `queueing_lock`, and left alone it would
    hold its `lock` for ever.
    """
    manager = app.job_manager
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=tasks.SILENCE))
    for job in stalled:
        log.warning("task.recovered", task=job.call_string)
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=False)
        except (
            ConnectorException
        ) as trouble:  # it has ended meanwhile; where the database is gone, the next statement says so
            log.info("task.not_recovered", task=job.call_string, reason=str(trouble.__cause__))
    return [job.id for job in stalled if job.id is not None]
