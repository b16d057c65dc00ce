"""Takes work on many hosts, gives it to threads host by host, so that a host that wants to be asked slowly holds up no other.

Without lanes, sixteen threads end up waiting for their turn at the one site whose robots.txt asks for a second between pages.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
R = TypeVar("R")


def host_of(url: str | None) -> str:
    """Give what an address's lane is called."""
    return urlsplit(url or "").netloc


class Lanes(Generic[T, R]):
    """One queue per host, each worked off by at most `per_host` threads of the pool."""

    def __init__(
        self, pool: ThreadPoolExecutor, job: Callable[[T], R], *, host: Callable[[T], str], per_host: int
    ) -> None:
        self._pool, self._job, self._host, self._per_host = pool, job, host, per_host
        self._lock = Lock()
        self._queues: dict[str, deque[tuple[T, Future[R]]]] = defaultdict(deque)
        self._threads: dict[str, int] = defaultdict(int)

    def put(self, items: Iterable[T]) -> list[Future[R]]:
        """Line work up behind what waits for the same host; what has not begun can be cancelled."""
        futures = []
        with self._lock:
            for item in items:
                future: Future[R] = Future()
                futures.append(future)
                host = self._host(item)
                self._queues[host].append((item, future))
                if self._threads[host] < self._per_host:
                    self._threads[host] += 1
                    self._pool.submit(self._work_off, host)
        return futures

    def _work_off(self, host: str) -> None:
        while work := self._next(host):
            item, future = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(self._job(item))
                except BaseException as fault:  # noqa: BLE001 - as an executor does: whoever waits for the result hears of it
                    future.set_exception(fault)

    def _next(self, host: str) -> tuple[T, Future[R]] | None:
        with self._lock:
            if queue := self._queues[host]:
                return queue.popleft()
            del self._queues[host]
            self._threads[host] -= 1
            if not self._threads[host]:
                del self._threads[host]
            return None
