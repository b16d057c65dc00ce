"""Takes a beat, gives a thread that beats until it is told to stop, so that long work does not look like death."""

from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType

import structlog

from monitor.errors import Temporary

log = structlog.get_logger(__name__)

EVERY = 5.0  #: seconds; other machines take a worker for dead after 50


class Heart:
    """Beats once on entering, then every few seconds until the block ends."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="heart", daemon=True)

    def __enter__(self) -> "Heart":
        """Beat for the first time; trouble with the store is the caller's to see."""
        self._beat()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop beating."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                self._beat()
            except Temporary as trouble:
                log.warning("heartbeat.missed", reason=str(trouble))
            except Exception:  # whoever works lives, whatever the look around stumbled over: others would bury it
                log.exception("heartbeat.failed")
