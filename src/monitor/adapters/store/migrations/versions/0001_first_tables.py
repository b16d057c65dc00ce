"""Takes an empty database, gives the first set of tables. Frozen: a later change of  is a later migration."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Build the tables and their indexes."""
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("ref_channel", sa.Text()),
        sa.Column("ref_ts", sa.Text()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.ForeignKeyConstraint(["claimed_by"], ["workers.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    _partial("deliveries_channel", "deliveries", ["channel", "created_at"], "kind IN ('post')")
    _partial("deliveries_claimed_by", "deliveries", ["claimed_by"], "claimed_by IS NOT NULL")
    _partial("deliveries_post", "deliveries", ["subject", "channel"], "kind IN ('post')", unique=True)
    _partial("deliveries_unfinished", "deliveries", ["channel", "id"], "state IN ('pending', 'refused', 'sending')")
    op.create_table(
        "locks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["workers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_locks_worker_id", "locks", ["worker_id"])
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("next_poll_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_to", sa.Text()),
        sa.Column("moved_seen", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("document_url", sa.Text()),
        sa.Column("last_poll_at", sa.BigInteger()),
        sa.Column("last_ok_at", sa.BigInteger()),
        sa.Column("last_full_at", sa.BigInteger()),
        sa.Column("retry_after", sa.BigInteger()),
        sa.Column("failures", sa.Double(), nullable=False),
        sa.Column("failed_polls", sa.Integer(), nullable=False),
        sa.Column("pace", sa.Double()),
        sa.Column("wishes", sa.Text(), nullable=False),
        sa.Column("sitemaps", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.ForeignKeyConstraint(["claimed_by"], ["workers.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sources_next_poll_at", "sources", ["next_poll_at"])
    _partial("sources_claimed_by", "sources", ["claimed_by"], "claimed_by IS NOT NULL")
    op.create_table(
        "entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("identity_key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("published", sa.BigInteger()),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("text_origin", sa.Text()),
        sa.Column("text_note", sa.Text(), nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.Column("judged_at", sa.BigInteger()),
        sa.Column("judged_language", sa.Text()),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("story_id", _ID),
        sa.ForeignKeyConstraint(["claimed_by"], ["workers.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "identity_key", name="entries_identity"),
    )
    _partial("entries_claimed_by", "entries", ["claimed_by"], "claimed_by IS NOT NULL")
    op.create_index("entries_source_seen", "entries", ["source_id", "seen_at"])
    op.create_index("entries_link", "entries", ["link"], postgresql_using="hash")
    _partial("entries_story", "entries", ["story_id"], "story_id IS NOT NULL")
    _partial("entries_story_at", "entries", ["at"], "story_id IS NOT NULL")
    _partial("entries_story_source", "entries", ["source_id"], "story_id IS NOT NULL")
    _partial("entries_to_judge", "entries", ["id", "not_before"], "stage IN ('judge')")
    _partial("entries_to_read", "entries", ["id", "not_before"], "stage IN ('read') AND claimed_by IS NULL")
    op.create_index("entries_url", "entries", ["url"], postgresql_using="hash")
    op.create_table(
        "polls",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("polls_source", "polls", ["source_id", "id"])
    op.create_table(
        "texts",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("repeated", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_table(
        "verdicts",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("contributions", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id", "topic"),
        sqlite_with_rowid=False,
    )
