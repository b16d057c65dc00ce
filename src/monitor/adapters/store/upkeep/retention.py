"""Takes what is to be kept for how long, gives the rest up, some at a time: texts, poll log, messages, mutes that have ended.

Titles, links, verdicts and labels stay for ever, and so does the text of whatever somebody answered about: it is what is learned
from. What is still to be done is never touched, whatever its age.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, not_, or_, select, update

from monitor.adapters.store.asking import search
from monitor.adapters.store.connect import Database
from monitor.adapters.store.schema import deliveries, entries, is_post, labels, mutes, polls, texts
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.types import EPOCH, DeliveryState

LOT = 200  #: in one transaction: some hundredths of a second under the database's lock
LAST_POLLS = 30  #: of each source, whatever their age: what `sources health` shows
DROPPED = "the text was dropped because of its age"

#: What nothing will be done about any more.
_FINISHED = [
    state.value for state in (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.HELD, DeliveryState.DEAD)
]


class Kind(NamedTuple):
    """One kind of thing that is given up."""

    begin: Any  #: the place before the first
    find: Callable[
        [Connection, datetime, Any], list[Any]
    ]  #: what lies beyond a place, up to LOT of it, each being a place
    drop: Callable[[Connection, datetime, Collection[Any]], None]


def prune(url: str, keep: Mapping[str, timedelta | None], now: datetime, *, dry_run: bool = False) -> dict[str, int]:
    """Give up what is older than it is to be kept, by kind (None: kept for ever); give how much of each kind that was.

    A transaction for every few rows, so that nobody waits; it may be ended at any time, and called while a service runs. Raises as
    `open_store` does.
    """
    database = Database(url)
    try:
        ages = {kind: age for kind, age in keep.items() if age is not None}
        return {kind: _prune(database, KINDS[kind], now - age, dry_run=dry_run) for kind, age in ages.items()}
    finally:
        database.close()


def _prune(database: Database, kind: Kind, before: datetime, *, dry_run: bool) -> int:
    number, place = 0, kind.begin
    while True:
        with database.read() as connection:
            found = kind.find(connection, before, place)
        if not found:
            return number
        number, place = number + len(found), found[-1]
        if not dry_run:
            with database.write() as connection:
                kind.drop(connection, before, found)


# ── texts of articles ────────────────────────────────────────────────────────────────────────────────────────────────
def _to_empty(before: datetime) -> ColumnElement[bool]:
    answered = exists().where(labels.c.entry_id == entries.c.id)
    text = or_(entries.c.content != "", entries.c.summary != "", exists().where(texts.c.entry_id == entries.c.id))
    return and_(entries.c.stage == "done", entries.c.judged_at < before, not_(answered), text)


def _find_texts(connection: Connection, before: datetime, place: tuple[datetime, int]) -> list[tuple[datetime, int]]:
    order = (entries.c.judged_at, entries.c.id)
    at, id_ = place
    beyond = and_(
        entries.c.judged_at >= at, or_(entries.c.judged_at > at, entries.c.id > id_)
    )  # the first is for the index
    found = connection.execute(select(*order).where(_to_empty(before), beyond).order_by(*order).limit(LOT))
    return [(row.judged_at, row.id) for row in found]


def _drop_texts(connection: Connection, before: datetime, found: Collection[tuple[datetime, int]]) -> None:
    ids = [id_ for _, id_ in found]
    # Looked at again: one may have changed or been answered about meanwhile.
    still = select(entries.c.id).where(entries.c.id.in_(ids), _to_empty(before)).with_for_update()
    ids = list(connection.execute(still).scalars())
    connection.execute(update(entries).where(entries.c.id.in_(ids)).values(content="", summary="", text_note=DROPPED))
    connection.execute(delete(texts).where(texts.c.entry_id.in_(ids)))
    indexed = articles_selected().where(entries.c.id.in_(ids), entries.c.indexed)
    if left := [article(row) for row in connection.execute(indexed)]:
        search.put(connection, left)  # by their titles they are found further on


# ── poll log ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _find_polls(connection: Connection, before: datetime, place: int) -> list[int]:
    later = polls.alias("later")
    kept = select(later.c.id).where(later.c.source_id == polls.c.source_id).order_by(later.c.id.desc())
    beyond_kept = polls.c.id < kept.offset(LAST_POLLS - 1).limit(1).scalar_subquery()
    # Lines are written in the order of time: beyond the first one that is young enough nothing need be looked at.
    young = connection.execute(select(polls.c.id).where(polls.c.at >= before).order_by(polls.c.id).limit(1)).scalar()
    span = [polls.c.id > place, *([polls.c.id < young] if young is not None else [])]
    return list(
        connection.execute(select(polls.c.id).where(*span, beyond_kept).order_by(polls.c.id).limit(LOT)).scalars()
    )


def _drop_polls(connection: Connection, _before: datetime, found: Collection[int]) -> None:
    connection.execute(delete(polls).where(polls.c.id.in_(found)))


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _settled(before: datetime) -> ColumnElement[bool]:
    """Ask for posts about whose subject nothing in their channel is unfinished or young."""
    other = deliveries.alias("other")
    same = (other.c.subject == deliveries.c.subject, other.c.channel == deliveries.c.channel)
    alive = exists().where(*same, or_(other.c.state.not_in(_FINISHED), other.c.created_at >= before))
    return and_(is_post(deliveries), deliveries.c.created_at < before, not_(alive))


def _find_deliveries(connection: Connection, before: datetime, place: int) -> list[int]:
    found = select(deliveries.c.id).where(_settled(before), deliveries.c.id > place)
    return list(connection.execute(found.order_by(deliveries.c.id).limit(LOT)).scalars())


def _drop_deliveries(connection: Connection, before: datetime, found: Collection[int]) -> None:
    """Drop posts with their edits and replies, which would have nothing to belong to."""
    about = (deliveries.c.subject, deliveries.c.channel)
    still = select(*about).where(deliveries.c.id.in_(found), _settled(before)).with_for_update()
    for subject, channel in connection.execute(still).all():
        connection.execute(delete(deliveries).where(deliveries.c.subject == subject, deliveries.c.channel == channel))


# ── mutes ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _find_mutes(connection: Connection, before: datetime, place: str) -> list[str]:
    ended = select(mutes.c.subject).where(mutes.c.until < before, mutes.c.subject > place)
    return list(connection.execute(ended.order_by(mutes.c.subject).limit(LOT)).scalars())


def _drop_mutes(connection: Connection, before: datetime, found: Collection[str]) -> None:
    connection.execute(delete(mutes).where(mutes.c.subject.in_(found), mutes.c.until < before))


KINDS: Mapping[str, Kind] = {
    "texts": Kind((EPOCH, 0), _find_texts, _drop_texts),
    "polls": Kind(0, _find_polls, _drop_polls),
    "messages": Kind(0, _find_deliveries, _drop_deliveries),
    "mutes": Kind("", _find_mutes, _drop_mutes),
}
