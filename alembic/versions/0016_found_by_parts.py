"""Accounts, residents and requests are found by any part of their key, bills by number, payments by sum: tables are not read."""

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
    op.create_index("ix_bill_number", "bill", ["number"])
    op.create_index("ix_payment_amount_minor", "payment", ["amount_minor"])
    op.create_index("ix_payment_total", "payment", [sa.text("(amount_minor + commission_minor)")])
    op.create_index("ix_payment_item_amount_minor", "payment_item", ["amount_minor"])


def downgrade() -> None:
    op.drop_index("ix_payment_item_amount_minor", table_name="payment_item")
    op.drop_index("ix_payment_total", table_name="payment")
    op.drop_index("ix_payment_amount_minor", table_name="payment")
    op.drop_index("ix_bill_number", table_name="bill")
    for table in TABLES:
        op.drop_index(f"ix_{table}_trigrams", table_name=table)
        op.create_index(f"ix_{table}_search_key", table, ["search_key"])
    op.execute("DROP FUNCTION trigrams")
