"""What providers deliver: registries with their dry runs, identifiers of accounts, corrected bills."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GUARDS = """
CREATE FUNCTION registry_step_is_legal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.provider_id, NEW.file_name, NEW.sha256, NEW.size, NEW.uploaded_at)
        IS DISTINCT FROM (OLD.provider_id, OLD.file_name, OLD.sha256, OLD.size, OLD.uploaded_at) THEN
        RAISE EXCEPTION 'what was sent with registry %% is frozen', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
        'uploaded>recognised', 'uploaded>canceled',
        'recognised>uploaded', 'recognised>checking', 'recognised>canceled',
        'checking>checked', 'checking>failed', 'checking>canceled',
        'checked>checking', 'checked>recognised', 'checked>uploaded', 'checked>applying', 'checked>canceled',
        'applying>applied', 'applying>checked', 'applying>failed',
        'failed>recognised', 'failed>uploaded', 'failed>checking', 'failed>canceled',
        'canceled>recognised', 'canceled>uploaded', 'canceled>checking',
        'applied>rolling_back', 'rolling_back>rolled_back', 'rolling_back>applied'
    ])) THEN
        RAISE EXCEPTION 'registry %% cannot go from %% to %%', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('applied', 'rolled_back') AND (NEW.layout, NEW.as_of, NEW.source, NEW.applied_at, NEW.reason)
        IS DISTINCT FROM (OLD.layout, OLD.as_of, OLD.source, OLD.applied_at, OLD.reason) THEN
        RAISE EXCEPTION 'registry %% was applied as it is', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION applied_registry_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.applied_at IS NOT NULL OR OLD.state IN ('checking', 'applying', 'rolling_back') THEN
        RAISE EXCEPTION 'registry %% is kept', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER registry_step_is_legal BEFORE UPDATE ON registry_import
    FOR EACH ROW EXECUTE FUNCTION registry_step_is_legal();
CREATE TRIGGER applied_registry_is_kept BEFORE DELETE ON registry_import
    FOR EACH ROW EXECUTE FUNCTION applied_registry_is_kept();
CREATE TRIGGER import_change_is_append_only BEFORE UPDATE OR DELETE ON import_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


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

    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("els", sa.String(), nullable=False),
        sa.Column("fias", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("posted", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("meters", postgresql.JSONB(), nullable=True),
        sa.Column("charges", postgresql.JSONB(), nullable=True),
        sa.Column("lines", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_row")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "registry_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "recognised",
                "checking",
                "checked",
                "applying",
                "applied",
                "rolling_back",
                "rolled_back",
                "failed",
                "canceled",
                name="importstate_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("layout", postgresql.JSONB(), nullable=True),
        sa.Column("header", postgresql.JSONB(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("tell_residents", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", sa.Uuid(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rolled_back_by", sa.Uuid(), nullable=True),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rollback_reason", sa.String(length=300), nullable=False),
        sa.Column("file_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "percent BETWEEN 0 AND 100", name=op.f("ck_registry_import_percent_is_a_percentage")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_registry_import_not_empty")),
        sa.ForeignKeyConstraint(["applied_by"], ["resident.id"], name=op.f("fk_registry_import_applied_by")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_registry_import_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["rolled_back_by"], ["resident.id"], name=op.f("fk_registry_import_rolled_back_by")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["resident.id"], name=op.f("fk_registry_import_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_import")),
    )
    op.create_index(
        "ix_registry_import_one_at_a_time",
        "registry_import",
        ["provider_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('checking', 'applying', 'rolling_back')"),
    )
    op.create_index(op.f("ix_registry_import_provider_id"), "registry_import", ["provider_id"], unique=False)
    op.create_index(op.f("ix_registry_import_sha256"), "registry_import", ["sha256"], unique=False)
    op.create_index(op.f("ix_registry_import_uploaded_at"), "registry_import", ["uploaded_at"], unique=False)
    op.create_table(
        "saved_layout",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("layout", postgresql.JSONB(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_saved_layout_provider_id")),
        sa.ForeignKeyConstraint(["saved_by"], ["resident.id"], name=op.f("fk_saved_layout_saved_by")),
        sa.PrimaryKeyConstraint("provider_id", "format", name=op.f("pk_saved_layout")),
    )
    op.create_index(op.f("ix_saved_layout_saved_at"), "saved_layout", ["saved_at"], unique=False)
    op.create_table(
        "import_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "account_changed",
                "meter_made",
                "meter_changed",
                "zone_made",
                "reading_made",
                "bill_made",
                "bill_changed",
                name="changekind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["registry_import.id"], name=op.f("fk_import_change_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    op.create_index(op.f("ix_import_change_import_id"), "import_change", ["import_id"], unique=False)
    op.create_table(
        "import_rejection",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["registry_import.id"], name=op.f("fk_import_rejection_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_rejection")),
    )
    op.add_column("account", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.add_column("payment_item", sa.Column("posted_by", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_payment_item_posted_by"), "payment_item", ["posted_by"], unique=False)
    op.create_foreign_key(
        op.f("fk_payment_item_posted_by"), "payment_item", "provider_statement", ["posted_by"], ["id"]
    )
    op.add_column("provider_statement", sa.Column("import_id", sa.Uuid(), nullable=True))
    op.add_column("provider_statement", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(op.f("ix_provider_statement_account_id"), table_name="provider_statement")
    op.drop_constraint(
        op.f("uq_provider_statement_account_id_as_of_source"), "provider_statement", type_="unique"
    )
    op.create_index(
        "ix_provider_statement_import",
        "provider_statement",
        ["import_id"],
        unique=False,
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "ix_provider_statement_once",
        "provider_statement",
        ["account_id", "as_of", "source"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.get_bind().exec_driver_sql(GUARDS)


def downgrade() -> None:
    """Take it back."""
    op.execute("DROP FUNCTION registry_step_is_legal, applied_registry_is_kept CASCADE")
    op.drop_index(
        "ix_provider_statement_once",
        table_name="provider_statement",
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.drop_index(
        "ix_provider_statement_import",
        table_name="provider_statement",
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_provider_statement_account_id_as_of_source"),
        "provider_statement",
        ["account_id", "as_of", "source"],
        postgresql_nulls_not_distinct=False,
    )
    op.create_index(
        op.f("ix_provider_statement_account_id"), "provider_statement", ["account_id"], unique=False
    )
    op.drop_column("provider_statement", "taken_back_at")
    op.drop_column("provider_statement", "import_id")
    op.drop_constraint(op.f("fk_payment_item_posted_by"), "payment_item", type_="foreignkey")
    op.drop_index(op.f("ix_payment_item_posted_by"), table_name="payment_item")
    op.drop_column("payment_item", "posted_by")
    op.drop_column("account", "import_id")
    op.drop_table("import_rejection")
    op.drop_index(op.f("ix_import_change_import_id"), table_name="import_change")
    op.drop_table("import_change")
    op.drop_index(op.f("ix_saved_layout_saved_at"), table_name="saved_layout")
    op.drop_table("saved_layout")
    op.drop_index(op.f("ix_registry_import_uploaded_at"), table_name="registry_import")
    op.drop_index(op.f("ix_registry_import_sha256"), table_name="registry_import")
    op.drop_index(op.f("ix_registry_import_provider_id"), table_name="registry_import")
    op.drop_index(
        "ix_registry_import_one_at_a_time",
        table_name="registry_import",
        postgresql_where=sa.text("state IN ('checking', 'applying', 'rolling_back')"),
    )
    op.drop_table("registry_import")
    op.drop_table("import_row")
    op.drop_constraint(op.f("fk_charge_corrects_id"), "charge", type_="foreignkey")
    op.drop_index(op.f("ix_charge_corrects_id"), table_name="charge")
    op.drop_column("charge", "corrects_id")
    op.drop_column("bill", "corrected_at")
    op.drop_column("bill", "corrections")
    op.drop_column("account", "fias")
    op.drop_column("account", "els")
