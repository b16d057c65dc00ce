"""Takes a database with rulings, gives labels the name of who said them, and adds what people do not want to hear of.

Held messages get an index, since digests ask for them; articles that were told remember whether they were looked at again, and
what has become of them. Frozen.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and build the table."""
    op.add_column("labels", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "mutes",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.add_column("entries", sa.Column("checked_at", sa.BigInteger()))
    unchecked = sa.text("story_id IS NOT NULL AND checked_at IS NULL")
    op.create_index("entries_to_check", "entries", ["judged_at"], sqlite_where=unchecked, postgresql_where=unchecked)
    op.create_table(
        "corrections",
        sa.Column("entry_id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    held = sa.text("state IN ('held')")
    op.create_index("deliveries_held", "deliveries", ["error", "not_before"], sqlite_where=held, postgresql_where=held)
