"""Takes a database, gives what is wrong with it: file, schema, orphans, an outbox that contradicts itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, FromClause, and_, exists, func, not_, or_, select

from monitor.adapters.store import migrate
from monitor.adapters.store.asking import ledger
from monitor.adapters.store.connect import Database
from monitor.adapters.store.migrate import SchemaState
from monitor.adapters.store.schema import deliveries, entries, is_post
from monitor.types import DeliveryState


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was found: the schema's state, a line per problem, and how much there is."""

    database: str
    schema: SchemaState
    problems: tuple[str, ...]
    counts: Mapping[str, int]


def examine(url: str) -> Report:
    """Examine a database without changing it; raises as `open_store` does."""
    database = Database(url)
    try:
        with database.read() as connection:
            schema = migrate.state_of(connection, database.shown)
            if schema.current != schema.head:
                return Report(database=database.shown, schema=schema, problems=(_schema_problem(schema),), counts={})
            problems = (*_file_problems(connection), *_row_problems(connection))
            counts = ledger.counts(connection)
    finally:
        database.close()
    return Report(database=database.shown, schema=schema, problems=problems, counts=counts)


def _schema_problem(schema: SchemaState) -> str:
    if schema.ahead:
        return f"the schema is of a newer version ({schema.current}, known {schema.head}): update the program"
    was = schema.current or "none yet"
    return f"the schema is not up to date ({was}, wanted {schema.head}): run `monitor db upgrade`"


def _file_problems(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL checks its pages and keys by itself
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield f"the file is damaged: {line}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} belongs to a row of {row[2]} that is gone (rowid {row[1]})"


def _row_problems(connection: Connection) -> Iterator[str]:
    for what, table, wrong in _contradictions():
        number = connection.execute(select(func.count()).select_from(table).where(wrong)).scalar_one()
        if number:
            yield f"{number} {what}"


def _contradictions() -> Iterator[tuple[str, FromClause, ColumnElement[bool]]]:
    opener = entries.alias("opener")
    state, posted = deliveries.c.state, is_post(deliveries)
    yield (
        "deliveries are claimed but not being sent",
        deliveries,
        and_(deliveries.c.claimed_by.is_not(None), state != DeliveryState.SENDING.value),
    )
    yield "edits or replies have no post", deliveries, and_(not_(posted), not_(_has_post()))
    nowhere = or_(deliveries.c.ref_ts.is_(None), deliveries.c.sent_at.is_(None))
    yield (
        "sent posts have no place in their channel",
        deliveries,
        and_(posted, state == DeliveryState.SENT.value, nowhere),
    )
    opened = exists().where(opener.c.id == entries.c.story_id)
    yield "entries belong to a story that no entry opened", entries, and_(entries.c.story_id.is_not(None), not_(opened))


def _has_post() -> ColumnElement[bool]:
    post = deliveries.alias("post")
    same = (post.c.subject == deliveries.c.subject, post.c.channel == deliveries.c.channel)
    return exists().where(is_post(post), *same)
