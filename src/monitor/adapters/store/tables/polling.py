"""Takes declared sources and what polls came to, gives source states; one worker polls a source at a time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import MICROSECOND, TO_POLL, entries, polls, sources
from monitor.adapters.store.tables import workers
from monitor.sources.schedule import LONGEST_WAIT
from monitor.types import Activity, PollRecord, Source, SourceState, Worker

#: Lines of the poll log kept per source: a week at the shortest interval would be 672, a week at the usual one is 168.
LOG_LINES = 200

_STATE = tuple(field.name for field in fields(SourceState) if field.name != "source_id")
_LINE = tuple(field.name for field in fields(PollRecord))
_REMEMBERED = (sources.c.id, *(sources.c[name] for name in _STATE))

# Built once: to build them takes longer than to carry them out.
# The address as well: where it has changed, the same worker may have claimed the source anew.
_FINISH = (
    update(sources)
    .where(
        sources.c.id == bindparam("key"),
        sources.c.claimed_by == bindparam("worker"),
        sources.c.url == bindparam("polled"),
    )
    .values(claimed_by=None, **{name: bindparam(name) for name in _STATE})
)
_LOG = insert(polls)
_OLDEST_KEPT = (
    select(polls.c.id)
    .where(polls.c.source_id == bindparam("key"))
    .order_by(polls.c.id.desc())
    .offset(LOG_LINES - 1)
    .limit(1)
    .scalar_subquery()
)
_FORGET = delete(polls).where(polls.c.source_id == bindparam("key"), polls.c.id < _OLDEST_KEPT)


def sync(connection: Connection, declared: Sequence[Source], now: datetime) -> None:
    """Make the stored sources those declared."""
    asked = select(sources.c.id, sources.c.url, sources.c.name, sources.c.declared)
    known = {row.id: row for row in connection.execute(asked)}
    fresh = [_fresh(source, now) for source in declared if source.id not in known or known[source.id].url != source.url]
    moved = [{"key": row["id"], **row} for row in fresh if row["id"] in known]
    new = [row for row in fresh if row["id"] not in known]
    ids = {source.id for source in declared}
    resting = [{"key": id_} for id_, row in known.items() if row.declared and id_ not in ids]
    # At most starts nothing has changed: to write a hundred thousand rows as they are takes half a minute.
    named = [
        {"key": source.id, "name": source.name}
        for source in declared
        if (row := known.get(source.id)) and (row.name != source.name or not row.declared)
    ]
    change = update(sources).where(sources.c.id == bindparam("key"))
    if resting:
        connection.execute(change.values(declared=False), resting)
    if named:
        connection.execute(change.values(declared=True, name=bindparam("name")), named)
    if moved:  # whoever polls the old address at this moment loses the claim, and so cannot bring its state back
        connection.execute(change.values(claimed_by=None, **{name: bindparam(name) for name in _STATE}), moved)
    insert_new(connection, sources, new)
    # No source waits longer: the clock was ahead when it was put off, and has been put right since.
    too_far = sources.c.next_poll_at > now + LONGEST_WAIT + timedelta(days=1)
    asked_to = and_(sources.c.retry_after.is_not(None), sources.c.retry_after > now)
    connection.execute(update(sources).where(too_far, ~asked_to).values(next_poll_at=now))


def hasten(connection: Connection, intervals: Mapping[str, timedelta]) -> None:
    """Bring forward the next polls of sources that answer and that may be asked, to one interval after the last."""
    if not intervals:
        return
    last, following = (type_coerce(at, BigInteger) for at in (sources.c.last_poll_at, sources.c.next_poll_at))
    sooner = last + bindparam("interval", type_=BigInteger)
    answers = and_(sources.c.failed_polls == 0, sources.c.retry_after.is_(None), ~sources.c.stopped)
    change = update(sources).where(sources.c.id == bindparam("key"), answers, following > sooner)
    rows = [{"key": id_, "interval": interval // MICROSECOND} for id_, interval in intervals.items()]
    connection.execute(change.values(next_poll_at=sooner), rows)


def note(connection: Connection, source: Source, now: datetime) -> None:
    """Store a source that nobody declared and that is never polled, unless it is there."""
    insert_new(connection, sources, [{**_fresh(source, now), "declared": False}])


def states(connection: Connection, only: Collection[str] | None) -> dict[str, SourceState]:
    """Give the state of every declared source, or of those these, by id."""
    return _states(connection, *_among(only))


def ailing(connection: Connection, quiet: timedelta) -> dict[str, SourceState]:
    """Give the states of declared sources that failed last time, are stopped, or brought nothing for longer than `quiet`."""
    answered, seen = (type_coerce(at, BigInteger) for at in (sources.c.last_ok_at, _seen(func.max)))
    is_quiet = answered - seen > quiet // MICROSECOND
    return _states(connection, sources.c.declared, or_(sources.c.stopped, sources.c.failed_polls > 0, is_quiet))


def _states(connection: Connection, *wanted: ColumnElement[bool]) -> dict[str, SourceState]:
    rows = connection.execute(select(*_REMEMBERED).where(*wanted).order_by(sources.c.id)).all()
    return {row[0]: _state(row) for row in rows}


def _among(only: Collection[str] | None) -> list[ColumnElement[bool]]:
    return [sources.c.declared, *([] if only is None else [sources.c.id.in_(only)])]


def claim(
    connection: Connection, worker: Worker, now: datetime, limit: int, only: Collection[str] | None, *, due: bool
) -> list[SourceState]:
    """Claim sources that are due, or those named; or those named that are due."""
    wanted: list[ColumnElement[bool]] = [] if only is None else [sources.c.id.in_(only)]
    if only is None or due:
        wanted.append(sources.c.next_poll_at <= now)
    question = _claimable(select(*_REMEMBERED), now).where(*wanted).limit(limit)
    rows = connection.execute(question.with_for_update(skip_locked=True)).all()
    if rows:
        workers.ensure(connection, worker)
        ids = [row.id for row in rows]
        connection.execute(update(sources).where(sources.c.id.in_(ids)).values(claimed_by=worker.id))
    return [_state(row) for row in rows]


def due(connection: Connection, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Give the sources that are due and unclaimed, each with the address to ask, longest due first."""
    moved = and_(sources.c.moved_to.is_not(None), sources.c.moved_seen >= 2)  # as SourceState.poll_url
    address = case((moved, sources.c.moved_to), else_=sources.c.url)
    question = _claimable(select(sources.c.id, address), now).where(sources.c.next_poll_at <= now).limit(limit)
    return [(id_, url) for id_, url in connection.execute(question)]


def _claimable(question: Select[*tuple[Any, ...]], now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        question.where(TO_POLL)
        .where(or_(sources.c.retry_after.is_(None), sources.c.retry_after <= now))
        .order_by(sources.c.next_poll_at, sources.c.id)
    )


def finish_polls(connection: Connection, worker: Worker, polled: Sequence[tuple[SourceState, PollRecord]]) -> None:
    """Store the states of sources, where the claim still stands, and a line of each one's poll log."""
    states = [
        {"key": state.source_id, "worker": worker.id, "polled": state.url, **_values(state)} for state, _ in polled
    ]
    connection.execute(_FINISH, states)
    connection.execute(_LOG, [_line(record) for _, record in polled])
    connection.execute(_FORGET, [{"key": record.source_id} for _, record in polled])


def log(connection: Connection, source_id: str, limit: int) -> list[PollRecord]:
    """Give the latest polls of a source, latest first."""
    found = (
        select(*(polls.c[name] for name in _LINE))
        .where(polls.c.source_id == source_id)
        .order_by(polls.c.id.desc())
        .limit(limit)
    )
    return [PollRecord(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001 - public in SQLAlchemy


def logs(connection: Connection, ids: Collection[str], limit: int) -> dict[str, list[PollRecord]]:
    """Give the latest polls of each of these sources, latest first.

    Where the lines wanted of a source begin is looked up in the index; no other line is read.
    """
    oldest = (
        select(polls.c.id)
        .where(polls.c.source_id == sources.c.id)
        .order_by(polls.c.id.desc())
        .offset(limit - 1)
        .limit(1)
        .scalar_subquery()
    )
    line = func.coalesce(oldest, 0).label("line")
    # Materialized: else PostgreSQL looks it up for every line of the log.
    begins = select(sources.c.id, line).where(sources.c.id.in_(ids)).cte("begins").prefix_with("MATERIALIZED")
    question = (
        select(*(polls.c[name] for name in _LINE))
        .join_from(begins, polls, polls.c.source_id == begins.c.id)
        .where(polls.c.id >= begins.c.line)
        .order_by(polls.c.source_id, polls.c.id.desc())
    )
    lines = (PollRecord(**dict(zip(_LINE, row, strict=True))) for row in connection.execute(question))
    return {id_: list(each) for id_, each in groupby(lines, key=lambda line: line.source_id)}


def activity(connection: Connection, window: timedelta, only: Collection[str] | None) -> dict[str, Activity]:
    """Give how often each declared source, or of those these, brought something in the time up to its latest entry.

    Both ends are looked up in the index, source by source, and only the window between them is read: the archive may grow.
    Entries of the first document share the first moment at which any was seen, and so are left out.
    """
    first, latest = _seen(func.min).label("first"), _seen(func.max).label("latest")
    ends = select(sources.c.id, first, latest).where(*_among(only)).cte("ends")
    brought = _brought(ends, window)
    question = (
        select(*ends.c, brought.c.entries, brought.c.occasions, brought.c.longest_gap)
        .join_from(ends, brought, ends.c.id == brought.c.source_id, isouter=True)
        .where(ends.c.latest.is_not(None))
    )
    return {
        row.id: Activity(
            first=row.first,
            latest=row.latest,
            entries=int(row.entries or 0),
            occasions=row.occasions or 0,
            longest_gap=(row.longest_gap or 0) * MICROSECOND,
        )
        for row in connection.execute(question)
    }


def _brought(ends: CTE, window: timedelta) -> Subquery:
    """Ask for each source's entries, polls that brought some, and longest pause between these."""
    first = type_coerce(ends.c.first, BigInteger)
    begin = type_coerce(ends.c.latest, BigInteger) - window // MICROSECOND
    seen = type_coerce(entries.c.seen_at, BigInteger)
    pause = seen - func.lag(seen).over(partition_by=entries.c.source_id, order_by=seen)
    polled = (
        select(entries.c.source_id, func.count().label("entries"), pause.label("pause"))
        .join(ends, ends.c.id == entries.c.source_id)
        .where(seen > case((first > begin, first), else_=begin))
        .group_by(entries.c.source_id, seen)
        .subquery()
    )
    return (
        select(
            polled.c.source_id,
            func.sum(polled.c.entries).label("entries"),
            func.count().label("occasions"),
            func.max(polled.c.pause).label("longest_gap"),
        )
        .group_by(polled.c.source_id)
        .subquery()
    )


def _seen(end: Callable[[ColumnElement[datetime]], ColumnElement[datetime]]) -> ScalarSelect[datetime]:
    return select(end(entries.c.seen_at)).where(entries.c.source_id == sources.c.id).scalar_subquery()


def _fresh(source: Source, now: datetime) -> dict[str, object]:
    state = SourceState(source_id=source.id, url=source.url, next_poll_at=now)
    return {"id": source.id, "name": source.name, "declared": True, **_values(state)}


def _values(state: SourceState) -> dict[str, object]:
    return {name: getattr(state, name) for name in _STATE}


def _line(record: PollRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in _LINE}


def _state(row: Row[*tuple[Any, ...]]) -> SourceState:
    return SourceState(source_id=row[0], **dict(zip(_STATE, row[1:], strict=True)))
