"""Takes hostile documents, gives what is read of them, from child processes that are killed when they take too long.

A child is bounded in time (killed) and in memory (`RLIMIT_AS`, set as its first act). There are two, so that the next document
does not wait until a slow one is given up. Only the document that was too much is lost: work of other callers that a dying child
took with it is done again, once. Children start with the first document and import what they need with their first task, so a run
in which every answer is 304 never starts one.
"""

import math
import multiprocessing
import signal
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, TimeoutError  # noqa: A004 - the one pebble raises
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from monitor.errors import ChildFailed
from monitor.parse.raw import RawFeed
from monitor.sources.discover import Leads
from monitor.types import PageText

T = TypeVar("T")
_TRIES = 2


class ChildReader:
    """The `Reader` port over a pool of killable processes; usable from many threads."""

    def __init__(self, workers: int = 2, timeout: float = 10.0, memory_mb: int = 1_024) -> None:
        self._workers, self._timeout, self._memory = workers, timeout, memory_mb
        self._pool: ProcessPool | None = None
        self._waiting: set[ProcessFuture[Any]] = set()
        self._closed = False
        self._lock = Lock()

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        """Read the article off a page.

        Raises:
            ChildFailed: it took too long or too much memory, or crashed the child.
        """
        return self._run(_page, html, url, content_type)

    def slow_feed(self, body: bytes) -> RawFeed:
        """Read a damaged feed thoroughly.

        Raises:
            ChildFailed: as for `page`.
        """
        return self._run(_slow_feed, body)

    def listing(self, html: bytes, url: str, selector: str | None) -> RawFeed:
        """Read the links off a listing page.

        Raises:
            ChildFailed: as for `page`.
        """
        return self._run(_listing, html, url, selector)

    def leads(self, html: bytes) -> Leads:
        """Read what a page says of feeds.

        Raises:
            ChildFailed: as for `page`.
        """
        return self._run(_leads, html)

    def close(self) -> None:
        """End all children at once. Idempotent."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
            waiting = list(self._waiting)
        for future in waiting:  # pebble may leave who waits for a running task waiting when it stops
            future.cancel()  # type: ignore[no-untyped-call]
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def _run(self, work: Callable[..., T], *args: object) -> T:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._answer(work, args)
            except TimeoutError as late:
                raise ChildFailed(f"reading took longer than {self._timeout:g} s and was stopped") from late
            except (ProcessExpired, BrokenProcessPool, CancelledError) as gone:
                if attempt == _TRIES or self._closed:
                    raise ChildFailed("the reading process ended without an answer") from gone
            except MemoryError as full:
                raise ChildFailed(f"reading took more than {self._memory} MB") from full
            except ChildFailed:
                raise
            except Exception as odd:  # callers are promised that nothing else comes out of here
                raise ChildFailed(f"reading failed: {type(odd).__name__}: {odd}"[:300]) from odd
        raise AssertionError("unreachable")

    def _answer(self, work: Callable[..., T], args: tuple[object, ...]) -> T:
        with self._lock:
            future = self._started().schedule(_within, args=(self._timeout, work, args), timeout=self._timeout)
            self._waiting.add(future)
        try:
            return cast("T", future.result())
        finally:
            with self._lock:
                self._waiting.discard(future)

    def _started(self) -> ProcessPool:
        if self._closed:
            raise ChildFailed("the reader is closed")
        if self._pool is None or not self._pool.active:
            # Not fork: other threads may hold locks that the child would wait for for ever.
            method = "spawn" if sys.platform == "win32" else "forkserver"
            self._pool = ProcessPool(
                max_workers=self._workers,
                context=multiprocessing.get_context(method),
                initializer=partial(_bound, self._memory),
            )
        return self._pool


def _bound(memory_mb: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        limit = memory_mb * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _within(seconds: float, work: Callable[..., T], args: tuple[object, ...]) -> T:
    """Work, but end this process by itself where it should have been ended: a parent that was killed cannot do it any more."""
    if sys.platform != "win32":
        signal.alarm(math.ceil(seconds) + 2)
    try:
        return work(*args)
    except (MemoryError, ChildFailed):
        raise
    except Exception as odd:  # what a library raises on a hostile document, which may be of a kind that does not travel
        raise ChildFailed(f"reading failed: {type(odd).__name__}: {odd}"[:300]) from odd
    finally:
        if sys.platform != "win32":
            signal.alarm(0)


def _page(html: bytes, url: str, content_type: str) -> PageText:
    from monitor.extract.page import read_page  # noqa: PLC0415 - in the child, when it is needed

    return read_page(html, url, content_type)


def _slow_feed(body: bytes) -> RawFeed:
    from monitor.parse.slow_feed import read_slowly  # noqa: PLC0415

    return read_slowly(body)


def _listing(html: bytes, url: str, selector: str | None) -> RawFeed:
    from monitor.parse.listing import read_listing  # noqa: PLC0415

    return read_listing(html, url, selector)


def _leads(html: bytes) -> Leads:
    from monitor.sources.discover import read_leads  # noqa: PLC0415

    return read_leads(html)
