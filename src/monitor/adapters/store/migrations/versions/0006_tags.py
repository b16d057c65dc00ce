"""Takes a database with an index of words, gives it the tags of articles in stories, filled by indexing them anew. Frozen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table of tags; articles in stories are indexed again, which fills it."""
    op.create_table(
        "tags",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("entries.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("tag", sa.Text(), primary_key=True),
    )
    op.create_index("tags_tag", "tags", ["kind", "tag", "entry_id"])
    told = sa.text("story_id IS NOT NULL")
    for name, columns in (("entries_story", ["story_id", "at", "id"]), ("entries_story_at", ["at", "story_id"])):
        op.drop_index(name, "entries")
        op.create_index(name, "entries", columns, sqlite_where=told, postgresql_where=told)
    op.execute("UPDATE entries SET indexed = false WHERE story_id IS NOT NULL")
