"""Takes the file of an SQLite database, gives a copy of it that stands by itself, and puts such a copy in its place again.

A file is never half there: it is made under another name, looked through, forced to disk, and only then renamed.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from monitor.adapters.store.schema import HEAD
from monitor.errors import StoreBusy, StoreError, StoreFull, UsageError

PAGES = 2_000  #: copied at once; a writer waits no longer than that takes
PATIENCE = 5.0  #: seconds to wait for another's lock
BESIDE = ("", "-wal", "-shm")  #: what belongs to one database
_DISK_FULL = 28  # ENOSPC

Watch = Callable[[str, int, int], None]


def path_of(url: str) -> Path | None:
    """Give the file of a database, None where it is none of SQLite's."""
    return Path(url.partition(":///")[2]).absolute() if url.startswith(("sqlite://", "sqlite+")) else None


def opened(file: Path, mode: str = "ro") -> sqlite3.Connection:
    """Open a file of SQLite's that is there, to look at it, or with mode `rw` to change it; nothing begins by itself."""
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)


def back_up(database: Path, target: Path, now: datetime, watch: Watch = lambda *_: None) -> Path:
    """Copy a database that may be in use to a file, or into a folder under a name with the time; give the file.

    An older backup of the same name is replaced in one step, once the new one is found sound.

    Raises:
        UsageError: there is no database, or the target is the database itself.
        StoreError: it is damaged, or the target cannot be written.
        StoreBusy, StoreFull: it is locked; the disk is full.
    """
    if not database.is_file():
        raise UsageError(f"there is no database {database}: nothing to back up")
    if target.is_dir():
        target = target / f"{database.stem}-{now:%Y%m%dT%H%M%SZ}.db"
    if target.exists() and target.samefile(database):
        raise UsageError(f"{target} is the database itself: name another file")
    with _made_whole(target) as making:
        _copy(database, making, watch)
    return target


def restore(backup: Path, database: Path, now: datetime) -> Path | None:
    """Put a backup in the place of a database that nobody uses; give where the old one was put, None if there was none.

    Raises:
        UsageError: there is no such backup.
        StoreError: it is damaged, is no database of the monitor, or is of a newer version.
        StoreBusy: something still uses the database.
        StoreFull: the disk is full; the old database is still in place.
    """
    if not backup.is_file():
        raise UsageError(f"there is no backup {backup}")
    if database.exists() and backup.samefile(database):
        raise UsageError(f"{backup} is the database itself: name a backup of it")
    with _translated(backup), closing(opened(backup)) as connection:
        _refuse_foreign(connection, backup)
    database.parent.mkdir(parents=True, exist_ok=True)
    kept = _free_name(database, now) if database.exists() else None
    with _made_whole(database, before=lambda: _put_aside(database, kept)) as making:
        _copy(backup, making)
    return kept


def _copy(source: Path, target: Path, watch: Watch = lambda *_: None) -> None:
    """Copy a database with what may stand beside it in a log; refuse a copy that is damaged."""
    with closing(opened(source)) as reading, closing(sqlite3.connect(target)) as copy:
        reading.backup(copy, pages=PAGES, progress=lambda _, left, total: watch("backup", total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        [first, *_] = copy.execute("PRAGMA integrity_check").fetchall()
    if first[0] != "ok":
        raise StoreError(f"{source} is damaged ({first[0]}): run `monitor db check`, or use another backup")


def _refuse_foreign(connection: sqlite3.Connection, backup: Path) -> None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise StoreError(f"{backup} is no database of the monitor")
    if row[0] > HEAD:
        raise StoreError(f"{backup} was written by a newer version of this program ({row[0]}, known {HEAD}): update it")


def _free_name(database: Path, now: datetime) -> Path:
    wanted = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 1_000))
    return next(name for name in (wanted, *numbered) if not name.exists())


def _put_aside(database: Path, kept: Path | None) -> None:
    """Rename a database, if there is one, with what belongs to it, unless somebody has it open."""
    if kept is None:
        return
    try:
        with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else has the file open
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreBusy(f"database {database} is in use: stop the service and what else has it open") from exc
        # A damaged one is put aside as it is.
    for ending in BESIDE[1:]:
        file = database.with_name(database.name + ending)
        if file.exists():
            file.rename(kept.with_name(kept.name + ending))
    # A second name, not another: killed here, the old database is still in its place.
    kept.hardlink_to(database)


@contextmanager
def _made_whole(target: Path, before: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Give the name under which to make a file; it gets its own name when it is complete. `before`: done just before that."""
    making = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _translated(target):
            yield making
            with making.open("rb+") as file:
                os.fsync(file.fileno())
            before()
            making.replace(target)
            _sync_folder(target.parent)
    finally:
        for ending in (*BESIDE, "-journal"):
            making.with_name(making.name + ending).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        kind = StoreFull if exc.errno == _DISK_FULL else StoreError
        raise kind(f"{file} cannot be written ({exc.strerror})") from exc
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        kinds = {sqlite3.SQLITE_BUSY: StoreBusy, sqlite3.SQLITE_FULL: StoreFull}
        raise kinds.get(code, StoreError)(f"{file} cannot be made or read ({exc})") from exc
