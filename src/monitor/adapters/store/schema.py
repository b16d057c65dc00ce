"""Takes nothing, gives the tables as this version of the program knows them; `migrations/` builds exactly these.

Times are microseconds since 1970 in UTC, so that one comparison orders them alike on SQLite and PostgreSQL. Text is freed of what
PostgreSQL or UTF-8 cannot hold. A claim is a foreign key to `workers`: to bury a worker is to delete its row, and the database
itself frees what it had claimed. What is asked all the time stands in partial indexes over waiting rows only, so that the cost of a
question does not grow with the archive. Why: docs/decisions/0004-store.md.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Double,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    literal_column,
)

from monitor.types import EPOCH, KnownSitemap, Wishes

#: The newest migration. Kept here as well, so that opening a store need not import Alembic.
HEAD = "0010"

MICROSECOND = timedelta(microseconds=1)


def storable(text: str) -> str:
    """Give the text without NUL characters, which PostgreSQL refuses, and lone surrogates, which UTF-8 has no bytes for."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def identity_key(identity: str) -> str:
    """Give what an identity is looked up by: of fixed length, because PostgreSQL indexes no value above 2,704 bytes."""
    return blake2b(storable(identity).encode(), digest_size=16).hexdigest()


class Words(TypeDecorator[str]):
    """Text that every database can hold."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Give what is stored for a text."""
        return None if value is None else storable(value)


class Instant(TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Give what is stored for a time; a naive one is a TypeError."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the time that was stored, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Value(TypeDecorator[Any]):
    """A value of `types` that nothing is asked of, as JSON in a text; what equals its default is left out."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._adapter = TypeAdapter(kind)
        self._read = lru_cache(maxsize=256)(
            self._adapter.validate_json
        )  # most say nothing; what is given out is frozen

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Give what is stored for a value."""
        return None if value is None else storable(self._adapter.dump_json(value, exclude_defaults=True).decode())

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Give the value that was stored."""
        return None if value is None else self._read(value)


_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

metadata = MetaData()

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Words, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", Double, nullable=False),
    Column("seen_at", Instant, nullable=False),
)


def _claimed_by() -> Column[str]:
    return Column("claimed_by", Text, ForeignKey("workers.id", ondelete="SET NULL"))


locks = Table(
    "locks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("worker_id", Text, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False, index=True),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("declared", Boolean, nullable=False),
    Column("url", Words, nullable=False),
    Column("next_poll_at", Instant, nullable=False),
    Column("moved_to", Words),
    Column("moved_seen", Integer, nullable=False),
    Column("stopped", Boolean, nullable=False),
    Column("etag", Words),
    Column("last_modified", Words),
    Column("document_url", Words),
    Column("last_poll_at", Instant),
    Column("last_ok_at", Instant),
    Column("last_full_at", Instant),
    Column("retry_after", Instant),
    Column("failures", Double, nullable=False),
    Column("failed_polls", Integer, nullable=False),
    Column("pace", Double),
    Column("wishes", Value(Wishes), nullable=False),
    Column("sitemaps", Value(tuple[KnownSitemap, ...]), nullable=False),
    Column("result", Words, nullable=False),
    Column("detail", Words, nullable=False),
    _claimed_by(),
)

polls = Table(
    "polls",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("source_id", Words, ForeignKey("sources.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("result", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("seconds", Double, nullable=False),
    Index("polls_source", "source_id", "id"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("source_id", Words, ForeignKey("sources.id"), nullable=False),
    Column("identity", Words, nullable=False),
    Column("identity_key", Text, nullable=False),
    Column("url", Words),
    Column("link", Words),
    Column("title", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("content", Words, nullable=False),
    Column("digest", Text, nullable=False),
    Column("language", Words),  # as stated by source or feed
    Column("published", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),  # published, else seen: what counts for order and window
    Column("backlog", Boolean, nullable=False),
    Column("stage", Text, nullable=False),  # read, judge or done
    Column("not_before", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    _claimed_by(),
    Column("text_origin", Text),  # NULL until it was read
    Column("text_note", Words, nullable=False),
    Column("judged", Boolean, nullable=False),
    Column("judged_at", Instant),
    Column("judged_language", Words),
    Column("gate", Words, nullable=False),
    Column("story_id", _ID),
    Column("checked_at", Instant),  # when it was looked whether its page is still there
    Column("indexed", Boolean, nullable=False, server_default=false()),  # whether it is found by a search
    UniqueConstraint("source_id", "identity_key", name="entries_identity"),
    Index("entries_source_seen", "source_id", "seen_at"),
)

#: Only what differs from the text the entry itself carries.
texts = Table(
    "texts",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("text", Words, nullable=False),
    Column("repeated", Words, nullable=False),  # lines left out because other pages of the source have them too
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("topic", Words, primary_key=True),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("model", Words, nullable=False),
    Column("keyword", Words, nullable=False),
    Column("contributions", JSON(none_as_null=True)),  # of flagged verdicts only: the others can be had again
    sqlite_with_rowid=False,
)

#: The latest answer of each person. What somebody said before is not kept: it was replaced.
labels = Table(
    "labels",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("topic", Words, primary_key=True),
    Column("who", Words, primary_key=True),
    Column("value", Boolean),  # NULL: unsure
    Column("at", Instant, nullable=False),
    Column("via", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("model", Words, nullable=False),
    Column("name", Words, nullable=False, server_default=""),
)

#: What was drawn at random for the audit, with the weights that make it count for the whole stream.
draws = Table(
    "draws",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("topic", Words, primary_key=True),
    Column("week", Text, nullable=False, index=True),
    Column("stratum", Text, nullable=False),
    Column("population", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("belief", Double, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("subject", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("ref_channel", Words),
    Column("ref_ts", Words),
    Column("error", Words, nullable=False),
    _claimed_by(),
    sqlite_autoincrement=True,  # the id is the order: it must not be given twice
)

mutes = Table(
    "mutes",
    metadata,
    Column("subject", Words, primary_key=True),
    Column("until", Instant, nullable=False),
    Column("who", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("at", Instant, nullable=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("before", Words, nullable=False),
    Column("at", Instant, nullable=False),
)

#: What an article in a story names, as `stories.facts_of` finds it, for lists that are narrowed to it.
tags = Table(
    "tags",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),  # country, agency or substance
    Column("tag", Words, primary_key=True),
    Index("tags_tag", "kind", "tag", "entry_id"),
)

rulings = Table(
    "rulings",
    metadata,
    Column("entry_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("other_id", _ID, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("together", Boolean, nullable=False),
    Column("who", Words, nullable=False),
    Column("at", Instant, nullable=False),
)


# Written as literals: SQLite takes a partial index only where the question repeats its condition word for word.
def _among(column: ColumnElement[str], *words: str) -> ColumnElement[bool]:
    return column.in_([literal_column(f"'{word}'") for word in words])


TO_POLL = and_(sources.c.declared.is_(True), sources.c.stopped.is_(False), sources.c.claimed_by.is_(None))
TO_READ = and_(_among(entries.c.stage, "read"), entries.c.claimed_by.is_(None))
TO_JUDGE = _among(entries.c.stage, "judge")
UNFINISHED = _among(deliveries.c.state, "pending", "refused", "sending")
TO_INDEX = and_(_among(entries.c.stage, "done"), entries.c.indexed.is_(False))
TO_CHECK = and_(entries.c.story_id.is_not(None), entries.c.checked_at.is_(None))
HELD = _among(deliveries.c.state, "held")
IN_STORY = entries.c.story_id.is_not(None)


def is_post(table: FromClause) -> ColumnElement[bool]:
    """Give the condition for posts in the deliveries, or in an alias of them."""
    return _among(table.c.kind, "post")


def _partial(name: str, where: ColumnElement[bool], *columns: Column[object], unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


# Sources that rest keep the time at which they were due last: in an index of all, each claim would walk over them.
_partial("sources_to_poll", TO_POLL, sources.c.next_poll_at, sources.c.id)
_partial("entries_to_read", TO_READ, entries.c.id, entries.c.not_before)
_partial("entries_to_judge", TO_JUDGE, entries.c.id, entries.c.not_before)
# What looks at the stream asks for a span of days.
Index("entries_judged_at", entries.c.judged_at)
_partial("entries_to_index", TO_INDEX, entries.c.id)
_partial("entries_to_check", TO_CHECK, entries.c.judged_at)
# Lists of stories ask nothing but these: where each is in time, and whether an article is the latest of its story.
_partial("entries_story", IN_STORY, entries.c.story_id, entries.c.at, entries.c.id)
_partial("entries_story_at", IN_STORY, entries.c.at, entries.c.story_id)
_partial("entries_story_source", IN_STORY, entries.c.source_id)
_partial("deliveries_unfinished", UNFINISHED, deliveries.c.channel, deliveries.c.id)
_partial("deliveries_post", is_post(deliveries), deliveries.c.subject, deliveries.c.channel, unique=True)
_partial("deliveries_held", HELD, deliveries.c.error, deliveries.c.not_before)
_partial("deliveries_channel", is_post(deliveries), deliveries.c.channel, deliveries.c.created_at)
for _table in (sources, entries, deliveries):
    _partial(f"{_table.name}_claimed_by", _table.c.claimed_by.is_not(None), _table.c.claimed_by)

# Addresses may be longer than a B-tree of PostgreSQL takes; a hash index holds any length.
Index("entries_url", entries.c.url, postgresql_using="hash")
Index("entries_link", entries.c.link, postgresql_using="hash")
