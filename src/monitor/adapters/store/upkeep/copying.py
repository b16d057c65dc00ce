"""Takes two database URLs, gives the second all that the first holds: rows as they are, ids kept, a comparison at the end.

Rows go as the database has them, past the types of `schema`, so that nothing is read and written anew on the way. They go in the
order of their keys, some at a time, each lot a transaction: after a kill the target holds the first rows of that order, which is
checked by their digest before any is added. The search index is not copied but built from the rows, because the two kinds of
database keep it in ways that cannot be turned into each other.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    Table,
    Text,
    cast,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)

from monitor.adapters.store import migrate
from monitor.adapters.store.asking import search
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import HEAD, Instant, deliveries, entries, metadata
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.errors import StoreError

LOT_ROWS, LOT_CHARACTERS = 1_000, 4_000_000  #: whichever comes first; it bounds memory and the time of one transaction
FETCHED = 200  #: rows asked of the source at once
_MODULUS = 1 << 128

Watch = Callable[[str, int, int], None]  #: what is being done, how far it is, of how much
Row = Sequence[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One table in both databases."""

    table: str
    rows: int
    copied: int
    digest: str  #: of the source's rows, whatever their order
    copy_digest: str

    @property
    def equal(self) -> bool:
        """Whether both hold the same."""
        return (self.rows, self.digest) == (self.copied, self.copy_digest)


def copy(source_url: str, target_url: str, watch: Watch = lambda *_: None) -> tuple[Compared, ...]:
    """Copy all tables and build the search index; give each table compared, the index as `search`.

    A call that was killed is gone on with by the next one. Not for a target that anything else writes to meanwhile.

    Raises:
        StoreError: the source holds nothing or stands at another migration; the target holds other data.
        StoreBusy, StoreFull: as `open_store` does; what has been copied stays, and the next call goes on.
    """
    _refuse_unready(source_url)
    source = Database(source_url)
    target = Database(target_url)
    try:
        migrate.ready(target)
        with source.read() as reading:
            if reading.dialect.name == "postgresql":
                reading.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            found = _copy_tables(reading, target, watch)
            indexed = Digest(reading.execute(select(entries.c.id).where(entries.c.indexed)))
            numbers = {table.name: _numbered_to(reading, table) for table in _numbered()}
        _build_index(target, indexed.rows, watch)
        _number_on(target, numbers)
        return tuple(_compare(target, {**found, "search": indexed}, watch))
    finally:
        source.close()
        target.close()


def _refuse_unready(url: str) -> None:
    from monitor.adapters.store import schema_state  # noqa: PLC0415 - it imports this package's modules

    state = schema_state(url)
    if state.current is None:
        raise StoreError("the database to copy from holds nothing of the monitor: correct its URL")
    if state.current != HEAD:
        raise StoreError(
            f"the database to copy from stands at {state.current}, this program at {HEAD}: "
            "run `monitor db upgrade` on it with this version of the program"
        )


class Digest:
    """How many rows there are, and a number made of what is in them, whatever their order."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Take in rows."""
        self.rows = self._sum = 0
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Take in a row."""
        self.rows += 1
        made = blake2b(json.dumps(tuple(row)).encode(), digest_size=16).digest()
        self._sum = (self._sum + int.from_bytes(made, "big")) % _MODULUS

    def __str__(self) -> str:
        """Give it in 32 hexadecimal digits."""
        return f"{self._sum:032x}"


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _copy_tables(reading: Connection, target: Database, watch: Watch) -> dict[str, Digest]:
    wanted = {table.name: _count(reading, table) for table in metadata.sorted_tables}
    there = _there(target, wanted)
    total, done, found = sum(wanted.values()), 0, {}
    for table in metadata.sorted_tables:
        digest = found[table.name] = Digest()
        for lot in _lots(_beyond(reading, target, table, there[table.name], digest)):
            with target.write() as writing:
                _insert(writing, table, lot)
            watch("copy", done + digest.rows, total)
        done += digest.rows
    return found


def _there(target: Database, wanted: Mapping[str, int]) -> dict[str, int]:
    """Count what the target holds by now: tables that are complete, then perhaps a part of one, then nothing."""
    with target.read() as connection:
        there = {name: _count(connection, metadata.tables[name]) for name in wanted}
    incomplete = False
    for name, number in there.items():
        if number > (0 if incomplete else wanted[name]):
            raise _other_data(target, name)
        incomplete = incomplete or number < wanted[name]
    return there


def _beyond(reading: Connection, target: Database, table: Table, there: int, digest: Digest) -> Iterator[Row]:
    """Give the source's rows that the target lacks, taking all of them into the digest."""
    if there:
        with target.read() as connection:
            known = Digest(_rows(connection, table))
    for row in _rows(reading, table):
        digest.add(row)
        if digest.rows == there and str(digest) != str(known):
            raise _other_data(target, table.name)
        if digest.rows > there:
            yield row


def _other_data(target: Database, table: str) -> StoreError:
    return StoreError(
        f"database {target.shown} holds other data than the beginning of this copy (table {table}): name an empty one"
    )


def _rows(connection: Connection, table: Table) -> Iterable[Row]:
    question: Select[Any] = select(*map(_raw, table.c)).order_by(*table.primary_key)
    return connection.execute(question.execution_options(yield_per=FETCHED))


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """Give a column's value as both databases have it alike."""
    kind = column.type
    if isinstance(kind, JSON):
        return cast(column, Text)
    if isinstance(kind, Double):
        return type_coerce(column, Double) + literal_column("0.0")  # SQLite has no -0.0
    if isinstance(kind, Boolean):
        return column
    return type_coerce(column, BigInteger if isinstance(kind, Instant | Integer) else Text)


def _lots(rows: Iterable[Row]) -> Iterator[list[Row]]:
    lot: list[Row] = []
    characters = 0
    for row in rows:
        lot.append(tuple(row))
        characters += sum(len(value) for value in row if isinstance(value, str))
        if len(lot) >= LOT_ROWS or characters >= LOT_CHARACTERS:
            yield lot
            lot, characters = [], 0
    if lot:
        yield lot


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    postgresql = connection.dialect.name == "postgresql"
    names = ", ".join(f'"{column.name}"' for column in table.c)
    mark = "%s" if postgresql else "?"
    marks = ", ".join(f"{mark}::json" if postgresql and isinstance(c.type, JSON) else mark for c in table.c)
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', list(rows))  # noqa: S608 - names of ours


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


# ── numbers given to new rows ────────────────────────────────────────────────────────────────────────────────────────
def _numbered() -> list[Table]:
    """Give the tables whose rows the database numbers by itself."""
    return [table for table in metadata.sorted_tables if table.autoincrement_column is not None]


def _numbered_to(connection: Connection, table: Table) -> int:
    """Give the highest number a row of the table ever had, as far as the database knows."""
    highest = connection.execute(select(func.max(table.c.id))).scalar() or 0
    if connection.dialect.name == "postgresql":
        last = text(f"SELECT last_value, is_called FROM {_sequence(connection, table)}")  # noqa: S608
        value, called = connection.execute(last).one()
        return max(highest, value if called else 0)
    known = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return max(highest, connection.execute(known, {"name": table.name}).scalar() or 0)


def _sequence(connection: Connection, table: Table) -> str:
    question = text("SELECT pg_get_serial_sequence(:name, 'id')")
    return str(connection.execute(question, {"name": table.name}).scalar_one())


def _number_on(target: Database, numbers: Mapping[str, int]) -> None:
    """Have new rows numbered from where the source would go on."""
    with target.write(durable=True) as connection:
        for name, number in numbers.items():
            if connection.dialect.name == "postgresql":
                sequence = _sequence(connection, metadata.tables[name])
                values = {"sequence": sequence, "number": max(number, 1), "called": number > 0}
                connection.execute(text("SELECT setval(:sequence, :number, :called)"), values)
            elif name == deliveries.name:  # SQLite remembers it of this one alone: AUTOINCREMENT
                connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
                remembered = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)")
                connection.execute(remembered, {"name": name, "number": number})


# ── the search index ─────────────────────────────────────────────────────────────────────────────────────────────────
def _build_index(target: Database, total: int, watch: Watch) -> None:
    """Index what the source had indexed, beyond what the target has by now."""
    with target.read() as connection:
        after = connection.execute(text(f"SELECT max({search.key(connection)}) FROM search")).scalar() or 0  # noqa: S608
        done = connection.execute(text("SELECT count(*) FROM search")).scalar_one()
    while True:
        with target.write() as connection:
            waiting = articles_selected().where(entries.c.indexed, entries.c.id > after).order_by(entries.c.id)
            found = [article(row) for row in connection.execute(waiting.limit(LOT_ROWS))]
            if not found:
                break
            search.put(connection, found)
        after, done = found[-1].entry.id, done + len(found)
        watch("index", done, total)
    with target.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # its planner knows nothing of what has just come


def _compare(target: Database, found: Mapping[str, Digest], watch: Watch) -> Iterator[Compared]:
    total, done = sum(digest.rows for digest in found.values()), 0
    with target.read() as connection:
        for name, wanted in found.items():
            table = metadata.tables.get(name)
            indexed = text(f"SELECT {search.key(connection)} FROM search")  # noqa: S608
            got = Digest(connection.execute(indexed) if table is None else _rows(connection, table))
            done += got.rows
            watch("compare", done, total)
            yield Compared(table=name, rows=wanted.rows, copied=got.rows, digest=str(wanted), copy_digest=str(got))
