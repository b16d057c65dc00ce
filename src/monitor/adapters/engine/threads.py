"""Takes the jobs, gives the service: a tick every second hands what is due to threads, until it is asked to stop.

The tick alone claims, and not much more than threads are free to do, so that little waits here while another machine
could have done it. What a thread could not finish is done again from where the store stands. A heart beats beside the tick: one
that takes long, for all that has to be sorted out, is no death.
"""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import partial
from threading import Event, Lock
from time import monotonic
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.adapters.engine.chores import Chores
from monitor.adapters.engine.finish import GRACE
from monitor.adapters.engine.heart import Heart
from monitor.adapters.engine.lanes import OpenRoad, Road, along
from monitor.adapters.engine.shares import Shares
from monitor.adapters.engine.tally import Tally, log_attempt
from monitor.errors import MonitorError, Temporary
from monitor.ports import Work
from monitor.types import Attempt, Entry, RunReport, SourceState

log = structlog.get_logger(__name__)

TICK = 1.0  #: seconds
BATCH = 500  #: entries claimed at once; most need no page and are stored in one transaction
MOST_POLLS = (
    500  #: sources waiting or under way: a machine with some hundred of them that hangs must not keep out the others
)
MOST_CHECKS = 20  #: pages looked at again, waiting or under way: there is no hurry
MOST_PAGES = 1_000  #: pages waiting or under way: as with polls, and little to do again after a kill
#: Of these for one source, and for one host: a feed with thousands of links to a host that wants half a minute between two pages
#: must not keep out all others for hours. What is beyond it waits in the store and loses time, not its page. A host is asked once
#: a second at most, and what waits comes back within a minute: so a share this large leaves no host idle.
SHARE = 60

Key = tuple[str, Hashable]  #: kind of job, and what it is about


class ThreadEngine:
    """The service in one process."""

    def __init__(
        self,
        work: Work,
        *,
        workers: int,
        per_host: int,
        stopped: Event,
        road: Road | None = None,
        chores: Sequence[Chores] = (),
    ) -> None:
        self._work = work
        self._chores = chores
        self._tally = Tally([])
        self._stopped = stopped
        self._busy: dict[Key, Future[Any]] = {}
        self._lock = Lock()
        self._shares = Shares(SHARE)
        # Judging is one at a time by the store's lock; each channel has one delivery under way; so few threads serve both.
        self._pools = {
            "poll": ThreadPoolExecutor(workers),
            "read": ThreadPoolExecutor(workers),
            "judge": ThreadPoolExecutor(1),
            "deliver": ThreadPoolExecutor(4),
        }
        road = road or OpenRoad()
        self._polls = along(
            road, self._pools["poll"], self._poll, lambda state: state.poll_url, pages=False, per_host=per_host
        )
        self._checks, self._pages = (
            along(road, self._pools["read"], job, lambda entry: entry.link, pages=True, per_host=per_host)
            for job in (work.check, work.read)
        )

    def stop(self) -> None:
        """Ask the service to end after what is under way."""
        self._stopped.set()

    def run(self) -> RunReport:
        """Tick until asked to stop, then finish what is under way, as far as it ends soon."""
        started = monotonic()
        with Heart(self._beat):
            self._serve()
        try:
            self._work.leave()
        except MonitorError as trouble:
            self._tally.error(str(trouble))
        return self._tally.report(monotonic() - started, stopped=True)

    def _serve(self) -> None:
        # coalesce and no grace: a laptop that slept ticks once, not never (APScheduler's default drops runs over 1 s late).
        scheduler = BackgroundScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        scheduler.add_job(self._tick, "interval", seconds=TICK, id="tick")
        for number, chores in enumerate(self._chores):
            scheduler.add_job(chores.run, chores.due(datetime.now(UTC)), [self._stopped], id=f"chores-{number}")
        self._tick()
        scheduler.start()
        self._stopped.wait()
        log.info("service.stopping", under_way=len(self._busy))
        scheduler.shutdown(wait=True)
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            under_way = list(self._busy.values())
        wait([future for future in under_way if not future.cancel()], timeout=GRACE)

    def _beat(self) -> None:
        try:
            self._work.beat()
        except Temporary as trouble:
            log.warning("heartbeat.missed", reason=str(trouble))
        except MonitorError as trouble:
            self._give_up(trouble)

    def _tick(self) -> None:
        if self._stopped.is_set():
            return
        try:
            for line in self._work.refresh():
                log.info("config", message=line)
            states = self._work.claim_polls(MOST_POLLS - self._under_way("poll"))
            for state, future in zip(states, self._polls.put(states), strict=True):
                self._watch(("poll", state.source_id), future)
            self._read()
            self._check()
            self._hand("judge", ("judge", ""), self._judge)
            for channel in self._work.channels():
                self._hand("deliver", ("deliver", channel), partial(self._deliver, channel))
        except Temporary as trouble:
            log.warning("tick.put_off", reason=str(trouble))
        except MonitorError as trouble:
            self._give_up(trouble)

    def _read(self) -> None:
        while self._under_way("read") < MOST_PAGES:
            entries = self._work.claim_reads(BATCH)
            if entries is None:
                return
            admitted, others = self._shares.admit(entries)
            for entry, future in zip(admitted, self._pages.put(admitted), strict=True):
                self._watch(("read", entry.id), future)
                future.add_done_callback(partial(self._free, entry))
            if others:
                self._work.put_off(others)

    def _free(self, entry: Entry, _done: "Future[Any]") -> None:
        self._shares.free(entry)

    def _check(self) -> None:
        if self._under_way("check") < MOST_CHECKS:
            entries = self._work.claim_checks(MOST_CHECKS)
            for entry, future in zip(entries, self._checks.put(entries), strict=True):
                self._watch(("check", entry.id), future)

    def _under_way(self, kind: str) -> int:
        with self._lock:
            return sum(key[0] == kind for key in self._busy)

    def _hand(self, pool: str, key: Key, job: Callable[[], object]) -> None:
        with self._lock:
            if key in self._busy:
                return
        self._watch(key, self._pools[pool].submit(job))

    def _watch(self, key: Key, future: "Future[Any]") -> None:
        with self._lock:
            self._busy[key] = future
        future.add_done_callback(lambda done: self._finish(key, done))

    def _finish(self, key: Key, done: "Future[Any]") -> None:
        with self._lock:
            if self._busy.get(key) is done:  # an entry that changed while it was read is claimed and read once more
                del self._busy[key]
        if done.cancelled():
            return
        trouble = done.exception()
        if isinstance(trouble, Temporary):
            log.warning("job.put_off", job=key, reason=str(trouble))
        elif isinstance(trouble, MonitorError):
            self._give_up(trouble)
        elif trouble is not None:
            log.error("job.failed", job=key, exc_info=trouble)

    def _give_up(self, trouble: MonitorError) -> None:
        log.error("service.gives_up", reason=str(trouble))
        self._tally.error(str(trouble))
        self._stopped.set()

    def _poll(self, state: SourceState) -> None:
        self._tally.polled(self._work.poll(state))

    def _judge(self) -> None:
        while not self._stopped.is_set() and (decided := self._work.judge()):
            self._tally.decided(decided)

    def _deliver(self, channel: str) -> None:
        while not self._stopped.is_set() and (attempt := self._work.deliver(channel)):
            self._tell(attempt)

    def _tell(self, attempt: Attempt) -> None:
        self._tally.attempted(attempt)
        log_attempt(attempt)
