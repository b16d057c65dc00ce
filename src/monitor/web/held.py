"""Takes what is costly to find and may be a little old, gives it: found anew when it has been held for long enough."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Held(Generic[T]):
    """One thing of which everybody may see the same; whoever asks while it is being found waits for it."""

    def __init__(self, seconds: float, find: Callable[[], T]) -> None:
        self._seconds, self._find = seconds, find
        self._lock = Lock()
        self._found: tuple[float, T] | None = None

    def get(self) -> T:
        """Give it, at most so many seconds old; what finding it raises is raised, and not held."""
        with self._lock:
            if self._found is None or monotonic() - self._found[0] >= self._seconds:
                self._found = monotonic(), self._find()
            return self._found[1]
