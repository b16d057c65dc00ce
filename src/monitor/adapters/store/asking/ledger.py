"""Takes an address or nothing, gives what people and engines ask: all about an article, how much there is, when work is due."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from monitor.adapters.store.schema import IN_STORY, TO_JUDGE, TO_READ, deliveries, entries, verdicts
from monitor.adapters.store.tables import outbox, stories
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.notify.policy import story_subject
from monitor.types import DeliveryState, Ledger

_OUTCOME = (entries.c.stage, entries.c.judged, entries.c.judged_at, entries.c.judged_language, entries.c.gate)
_STAGES = ("read", "judge", "done")


def ledgers(connection: Connection, url: str) -> list[Ledger]:
    """Give all that is known of the entries with this canonical URL or published link, oldest first."""
    return _ledgers(connection, or_(entries.c.url == url, entries.c.link == url))


def by_id(connection: Connection, entry_id: int) -> Ledger | None:
    """Give all that is known of one entry."""
    return next(iter(_ledgers(connection, entries.c.id == entry_id)), None)


def _ledgers(connection: Connection, wanted: ColumnElement[bool]) -> list[Ledger]:
    rows = connection.execute(articles_selected(*_OUTCOME).where(wanted).order_by(entries.c.id)).all()
    verdicts_of = stories.verdicts_of(connection, [row.id for row in rows])
    story_of = stories.by_id(connection, {row.story_id for row in rows if row.story_id is not None})
    return [
        Ledger(
            article=article(row),
            stage=row.stage,
            language=row.judged_language,
            judged=row.judged,
            judged_at=row.judged_at,
            verdicts=verdicts_of.get(row.id, ()),
            gate=row.gate,
            story=story_of.get(row.story_id),
            deliveries=tuple(outbox.about(connection, story_subject(row.story_id))),
        )
        for row in rows
    ]


def counts(connection: Connection) -> Mapping[str, int]:
    """Count entries by stage, deliveries by state, stories and flagged articles."""
    stages = dict(_tallied(connection, entries.c.stage))
    states = dict(_tallied(connection, deliveries.c.state))
    told = select(func.count(entries.c.story_id.distinct())).where(IN_STORY)
    flagged = select(func.count(verdicts.c.entry_id.distinct())).where(verdicts.c.flagged)
    return {
        **{f"entries_{stage}": stages.get(stage, 0) for stage in _STAGES},
        **{f"deliveries_{state}": states.get(state, 0) for state in DeliveryState},
        "stories": connection.execute(told).scalar_one(),
        "articles_flagged": connection.execute(flagged).scalar_one(),
    }


def next_due(connection: Connection) -> datetime | None:
    """Give the earliest time at which something that nobody is at is to be read, judged or sent."""
    waiting = [select(func.min(entries.c.not_before)).where(stage) for stage in (TO_READ, TO_JUDGE)]
    times = [connection.execute(question).scalar() for question in waiting]
    return min((time for time in (*times, outbox.next_due(connection)) if time is not None), default=None)


def _tallied(connection: Connection, column: ColumnElement[str]) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in connection.execute(select(column, func.count()).group_by(column))]
