"""Takes a store, gives one that waits out temporary trouble, so that a locked or restarting database loses no work.

Whoever holds the result of a poll or of a delivery when the database is away keeps it and tries again.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from threading import Event
from time import monotonic
from typing import Any, TypeVar, cast

import structlog

from monitor.errors import StoreBusy, StoreFull
from monitor.ports import Store

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  #: seconds, doubled in between

T = TypeVar("T")


class _Patient:
    def __init__(self, store: Store, patience: timedelta, stopped: Event) -> None:
        self._store = store
        self._patience = patience
        self._stopped = stopped

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        return self._patiently(attribute) if callable(attribute) else attribute

    def _patiently(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return patiently(partial(method, *args, **kwargs), method.__name__, self._patience, self._stopped)

        return call


def patiently(call: Callable[[], T], doing: str, patience: timedelta, stopped: Event) -> T:
    """Call again and again until trouble has passed, `patience` is over or `stopped` is set; raises what the last call did."""
    give_up, wait = monotonic() + patience.total_seconds(), FIRST_WAIT
    while True:
        try:
            return call()
        except (StoreBusy, StoreFull) as trouble:
            if monotonic() + wait > give_up or stopped.wait(wait):
                raise
            log.warning("store.waiting", doing=doing, reason=str(trouble))
            wait = min(wait * 2, LONGEST_WAIT)


def patient(store: Store, *, patience: timedelta, stopped: Event) -> Store:
    """Wrap a store so that each call waits up to `patience` for trouble to pass, or until `stopped`."""
    return cast("Store", _Patient(store, patience, stopped))
