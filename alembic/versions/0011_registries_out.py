"""Registries out: rows that are handed over once, registries, schedules."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GUARDS = """
CREATE FUNCTION export_row_is_told_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before export_row := OLD;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.export_id IS NULL AND NEW.export_id IS NOT NULL THEN
        before.export_id := NEW.export_id;
        IF before IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'row % of a registry is frozen', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER export_row_is_told_once BEFORE UPDATE OR DELETE ON export_row
    FOR EACH ROW EXECUTE FUNCTION export_row_is_told_once();

CREATE FUNCTION registry_export_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.provider_id, NEW.number, NEW.kind, NEW.format, NEW.encoding, NEW.since, NEW.until, NEW.rows,
            NEW.total_minor, NEW.late_rows, NEW.correction_rows, NEW.file_name, NEW.inn,
            NEW.bank_account, NEW.timezone, NEW.way, NEW.schedule_id,
            NEW.made_by, NEW.made_at)
        IS DISTINCT FROM
           (OLD.provider_id, OLD.number, OLD.kind, OLD.format, OLD.encoding, OLD.since, OLD.until, OLD.rows,
            OLD.total_minor, OLD.late_rows, OLD.correction_rows, OLD.file_name, OLD.inn,
            OLD.bank_account, OLD.timezone, OLD.way, OLD.schedule_id,
            OLD.made_by, OLD.made_at)
        OR (OLD.sha256 <> '' AND NEW.sha256 <> OLD.sha256) THEN
        RAISE EXCEPTION 'registry % is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'made>delivered', 'made>failed', 'failed>delivered', 'delivered>confirmed'
    ])) THEN
        RAISE EXCEPTION 'registry % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_export_is_frozen BEFORE UPDATE OR DELETE ON registry_export
    FOR EACH ROW EXECUTE FUNCTION registry_export_is_frozen();
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_choice",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "readings",
            sa.Enum(
                "submitted",
                "accepted",
                name="readingschoice_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_export_choice_provider_id")),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_export_choice")),
    )
    op.create_table(
        "export_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "payments",
                "readings",
                name="exportkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum(
                "sber_debts",
                "sber_debts_old",
                "sber_readings",
                "gorod",
                "json",
                "csv",
                "xlsx",
                "dbf",
                name="registryformat_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("encoding", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column(
            "rhythm",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                name="rhythm_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "download",
                "folder",
                "api",
                name="exportway_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("even_empty", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "day BETWEEN 1 AND CASE rhythm WHEN 'daily' THEN 1 WHEN 'weekly' THEN 7 ELSE 28 END",
            name=op.f("ck_export_schedule_day"),
        ),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_export_schedule_hour")),
        sa.ForeignKeyConstraint(["created_by"], ["resident.id"], name=op.f("fk_export_schedule_created_by")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_export_schedule_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_schedule")),
    )
    op.create_index(op.f("ix_export_schedule_created_at"), "export_schedule", ["created_at"], unique=False)
    op.create_index(op.f("ix_export_schedule_provider_id"), "export_schedule", ["provider_id"], unique=False)
    op.create_table(
        "registry_export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "payments",
                "readings",
                name="exportkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum(
                "sber_debts",
                "sber_debts_old",
                "sber_readings",
                "gorod",
                "json",
                "csv",
                "xlsx",
                "dbf",
                name="registryformat_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("encoding", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("late_rows", sa.Integer(), nullable=False),
        sa.Column("correction_rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("inn", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("bank_account", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("timezone", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "download",
                "folder",
                "api",
                name="exportway_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "made",
                "delivered",
                "failed",
                "confirmed",
                name="exportstate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("failure", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("rows >= 0 AND number > 0", name=op.f("ck_registry_export_counted")),
        sa.CheckConstraint("since <= until", name=op.f("ck_registry_export_period")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["resident.id"], name=op.f("fk_registry_export_confirmed_by")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["resident.id"], name=op.f("fk_registry_export_made_by")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_registry_export_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["export_schedule.id"], name=op.f("fk_registry_export_schedule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_export")),
        sa.UniqueConstraint("provider_id", "number", name=op.f("uq_registry_export_provider_id_number")),
    )
    op.create_index(op.f("ix_registry_export_made_at"), "registry_export", ["made_at"], unique=False)
    op.create_index(op.f("ix_registry_export_schedule_id"), "registry_export", ["schedule_id"], unique=False)
    op.create_table(
        "export_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "payments",
                "readings",
                name="exportkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("export_id", sa.Uuid(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "paid",
                "refund",
                "refund_came_back",
                "dispute",
                "reading",
                name="rowcause_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("reading_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("owner_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("period", sa.Date(), nullable=True),
        sa.Column("payment_number", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("meter_kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("meter_serial", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.Column("zones", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.Column("verification_due", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(cause = 'reading') = (reading_id IS NOT NULL)", name=op.f("ck_export_row_reading")
        ),
        sa.CheckConstraint(
            "(kind = 'readings') = (cause = 'reading')", name=op.f("ck_export_row_kind_of_cause")
        ),
        sa.CheckConstraint(
            "(refund_id IS NOT NULL) = (cause IN ('refund', 'refund_came_back')) AND (dispute_id IS NOT NULL) = (cause = 'dispute')",
            name=op.f("ck_export_row_because"),
        ),
        sa.CheckConstraint(
            "(item_id IS NULL) <> (reading_id IS NULL)", name=op.f("ck_export_row_one_subject")
        ),
        sa.CheckConstraint(
            "position IS NOT NULL OR (amount_minor = 0 AND export_id IS NULL)",
            name=op.f("ck_export_row_silent"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_export_row_account_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_export_row_dispute_id")),
        sa.ForeignKeyConstraint(["export_id"], ["registry_export.id"], name=op.f("fk_export_row_export_id")),
        sa.ForeignKeyConstraint(["item_id"], ["payment_item.id"], name=op.f("fk_export_row_item_id")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_export_row_provider_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_export_row_reading_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_export_row_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_row")),
        sa.UniqueConstraint(
            "cause",
            "item_id",
            "refund_id",
            "dispute_id",
            "reading_id",
            name="uq_export_row_event",
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint(
            "provider_id", "kind", "position", name=op.f("uq_export_row_provider_id_kind_position")
        ),
    )
    op.create_index("ix_export_row_item", "export_row", ["item_id"], unique=False)
    op.create_index("ix_export_row_reading", "export_row", ["reading_id"], unique=False)
    op.create_index("ix_export_row_registry", "export_row", ["export_id", "position"], unique=False)
    op.create_index(
        "ix_export_row_waiting",
        "export_row",
        ["provider_id", "kind", "happened_at"],
        unique=False,
        postgresql_where=sa.text("export_id IS NULL AND position IS NOT NULL"),
    )
    connection = op.get_bind()
    connection.exec_driver_sql(GUARDS.replace("%", "%%"))


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_export_row_waiting",
        table_name="export_row",
        postgresql_where=sa.text("export_id IS NULL AND position IS NOT NULL"),
    )
    op.drop_index("ix_export_row_registry", table_name="export_row")
    op.drop_index("ix_export_row_reading", table_name="export_row")
    op.drop_index("ix_export_row_item", table_name="export_row")
    op.drop_table("export_row")
    op.drop_index(op.f("ix_registry_export_schedule_id"), table_name="registry_export")
    op.drop_index(op.f("ix_registry_export_made_at"), table_name="registry_export")
    op.drop_table("registry_export")
    op.drop_index(op.f("ix_export_schedule_provider_id"), table_name="export_schedule")
    op.drop_index(op.f("ix_export_schedule_created_at"), table_name="export_schedule")
    op.drop_table("export_schedule")
    op.drop_table("export_choice")
    op.execute("DROP FUNCTION export_row_is_told_once, registry_export_is_frozen")
