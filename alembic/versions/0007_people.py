"""Why access was closed; an audit log that is read page by page, however long it grows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OLD = ("actor_id", "subject_id")
_NEW = ("actor_id", "action", "subject", "subject_id", "address")


def upgrade() -> None:
    op.add_column("resident", sa.Column("blocked_because", sa.String(300), server_default="", nullable=False))
    for name in _OLD:
        op.drop_index(f"ix_audit_record_{name}", table_name="audit_record")
    for name in _NEW:
        op.create_index(f"ix_audit_record_by_{name}", "audit_record", [name, "at", "id"])


def downgrade() -> None:
    for name in _NEW:
        op.drop_index(f"ix_audit_record_by_{name}", table_name="audit_record")
    for name in _OLD:
        op.create_index(f"ix_audit_record_{name}", "audit_record", [name])
    op.drop_column("resident", "blocked_because")
