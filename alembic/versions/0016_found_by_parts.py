"""Accounts, residents and requests are found by any part of their search key without reading the table."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("account", "resident", "ticket")
TRIGRAMS = """
CREATE FUNCTION trigrams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT substr(value, place, 3) FROM generate_series(1, length(value) - 2) place)
"""
"""Not pg_trgm: the embedded server has no extensions."""


def upgrade() -> None:
    """The indexes before could only sort, and nothing sorts these tables by the key."""
    op.execute(TRIGRAMS)
    for table in TABLES:
        op.drop_index(f"ix_{table}_search_key", table_name=table)
        op.create_index(
            f"ix_{table}_trigrams", table, [sa.text("trigrams(search_key)")], postgresql_using="gin"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_trigrams", table_name=table)
        op.create_index(f"ix_{table}_search_key", table, ["search_key"])
    op.execute("DROP FUNCTION trigrams")
