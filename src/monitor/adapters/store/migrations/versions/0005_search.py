"""Takes a database with answers, gives it an index of words; articles that are there are indexed by and by. Frozen."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column that says what is indexed, and the index of the database's own kind."""
    op.add_column("entries", sa.Column("indexed", sa.Boolean(), nullable=False, server_default=sa.false()))
    sqlite = op.get_bind().dialect.name == "sqlite"
    waiting = sa.text(f"stage IN ('done') AND indexed IS {'0' if sqlite else 'false'}")
    op.create_index("entries_to_index", "entries", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    if sqlite:
        op.execute("CREATE VIRTUAL TABLE search USING fts5(title, text, tokenize = 'unicode61')")
    else:
        op.execute(
            "CREATE TABLE search (entry_id BIGINT PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX search_words ON search USING gin (words)")
