"""Takes what a database driver raised, gives `StoreBusy`, `StoreFull` or `StoreError` with one line for a person.

Busy and full are temporary: a lock held too long, a lost connection, a full disk. All else is for
somebody to mend, and the line says what.
SQLite tells by its result codes, PostgreSQL by SQLSTATE (its manual, appendix A); a connection that never came about has
neither, and there the wording decides. Passwords never appear.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from monitor.errors import MonitorError, StoreBusy, StoreError, StoreFull

_Answer = tuple[type[MonitorError], str]

_SQLITE: dict[int, _Answer] = {
    sqlite3.SQLITE_BUSY: (StoreBusy, "is locked by another process: try again, or end the program that holds it"),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "is locked by another thread: try again"),
    sqlite3.SQLITE_FULL: (StoreFull, "cannot grow, the disk is full: free some space; nothing was half-written"),
    sqlite3.SQLITE_READONLY: (StoreError, "is read-only: make the file and its folder writable for this user"),
    sqlite3.SQLITE_PERM: (StoreError, "may not be opened: make the file and its folder writable for this user"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened: check the path, and that file and folder are writable"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "is damaged: restore a backup"),
    sqlite3.SQLITE_NOTADB: (StoreError, "is not an SQLite file: set `database` to another path"),
}
#: Writing the shared-memory file beside the database reports a full disk as one of these.
_SQLITE_FULL_TOO = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE)

#: First match wins; the keys are beginnings of SQLSTATE codes.
_SQLSTATE: dict[str, _Answer] = {
    "53100": (StoreFull, "cannot grow, the server's disk is full: free some space there; nothing was half-written"),
    "25006": (StoreError, "is read-only: connect to the primary server"),
    "28": (StoreError, "does not let this user in: check user and password in `database`"),
    "3D": (StoreError, "does not exist: create it, or correct `database`"),
    "42501": (StoreError, "does not allow this user to do that: grant the rights on its schema"),
    "42P01": (StoreError, "lacks a table: run `monitor db check`"),
    **dict.fromkeys(("08", "40", "53", "55P03", "57", "25P03"), (StoreBusy, "is busy or out of reach: try again")),
}

#: What libpq, psycopg and the server say of a connection that will not come about by waiting.
_HOPELESS: dict[str, str] = {
    "Temporary failure in name resolution": "",  # waiting helps
    "resolve host|translate host name|name or service not known": "has a host that is not known: correct `database`",
    r'role ".*" does not exist': "has no such user: create it, or correct `database`",
    "does not exist": "does not exist on that server: create it, or correct `database`",
    "authentication failed|no password supplied|pg_hba.conf": "does not let this user in: check user and password in `database`",
    "certificate|does not support SSL|definition of service": "cannot be connected to as set: correct `database`",
    "invalid .*(port|value)": "has a setting that is not understood: correct `database`",
}


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Let nothing but store errors out; `shown` is the database's address without its password."""
    try:
        yield
    except NoFreeConnection as exc:
        raise StoreBusy(f"database {shown} has no free connection: try again") from exc
    except DBAPIError as exc:
        raise _translate(exc, shown) from exc


def _translate(exc: DBAPIError, shown: str) -> MonitorError:
    orig = exc.orig
    said = " ".join(str(orig).split())[:300]
    if isinstance(orig, sqlite3.Error):
        kind, what = _sqlite(orig)
    else:
        kind, what = _postgresql(orig, said, lost=exc.connection_invalidated)
    return kind(f"database {shown} {what} ({said})")


def _sqlite(orig: sqlite3.Error) -> _Answer:
    code = getattr(orig, "sqlite_errorcode", None) or 0  # errors of the module itself have none
    if code in _SQLITE_FULL_TOO:
        return _SQLITE[sqlite3.SQLITE_FULL]
    return _SQLITE.get(code & 0xFF, (StoreError, "refused: run `monitor db check`"))


def _postgresql(orig: Any, said: str, *, lost: bool) -> _Answer:
    sqlstate = orig.sqlstate
    if not sqlstate:
        what = next((what for pattern, what in _HOPELESS.items() if re.search(pattern, said, re.IGNORECASE)), "")
        if what and not lost:
            return StoreError, what
        return StoreBusy, "is out of reach: try again, or see whether the server runs"
    if sqlstate == "23503" and str(orig.diag.constraint_name).endswith(("claimed_by_fkey", "worker_id_fkey")):
        return StoreBusy, "has just buried this worker: try again"  # between its joining and its claiming
    found = (answer for prefix, answer in _SQLSTATE.items() if sqlstate.startswith(prefix))
    return next(found, (StoreError, "refused: run `monitor db check`"))
