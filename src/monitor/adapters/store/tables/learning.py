"""Takes answers of people and what was drawn to be asked, gives them back with the articles and verdicts they are about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Row, Select, Table, cast, delete, func, select

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import draws, entries, identity_key, labels, verdicts
from monitor.adapters.store.tables import polling, stories
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.types import EPOCH, IMPORTED, Daily, Draw, Imported, Judgement, Label, Score, Source, TextOrigin, Via

_A_DAY = 86_400_000_000  #: microseconds
_STREAM = entries.c.source_id != IMPORTED
_FIELDS = tuple(field.name for field in fields(Label))
_KEY = ("entry_id", "topic", "who")
_MOST_ASKED = 10_000  #: values in one question, as in `entries`


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def save(connection: Connection, given: Sequence[Label]) -> int:
    """Store answers, each in the place of the same person's older one; give how many there are that were not there before."""
    latest = {(one.entry_id, one.topic, one.who): one for one in sorted(given, key=lambda one: one.at)}
    ids = {one.entry_id for one in latest.values()}
    before = _answers(connection, ids)
    rows = [{name: getattr(one, name) for name in _FIELDS} for one in latest.values()]
    if rows:
        statement = _insert(labels, connection)
        fresh = {name: statement.excluded[name] for name in _FIELDS if name not in _KEY}
        newer = statement.excluded.at >= labels.c.at
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=fresh, where=newer), rows)
    return len(_answers(connection, ids).items() - before.items())


def _answers(connection: Connection, ids: Collection[int]) -> dict[tuple[int, str, str], bool | None]:
    found = select(labels.c.entry_id, labels.c.topic, labels.c.who, labels.c.value).where(labels.c.entry_id.in_(ids))
    return {(row.entry_id, row.topic, row.who): row.value for row in connection.execute(found)}


def withdraw(connection: Connection, entry_id: int, who: str) -> None:
    """Take back all that a person said of an article."""
    connection.execute(delete(labels).where(labels.c.entry_id == entry_id, labels.c.who == who))


def about(connection: Connection, ids: Collection[int] | Select[tuple[int]]) -> list[Label]:
    """Give all answers about these articles."""
    return [label for found in _labels_of(connection, ids).values() for label in found]


def everything(connection: Connection) -> list[Label]:
    """Give all answers, by article, topic and person."""
    return [_label(row) for row in connection.execute(select(labels).order_by(*(labels.c[name] for name in _KEY)))]


def labelled(connection: Connection, after: int, limit: int) -> list[Judgement]:
    """Give articles that somebody answered about, by rising id beyond `after`."""
    return _judgements(connection, entries.c.id.in_(select(labels.c.entry_id)), after=after, limit=limit)


def _label(row: Row[Any]) -> Label:
    return Label(**{**row._mapping, "via": Via(row.via)})  # noqa: SLF001 - public in SQLAlchemy


def _insert(table: Table, connection: Connection) -> Any:
    """Give an INSERT that knows ON CONFLICT, which each dialect has for itself."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite as kind  # noqa: PLC0415 - each is loaded where it is used
    else:
        from sqlalchemy.dialects import postgresql as kind  # type: ignore[no-redef]  # noqa: PLC0415
    return kind.insert(table)


# ── articles that come with answers ──────────────────────────────────────────────────────────────────────────────────
def adopt(connection: Connection, items: Sequence[Imported], now: datetime) -> tuple[list[int | None], int]:
    """Store articles with their answers; give for each its entry (None: unknown, and nothing to make it of), and what is new."""
    polling.note(connection, Source(id=IMPORTED, name="imported", url=IMPORTED), now)
    known = _by_url(connection, {item.url for item in items if item.url})
    identities = [_identity(item) for item in items]
    wanted = [
        _row(item, identity, now)
        for item, identity in zip(items, identities, strict=True)
        if item.url not in known and (item.title or item.text)
    ]
    insert_new(connection, entries, list({row["identity_key"]: row for row in wanted}.values()))
    ours = _by_identity(connection, {row["identity_key"] for row in wanted})
    ids = [
        known.get(item.url or "") or ours.get(identity_key(identity))
        for item, identity in zip(items, identities, strict=True)
    ]
    answers = [
        Label(
            entry_id=id_,
            topic=opinion.topic,
            value=opinion.value,
            who=opinion.who,
            at=opinion.at,
            via=Via.IMPORT,
            reason=opinion.reason,
            name=opinion.name,
        )
        for id_, item in zip(ids, items, strict=True)
        if id_ is not None
        for opinion in item.opinions
    ]
    return ids, save(connection, answers)


def _identity(item: Imported) -> str:
    words = f"{item.title}\n{item.text}".encode("utf-8", "replace")
    return item.url or f"sha256:{sha256(words).hexdigest()}"


def _by_url(connection: Connection, urls: Collection[str]) -> dict[str, int]:
    found = (
        select(entries.c.url, func.min(entries.c.id).label("id")).where(entries.c.url.in_(urls)).group_by(entries.c.url)
    )
    return {row.url: row.id for row in connection.execute(found)}


def _by_identity(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    found = select(entries.c.identity_key, entries.c.id).where(
        entries.c.source_id == IMPORTED, entries.c.identity_key.in_(keys)
    )
    return {row.identity_key: row.id for row in connection.execute(found)}


def _row(item: Imported, identity: str, now: datetime) -> dict[str, Any]:
    origin = TextOrigin.FEED if item.text else TextOrigin.TITLE
    return {
        "source_id": IMPORTED,
        "identity": identity,
        "identity_key": identity_key(identity),
        "url": item.url,
        "link": item.url,
        "title": item.title,
        "summary": "",
        "content": item.text,
        "digest": identity_key(f"{item.title}\n{item.text}"),
        "language": item.language,
        "published": None,
        "seen_at": now,
        "at": now,
        "backlog": True,
        "not_before": now,
        "attempts": 0,
        "stage": "done",
        "text_origin": origin.value,
        "text_note": "imported with its labels",
        "judged": False,
        "judged_language": item.language,
        "gate": "imported with its labels",
    }


# ── the stream ───────────────────────────────────────────────────────────────────────────────────────────────────────
def stream(connection: Connection, since: datetime, after: int, limit: int) -> list[Judgement]:
    """Give articles that were judged at or after `since`, by rising id beyond `after`."""
    return _judgements(connection, _STREAM, entries.c.judged_at >= since, after=after, limit=limit)


def judgements(connection: Connection, ids: Collection[int]) -> list[Judgement]:
    """Give these articles, by rising id."""
    return _judgements(connection, entries.c.id.in_(ids), after=0, limit=_MOST_ASKED)


def _judgements(connection: Connection, *wanted: ColumnElement[bool], after: int, limit: int) -> list[Judgement]:
    question = articles_selected(entries.c.judged, entries.c.judged_language).where(*wanted, entries.c.id > after)
    rows = connection.execute(question.order_by(entries.c.id).limit(limit)).all()
    ids = [row.id for row in rows]
    verdicts_of, labels_of = stories.verdicts_of(connection, ids), _labels_of(connection, ids)
    return [
        Judgement(
            article=article(row),
            language=row.judged_language,
            judged=row.judged,
            verdicts=verdicts_of.get(row.id, ()),
            labels=labels_of.get(row.id, ()),
        )
        for row in rows
    ]


def _labels_of(connection: Connection, ids: Collection[int] | Select[tuple[int]]) -> Mapping[int, tuple[Label, ...]]:
    found = select(labels).where(labels.c.entry_id.in_(ids)).order_by(*(labels.c[name] for name in _KEY))
    grouped = groupby(connection.execute(found), key=lambda row: row.entry_id)
    return {entry_id: tuple(map(_label, rows)) for entry_id, rows in grouped}


def scores(connection: Connection, since: datetime, until: datetime | None) -> list[Score]:
    """Give the verdicts on articles judged in a span of time, without the articles."""
    span = _span(since, until)
    found = (
        select(
            verdicts.c.entry_id,
            span.c.story_id,
            verdicts.c.topic,
            verdicts.c.probability,
            verdicts.c.threshold,
            verdicts.c.flagged,
        )
        .join_from(span, verdicts, verdicts.c.entry_id == span.c.id)
        .order_by(verdicts.c.entry_id, verdicts.c.topic)
    )
    return [Score(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001 - public in SQLAlchemy


def daily(connection: Connection, since: datetime) -> list[Daily]:
    """Count what was flagged of the stream judged since, by day and topic."""
    span = _span(since)
    day = cast(span.c.judged_at, BigInteger) // _A_DAY  # whole days since 1970: both are integers
    found = (
        select(day.label("day"), verdicts.c.topic, func.count().label("flagged"))
        .join_from(span, verdicts, verdicts.c.entry_id == span.c.id)
        .where(verdicts.c.flagged)
        .group_by(day, verdicts.c.topic)
        .order_by(day, verdicts.c.topic)
    )
    return [
        Daily(day=(EPOCH + timedelta(days=int(row.day))).date(), topic=row.topic, flagged=row.flagged)
        for row in connection.execute(found)
    ]


def probabilities(connection: Connection, topic: str, model: str, since: datetime) -> list[float]:
    """Give what a version of the model said of the stream since, in no order."""
    span = _span(since)
    found = (
        select(verdicts.c.probability)
        .join_from(span, verdicts, verdicts.c.entry_id == span.c.id)
        .where(verdicts.c.topic == topic, verdicts.c.model == model)
    )
    return list(connection.execute(found).scalars())


def _span(since: datetime, until: datetime | None = None) -> CTE:
    """Give the articles of the stream judged in a span of time.

    Materialized, so that both databases find these by their index first and then their verdicts by theirs: left to itself SQLite,
    which keeps no figures of its tables here, may begin with all verdicts there are and look through all articles for each.
    """
    wanted = [_STREAM, entries.c.judged, entries.c.judged_at >= since]
    if until:
        wanted.append(entries.c.judged_at < until)
    span = select(entries.c.id, entries.c.story_id, entries.c.judged_at).where(*wanted)
    return span.cte("span").prefix_with("MATERIALIZED")


def volume(connection: Connection, since: datetime) -> tuple[int, datetime | None]:
    """Count the articles judged since, and tell when the first of them was."""
    counted = select(func.count(), func.min(entries.c.judged_at)).where(
        _STREAM, entries.c.judged, entries.c.judged_at >= since
    )
    number, first = connection.execute(counted).one()
    return number, first


# ── the audit ────────────────────────────────────────────────────────────────────────────────────────────────────────
def save_draws(connection: Connection, drawn: Sequence[Draw]) -> int:
    """Store what was drawn, unless the week has its draw already; give how many."""
    done = select(draws.c.week, draws.c.topic).where(draws.c.week.in_({one.week for one in drawn})).distinct()
    there = {(row.week, row.topic) for row in connection.execute(done)}
    return insert_new(connection, draws, [asdict(one) for one in drawn if (one.week, one.topic) not in there])


def all_draws(connection: Connection, since: str) -> list[Draw]:
    """Give what was drawn in and after a week."""
    found = select(draws).where(draws.c.week >= since).order_by(draws.c.week, draws.c.entry_id, draws.c.topic)
    return [Draw(**row._mapping) for row in connection.execute(found)]  # noqa: SLF001 - public in SQLAlchemy
