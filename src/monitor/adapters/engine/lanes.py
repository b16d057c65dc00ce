"""Takes work on many hosts, gives it to threads host by host, so that a host that wants to be asked slowly holds up no other.

A lane is a host as the fetcher tells hosts apart: by the address, which a thread finds out when work for a new name comes in.
A lane whose turn has not come yet holds no thread: it sleeps until then. Without lanes, sixteen threads end up waiting at the one
site whose robots.txt asks for a second between pages, or at the one machine behind a thousand names.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Timer
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
R = TypeVar("R")


class Road(Protocol):
    """What is known of the way to hosts; `HttpFetcher` knows it."""

    def lane(self, url: str) -> str:
        """Give what requests that have to wait for each other have in common; may take seconds."""

    def wait(self, lane: str, *, pages: bool) -> float:
        """Give how many seconds a request in this lane would wait for its turn now, about."""


class OpenRoad:
    """A road on which every name is a host and nobody waits."""

    def lane(self, url: str) -> str:
        """Give the host's name."""
        return host_of(url)

    def wait(self, lane: str, *, pages: bool) -> float:  # noqa: ARG002
        """Give nothing to wait for."""
        return 0.0


def host_of(url: str | None) -> str:
    """Give the name that an address's host goes by."""
    return urlsplit(url or "").netloc


def no_wait(_lane: str) -> float:
    """Give nothing to wait for."""
    return 0.0


class Lanes(Generic[T, R]):
    """One queue per host, each worked off by at most `per_host` threads of the pool."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        job: Callable[[T], R],
        *,
        host: Callable[[T], str],
        lane: Callable[[T], str] | None = None,
        wait: Callable[[str], float] = no_wait,
        per_host: int,
    ) -> None:
        """Make lanes.

        Args:
            pool: whose threads do the work.
            job: what to do with an item.
            host: gives the name of an item's host, at once.
            lane: gives an item's lane, in a thread of the pool; the same for all items of a name. The name where absent.
            wait: gives the seconds until work in a lane may go on.
            per_host: threads at once in a lane.
        """
        self._pool, self._job, self._host, self._lane = pool, job, host, lane or host
        self._wait, self._per_host = wait, per_host
        self._lock = Lock()
        self._coming: dict[str, list[tuple[T, Future[R]]]] = {}  # by name, while its lane is being found out
        self._queues: dict[str, deque[tuple[T, Future[R]]]] = defaultdict(deque)
        self._threads: dict[str, int] = defaultdict(int)
        self._asleep: set[str] = set()

    def put(self, items: Iterable[T]) -> list[Future[R]]:
        """Line work up behind what waits for the same host; what has not begun can be cancelled."""
        futures = []
        with self._lock:
            for item in items:
                future: Future[R] = Future()
                futures.append(future)
                name = self._host(item)
                if name not in self._coming:
                    self._coming[name] = []
                    self._pool.submit(self._line_up, name, item)
                self._coming[name].append((item, future))
        return futures

    def _line_up(self, name: str, item: T) -> None:
        lane = self._lane(item)
        with self._lock:
            self._queues[lane].extend(self._coming.pop(name))
        self._work_off(lane)

    def _work_off(self, lane: str) -> None:
        with self._lock:
            self._asleep.discard(lane)
            if self._threads[lane] >= self._per_host:
                return
            self._threads[lane] += 1
        while work := self._next(lane):
            item, future = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._job(item))
                except BaseException as fault:  # noqa: BLE001 - as an executor does: whoever waits for the result hears of it
                    future.set_exception(fault)

    def _next(self, lane: str) -> tuple[T, Future[R]] | None:
        with self._lock:
            queue = self._queues[lane]
            seconds = self._wait(lane) if queue else 0.0
            if queue and seconds <= 0:
                work = queue.popleft()
                if queue and self._threads[lane] < self._per_host:
                    self._send_to(lane)
                return work
            if queue:
                self._sleep(lane, seconds)
            else:
                del self._queues[lane]
            self._threads[lane] -= 1
            if not self._threads[lane]:
                del self._threads[lane]
            return None

    def _send_to(self, lane: str) -> None:
        with suppress(RuntimeError):  # the pool is shutting down: whoever waits for what is left cancels it
            self._pool.submit(self._work_off, lane)

    def _sleep(self, lane: str, seconds: float) -> None:
        if lane in self._asleep:
            return
        self._asleep.add(lane)
        alarm = Timer(seconds, self._send_to, (lane,))
        alarm.daemon = True  # what sleeps does not keep the program from ending
        alarm.start()


def along(
    road: Road,
    pool: ThreadPoolExecutor,
    job: Callable[[T], R],
    to: Callable[[T], str | None],
    *,
    pages: bool,
    per_host: int,
) -> Lanes[T, R]:
    """Give lanes for work at addresses, with hosts, lanes and turns as the road knows them.

    Args:
        road: what is known of the way.
        pool: whose threads do the work.
        job: what to do with an item.
        to: gives an item's address.
        pages: whether these are pages of articles, which may have to wait where feeds need not.
        per_host: threads at once in a lane.
    """
    return Lanes(
        pool,
        job,
        host=lambda item: host_of(to(item)),
        lane=lambda item: road.lane(to(item) or ""),
        wait=lambda lane: road.wait(lane, pages=pages),
        per_host=per_host,
    )
