"""Takes jobs under way, gives them as they finish; after a wish to stop, only those that finish soon.

What does not is left behind: its thread may still wait for a slow server, and whatever it had claimed is done again next time.
"""

from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from typing import TypeVar

LOOK = 0.2  #: seconds at most until a wish to stop is heard
GRACE = 3.0  #: seconds that a job under way may take after it: `docker stop` kills after 10

R = TypeVar("R")


def as_finished(futures: Collection[Future[R]], stopped: Event) -> Iterator[Future[R]]:
    """Give each as it finishes; once `stopped`, cancel what has not begun and give up on the rest after the grace."""
    finished: SimpleQueue[Future[R]] = SimpleQueue()
    for future in futures:
        future.add_done_callback(finished.put)
    left, give_up = len(futures), inf
    while left and monotonic() < give_up:
        if stopped.is_set() and give_up == inf:
            give_up = monotonic() + GRACE
            for future in futures:
                future.cancel()
        with suppress(Empty):
            future = finished.get(timeout=LOOK)
            left -= 1
            if not future.cancelled():
                yield future
