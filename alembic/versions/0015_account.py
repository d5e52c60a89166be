"""The account: devices that are known, the change of the e-mail, the end of a cabinet."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("old_email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("old_email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("new_token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("old_token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("new_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("old_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("old_agreed_by", sa.Uuid(), nullable=True),
        sa.Column("old_agreed_because", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_because",
            sa.Enum(
                "done",
                "canceled",
                "refused",
                "taken",
                name="changeend_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(old_agreed_by IS NULL) = (old_agreed_because = '')", name=op.f("ck_email_change_staff_say_why")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_email_change_ends_with_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["old_agreed_by"], ["resident.id"], name=op.f("fk_email_change_old_agreed_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_email_change_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
        sa.UniqueConstraint("new_token_hash", name=op.f("uq_email_change_new_token_hash")),
        sa.UniqueConstraint("old_token_hash", name=op.f("uq_email_change_old_token_hash")),
    )
    op.create_index(op.f("ix_email_change_created_at"), "email_change", ["created_at"], unique=False)
    op.create_index(
        "ix_email_change_current",
        "email_change",
        ["resident_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_email_change_resident_id"), "email_change", ["resident_id"], unique=False)
    op.create_table(
        "known_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_known_device_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("resident_id", "token_hash", name=op.f("uq_known_device_resident_id_token_hash")),
    )
    op.create_index(op.f("ix_known_device_created_at"), "known_device", ["created_at"], unique=False)
    op.create_index(op.f("ix_known_device_last_used_at"), "known_device", ["last_used_at"], unique=False)
    op.add_column("login_session", sa.Column("data_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("resident", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("resident", "deleted_at")
    op.drop_column("login_session", "data_until")
    op.drop_index(op.f("ix_known_device_last_used_at"), table_name="known_device")
    op.drop_index(op.f("ix_known_device_created_at"), table_name="known_device")
    op.drop_table("known_device")
    op.drop_index(op.f("ix_email_change_resident_id"), table_name="email_change")
    op.drop_index(
        "ix_email_change_current", table_name="email_change", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_email_change_created_at"), table_name="email_change")
    op.drop_table("email_change")
