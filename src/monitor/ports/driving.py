"""Takes nothing, gives what drives the jobs, and what is driven: engines and their work, who answers and who asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from monitor.types import (
    Attempt,
    Command,
    Decided,
    DeliveryKind,
    Entry,
    Polled,
    Pressed,
    Reply,
    RunReport,
    SourceState,
)


class Work(Protocol):
    """The jobs as an engine sees them: claim, do, and say what came of it. Called by engines alone, from any thread.

    Every method may raise `StoreBusy`, `StoreFull` or `StoreError`; what it had claimed is then done again.
    """

    def beat(self) -> None:
        """Say that this worker lives, and bury those that do not."""

    def refresh(self) -> list[str]:
        """Take up changed configuration or a new model; give what is to be said about it, a line each."""

    def lead(self) -> None:
        """Make the stored sources those declared, and due what was refused: for who begins to look after all others."""

    def claim_polls(self, limit: int, *, every: bool = False, only: Collection[str] | None = None) -> list[SourceState]:
        """Claim sources that are due (`every`: all that are declared; `only`: of these)."""

    def due_polls(self, limit: int) -> list[tuple[str, str]]:
        """Give the sources that could be claimed, each with the address to ask, longest due first."""

    def stopped(self) -> list[str]:
        """Give the sources that are not polled any more, because their server says that they are gone for good."""

    def poll(self, state: SourceState) -> Polled:
        """Poll one claimed source."""

    def claim_reads(self, limit: int) -> list[Entry] | None:
        """Claim entries to read, do those that need no page, give back the others; None where nothing waits."""

    def hand_over(self, entries: Sequence[Entry], also: Callable[[Any], None]) -> None:
        """Free claimed entries for whoever is told their ids, by `also`, in the same transaction.

        `also` is given the database driver's connection. What nobody takes is due again after an hour.
        """

    def put_off(self, entries: Sequence[Entry]) -> None:
        """Free claimed entries, one at least, for which there is no room now; they are due again within a minute."""

    def claim_pages(self, ids: Collection[int]) -> list[Entry]:
        """Claim these entries, as far as their pages still wait to be read."""

    def read(self, entry: Entry) -> bool:
        """Read one claimed entry's page; False where it is to be tried again later."""

    def claim_checks(self, limit: int) -> list[Entry]:
        """Claim articles told a day ago, to see whether their pages are still there."""

    def entries(self, ids: Collection[int]) -> list[Entry]:
        """Give these entries."""

    def check(self, entry: Entry) -> bool:
        """Look at one article's page again; tell whether anything has become of it."""

    def judge(self) -> Decided | None:
        """Judge the next batch of articles; None where none waits or another worker is judging."""

    def show_answers(self) -> None:
        """Write the messages anew that somebody has answered here. Not beside `judge` in one process."""

    def channels(self) -> list[str]:
        """Give the channels with a delivery due."""

    def deliver(self, channel: str) -> Attempt | None:
        """Make one attempt at the channel's next delivery; None where none is due."""

    def pause(self, channel: str) -> float:
        """Give the seconds for which a channel is to be left alone."""

    def next_due(self) -> datetime | None:
        """Give the earliest time at which something waits to be read, judged or delivered."""

    def overdue(self) -> Mapping[int, DeliveryKind]:
        """Give the deliveries that should have been sent by now, were not, and that nobody is sending."""

    def leave(self) -> None:
        """Give back whatever is still claimed. Idempotent."""


class Answering(Protocol):
    """What is done with what people press and write in a channel. Called by the adapters that listen; safe to call twice."""

    def now(self) -> datetime:
        """Give the time."""

    def press(self, pressed: Pressed) -> Reply | None:
        """Store what was pressed; give what goes back to that person.

        Raises:
            StoreBusy, StoreFull, StoreError: nothing was stored.
        """

    def command(self, asked: Command) -> Reply:
        """Do what a command says; raises as `press` does."""

    def reachable(self) -> None:
        """Hear that the channel is there again after an outage: what was put off is tried at once; raises as `press` does."""


class Engine(Protocol):
    """What drives the jobs: once over (inline) or until asked to stop (the service). Called by the command line."""

    def run(self) -> RunReport:
        """Drive the jobs to the end of the run. Trouble that ends it stands in the report's `errors`."""

    def stop(self) -> None:
        """Ask `run` to finish what is under way and end. May be called from a signal handler."""
