"""Takes how far a run is, gives a bar on a terminal and nothing elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.adapters.engine.inline import Watcher

WORDS = {
    "poll": "polling sources",
    "check": "looking again at pages",
    "read": "reading pages",
    "deliver": "delivering to channels",
}


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
