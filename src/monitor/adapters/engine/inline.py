"""Takes the jobs, gives one run: poll what is due, read, judge, deliver, until nothing is left that is due soon.

The stages follow one another, so that all outlets of an event are in when its first message is written; within a stage,
polls and pages are fetched side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from typing import TypeVar

from monitor.adapters.engine.finish import as_finished
from monitor.adapters.engine.heart import Heart
from monitor.adapters.engine.lanes import Lanes, OpenRoad, Road, along
from monitor.adapters.engine.tally import Tally
from monitor.errors import MonitorError
from monitor.ports import Work
from monitor.types import Attempt, Entry, Polled, RunReport

HORIZON = timedelta(seconds=120)  #: what is due within it belongs to this run (the command's contract)
BATCH = 500  #: entries claimed at once; most need no page and are stored in one transaction
GONE = "gone"  #: result of a source that is not asked any more
NAP = 1.0  #: seconds at most between two looks for what is due
BLINK = 0.05  #: and at least: what is due now and did not come to us stands behind what another run has in hand

T = TypeVar("T")
R = TypeVar("R")


#: Hears how far a run is: the stage, how many are done, of how many.
Watcher = Callable[[str, int, int], None]


def nobody(_stage: str, _done: int, _total: int) -> None:
    """Watch nothing."""


class InlineEngine:
    """One run in this process."""

    def __init__(
        self,
        work: Work,
        *,
        declared: Sequence[str],
        workers: int,
        per_host: int,
        every: bool,
        stopped: Event,
        watch: Watcher = nobody,
        road: Road | None = None,
    ) -> None:
        self._work = work
        self._declared = declared
        self._workers = workers
        self._per_host = per_host
        self._every = every
        self._watch = watch
        self._stopped = stopped
        self._road = road or OpenRoad()

    def stop(self) -> None:
        """Ask the run to end after what is under way."""
        self._stopped.set()

    def run(self) -> RunReport:
        """Do all that is due; trouble with the store ends the run and stands in the report."""
        started = monotonic()
        tally = Tally(self._declared)
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="job")
        asked = False
        try:
            with Heart(self._work.beat):
                try:
                    self._run(pool, tally)
                finally:
                    asked = self._stopped.is_set()
                    self._stopped.set()
                    pool.shutdown(wait=False, cancel_futures=True)
            tally.left_over(self._work.overdue())
            self._work.leave()
        except MonitorError as trouble:
            tally.error(str(trouble))
        return tally.report(monotonic() - started, stopped=asked)

    def _run(self, pool: ThreadPoolExecutor, tally: Tally) -> None:
        if self._stopped.is_set():
            return
        for source_id in self._work.stopped():
            tally.polled(Polled(source_id=source_id, result=GONE))
        states = self._work.claim_polls(len(self._declared), every=self._every)
        polls = along(
            self._road, pool, self._work.poll, lambda state: state.poll_url, pages=False, per_host=self._per_host
        )
        for polled in self._side_by_side("poll", polls, states):
            tally.polled(polled)
        self._check(pool)
        while not self._stopped.is_set():
            self._read(pool)
            while not self._stopped.is_set() and (decided := self._work.judge()):
                tally.decided(decided)
            deliveries = Lanes(pool, self._empty, host=str, per_host=1)
            for attempts in self._side_by_side("deliver", deliveries, self._work.channels()):
                for attempt in attempts:
                    tally.attempted(attempt)
            if not self._due_soon():
                return

    def _read(self, pool: ThreadPoolExecutor) -> None:
        entries: list[Entry] = []
        while not self._stopped.is_set() and (claimed := self._work.claim_reads(BATCH)) is not None:
            entries += claimed
        pages = self._pages(pool, self._work.read)
        for _ in self._side_by_side("read", pages, entries):
            pass

    def _check(self, pool: ThreadPoolExecutor) -> None:
        entries = self._work.claim_checks(BATCH)
        checks = self._pages(pool, self._work.check)
        for _ in self._side_by_side("check", checks, entries):
            pass

    def _pages(self, pool: ThreadPoolExecutor, job: Callable[[Entry], bool]) -> Lanes[Entry, bool]:
        return along(self._road, pool, job, lambda entry: entry.link, pages=True, per_host=self._per_host)

    def _empty(self, channel: str) -> list[Attempt]:
        attempts = []
        while not self._stopped.is_set() and (attempt := self._work.deliver(channel)):
            attempts.append(attempt)
        return attempts

    def _side_by_side(self, stage: str, lanes: Lanes[T, R], items: Sequence[T]) -> Iterator[R]:
        """Do the items in threads, host by host, and give what came of each as it comes; the first fault ends it."""
        futures = lanes.put(items)
        try:
            for done, future in enumerate(as_finished(futures, self._stopped), start=1):
                self._watch(stage, done, len(futures))
                yield future.result()
        finally:
            for future in futures:
                future.cancel()

    def _due_soon(self) -> bool:
        due = self._work.next_due()
        now = datetime.now(UTC)
        if due is None or due > now + HORIZON:
            return False
        self._stopped.wait(min(NAP, max(BLINK, (due - now).total_seconds())))
        return True
