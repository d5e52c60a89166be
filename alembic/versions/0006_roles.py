"""Support agents and auditors."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.drop_constraint("role_known", "resident", type_="check")
    op.create_check_constraint(
        "role_known", "resident", "role IN ('resident', 'clerk', 'support', 'auditor', 'administrator')"
    )


def downgrade() -> None:
    op.drop_constraint("role_known", "resident", type_="check")
    op.create_check_constraint("role_known", "resident", "role IN ('resident', 'clerk', 'administrator')")
