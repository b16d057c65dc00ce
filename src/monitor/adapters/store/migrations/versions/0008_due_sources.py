"""Takes a database with sources, gives it an index of those that may be polled, in place of one of all. Frozen."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Replace the index."""
    yes, no = ("1", "0") if op.get_bind().dialect.name == "sqlite" else ("true", "false")
    may = sa.text(f"declared IS {yes} AND stopped IS {no} AND claimed_by IS NULL")
    op.create_index("sources_to_poll", "sources", ["next_poll_at", "id"], sqlite_where=may, postgresql_where=may)
    op.drop_index("ix_sources_next_poll_at", "sources")
