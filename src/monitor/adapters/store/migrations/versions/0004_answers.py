"""Takes a database with rulings, gives labels the name of who said them, and adds what people do not want to hear of.

Held messages get an index, since digests ask for them. Frozen.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


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
    held = sa.text("state IN ('held')")
    op.create_index("deliveries_held", "deliveries", ["error", "not_before"], sqlite_where=held, postgresql_where=held)
