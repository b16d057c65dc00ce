"""Takes every change of the model in use, a line each, gives which were made and which version was in use before.

A change is noted before it is made: a crash in between leaves a line that nothing after it bears out, and such a line is passed
over, as is one that was cut short.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from monitor.errors import ModelError

ROLLBACK = "rollback"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Which version became current, instead of which, when and how."""

    at: str
    version: str
    before: str
    how: str


def changes(path: Path, current: str) -> list[Change]:
    """Give the changes that were made, oldest first.

    Raises:
        ModelError: the file cannot be read.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    noted = [change for change in map(_change, lines) if change]
    made = [now for now, later in pairwise(noted) if now.version == later.before]
    return [*made, *(change for change in noted[-1:] if change.version == current)]


def note(path: Path, change: Change) -> None:
    """Write a change down, also if the power fails next, on a line of its own even where the last one was cut short.

    Raises:
        ModelError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            whole = b""
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                whole = b"" if file.read(1) == b"\n" else b"\n"
            file.write(whole + json.dumps(asdict(change)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from error


def before(made: Sequence[Change]) -> str | None:
    """Give the version that a rollback returns to, None where there is none; two rollbacks go two steps back."""
    steps: list[str] = []
    for change in made:
        if change.how == ROLLBACK:
            steps = steps[:-1]
        elif change.before != change.version:
            steps.append(change.before)
    return steps[-1] if steps else None


def _change(line: str) -> Change | None:
    try:
        return Change(**json.loads(line))
    except (ValueError, TypeError):
        return None
