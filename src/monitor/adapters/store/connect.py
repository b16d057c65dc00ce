"""Takes a database URL, gives transactions on it: SQLite and PostgreSQL behave alike from here on.

SQLite: write-ahead log, so that readers never wait; a writing transaction takes the write lock at its start (BEGIN IMMEDIATE),
because one that began by reading cannot wait for it; threads of this process queue for it in front of a lock of their own,
because SQLite's waiting is a poll with growing sleeps. PostgreSQL: libpq itself reads the URL, whatever its form.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, Table, bindparam, create_engine, event

from monitor.adapters.store.trouble import translated
from monitor.errors import StoreBusy, StoreError, StoreFull
from monitor.fetch.masked import without_password

#: Seconds to wait for another's lock before it is called busy.
PATIENCE = 10.0

#: Threads at work at once are the fetch workers (16) and a few more; each holds at most one connection.
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": 24, "pool_timeout": PATIENCE, "hide_parameters": True}


class Database:
    """A pool of connections and the two kinds of transaction on them."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self.shown = without_password(url)
        self._patience = patience
        if url.startswith(("sqlite://", "sqlite+")):
            engine = _sqlite_engine(url, patience)
            self._reader: Engine = engine
            self._writer: Engine = engine.execution_options(begin="IMMEDIATE")
            self._durable: Engine = engine.execution_options(begin="IMMEDIATE", synchronous="FULL")
            self._turn: threading.Lock | None = threading.Lock()
        else:
            engine = _postgresql_engine(url, patience)
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")
            self._writer = self._durable = engine
            self._turn = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout."""
        with translated(self.shown), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """Give a connection whose changes are stored together or not at all; `durable`: also if the power fails next."""
        with (
            self._my_turn(),
            translated(self.shown),
            (self._durable if durable else self._writer).begin() as connection,
        ):
            yield connection

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """Give a connection outside of transactions, for what PostgreSQL does in none."""
        autonomous = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        with translated(self.shown), autonomous.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of all connections."""
        self._reader.dispose()

    def _my_turn(self) -> AbstractContextManager[object]:
        return nullcontext() if self._turn is None else _held(self._turn, self._patience, self.shown)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert those rows that break no uniqueness; give how many they were. All rows have the same columns."""
    if not rows:
        return 0
    statement, processors = _insertion(table, tuple(rows[0]), connection.dialect)
    processed = [
        {
            **row,
            **{name: process(row[name]) for name, process in processors},
        }  # a row is what takes most of a poll's time
        for row in rows
    ]
    return connection.exec_driver_sql(statement, processed, execution_options={"preserve_rowcount": True}).rowcount


@lru_cache(maxsize=64)
def _insertion(
    table: Table, columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[tuple[str, Callable[[object], object]], ...]]:
    """Give the statement for the driver, with named parameters, and what makes its values of ours."""
    if dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite as kind  # noqa: PLC0415 - each is loaded where it is used

        named: Dialect = kind.dialect(paramstyle="named")
    else:
        from sqlalchemy.dialects import postgresql as kind  # type: ignore[no-redef]  # noqa: PLC0415

        named = dialect
    statement = kind.insert(table).on_conflict_do_nothing().values({name: bindparam(name) for name in columns})
    processors = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in columns)
    return str(statement.compile(dialect=named)), tuple((name, process) for name, process in processors if process)


@contextmanager
def _held(lock: threading.Lock, patience: float, shown: str) -> Iterator[None]:
    if not lock.acquire(timeout=patience):
        raise StoreBusy(f"database {shown} is being written to by another thread: try again")
    try:
        yield
    finally:
        lock.release()


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _sqlite_engine(url: str, patience: float) -> Engine:
    path = url.partition(":///")[2]
    if not path or path == ":memory:":
        raise StoreError(f"database {url} names no file: write sqlite:///folder/file.db")
    _make_folder(Path(path).absolute().parent, url)
    engine = create_engine(URL.create("sqlite", database=path), connect_args={"timeout": patience}, **_POOL)
    event.listen(engine, "connect", _prepare(patience))
    event.listen(engine, "begin", _begin)
    return engine


def _make_folder(folder: Path, url: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        kind = StoreFull if exc.errno == 28 else StoreError  # ENOSPC
        raise kind(f"database {url}: folder {folder} cannot be made ({exc.strerror}): correct `database`") from exc


def _prepare(patience: float) -> Callable[[sqlite3.Connection, object], None]:
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        _use_write_ahead_log(connection, patience)

    return prepare


def _use_write_ahead_log(connection: sqlite3.Connection, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            # SQLite does not wait here by itself when several processes open a new file at once.
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if "begin" in options:
        connection.exec_driver_sql(f"PRAGMA synchronous = {options.get('synchronous', 'NORMAL')}")
    connection.exec_driver_sql(f"BEGIN {options.get('begin', 'DEFERRED')}")


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _postgresql_engine(url: str, patience: float) -> Engine:
    import psycopg  # noqa: PLC0415 - 0.15 s that SQLite has no use for

    parameters = connection_parameters(url, patience)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**parameters),
        pool_pre_ping=True,
        **_POOL,
    )
    event.listen(engine, "connect", _limit_waiting(patience))
    return engine


def connection_parameters(url: str, patience: float = PATIENCE) -> dict[str, Any]:
    """Give what `psycopg.connect` is to be called with for a PostgreSQL URL; `patience`: seconds for connecting.

    Raises:
        StoreError: it is none, or cannot be understood.
    """
    from psycopg import ProgrammingError  # noqa: PLC0415 - as above
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    scheme, _, rest = url.partition("://")
    shown = without_password(url)
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise StoreError(f"database {shown} is of an unknown kind: write sqlite:///folder/file.db or postgresql://…")
    try:
        return {
            "connect_timeout": int(patience),
            **conninfo_to_dict(f"postgresql://{rest}"),
            "client_encoding": "UTF8",
        }
    except ProgrammingError:
        # Not chained: the driver's message may quote a part of the password.
        raise StoreError(
            f"database {shown} is no valid URL: percent-encode special characters in user and password"
        ) from None


def _limit_waiting(patience: float) -> Callable[[Any, object], None]:
    def limit(connection: Any, _record: object) -> None:
        # A process that was stopped amid a transaction must not hold up the others for ever.
        connection.execute(f"SET lock_timeout = {int(patience * 1000)}")
        connection.execute("SET idle_in_transaction_session_timeout = '60s'")
        connection.commit()

    return limit
