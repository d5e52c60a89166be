"""Personal tokens of residents: what their own programs and devices reach the accounts by."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:

    op.create_table(
        "personal_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "program",
                "waterius",
                name="tokenkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("prefix", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("may_look", sa.Boolean(), nullable=False),
        sa.Column("may_send", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_from", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("told_of", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_because",
            sa.Enum(
                "revoked",
                "staff",
                "links",
                name="tokenend_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "kind <> 'waterius' OR (may_send AND NOT may_look)",
            name=op.f("ck_personal_token_device_only_sends"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_personal_token_ends_with_a_reason")
        ),
        sa.CheckConstraint("may_look OR may_send", name=op.f("ck_personal_token_may_something")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_personal_token_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_token_token_hash")),
    )
    op.create_index(op.f("ix_personal_token_created_at"), "personal_token", ["created_at"], unique=False)
    op.create_index(
        "ix_personal_token_current",
        "personal_token",
        ["resident_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_personal_token_resident_id"), "personal_token", ["resident_id"], unique=False)
    op.create_table(
        "personal_token_link",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["account_link.id"], name=op.f("fk_personal_token_link_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["personal_token.id"],
            name=op.f("fk_personal_token_link_token_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_id", "link_id", name=op.f("pk_personal_token_link")),
    )
    op.create_index(op.f("ix_personal_token_link_link_id"), "personal_token_link", ["link_id"], unique=False)


def downgrade() -> None:

    op.drop_index(op.f("ix_personal_token_link_link_id"), table_name="personal_token_link")
    op.drop_table("personal_token_link")
    op.drop_index(op.f("ix_personal_token_resident_id"), table_name="personal_token")
    op.drop_index(
        "ix_personal_token_current", table_name="personal_token", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_index(op.f("ix_personal_token_created_at"), table_name="personal_token")
    op.drop_table("personal_token")
