"""Takes words, gives the articles that have all of them; and keeps the index by which they are found.

SQLite has its own full-text index (FTS5), PostgreSQL its text vectors; both are filled with words folded here, so that they find
alike: small letters without accents. An article is indexed some time after it was judged (`index`), so that judging does not wait.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from monitor.adapters.store.entries import article, articles_selected
from monitor.adapters.store.schema import IN_STORY, TO_INDEX, entries, verdicts
from monitor.types import IMPORTED

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
def ids(
    connection: Connection, question: str, limit: int, *, topic: str, source: str, since: datetime | None, told: bool
) -> list[int]:
    """Give the entries that have all that is asked for, the latest first; none where nothing is asked for."""
    asked = terms(question)
    if not asked:
        return []
    wanted = [entries.c.source_id == source] if source else [entries.c.source_id != IMPORTED]
    wanted += [entries.c.at >= since] if since else []
    wanted += [IN_STORY] if told else []
    if topic:
        flagged = select(verdicts.c.entry_id).where(verdicts.c.topic == topic, verdicts.c.flagged)
        wanted.append(entries.c.id.in_(flagged))
    sqlite = connection.dialect.name == "sqlite"
    found = text(
        "entries.id IN (SELECT rowid FROM search WHERE search MATCH :asked)"
        if sqlite
        else "entries.id IN (SELECT entry_id FROM search WHERE words @@ to_tsquery('simple', :asked))"
    ).bindparams(bindparam("asked", _fts5(asked) if sqlite else _tsquery(asked)))
    chosen = select(entries.c.id).where(found, *wanted).order_by(entries.c.at.desc(), entries.c.id.desc())
    return list(connection.execute(chosen.limit(limit)).scalars())


def _fts5(asked: list[Term]) -> str:
    return " AND ".join(f'"{" ".join(term.words)}"{"*" if term.open_ended else ""}' for term in asked)


def _tsquery(asked: list[Term]) -> str:
    """Write the question for PostgreSQL; words are letters and digits alone, so that nothing in it can act."""
    return " & ".join(f"({' <-> '.join(term.words)}{':*' if term.open_ended else ''})" for term in asked)


# ── indexing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def index(connection: Connection, limit: int) -> int:
    """Index up to so many judged articles, the latest first; give how many."""
    waiting = select(entries.c.id).where(TO_INDEX).order_by(entries.c.id.desc()).limit(limit)
    numbers = list(connection.execute(waiting).scalars())
    if not numbers:
        return 0
    rows = connection.execute(articles_selected().where(entries.c.id.in_(numbers))).all()
    found = [article(row) for row in rows]
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
    connection.execute(update(entries).where(entries.c.id.in_(numbers)).values(indexed=True))
    return len(numbers)
