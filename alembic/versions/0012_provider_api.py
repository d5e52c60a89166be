"""Keys of providers' programs, the answers that they were given, and what their servers are told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_key_has_scopes")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_key_ends_after_it_began")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_api_key_provider_id")),
        sa.ForeignKeyConstraint(["created_by"], ["resident.id"], name=op.f("fk_api_key_created_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["resident.id"], name=op.f("fk_api_key_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
    )
    op.create_index(op.f("ix_api_key_provider_id"), "api_key", ["provider_id"], unique=False)
    op.create_index(op.f("ix_api_key_created_at"), "api_key", ["created_at"], unique=False)
    op.create_table(
        "allowance",
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_allowance")),
    )
    op.create_index(op.f("ix_allowance_free_at"), "allowance", ["free_at"], unique=False)
    op.create_table(
        "api_answer",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_api_answer_of_a_success")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_api_answer_key_id")),
        sa.PrimaryKeyConstraint("key_id", "name", name=op.f("pk_api_answer")),
    )
    op.create_index(op.f("ix_api_answer_created_at"), "api_answer", ["created_at"], unique=False)
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("old_seed", sa.String(length=64), nullable=False),
        sa.Column("old_seed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("cardinality(events) > 0", name=op.f("ck_webhook_endpoint_has_events")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_webhook_endpoint_provider_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["resident.id"], name=op.f("fk_webhook_endpoint_created_by")),
        sa.ForeignKeyConstraint(
            ["disabled_by"], ["resident.id"], name=op.f("fk_webhook_endpoint_disabled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(
        op.f("ix_webhook_endpoint_provider_id"), "webhook_endpoint", ["provider_id"], unique=False
    )
    op.create_index(op.f("ix_webhook_endpoint_created_at"), "webhook_endpoint", ["created_at"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "payment.succeeded",
                "payment.refunded",
                "payment.disputed",
                "payment.dispute_lost",
                "reading.submitted",
                "reading.corrected",
                "registry.made",
                "test",
                name="webhookevent_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "given_up",
                name="deliverystate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=60), nullable=False),
        sa.Column("last_ms", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)", name=op.f("ck_webhook_delivery_delivered")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_created_at"), "webhook_delivery", ["created_at"], unique=False)
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_delivery_latest", "webhook_delivery", ["endpoint_id", "created_at"], unique=False
    )
    op.add_column("audit_record", sa.Column("key_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_audit_record_key_id"), "audit_record", ["key_id"], unique=False)
    op.create_foreign_key(op.f("fk_audit_record_key_id"), "audit_record", "api_key", ["key_id"], ["id"])


def downgrade() -> None:
    op.drop_column("audit_record", "key_id")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_endpoint")
    op.drop_table("api_answer")
    op.drop_table("allowance")
    op.drop_table("api_key")
