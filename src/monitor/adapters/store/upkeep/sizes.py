"""Takes a database, gives how many bytes each kind of thing takes in it, and gives the room of what was deleted back."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from monitor.adapters.store import migrate
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import entries, metadata
from monitor.adapters.store.upkeep.files import opened, path_of
from monitor.errors import StoreBusy, StoreError

SEARCH = "search"  #: the index, in whatever tables the database keeps it


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What a table takes, its indexes included; `rows` is None where they are not counted."""

    rows: int | None
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """What a database takes."""

    database: str
    bytes: int  #: in all, free ones and what the database keeps for itself included
    free: int | None  #: given up by deletion and not used again yet; unknown of PostgreSQL
    articles: int
    tables: Mapping[str, Size]

    @property
    def per_article(self) -> float | None:
        """Bytes per article, all included."""
        return self.bytes / self.articles if self.articles else None


def measure(url: str) -> Sizes:
    """Measure a database; raises as `open_store` does."""
    database = Database(url)
    try:
        migrate.ready(database)
        with database.read() as connection:
            sqlite = connection.dialect.name == "sqlite"
            total, free, taken = _of_sqlite(connection) if sqlite else _of_postgresql(connection)
            counts: dict[str, int | None] = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }
            counts[SEARCH] = connection.execute(text("SELECT count(*) FROM search")).scalar_one()
            articles = connection.execute(select(func.count()).select_from(entries)).scalar_one()
    finally:
        database.close()
    sizes = {
        name: Size(rows=counts.get(name), bytes=taken[name]) for name in sorted(taken, key=lambda one: -taken[one])
    }
    return Sizes(database=database.shown, bytes=total, free=free, articles=articles, tables=sizes)


def _of_sqlite(connection: Connection) -> tuple[int, int | None, dict[str, int]]:
    page, pages, free = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_size", "page_count", "freelist_count")
    )
    question = text(
        "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
    )
    try:
        rows = connection.execute(question).all()
    except Exception as exc:
        if "dbstat" not in str(exc):
            raise
        rows = []  # not every build of SQLite can tell
    taken: dict[str, int] = {}
    for name, size in rows:
        kind = SEARCH if name.startswith(f"{SEARCH}_") else name if name in metadata.tables else "other"
        taken[kind] = taken.get(kind, 0) + int(size)
    return page * pages, page * free, taken


def _of_postgresql(connection: Connection) -> tuple[int, int | None, dict[str, int]]:
    total = int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    size = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
    names = [*(table.name for table in metadata.sorted_tables), SEARCH]
    taken = {name: int(connection.execute(size, {"name": name}).scalar_one()) for name in names}
    return total, None, taken


def vacuum(url: str) -> None:
    """Give the room of what was deleted back to the disk, and overwrite what is left of it; nobody writes meanwhile on SQLite.

    Raises:
        StoreBusy: somebody writes to it.
        StoreError: it cannot be done, as where the disk has no room for a second copy.
    """
    file = path_of(url)
    if file is None:
        _vacuum_postgresql(url)
        return
    try:
        with closing(opened(file, "rw")) as connection:
            connection.execute(
                "INSERT INTO search (search) VALUES ('optimize')"
            )  # drops what was taken out of the index
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as exc:
        busy = getattr(exc, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        raise (StoreBusy if busy else StoreError)(f"database {file} cannot be vacuumed ({exc})") from exc


def _vacuum_postgresql(url: str) -> None:
    database = Database(url)
    try:
        with database.outside() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
    finally:
        database.close()
