"""What providers deliver: identifiers of accounts, corrected bills."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.add_column("account", sa.Column("els", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("account", sa.Column("fias", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("bill", sa.Column("corrections", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("bill", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("charge", sa.Column("corrects_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_charge_corrects_id"), "charge", ["corrects_id"], unique=False)
    op.create_foreign_key(op.f("fk_charge_corrects_id"), "charge", "charge", ["corrects_id"], ["id"])
    for table, column in (("account", "els"), ("account", "fias"), ("bill", "corrections")):
        op.alter_column(table, column, server_default=None)


def downgrade() -> None:
    """Take it back."""
    op.drop_constraint(op.f("fk_charge_corrects_id"), "charge", type_="foreignkey")
    op.drop_index(op.f("ix_charge_corrects_id"), table_name="charge")
    op.drop_column("charge", "corrects_id")
    op.drop_column("bill", "corrected_at")
    op.drop_column("bill", "corrections")
    op.drop_column("account", "fias")
    op.drop_column("account", "els")
