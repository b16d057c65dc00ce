"""Takes how far a command is, gives a bar on a terminal; elsewhere plain lines, or nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.adapters.engine.inline import Watcher

WORDS = {
    "poll": "polling sources",
    "check": "looking again at pages",
    "read": "reading pages",
    "deliver": "delivering to channels",
    "copy": "copying rows",
    "index": "indexing for search",
    "compare": "comparing rows",
    "backup": "copying pages",
}


EVERY = 2.0  #: seconds between two lines about one task


def lines() -> Callable[[str], None]:
    """Give what prints to stderr what is being done, "judging again: 2,000 of 24,932"; of one task a line every two seconds.

    For whoever reads a log, and for the page, which starts commands and shows their last line.
    """
    task, at = "", 0.0

    def tell(words: str) -> None:
        nonlocal task, at
        begun = words.partition(":")[0]
        if begun != task or monotonic() - at >= EVERY:
            task, at = begun, monotonic()
            print(words, file=sys.stderr, flush=True)

    return tell


@contextmanager
def progress(*, shown: bool) -> "Iterator[Watcher]":
    """Give what a run calls as it goes on; bars appear on stderr where that is a terminal."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks = {stage: bars.add_task(words, total=None, visible=False) for stage, words in WORDS.items()}

        def watch(stage: str, done: int, total: int) -> None:
            bars.update(tasks[stage], completed=done, total=total, visible=True)

        yield watch
