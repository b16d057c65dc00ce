"""Takes a store, gives one that waits out temporary trouble, so that a locked or restarting database loses no work.

Whoever holds the result of a poll or of a delivery when the database is away keeps it and tries again.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from threading import Event, Lock
from time import monotonic
from typing import Any, TypeVar, cast

import structlog

from monitor.errors import StoreBusy, StoreFull
from monitor.ports import Store

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  #: seconds, doubled in between
TOLD = 60.0  #: seconds from which an outage is told when it is over

T = TypeVar("T")


class Outages:
    """Notes how long a store was away, once for all who waited. Safe for any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._since: float | None = None
        self._lines: list[str] = []

    def begin(self) -> None:
        """Hear that a call failed."""
        with self._lock:
            self._since = monotonic() if self._since is None else self._since

    def end(self) -> None:
        """Hear that a call which had failed has worked."""
        with self._lock:
            since, self._since = self._since, None
            if since is None or monotonic() - since < TOLD:
                return
            minutes = max(1, round((monotonic() - since) / 60))
            log.info("store.back", minutes=minutes)
            self._lines.append(f"the database could not be used for {minutes} min; it can again, and nothing is lost.")

    def over(self) -> list[str]:
        """Give the outages that ended since this was last asked, in words."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines


class _Patient:
    def __init__(self, store: Store, patience: timedelta, stopped: Event, outages: Outages) -> None:
        self._store = store
        self._patience = patience
        self._stopped = stopped
        self._outages = outages

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        return self._patiently(attribute) if callable(attribute) else attribute

    def _patiently(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return patiently(
                partial(method, *args, **kwargs), method.__name__, self._patience, self._stopped, self._outages
            )

        return call


def patiently(
    call: Callable[[], T], doing: str, patience: timedelta, stopped: Event, outages: Outages | None = None
) -> T:
    """Call again and again until trouble has passed, `patience` is over or `stopped` is set; raises what the last call did."""
    give_up, wait, outages = monotonic() + patience.total_seconds(), FIRST_WAIT, outages or Outages()
    while True:
        try:
            result = call()
        except (StoreBusy, StoreFull) as trouble:
            outages.begin()
            if monotonic() + wait > give_up or stopped.wait(wait):
                raise
            log.warning("store.waiting", doing=doing, reason=str(trouble))
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            if wait > FIRST_WAIT:
                outages.end()
            return result


def patient(store: Store, *, patience: timedelta, stopped: Event, outages: Outages | None = None) -> Store:
    """Wrap a store so that each call waits up to `patience` for trouble to pass, or until `stopped`."""
    return cast("Store", _Patient(store, patience, stopped, outages or Outages()))
