"""Takes words, gives the articles that have all of them; and keeps the index by which they are found.

SQLite has its own full-text index (FTS5), PostgreSQL its text vectors; both are filled with words folded here, so that they find
alike: small letters without accents. An article is indexed some time after it was judged (`index`), so that judging does not wait.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from monitor.adapters.store.schema import IN_STORY, TO_INDEX, entries, tags, verdicts
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.stories import facts_of
from monitor.types import IMPORTED, Article

LONGEST = 20_000  #: characters of an article that are indexed, of the title and of the text
MOST_TERMS = 12  #: of a question


class Term(NamedTuple):
    """A word or phrase to be found; `open_ended` where it may go on."""

    words: tuple[str, ...]
    open_ended: bool


def terms(question: str) -> list[Term]:
    """Read a question: words, "phrases in quotes", and word* for any ending; what is no word is passed over."""
    found = []
    for number, part in enumerate(question.split('"')):
        pieces = [part] if number % 2 else part.split()
        for piece in pieces:
            words = tuple(_words(piece))
            if words:
                found.append(Term(words, open_ended=piece.rstrip().endswith("*")))
    return found[:MOST_TERMS]


def folded(text_: str) -> str:
    """Give text as it is indexed: its words in small letters without accents, parted by blanks."""
    return " ".join(_words(text_[:LONGEST]))


def _words(text_: str) -> Iterator[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", text_.lower()) if not unicodedata.combining(one))
    return iter("".join(one if one.isalnum() else " " for one in plain).split())


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class Wanted(NamedTuple):
    """What the entries found have to be; what is left empty narrows nothing."""

    topic: str = ""
    source: str = ""
    country: str = ""
    since: datetime | None = None
    told: bool = False


def ids(connection: Connection, question: str, narrowed: Wanted, limit: int, offset: int) -> list[int]:
    """Give the entries that have all that is asked for, the latest first; none where nothing is asked for."""
    asked = terms(question)
    if not asked:
        return []
    wanted = [entries.c.source_id == narrowed.source] if narrowed.source else [entries.c.source_id != IMPORTED]
    wanted += [entries.c.at >= narrowed.since] if narrowed.since else []
    wanted += [entries.c.id.in_(naming("country", narrowed.country))] if narrowed.country else []
    wanted += [IN_STORY] if narrowed.told else []
    wanted += [flagged_for(entries.c.id, narrowed.topic)] if narrowed.topic else []
    found = _having(connection, asked)
    chosen = select(entries.c.id).where(found, *wanted).order_by(entries.c.at.desc(), entries.c.id.desc())
    return list(connection.execute(chosen.limit(limit).offset(offset)).scalars())


def count(connection: Connection, question: str, since: datetime, topic: str) -> int:
    """Count the entries of the stream since then that have all words of a question; flagged for a topic, if one is named."""
    asked = terms(question)
    if not asked:
        return 0
    counted = select(func.count()).select_from(entries)
    wanted = [entries.c.source_id != IMPORTED, entries.c.at >= since]
    wanted += [flagged_for(entries.c.id, topic)] if topic else []
    return connection.execute(counted.where(_having(connection, asked), *wanted)).scalar_one()


def flagged_for(entry_id: ColumnElement[int], topic: str) -> ColumnElement[bool]:
    """Ask whether one entry is flagged for a topic; to list all that are would cost more than a search finds."""
    return exists(verdicts.c.entry_id).where(
        verdicts.c.entry_id == entry_id, verdicts.c.topic == topic, verdicts.c.flagged
    )


def naming(kind: str, tag: str) -> Select[tuple[int]]:
    """Give the question for the entries that have a tag."""
    return select(tags.c.entry_id).where(tags.c.kind == kind, tags.c.tag == tag)


def named(connection: Connection, kind: str) -> list[str]:
    """Give the tags of a kind that any entry has, sorted."""
    # From each tag to the next in the index: a few hundred looks, where DISTINCT reads a row for every mention.
    ours = tags.c.kind == kind
    found = select(func.min(tags.c.tag).label("tag")).where(ours).cte("found", recursive=True)
    following = select(func.min(tags.c.tag)).where(ours, tags.c.tag > found.c.tag).scalar_subquery()
    found = found.union_all(select(following).where(found.c.tag.is_not(None)))
    named_ = select(found.c.tag).where(found.c.tag.is_not(None)).order_by(found.c.tag)
    return list(connection.execute(named_).scalars())


def _having(connection: Connection, asked: list[Term]) -> TextClause:
    sqlite = connection.dialect.name == "sqlite"
    return text(
        "entries.id IN (SELECT rowid FROM search WHERE search MATCH :asked)"
        if sqlite
        else "entries.id IN (SELECT entry_id FROM search WHERE words @@ to_tsquery('simple', :asked))"
    ).bindparams(bindparam("asked", _fts5(asked) if sqlite else _tsquery(asked)))


def _fts5(asked: list[Term]) -> str:
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.open_ended else ""}' for term in asked)


def _tsquery(asked: list[Term]) -> str:
    """Write the question for PostgreSQL; words are letters and digits alone, so that nothing in it can act."""
    return " & ".join(f"({' <-> '.join(term.words)}{':*' if term.open_ended else ''})" for term in asked)


# ── indexing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def index(connection: Connection, limit: int) -> int:
    """Index up to so many judged articles, the latest first; give how many. Whoever indexes meanwhile takes others."""
    waiting = select(entries.c.id).where(TO_INDEX).order_by(entries.c.id.desc()).limit(limit)
    numbers = list(connection.execute(waiting.with_for_update(key_share=True, skip_locked=True)).scalars())
    if not numbers:
        return 0
    rows = connection.execute(articles_selected(entries.c.judged_language).where(entries.c.id.in_(numbers))).all()
    found = [article(row) for row in rows]
    _tag(connection, [(one, row.judged_language) for one, row in zip(found, rows, strict=True)])
    put(connection, found)
    connection.execute(update(entries).where(entries.c.id.in_(numbers)).values(indexed=True))
    return len(numbers)


def put(connection: Connection, found: Sequence[Article]) -> None:
    """Make articles findable by what they say now."""
    values = [{"id": one.entry.id, "title": folded(one.entry.title), "text": folded(one.text)} for one in found]
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM search WHERE rowid = :id"), [{"id": one["id"]} for one in values])
        connection.execute(text("INSERT INTO search (rowid, title, text) VALUES (:id, :title, :text)"), values)
    else:
        connection.execute(
            text(
                "INSERT INTO search (entry_id, words) VALUES (:id, to_tsvector('simple', :title || ' ' || :text))"
                " ON CONFLICT (entry_id) DO UPDATE SET words = excluded.words"
            ),
            values,
        )


def key(connection: Connection) -> str:
    """Give the name of the index's column that holds the entry's id."""
    return "rowid" if connection.dialect.name == "sqlite" else "entry_id"


def _tag(connection: Connection, found: list[tuple[Article, str | None]]) -> None:
    """Note what articles in stories name; of the others nobody asks."""
    told = [(one, language) for one, language in found if one.entry.story_id is not None]
    connection.execute(delete(tags).where(tags.c.entry_id.in_([one.entry.id for one, _ in told])))
    rows = []
    for one, language in told:
        facts = facts_of([(one.entry.title, one.text, language)])
        kinds = {"country": facts.countries, "agency": facts.agencies, "substance": facts.substances}
        rows += [{"entry_id": one.entry.id, "kind": kind, "tag": tag} for kind, these in kinds.items() for tag in these]
    if rows:
        connection.execute(insert(tags), rows)
