"""Takes the jobs, gives a worker of the cluster: it carries out tasks, on as many machines as one likes, until it is asked to stop.

A host at rest holds its task, and with it the host's lock, but no thread: so the pause between two requests holds whichever worker
makes the second. In the same way a channel's task ends only when the channel may be written to again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from time import monotonic
from typing import Any, TypeVar

import structlog
from procrastinate import App
from procrastinate.jobs import DeleteJobCondition

from monitor.adapters.engine import tasks
from monitor.adapters.engine.chores import Chores
from monitor.adapters.engine.finish import GRACE
from monitor.adapters.engine.lanes import Road, host_of
from monitor.adapters.engine.shift import Shift, until_over
from monitor.adapters.engine.tally import Tally, log_attempt
from monitor.errors import ClaimLost, MonitorError
from monitor.ports import Work
from monitor.types import Attempt, Entry, RunReport, SourceState

log = structlog.get_logger(__name__)

BATCH = 500  #: entries sorted out at once; most need no page and are stored in one transaction
MOST_CHECKS = 20  #: pages looked at again at a time: there is no hurry
RESTING = 4  #: tasks per thread: most wait for their host's next turn
QUICK = frozenset({"deliver", "judge"})  #: queues that never wait behind fetching for a place
CHANNELS_AT_ONCE = 16
AGAIN = 1.0  #: seconds between two tries to go on where PostgreSQL is away
FORGOTTEN = 60.0  #: seconds without a heartbeat after which a worker is struck off the list

T = TypeVar("T")
R = TypeVar("R")


class ClusterWorker:
    """One process that works for the cluster."""

    def __init__(
        self,
        work: Work,
        *,
        url: str,
        queues: Collection[str],
        concurrency: int,
        road: Road,
        chores: Sequence[Chores],
        stopped: Event,
    ) -> None:
        """Make a worker.

        Args:
            work: the jobs.
            url: of the database.
            queues: those it works for.
            concurrency: requests to the web at once.
            road: what is known of the way to hosts.
            chores: what is done once a week or a day.
            stopped: set by whoever wants it to stop.
        """
        self._work, self._road, self._chores = work, road, chores
        self._queues, self._concurrency = queues, concurrency
        self._tally = Tally([])
        self._shift = Shift(work, stopped, tasks.LOST)
        self._stopped = stopped
        self._pools = {
            "fetch": ThreadPoolExecutor(concurrency),
            "judge": ThreadPoolExecutor(1),
            "deliver": ThreadPoolExecutor(4),
            "learn": ThreadPoolExecutor(1),
        }
        self._app = tasks.app_on(url)
        carried: list[Callable[..., Awaitable[None]]] = [self._poll, self._sort_out, self._pages, self._look_again]
        carried += [self._look, self._judge, self._deliver, self._do_chores]
        for task in carried:
            self._register(task)

    def stop(self) -> None:
        """Ask the worker to take no more tasks and end after what is under way, as far as it ends soon."""
        self._shift.stop()

    def run(self) -> RunReport:
        """Carry out tasks until asked to stop, or until PostgreSQL is gone for good."""
        started = monotonic()
        asyncio.run(self._shift.run(self._run))
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for line in self._shift.errors:
            self._tally.error(line)
        return self._tally.report(monotonic() - started, stopped=True)

    def _register(self, task: Callable[..., Awaitable[None]]) -> None:
        async def carry_out(**args: Any) -> None:
            try:
                await task(**args)
            except ClaimLost as trouble:  # the scheduler sees what still waits
                log.warning("task.put_off", task=task.__name__.lstrip("_"), reason=str(trouble))
            except MonitorError as trouble:
                self._shift.give_up(trouble)
                raise

        self._app.task(name=task.__name__.lstrip("_"))(carry_out)

    async def _run(self) -> None:
        groups = [
            ([queue for queue in tasks.QUEUES if queue in self._queues and queue in QUICK], CHANNELS_AT_ONCE),
            (
                [queue for queue in tasks.QUEUES if queue in self._queues and queue not in QUICK],
                RESTING * self._concurrency,
            ),
        ]
        async with self._app.open_async():
            log.info("worker.works", queues=sorted(self._queues), concurrency=self._concurrency)
            refreshing = asyncio.create_task(self._refresh())
            await asyncio.gather(*(self._serve(self._app, queues, at_once) for queues, at_once in groups if queues))
            await refreshing

    async def _refresh(self) -> None:
        while not self._shift.over:
            try:
                for line in await asyncio.to_thread(self._work.refresh):
                    log.info("config", message=line)
            except MonitorError as trouble:
                self._shift.give_up(trouble)
            await self._shift.rest(AGAIN)

    async def _serve(self, app: App, queues: Sequence[str], at_once: int) -> None:
        """Carry out tasks; Procrastinate's worker ends where PostgreSQL does, so it is begun again until it is back."""
        while not self._shift.over:
            serving = app.run_worker_async(
                queues=queues,
                concurrency=at_once,
                fetch_job_polling_interval=AGAIN,
                update_heartbeat_interval=tasks.HEARTBEAT,
                stalled_worker_timeout=FORGOTTEN,
                shutdown_graceful_timeout=GRACE,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
                install_signal_handlers=False,
            )
            try:
                await until_over(self._shift, asyncio.create_task(serving))
            except tasks.LOST as trouble:
                log.warning("worker.waits_for_database", reason=str(trouble) or str(trouble.__cause__))
            await self._shift.rest(AGAIN)

    async def _in(self, pool: str, job: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._pools[pool], job)

    async def _in_turn(self, items: Sequence[T], url: Callable[[T], str], job: Callable[[T], R]) -> list[R]:
        """Do the items of one host one after the other, each in its turn; then wait until the next turn has come."""
        results: list[R] = []
        for item in items:
            lane = await self._in("fetch", partial(self._road.lane, url(item)))
            await self._shift.rest(self._road.wait(lane, pages=True))
            if self._shift.over:
                return results
            results.append(await self._in("fetch", partial(job, item)))
            await self._shift.rest(self._road.wait(lane, pages=True))
        return results

    def _lane(self, entry: Entry) -> str:
        return self._road.lane(entry.link or "") or host_of(entry.link)

    # ── the tasks, by the names they have in the queue ───────────────────────────────────────────────────────────────
    async def _poll(self, *, sources: Sequence[str]) -> None:
        def address(state: SourceState) -> str:
            return state.poll_url

        states = await self._in("fetch", partial(self._work.claim_polls, len(sources), only=sources))
        for polled in await self._in_turn(states, address, self._work.poll):
            self._tally.polled(polled)

    async def _sort_out(self) -> None:
        while not self._shift.over:
            entries = await self._in("fetch", partial(self._work.claim_reads, BATCH))
            if entries is None:
                return
            if entries:
                await self._in("fetch", partial(self._hand_over, entries))

    def _hand_over(self, entries: Sequence[Entry]) -> None:
        lanes = tasks.by_lane(entries, self._lane).items()
        jobs = [tasks.pages(lane, [each.id for each in some]) for lane, all_ in lanes for some in tasks.portions(all_)]
        self._work.hand_over(entries, lambda connection: tasks.defer_with(connection, jobs))

    async def _pages(self, *, entries: Sequence[int]) -> None:
        claimed = await self._in("fetch", partial(self._work.claim_pages, entries))
        await self._in_turn(claimed, lambda entry: entry.link or "", self._work.read)

    async def _look_again(self) -> None:
        entries = await self._in("fetch", partial(self._work.claim_checks, MOST_CHECKS))
        lanes = await self._in("fetch", partial(tasks.by_lane, entries, self._lane))
        jobs = [
            tasks.look(lane, [each.id for each in some])
            for lane, all_ in lanes.items()
            for some in tasks.portions(all_)
        ]
        await tasks.defer(self._app, jobs)

    async def _look(self, *, entries: Sequence[int]) -> None:
        found = await self._in("fetch", partial(self._work.entries, entries))
        if any(await self._in_turn(found, lambda entry: entry.link or "", self._work.check)):
            await self._in("judge", self._work.show_answers)

    async def _judge(self) -> None:
        while not self._shift.over and (decided := await self._in("judge", self._work.judge)):
            self._tally.decided(decided)

    async def _deliver(self, *, channel: str) -> None:
        while True:
            await self._shift.rest(self._work.pause(channel))
            if self._shift.over or not (attempt := await self._in("deliver", partial(self._work.deliver, channel))):
                return
            self._tell(attempt)

    def _tell(self, attempt: Attempt) -> None:
        self._tally.attempted(attempt)
        log_attempt(attempt)

    async def _do_chores(self, *, number: int) -> None:
        if number < len(self._chores):
            await self._in("learn", partial(self._chores[number].run, self._stopped))
