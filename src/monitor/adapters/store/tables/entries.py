"""Takes new and changed entries and the texts read for them, gives what is to be read and what is to be judged.

Stages: read → judge → done; a changed entry goes back to `read`. Only the holder of a claim moves an entry on from `read`, and only
with the words it was claimed with: a text read for an old version is dropped.
A text is stored only where it differs from what the entry itself carries; `article` puts it together again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, bindparam, delete, insert, select, update

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import TO_JUDGE, TO_READ, entries, identity_key, sources, texts
from monitor.adapters.store.tables import workers
from monitor.types import Article, Entry, KnownEntry, NewEntry, ReadLater, TextOrigin, Worker

_FIELDS = tuple(field.name for field in fields(Entry))
_COLUMNS = tuple(sources.c.name.label(name) if name == "outlet" else entries.c[name] for name in _FIELDS)
NOT_READ = "pages of this source are not fetched"

_MOST_ASKED = 10_000  #: values in one question; SQLite takes 32,766, and not every build more

# Built once: to build them takes longer than to answer them.
_OURS = entries.c.source_id == bindparam("source_id")
_ANY_YET = select(entries.c.id).where(_OURS).limit(1)
_KNOWN = select(entries.c.id, entries.c.identity, entries.c.url, entries.c.digest).where(_OURS)
_BY_IDENTITY = _KNOWN.where(entries.c.identity_key.in_(bindparam("keys", expanding=True)))
_BY_URL = _KNOWN.where(entries.c.url.in_(bindparam("urls", expanding=True)))


# ── polling ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def known(
    connection: Connection, source_id: str, identities: Collection[str], urls: Collection[str]
) -> list[KnownEntry]:
    """Give the source's entries that have one of these identities or canonical URLs."""
    ours = {"source_id": source_id}
    if connection.execute(_ANY_YET, ours).first() is None:
        return []  # most of the cost of a first poll would be these questions
    # Two questions: with one OR, SQLite walks through every entry of the source.
    keys = [identity_key(identity) for identity in identities]
    asked = [(_BY_IDENTITY, {**ours, "keys": some}) for some in _parts(keys)]
    asked += [(_BY_URL, {**ours, "urls": some}) for some in _parts([*urls])]
    rows = {row.id: row for question, what in asked for row in connection.execute(question, what)}
    return [KnownEntry(id=row.id, identity=row.identity, url=row.url, digest=row.digest) for row in rows.values()]


def _parts(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _MOST_ASKED] for start in range(0, len(values), _MOST_ASKED))


def add(connection: Connection, new: Sequence[NewEntry]) -> int:
    """Store entries in stage `read`, passing over known identities; give how many are new."""
    return insert_new(connection, entries, [_row(entry) for entry in new])


def change(connection: Connection, changed: Sequence[tuple[int, NewEntry]]) -> None:
    """Give entries their new words and send them to the start again, unless they have them already."""
    if not changed:
        return
    rows = [
        {
            "key": id_,
            "title": entry.title,
            "summary": entry.summary,
            "content": entry.content,
            "digest": entry.digest,
            "not_before": entry.seen_at,
            **_standing(entry),
        }
        for id_, entry in changed
    ]
    connection.execute(
        update(entries)
        .where(entries.c.id == bindparam("key"), entries.c.digest != bindparam("digest"))
        .values(attempts=0, claimed_by=None, indexed=False)
        .values({name: bindparam(name) for name in rows[0] if name != "key"}),
        rows,
    )
    complete = [id_ for id_, entry in changed if entry.complete]
    connection.execute(delete(texts).where(texts.c.entry_id.in_(complete)))


def _standing(entry: NewEntry) -> dict[str, object]:
    """Give where an entry begins: at reading, or where its page is not to be read, at judging with the feed's own words."""
    if not entry.complete:
        return {"stage": "read", "text_origin": None, "text_note": ""}
    origin = TextOrigin.FEED if entry.content or entry.summary else TextOrigin.TITLE
    return {"stage": "judge", "text_origin": origin.value, "text_note": NOT_READ}


def _row(entry: NewEntry) -> dict[str, object]:
    return {
        "source_id": entry.source_id,
        "identity": entry.identity,
        "identity_key": identity_key(entry.identity),
        "url": entry.url,
        "link": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "digest": entry.digest,
        "language": entry.language,
        "published": entry.published,
        "seen_at": entry.seen_at,
        "at": entry.published or entry.seen_at,
        "backlog": entry.backlog,
        "not_before": entry.seen_at,
        "attempts": 0,
        **_standing(entry),
        "judged": False,
        "gate": "",
    }


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def claim_to_read(
    connection: Connection, worker: Worker, now: datetime, limit: int, only: Collection[int] | None
) -> list[Entry]:
    """Claim entries whose page may be read now, or those named, oldest first."""
    wanted = entries.c.not_before <= now if only is None else entries.c.id.in_(only)
    rows = connection.execute(
        select(*_COLUMNS)
        .join_from(entries, sources)
        .where(TO_READ, wanted)
        .order_by(entries.c.id)
        .limit(limit)
        .with_for_update(of=entries, skip_locked=True)
    ).all()
    if rows:
        workers.ensure(connection, worker)
        ids = [row.id for row in rows]
        # Named ones were put off as they were handed over: claimed, they are due to others as soon as this worker is gone.
        due = {} if only is None else {"not_before": now}
        connection.execute(update(entries).where(entries.c.id.in_(ids)).values(claimed_by=worker.id, **due))
    return [_entry(row) for row in rows]


def hand_over(connection: Connection, worker: Worker, ids: Collection[int], until: datetime) -> None:
    """Free claimed entries for whoever names them; for others their time comes later."""
    mine = update(entries).where(entries.c.id.in_(ids), entries.c.claimed_by == worker.id)
    connection.execute(mine.values(claimed_by=None, not_before=until))


def save_read(connection: Connection, worker: Worker, articles: Sequence[Article], later: Sequence[ReadLater]) -> None:
    """Move claimed entries on to stage `judge` with their texts, or put them off."""
    claimed = _claimed(connection, worker, [article.entry.id for article in articles])
    articles = [article for article in articles if claimed.get(article.entry.id) == article.entry.digest]
    mine = update(entries).where(entries.c.id == bindparam("key"), entries.c.claimed_by == worker.id)
    if articles:
        rows = [{"key": each.entry.id, "origin": each.origin, "note": each.note} for each in articles]
        found = mine.values(
            stage="judge", claimed_by=None, text_origin=bindparam("origin"), text_note=bindparam("note")
        )
        connection.execute(found, rows)
        _save_texts(connection, articles)
    if later:
        rows = [
            {"key": each.entry_id, "words": each.digest, "until": each.not_before, "note": each.note} for each in later
        ]
        put_off = mine.where(entries.c.digest == bindparam("words")).values(
            claimed_by=None,
            attempts=entries.c.attempts + 1,
            not_before=bindparam("until"),
            text_note=bindparam("note"),
        )
        connection.execute(put_off, rows)


def _claimed(connection: Connection, worker: Worker, ids: Collection[int]) -> dict[int, str]:
    """Give the digests of those that the worker has: it may have claimed an entry anew whose words changed meanwhile."""
    found = select(entries.c.id, entries.c.digest).where(entries.c.id.in_(ids), entries.c.claimed_by == worker.id)
    return {row.id: row.digest for row in connection.execute(found.with_for_update())}


def _save_texts(connection: Connection, articles: Sequence[Article]) -> None:
    connection.execute(delete(texts).where(texts.c.entry_id.in_([article.entry.id for article in articles])))
    rows = [
        {"entry_id": article.entry.id, "text": article.text, "repeated": article.repeated}
        for article in articles
        if article.text != _own_text(article.origin, article.entry.summary, article.entry.content)
    ]
    if rows:
        connection.execute(insert(texts), rows)


def page_texts(connection: Connection, source_id: str, limit: int) -> list[str]:
    """Give the texts read off a source's latest pages, latest first, with the lines that were left out of them."""
    question = (
        select(texts.c.text, texts.c.repeated)
        .join_from(entries, texts)
        .where(entries.c.source_id == source_id, entries.c.text_origin == TextOrigin.PAGE.value)
        .order_by(entries.c.seen_at.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return [f"{row.text}\n{row.repeated}" for row in connection.execute(question)]


def latest(connection: Connection, source_id: str, limit: int) -> list[int]:
    """Give a source's latest entries, the one seen last first."""
    question = (
        select(entries.c.id)
        .where(entries.c.source_id == source_id)
        .order_by(entries.c.seen_at.desc(), entries.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(question).scalars())


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def to_judge(connection: Connection, limit: int) -> list[Article]:
    """Give articles that wait to be judged, oldest first."""
    return [article(row) for row in connection.execute(_TO_JUDGE, {"limit": limit})]


def pass_over(connection: Connection, now: datetime) -> int:
    """Finish all articles that wait to be judged, unjudged; give how many they were."""
    finished = update(entries).where(TO_JUDGE).values(stage="done", judged=False, judged_at=now)
    return connection.execute(finished).rowcount


def articles_selected(*more: ColumnElement[Any]) -> Select[Any]:
    """Give the SELECT whose rows `article` understands, with further columns."""
    return (
        select(*_COLUMNS, entries.c.text_origin, entries.c.text_note, texts.c.text, *more)
        .join_from(entries, sources)
        .outerjoin(texts, texts.c.entry_id == entries.c.id)
    )


_TO_JUDGE = articles_selected().where(TO_JUDGE).order_by(entries.c.id).limit(bindparam("limit", type_=Integer))


def article(row: Row[*tuple[Any, ...]]) -> Article:
    """Put an article together from its row; one not read yet has only its title."""
    origin = TextOrigin(row.text_origin or TextOrigin.TITLE)
    text = _own_text(origin, row.summary, row.content) if row.text is None else row.text
    return Article(entry=_entry(row), text=text, origin=origin, note=row.text_note)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(**dict(zip(_FIELDS, row, strict=False)))  # the columns of an entry come first


def _own_text(origin: str, summary: str, content: str) -> str:
    return content or summary if origin == TextOrigin.FEED else ""
