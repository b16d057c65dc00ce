"""Takes a database, gives it the tables this version of the program needs, or says why they cannot be used.

An empty database is filled without asking, however many processes open it at once. One that is behind is refused until somebody
runs `monitor db upgrade`, because a backup should come first; one that is ahead was written by a newer program.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import HEAD, metadata
from monitor.errors import StoreError

#: The key of PostgreSQL's advisory lock on the schema; any number nobody else uses.
_SCHEMA_LOCK = 7_046_029_254_386_353_131


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaState:
    """The migration a database stands at and the newest one; `current` is None in an empty database."""

    current: str | None
    head: str = HEAD

    @property
    def behind(self) -> bool:
        """Whether it waits for `monitor db upgrade`."""
        return self.current is not None and self.current < self.head

    @property
    def ahead(self) -> bool:
        """Whether a newer program has been here."""
        return self.current is not None and self.current > self.head


def state_of(connection: Connection, shown: str) -> SchemaState:
    """Read which migration the database stands at.

    Raises:
        StoreError: it holds tables of another program under our names.
    """
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        return SchemaState(current=connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if tables & set(metadata.tables):
        raise StoreError(f"database {shown} belongs to another program: set `database` to one of its own")
    return SchemaState(current=None)


def ready(database: Database) -> None:
    """Make sure that the database may be used as it is, filling an empty one.

    Raises:
        StoreError: it is behind or ahead of this program.
    """
    with database.read() as connection:
        state = state_of(connection, database.shown)
    if state.current is None:
        bring_up(database)
    if state.behind:
        raise StoreError(
            f"database {database.shown} is of an older version ({state.current}, wanted {HEAD}): "
            "back it up, then run `monitor db upgrade`"
        )
    _refuse_ahead(state, database.shown)


def bring_up(database: Database) -> SchemaState:
    """Apply the migrations that are missing, in one transaction; give the state there was before.

    Raises:
        StoreError: the database is ahead of this program.
    """
    with database.write(durable=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        state = state_of(connection, database.shown)
        _refuse_ahead(state, database.shown)
        if state.current != HEAD:
            _run_alembic(connection)
    return state


def _refuse_ahead(state: SchemaState, shown: str) -> None:
    if state.ahead:
        raise StoreError(
            f"database {shown} was written by a newer version of this program ({state.current}, known {HEAD}): "
            "update the program, or restore the backup made before `monitor db upgrade`"
        )


def _run_alembic(connection: Connection, to: str = HEAD) -> None:
    from alembic import command  # noqa: PLC0415 - 0.3 s that an up-to-date database has no use for
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
