"""What the start page counts, found by indexes; the least payment, postal address and logo of a provider."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WRONG_LINE = "round(volume * tariff * 100) + recalculation_minor <> amount_minor"
_INDEXES = (
    ("ix_payment_settled_at", "payment", "settled_at", "settled_at IS NOT NULL"),
    ("ix_payment_to_check", "payment", "state", "state IN ('review', 'disputed')"),
    (
        "ix_refund_waiting",
        "refund",
        "created_at",
        "state = 'created' AND needs_approval AND approved_by IS NULL",
    ),
    (
        "ix_reconciliation_difference_open",
        "reconciliation_difference",
        "reconciliation_id",
        "resolved_at IS NULL",
    ),
    ("ix_letter_failed_at", "letter", "failed_at", "failed_at IS NOT NULL"),
    ("ix_bill_gap", "bill", "issued_at", "gap_minor <> 0"),
    ("ix_charge_wrong", "charge", "bill_id", _WRONG_LINE),
)


def upgrade() -> None:
    for name, table, column, condition in _INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(condition))
    op.execute("CREATE INDEX ix_jobs_failed ON procrastinate_jobs (id DESC) WHERE status = 'failed'")
    op.add_column(
        "provider", sa.Column("min_payment_minor", sa.BigInteger(), nullable=False, server_default="1")
    )
    op.alter_column("provider", "min_payment_minor", server_default=None)
    op.add_column("provider", sa.Column("support_address", sa.String(300), nullable=False, server_default=""))
    op.alter_column("provider", "support_address", server_default=None)
    op.drop_constraint("max_payment", "provider", type_="check")
    op.execute("UPDATE provider SET min_payment_minor = LEAST(min_payment_minor, max_payment_minor)")
    op.create_check_constraint(
        "payment_limits", "provider", "min_payment_minor > 0 AND min_payment_minor <= max_payment_minor"
    )
    op.add_column("letter", sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "provider_logo",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_provider_logo_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_provider_logo")),
    )


def downgrade() -> None:
    op.drop_table("provider_logo")
    op.drop_column("letter", "resent_at")
    op.drop_constraint("payment_limits", "provider", type_="check")
    op.create_check_constraint("max_payment", "provider", "max_payment_minor > 0")
    op.drop_column("provider", "support_address")
    op.drop_column("provider", "min_payment_minor")
    op.execute("DROP INDEX ix_jobs_failed")
    for name, table, _column, _condition in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
