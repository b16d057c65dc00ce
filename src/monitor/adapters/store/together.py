"""Takes calls from many threads, gives each its result: those that wait for their turn are done together, in one transaction.

A transaction costs as much as storing ten entries, and only one thread at a time may write to SQLite. So whoever gets the turn
takes along what waits behind it (group commit). A batch that fails is done again call by call, so that each hears of its own fault
alone; one that fails for now, a locked database or a full disk, fails for all.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from monitor.errors import Temporary

T = TypeVar("T")
R = TypeVar("R")

MOST = 32  #: calls in one transaction


@dataclass(slots=True)
class _Call(Generic[T, R]):
    item: T
    results: Sequence[R] = ()  #: its one result, once it is there
    fault: BaseException | None = None

    @property
    def done(self) -> bool:
        return bool(self.results) or self.fault is not None


class Together(Generic[T, R]):
    """Calls `do` with as many items as wait; `do` gives a result for each, in order. For any number of threads."""

    def __init__(self, do: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._do = do
        self._turn = Lock()
        self._waiting: deque[_Call[T, R]] = deque()

    def __call__(self, item: T) -> R:
        """Give the result for one item, or raise what went wrong with it."""
        call: _Call[T, R] = _Call(item)
        self._waiting.append(call)
        with self._turn:
            while not call.done:
                self._work([self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))])
        if call.fault:
            raise call.fault
        return call.results[0]

    def _work(self, calls: Sequence[_Call[T, R]]) -> None:
        try:
            results = self._do([call.item for call in calls])
        except BaseException as fault:  # noqa: BLE001 - every call waits for a word, whatever happened
            if len(calls) == 1 or isinstance(fault, Temporary):
                for call in calls:
                    call.fault = fault
            else:
                for call in calls:
                    self._work([call])
            return
        for call, result in zip(calls, results, strict=True):
            call.results = (result,)
