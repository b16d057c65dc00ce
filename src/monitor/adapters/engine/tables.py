"""Takes a PostgreSQL database, gives it Procrastinate's own tables, or says why those that are there cannot be used.

Procrastinate ships its schema and the changes to it as SQL files, and keeps no account of which were applied: the comment on its
main table names the last of them. A lock keeps two machines from changing the schema at once.
"""

from dataclasses import dataclass
from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.sql import SQL

from monitor.adapters.store.connect import connection_parameters
from monitor.errors import StoreBusy, StoreError
from monitor.fetch.masked import without_password

_LOCK = 7_046_029_254_386_353_132  #: any number that nobody else uses
_OURS = "topic-monitor: "  #: what the comment begins with; the name of the last file applied follows
_STATE = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL, obj_description(to_regclass('procrastinate_jobs'), 'pg_class')"


@dataclass(frozen=True, kw_only=True, slots=True)
class TablesState:
    """The last of Procrastinate's changes that a database has; None where it has no tables of it."""

    current: str | None
    head: str


def refuse_unready(url: str) -> None:
    """Make sure that the tables are there and are those that the installed Procrastinate wants.

    Raises:
        StoreError: they are missing, behind or ahead.
        StoreBusy: the database is out of reach.
    """
    with _connected(url) as connection:
        state = _state(connection, url)
    if state.current is None or state.current < state.head:
        lacks = (
            "lacks the tables of the cluster"
            if state.current is None
            else "has the cluster's tables of an older version"
        )
        raise StoreError(f"database {without_password(url)} {lacks}: run `monitor db upgrade`")
    _refuse_ahead(state, url)


def bring_up(url: str) -> TablesState:
    """Apply what is missing, in one transaction; give the state there was before.

    Raises:
        StoreError: the tables are of a newer Procrastinate, or were made by another program.
        StoreBusy: the database is out of reach.
    """
    with _connected(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        state = _state(connection, url)
        _refuse_ahead(state, url)
        if state.current is None:
            connection.execute(SchemaManager.get_schema())
        else:
            for path in _changes():
                if path.name > state.current:
                    connection.execute(path.read_bytes())
        comment = f"{_OURS}{state.head}"
        connection.execute(SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(comment))
    return state


def _connected(url: str) -> "psycopg.Connection":
    parameters = connection_parameters(url)
    try:
        return psycopg.connect(**parameters)
    except psycopg.OperationalError as exc:
        raise StoreBusy(
            f"database {without_password(url)} is out of reach ({' '.join(str(exc).split())[:200]})"
        ) from exc


def _changes() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _state(connection: "psycopg.Connection", url: str) -> TablesState:
    [(exists, comment)] = connection.execute(_STATE).fetchall()
    if exists and not (comment or "").startswith(_OURS):
        raise StoreError(
            f"database {without_password(url)} holds Procrastinate's tables of another program: "
            "set `database` to one of its own"
        )
    return TablesState(current=comment.removeprefix(_OURS) if exists else None, head=_changes()[-1].name)


def _refuse_ahead(state: TablesState, url: str) -> None:
    if state.current and state.current > state.head:
        raise StoreError(
            f"database {without_password(url)} has the cluster's tables of a newer version ({state.current}): "
            "update the program"
        )
