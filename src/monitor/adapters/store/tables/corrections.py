"""Takes what has become of articles that were told, gives it back; and gives the articles at which it is time to look again."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import TO_CHECK, corrections, entries
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.types import Corrected, Correction, Entry


def save(connection: Connection, new: Sequence[Correction]) -> int:
    """Store corrections; the first one of an article stands. Give how many are new."""
    return insert_new(connection, corrections, [{**asdict(one), "kind": one.kind.value} for one in new])


def about(connection: Connection, ids: Collection[int]) -> list[Correction]:
    """Give the corrections of these articles."""
    found = select(corrections).where(corrections.c.entry_id.in_(ids)).order_by(corrections.c.entry_id)
    return [
        Correction(entry_id=row.entry_id, kind=Corrected(row.kind), before=row.before, at=row.at)
        for row in connection.execute(found)
    ]


def claim(connection: Connection, since: datetime, until: datetime, now: datetime, limit: int) -> list[Entry]:
    """Give articles that were told, judged within a span, and not looked at again yet; they are noted as looked at."""
    wanted = (TO_CHECK, entries.c.gate == "", entries.c.link.is_not(None), entries.c.judged_at.between(since, until))
    ids = list(
        connection.execute(
            select(entries.c.id)
            .where(*wanted)
            .order_by(entries.c.judged_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not ids:
        return []
    connection.execute(update(entries).where(entries.c.id.in_(ids)).values(checked_at=now))
    rows = connection.execute(articles_selected().where(entries.c.id.in_(ids)).order_by(entries.c.id))
    return [article(row).entry for row in rows]
