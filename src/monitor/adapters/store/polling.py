"""Takes declared sources and what polls came to, gives source states; one worker polls a source at a time."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from monitor.adapters.store import workers
from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import polls, sources
from monitor.types import PollRecord, Source, SourceState, Worker

#: Lines of the poll log kept per source: a week at the shortest interval would be 672, a week at the usual one is 168.
LOG_LINES = 200

_STATE = tuple(field.name for field in fields(SourceState) if field.name != "source_id")


def sync(connection: Connection, declared: Sequence[Source], now: datetime) -> None:
    """Make the stored sources those declared."""
    known = {row.id: row.url for row in connection.execute(select(sources.c.id, sources.c.url))}
    fresh = [_fresh(source, now) for source in declared if known.get(source.id) != source.url]
    moved = [{"key": row["id"], **row} for row in fresh if row["id"] in known]
    new = [row for row in fresh if row["id"] not in known]
    resting = [{"key": id_} for id_ in known.keys() - {source.id for source in declared}]
    named = [{"key": source.id, "name": source.name} for source in declared if source.id in known]
    change = update(sources).where(sources.c.id == bindparam("key"))
    if resting:
        connection.execute(change.values(declared=False), resting)
    if named:
        connection.execute(change.values(declared=True, name=bindparam("name")), named)
    if moved:  # whoever polls the old address at this moment loses the claim, and so cannot bring its state back
        connection.execute(change.values(claimed_by=None, **{name: bindparam(name) for name in _STATE}), moved)
    insert_new(connection, sources, new)


def states(connection: Connection) -> dict[str, SourceState]:
    """Give the state of every declared source by id."""
    rows = connection.execute(select(sources).where(sources.c.declared).order_by(sources.c.id))
    return {row.id: _state(row) for row in rows}


def claim(
    connection: Connection, worker: Worker, now: datetime, limit: int, only: Collection[str] | None
) -> list[SourceState]:
    """Claim sources that are due, or those named."""
    wanted = (
        sources.c.id.in_(only) if only is not None else (sources.c.next_poll_at <= now) & sources.c.stopped.is_(False)
    )
    rows = connection.execute(
        select(sources)
        .where(sources.c.declared, sources.c.claimed_by.is_(None), wanted)
        .where(or_(sources.c.retry_after.is_(None), sources.c.retry_after <= now))
        .order_by(sources.c.next_poll_at, sources.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if rows:
        workers.ensure(connection, worker)
        ids = [row.id for row in rows]
        connection.execute(update(sources).where(sources.c.id.in_(ids)).values(claimed_by=worker.id))
    return [_state(row) for row in rows]


def finish_poll(connection: Connection, worker: Worker, state: SourceState, record: PollRecord) -> None:
    """Store a source's state, where the claim still stands, and a line of its poll log."""
    connection.execute(
        update(sources)
        .where(sources.c.id == state.source_id, sources.c.claimed_by == worker.id)
        .values(claimed_by=None, **{name: getattr(state, name) for name in _STATE})
    )
    connection.execute(insert(polls), [asdict(record)])
    oldest_kept = (
        select(polls.c.id)
        .where(polls.c.source_id == record.source_id)
        .order_by(polls.c.id.desc())
        .offset(LOG_LINES - 1)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(delete(polls).where(polls.c.source_id == record.source_id, polls.c.id < oldest_kept))


def log(connection: Connection, source_id: str, limit: int) -> list[PollRecord]:
    """Give the latest polls of a source, latest first."""
    columns = [polls.c[field.name] for field in fields(PollRecord)]
    found = select(*columns).where(polls.c.source_id == source_id).order_by(polls.c.id.desc()).limit(limit)
    return [PollRecord(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001 - public in SQLAlchemy


def _fresh(source: Source, now: datetime) -> dict[str, object]:
    state = asdict(SourceState(source_id=source.id, url=source.url, next_poll_at=now))
    return {"id": state.pop("source_id"), "name": source.name, "declared": True, **state}


def _state(row: Row[tuple[object, ...]]) -> SourceState:
    return SourceState(source_id=row.id, **{name: getattr(row, name) for name in _STATE})
