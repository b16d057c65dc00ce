"""Takes what was sent to each channel, gives how long the next message there has to wait: so many a second, after a short burst.

A token bucket for each channel. Who sends faster is answered with 429 and a pause; to keep the pace is quicker, and polite.
"""

from collections import defaultdict
from collections.abc import Callable
from threading import Lock
from time import monotonic

BURST = 3.0  #: messages at once before the pace counts; Slack takes short bursts


class Pace:
    """For any number of threads. `clock` gives seconds."""

    def __init__(self, per_second: float, clock: Callable[[], float] = monotonic, *, burst: float = BURST) -> None:
        self._per_second = per_second
        self._burst = max(burst, per_second)
        self._clock = clock
        self._lock = Lock()
        self._left: dict[str, float] = defaultdict(lambda: self._burst)
        self._at: dict[str, float] = {}

    def wait(self, channel: str) -> float:
        """Give the seconds until a message may be sent to a channel; 0 where it may at once."""
        with self._lock:
            self._fill(channel)
            return max(0.0, (1 - self._left[channel]) / self._per_second)

    def sent(self, channel: str) -> None:
        """Count a message, whether or not it arrived."""
        with self._lock:
            self._fill(channel)
            self._left[channel] -= 1

    def _fill(self, channel: str) -> None:
        now = self._clock()
        passed = now - self._at.get(channel, now)
        self._at[channel] = now
        self._left[channel] = min(self._burst, self._left[channel] + passed * self._per_second)
