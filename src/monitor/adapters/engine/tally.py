"""Takes what single jobs came to, gives the report of a run."""

from collections.abc import Mapping, Sequence
from threading import Lock

import structlog

from monitor.types import Attempt, Came, Decided, DeliveryKind, Polled, RunReport

NOT_DUE = "not-due"

log = structlog.get_logger(__name__)


def log_attempt(attempt: Attempt) -> None:
    """Write down what an attempt at a delivery came to."""
    log.info(
        "delivery",
        came=attempt.came.value,
        channel=attempt.delivery.channel,
        key=attempt.delivery.key,
        error=attempt.error,
    )


class Tally:
    """Counts one run. Safe for any number of threads."""

    def __init__(self, declared: Sequence[str]) -> None:
        self._polled = {source_id: Polled(source_id=source_id, result=NOT_DUE) for source_id in declared}
        self._articles = self._flagged = self._alerts = self._held = self._delivered = self._unknown = 0
        self._failing: dict[int, str] = {}  # why, by delivery: one that is tried again and sent has not failed
        self._over: set[int] = set()  # that nobody will try again
        self._dead = 0
        self._left = 0
        self._errors: list[str] = []
        self._lock = Lock()

    def polled(self, polled: Polled) -> None:
        """Count a poll; the latest result of a source stands, its new entries add up."""
        with self._lock:
            before = self._polled.get(polled.source_id)
            new = polled.new + (before.new if before else 0)
            self._polled[polled.source_id] = Polled(
                source_id=polled.source_id, result=polled.result, entries=polled.entries, new=new
            )

    def decided(self, decided: Decided) -> None:
        """Count a judged batch."""
        with self._lock:
            self._articles += decided.articles
            self._flagged += decided.flagged
            self._alerts += decided.alerts
            self._held += decided.held

    def attempted(self, attempt: Attempt) -> None:
        """Count an attempt at a delivery; edits and replies are part of a message, not messages."""
        with self._lock:
            self._failing.pop(attempt.delivery.id, None)
            if attempt.came is not Came.SENT:
                self._failing[attempt.delivery.id] = f"{attempt.delivery.channel}: {attempt.error}"
            if attempt.came in (Came.UNKNOWN, Came.DEAD):
                self._over.add(attempt.delivery.id)
            if attempt.delivery.kind is DeliveryKind.POST:
                self._delivered += attempt.came is Came.SENT
                self._unknown += attempt.came is Came.UNKNOWN
                self._dead += attempt.came is Came.DEAD

    def left_over(self, waiting: Mapping[int, DeliveryKind]) -> None:
        """Count the messages that should have been sent and still wait; what another run sent since has not failed."""
        with self._lock:
            self._left = sum(kind is DeliveryKind.POST for kind in waiting.values())
            self._failing = {
                number: why for number, why in self._failing.items() if number in waiting or number in self._over
            }

    def error(self, line: str) -> None:
        """Note what ended the run early."""
        with self._lock:
            self._errors.append(line)

    def report(self, seconds: float, *, stopped: bool = False) -> RunReport:
        """Give the counts; every reason is told once however many messages it stopped.

        A message that waits is no failure of a run that was asked to stop: it is counted, and the next run sends it.
        """
        with self._lock:
            failing = () if stopped else self._failing.values()
            return RunReport(
                sources=dict(self._polled),
                articles=self._articles,
                flagged=self._flagged,
                alerts=self._alerts,
                delivered=self._delivered,
                held=self._held,
                failed=self._dead + self._left,
                unknown=self._unknown,
                seconds=round(seconds, 3),
                errors=tuple(dict.fromkeys([*self._errors, *failing])),
            )
