"""Takes nothing, gives the doors of the house: what jobs ask of the outside world, each with one contract for all adapters.

Rules for every port. Times are aware and in UTC, and `now` is always passed in. Every method may be called from any thread.
A method of `Store` is one transaction: all of it is stored or nothing. Store methods raise `StoreBusy`, `StoreFull`
(temporary) or `StoreError` (permanent), what needs a lock also `ClaimLost` (temporary: decide again), and nothing else;
fetchers and notifiers do not raise, trouble is a value.
"""

from typing import Protocol

from monitor.ports.driving import Answering, Engine, Work
from monitor.ports.people import Answers, ConfigLog, Labels, Looks, People, Stories
from monitor.ports.river import Corrections, Judgements, Outbox, Polls, Reads, Workers
from monitor.ports.world import Fetcher, Models, Notifier, Reader, Writer


class Store(
    Workers, Polls, Reads, Judgements, Corrections, Outbox, Stories, Answers, Labels, People, ConfigLog, Looks, Protocol
):
    """Everything that is remembered. A claim belongs to a worker and is void as soon as that worker is buried."""

    def close(self) -> None:
        """Let go of all connections. Idempotent."""


__all__ = [
    "Answering",
    "Answers",
    "ConfigLog",
    "Corrections",
    "Engine",
    "Fetcher",
    "Judgements",
    "Labels",
    "Looks",
    "Models",
    "Notifier",
    "Outbox",
    "People",
    "Polls",
    "Reader",
    "Reads",
    "Store",
    "Stories",
    "Work",
    "Workers",
    "Writer",
]
