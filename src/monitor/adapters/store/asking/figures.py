"""Takes the time, gives how much there is and what waits: what programs that watch the monitor ask every minute.

Counts go by indexes where there are any, so that they need no article's words: what waits stands in partial indexes, what is in
stories as well. Two go through a table: verdicts by topic (the larger part of the time), and the deliveries.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, case, func, or_, select, text

from monitor.adapters.store.schema import (
    IN_STORY,
    TO_JUDGE,
    TO_READ,
    UNFINISHED,
    deliveries,
    entries,
    is_post,
    labels,
    polls,
    verdicts,
)
from monitor.types import DeliveryState, Figures

_HOUR = timedelta(hours=1)
_BEING_READ = and_(entries.c.claimed_by.is_not(None), entries.c.stage == "read")


def figures(connection: Connection, now: datetime) -> Figures:
    """Count what there is, and find what has waited longest."""
    alerts, states = _deliveries(connection)
    untried = deliveries.c.attempts == 0
    overdue = and_(UNFINISHED, or_(~untried, deliveries.c.not_before <= now))
    # An attempt that failed puts `not_before` off: of what was tried, only the time of the decision still tells how long it waits.
    since = case((untried, deliveries.c.not_before), else_=deliveries.c.created_at)
    return Figures(
        polls=_polls(connection, now - _HOUR),
        entries=_stages(connection),
        gates=dict(_tallied(connection, entries.c.gate, IN_STORY, entries.c.gate != "")),
        verdicts=_verdicts(connection),
        alerts=alerts,
        deliveries=states,
        labels=dict(_tallied(connection, labels.c.value)),
        stories=_one(connection, func.count(entries.c.story_id.distinct()), IN_STORY),
        size=_size(connection),
        to_read_since=_one(connection, func.min(entries.c.not_before), TO_READ),
        to_judge_since=_one(connection, func.min(entries.c.not_before), TO_JUDGE),
        to_send_since=_one(connection, func.min(since), overdue),
    )


def _polls(connection: Connection, since: datetime) -> Mapping[str, int]:
    """Count polls by result. Lines are written in the order of time, so the log is read from its end: it has no index by time."""
    before = select(polls.c.id).where(polls.c.at < since).order_by(polls.c.id.desc()).limit(1).scalar_subquery()
    return dict(_tallied(connection, polls.c.result, polls.c.id > func.coalesce(before, 0)))


def _stages(connection: Connection) -> Mapping[str, int]:
    kept = _count(connection, entries)
    to_read = _count(connection, entries, TO_READ) + _count(connection, entries, _BEING_READ)
    to_judge = _count(connection, entries, TO_JUDGE)
    return {"read": to_read, "judge": to_judge, "done": kept - to_read - to_judge}


def _verdicts(connection: Connection) -> Mapping[tuple[str, bool], int]:
    by = (verdicts.c.topic, verdicts.c.flagged)
    return {(topic, flagged): n for topic, flagged, n in connection.execute(select(*by, func.count()).group_by(*by))}


def _deliveries(connection: Connection) -> tuple[Mapping[str, int], Mapping[DeliveryState, int]]:
    """Count story posts by channel, and all deliveries by state."""
    told = and_(is_post(deliveries), deliveries.c.subject.startswith("story:"))
    by = (deliveries.c.channel, deliveries.c.state, case((told, 1), else_=0))
    alerts, states = Counter[str](), Counter[DeliveryState]()
    for channel, state, is_alert, number in connection.execute(select(*by, func.count()).group_by(*by)):
        states[DeliveryState(state)] += number
        if is_alert and state != DeliveryState.HELD:
            alerts[channel] += number
    return alerts, states


def _size(connection: Connection) -> int:
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    sqlite = connection.dialect.name == "sqlite"
    return int(
        connection.execute(text(pages if sqlite else "SELECT pg_database_size(current_database())")).scalar_one()
    )


def _tallied(connection: Connection, column: ColumnElement[Any], *wanted: ColumnElement[bool]) -> list[tuple[Any, int]]:
    question = select(column, func.count()).where(*wanted).group_by(column)
    return [(value, number) for value, number in connection.execute(question)]


def _count(connection: Connection, table: FromClause, *wanted: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()


def _one(connection: Connection, value: ColumnElement[Any], wanted: ColumnElement[bool]) -> Any:
    return connection.execute(select(value).where(wanted)).scalar()
