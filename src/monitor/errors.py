"""Takes what can go wrong, gives one small tree: callers ask only whether trying again can help.

`Temporary` means the same call may succeed later; `Permanent` means that somebody has to change something first.
The message of every error is one line for a person: what happened, and what to do.
"""


class MonitorError(Exception):
    """Base of every error this package raises on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class Temporary(MonitorError):  # noqa: N818 - a kind of trouble, not an error's name
    """Trying again later may help: a locked database, a dropped connection."""


class Permanent(MonitorError):  # noqa: N818
    """Trying again does not help: a wrong setting, a missing file."""


class ConfigError(Permanent):
    """The configuration is wrong; the message starts with `file:line:col:` wherever a place is known."""

    exit_code = 2


class UsageError(Permanent):
    """The command was called in a way that cannot work."""

    exit_code = 2


class ModelError(Permanent):
    """A model is missing, altered or of a format this version does not read."""


class StoreError(Permanent):
    """The database cannot be used: unreachable path, read-only, wrong schema version."""


class StoreBusy(Temporary):
    """The database is locked or out of reach right now."""


class ClaimLost(Temporary):
    """What was decided under a lock or a claim that others hold by now was not stored; it is decided again."""


class StoreFull(Temporary):
    """No space is left for the database; nothing was half-written."""


class ParseFailure(Permanent):
    """A document is not what it was taken for; `result` is the word the poll log keeps."""

    def __init__(self, result: str, detail: str) -> None:
        super().__init__(detail)
        self.result = result


class ChildFailed(Temporary):
    """Work done in a bounded child ended without an answer: too slow, too large, or crashed."""
