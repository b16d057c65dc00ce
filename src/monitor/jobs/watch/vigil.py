"""Takes what runs, waits and fails, gives the onset and the end of each trouble, once: in the log and to whoever runs the monitor.

Never a flood: a trouble is one message when it begins and one when it is over, and of one kind at most one of each in an hour,
however many workers see it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

import structlog
from structlog.contextvars import bound_contextvars

from monitor.fetch.masked import without_secrets
from monitor.jobs.context import Context
from monitor.jobs.watch.ops import to_ops

EVERY = 60.0  #: seconds between two looks
STUCK = 600.0  #: seconds: a request ends after 30, a batch is judged within a minute
OLD = timedelta(hours=1)  #: of what waits to be read, judged or delivered
POLLS, FEWEST_POLLS = 200, 10  #: latest polls that are looked at
MANY, FEW = 0.5, 0.25  #: share of them that failed: from where it is trouble, and from where it is over
JUMP = timedelta(minutes=1)  #: between the clock on the wall and the one that only goes on
NAMED = 5  #: stuck jobs that a message names

log = structlog.get_logger(__name__)


class Vigil:
    """Watches over one process. Jobs may run in any number of threads; looking is for one at a time."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._lock = Lock()
        self._running: dict[object, tuple[str, float]] = {}
        self._polls: deque[bool] = deque(maxlen=POLLS)
        self._open: dict[str, str] = {}
        self._looked = elapsed()
        self._clocks: tuple[datetime, float] | None = None

    @contextmanager
    def job(self, kind: str, worker: str, **about: str | int) -> Iterator[None]:
        """Watch a job while the block runs; each line that it logs says which one it is, and whose."""
        ticket, name = object(), " ".join([kind, *map(str, about.values())])
        with self._lock:
            self._running[ticket] = name, self._elapsed()
        try:
            with bound_contextvars(job=kind, worker=worker, **about):
                yield
        finally:
            with self._lock:
                del self._running[ticket]

    def polled(self, result: str) -> None:
        """Hear how a poll ended."""
        with self._lock:
            self._polls.append(result in {"ok", "not-modified"})

    def jumped(self, now: datetime) -> bool:
        """Tell whether the clock was put back since it was last asked; each jump is in the log."""
        elapsed, before = self._elapsed(), self._clocks
        self._clocks = now, elapsed
        off = now - before[0] - timedelta(seconds=elapsed - before[1]) if before else timedelta()
        if abs(off) > JUMP:
            log.warning("clock.jumped", seconds=round(off.total_seconds()))
        return off < -JUMP

    def look(self, ctx: Context) -> None:
        """Look around, not more than once a minute, and tell what has begun and what is over.

        Raises:
            StoreBusy, StoreFull, StoreError: it is looked again in a minute.
        """
        if self._elapsed() - self._looked < EVERY:
            return
        self._looked = self._elapsed()
        for line in ctx.over():
            self._tell(ctx, "over", line)
        found = {**self._found(ctx), **ctx.trouble()}
        for kind in [kind for kind in found if kind not in self._open]:
            log.warning("trouble", what=kind, reason=without_secrets(found[kind]))
            self._tell(ctx, kind, found[kind])
            self._open[kind] = found[kind]
        for kind in [kind for kind in self._open if kind not in found]:
            log.info("trouble.over", what=kind)
            self._tell(ctx, f"{kind}-over", f"no longer: {self._open[kind]}")
            del self._open[kind]

    def _found(self, ctx: Context) -> Mapping[str, str]:
        found = {"stuck": self._stuck(), "sources": self._sick(), "queue": _waiting(ctx)}
        return {kind: words for kind, words in found.items() if words}

    def _stuck(self) -> str:
        with self._lock:
            long = [name for name, since in self._running.values() if self._elapsed() - since > STUCK]
        if not long:
            return ""
        more = f" and {len(long) - NAMED} more" if len(long) > NAMED else ""
        return f"jobs run for more than {STUCK / 60:.0f} minutes: {', '.join(long[:NAMED])}{more}."

    def _sick(self) -> str:
        with self._lock:
            number, failed = len(self._polls), self._polls.count(False)
        bound = FEW if "sources" in self._open else MANY
        if number < FEWEST_POLLS or failed <= bound * number:
            return ""
        return f"{failed} of the last {number} polls failed: `monitor sources health` says why; is the network well?"

    def _tell(self, ctx: Context, kind: str, text: str) -> None:
        words = without_secrets(text)
        ctx.store.tell(to_ops(ctx, words[:1].upper() + words[1:], f"{kind}:{ctx.clock():%Y-%m-%dT%H}"))


def _waiting(ctx: Context) -> str:
    due = ctx.store.next_due()
    if due is None or ctx.clock() - due <= OLD:
        return ""
    return f"what waits to be read, judged or delivered has waited since {due:%Y-%m-%d %H:%M} UTC: `monitor health` says what."
