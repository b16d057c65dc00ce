"""Takes pages that were claimed, gives which may line up now, so that no source and no host fills all places.

Neither alone would do: one feed may link to a thousand hosts that hang, and thirty feeds to one that wants to be asked slowly.
"""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from monitor.adapters.engine.lanes import host_of
from monitor.types import Entry


class Shares:
    """Counts the pages that wait or are under way, by source and by host. Safe for any number of threads."""

    def __init__(self, most: int) -> None:
        """Make shares of `most` pages each."""
        self._most = most
        self._taken = Counter[tuple[str, str]]()
        self._lock = Lock()

    def admit(self, entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
        """Take places for entries as far as there are any; give those that have one, and the others."""
        admitted: list[Entry] = []
        others: list[Entry] = []
        with self._lock:
            for entry in entries:
                shares = _shares_of(entry)
                if any(self._taken[share] >= self._most for share in shares):
                    others.append(entry)
                else:
                    self._taken.update(shares)
                    admitted.append(entry)
        return admitted, others

    def free(self, entry: Entry) -> None:
        """Give an entry's place back."""
        with self._lock:
            for share in _shares_of(entry):
                self._taken[share] -= 1
                if not self._taken[share]:
                    del self._taken[share]


def _shares_of(entry: Entry) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("source", entry.source_id), ("host", host_of(entry.link))
