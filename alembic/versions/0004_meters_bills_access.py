"""Tariffs and the periods of readings, the provider's own figures of a bill, access by invitation, notices, reminders."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PERIOD_OF_READINGS = """
UPDATE reading SET period = date_trunc('month', taken_on) + CASE
    WHEN window_to >= window_from AND extract(day from taken_on) > window_to THEN interval '1 month'
    WHEN window_to < window_from AND extract(day from taken_on) <= window_to THEN interval '-1 month'
    ELSE interval '0' END
FROM tariff_zone, meter, account, provider
WHERE tariff_zone.id = reading.zone_id AND meter.id = tariff_zone.meter_id
  AND account.id = meter.account_id AND provider.id = account.provider_id
"""
"""As `meters.windows.Window.period_of`: after its window a reading counts for the next month."""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tariff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "gas",
                "electricity",
                "cold_water",
                "hot_water",
                "heat",
                name="meterkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("zones", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_tariff_positive")),
        sa.CheckConstraint("zones BETWEEN 1 AND 3 AND zone BETWEEN 1 AND zones", name=op.f("ck_tariff_zone")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_tariff_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tariff")),
        sa.UniqueConstraint(
            "provider_id",
            "kind",
            "zones",
            "zone",
            "valid_from",
            name=op.f("uq_tariff_provider_id_kind_zones_zone_valid_from"),
        ),
    )
    op.create_index(op.f("ix_tariff_provider_id"), "tariff", ["provider_id"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_calendar_feed_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
    )
    op.create_index(op.f("ix_calendar_feed_created_at"), "calendar_feed", ["created_at"], unique=False)
    op.create_index(
        "ix_calendar_feed_current",
        "calendar_feed",
        ["resident_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("ix_calendar_feed_resident_id"), "calendar_feed", ["resident_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "news",
                "outage",
                name="noticekind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title_ru", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("title_en", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("text_ru", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False),
        sa.Column("text_en", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False),
        sa.Column("address_part", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("happens_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happens_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_letter", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("letters_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("shown_until > shown_from", name=op.f("ck_notice_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["created_by"], ["resident.id"], name=op.f("fk_notice_created_by")),
        sa.ForeignKeyConstraint(["provider_id"], ["provider.id"], name=op.f("fk_notice_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_created_at"), "notice", ["created_at"], unique=False)
    op.create_index("ix_notice_shown", "notice", ["provider_id", "shown_from", "shown_until"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "window_opens",
                "window_closes",
                "verification",
                "new_bill",
                "notice",
                name="reminderkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("about_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_reminder_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "resident_id",
            "kind",
            "about_id",
            "about_day",
            name=op.f("uq_reminder_resident_id_kind_about_id_about_day"),
        ),
    )
    op.create_index(op.f("ix_reminder_created_at"), "reminder", ["created_at"], unique=False)
    op.create_index(op.f("ix_reminder_resident_id"), "reminder", ["resident_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "helper",
                "viewer",
                name="linkrole_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("access_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_link_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role <> 'owner'", name=op.f("ck_invitation_never_an_owner")),
        sa.ForeignKeyConstraint(
            ["accepted_link_id"], ["account_link.id"], name=op.f("fk_invitation_accepted_link_id")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["account_link.id"], name=op.f("fk_invitation_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_created_at"), "invitation", ["created_at"], unique=False)
    op.create_index(op.f("ix_invitation_email_key"), "invitation", ["email_key"], unique=False)
    op.create_index(op.f("ix_invitation_link_id"), "invitation", ["link_id"], unique=False)
    op.create_table(
        "notice_dismissal",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_dismissal_notice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_notice_dismissal_resident_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", "resident_id", name=op.f("pk_notice_dismissal")),
    )
    op.create_index(
        op.f("ix_notice_dismissal_dismissed_at"), "notice_dismissal", ["dismissed_at"], unique=False
    )
    op.create_index(
        op.f("ix_notice_dismissal_resident_id"), "notice_dismissal", ["resident_id"], unique=False
    )
    op.add_column(
        "account",
        sa.Column(
            "pin_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=sa.text("''")
        ),
    )
    op.add_column(
        "account_link",
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "helper",
                "viewer",
                name="linkrole_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default=sa.text("'owner'"),
        ),
    )
    op.add_column("account_link", sa.Column("invited_by", sa.Uuid(), nullable=True))
    op.add_column("account_link", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account_link", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_account_link_invited_by"), "account_link", ["invited_by"], unique=False)
    op.create_foreign_key(
        op.f("fk_account_link_invited_by"), "account_link", "account_link", ["invited_by"], ["id"]
    )
    op.add_column(
        "bill",
        sa.Column(
            "number",
            sqlmodel.sql.sqltypes.AutoString(length=40),
            nullable=False,
            server_default=sa.text("''"),
        ),
    )
    op.add_column("bill", sa.Column("opening_minor", sa.BigInteger(), nullable=True))
    op.add_column("bill", sa.Column("paid_minor", sa.BigInteger(), nullable=True))
    op.add_column("bill", sa.Column("closing_minor", sa.BigInteger(), nullable=True))
    op.add_column(
        "bill", sa.Column("gap_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "charge",
        sa.Column("recalculation_minor", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("meter", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_meter_replaces_id"), "meter", "meter", ["replaces_id"], ["id"])
    op.add_column(
        "provider",
        sa.Column("earlier_date_allowed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column(
        "provider",
        sa.Column(
            "proof",
            sa.Enum(
                "last_bill",
                "meter_number",
                "pin",
                "none",
                name="proofkind_known",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
            server_default=sa.text("'last_bill'"),
        ),
    )
    op.add_column("reading", sa.Column("period", sa.Date(), nullable=True))
    op.execute(PERIOD_OF_READINGS)
    op.alter_column("reading", "period", nullable=False)
    op.add_column(
        "reading",
        sa.Column(
            "doubts",
            sqlmodel.sql.sqltypes.AutoString(length=200),
            nullable=False,
            server_default=sa.text("''"),
        ),
    )
    op.add_column("reading", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reading", sa.Column("decided_by", sa.Uuid(), nullable=True))
    op.create_index("ix_reading_period", "reading", ["zone_id", "period"], unique=False)
    op.create_index(
        "ix_reading_undecided",
        "reading",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_foreign_key(op.f("fk_reading_decided_by"), "reading", "resident", ["decided_by"], ["id"])
    op.add_column(
        "resident",
        sa.Column("letters_about_bills", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    op.add_column(
        "resident",
        sa.Column("letters_about_readings", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    op.add_column(
        "resident",
        sa.Column("letters_about_notices", sa.Boolean(), nullable=False, server_default=sa.text("true")),
    )
    op.alter_column("account", "pin_hash", server_default=None)
    op.alter_column("account_link", "role", server_default=None)
    op.alter_column("bill", "number", server_default=None)
    op.alter_column("bill", "gap_minor", server_default=None)
    op.alter_column("charge", "recalculation_minor", server_default=None)
    op.alter_column("provider", "earlier_date_allowed", server_default=None)
    op.alter_column("provider", "proof", server_default=None)
    op.alter_column("reading", "doubts", server_default=None)
    op.alter_column("resident", "letters_about_bills", server_default=None)
    op.alter_column("resident", "letters_about_readings", server_default=None)
    op.alter_column("resident", "letters_about_notices", server_default=None)
    op.create_check_constraint(
        "helpers_are_invited", "account_link", "(role = 'owner') = (invited_by IS NULL)"
    )
    op.create_check_constraint("period_is_month", "reading", "extract(day from period) = 1")


def downgrade() -> None:
    """Take back."""
    op.drop_column("resident", "letters_about_notices")
    op.drop_column("resident", "letters_about_readings")
    op.drop_column("resident", "letters_about_bills")
    op.drop_constraint(op.f("fk_reading_decided_by"), "reading", type_="foreignkey")
    op.drop_index(
        "ix_reading_undecided", table_name="reading", postgresql_where=sa.text("state = 'submitted'")
    )
    op.drop_index("ix_reading_period", table_name="reading")
    op.drop_column("reading", "decided_by")
    op.drop_column("reading", "decided_at")
    op.drop_column("reading", "doubts")
    op.drop_column("reading", "period")
    op.drop_column("provider", "proof")
    op.drop_column("provider", "earlier_date_allowed")
    op.drop_constraint(op.f("fk_meter_replaces_id"), "meter", type_="foreignkey")
    op.drop_column("meter", "replaces_id")
    op.drop_column("charge", "recalculation_minor")
    op.drop_column("bill", "gap_minor")
    op.drop_column("bill", "closing_minor")
    op.drop_column("bill", "paid_minor")
    op.drop_column("bill", "opening_minor")
    op.drop_column("bill", "number")
    op.drop_constraint(op.f("fk_account_link_invited_by"), "account_link", type_="foreignkey")
    op.drop_index(op.f("ix_account_link_invited_by"), table_name="account_link")
    op.drop_column("account_link", "expires_at")
    op.drop_column("account_link", "proved_at")
    op.drop_column("account_link", "invited_by")
    op.drop_column("account_link", "role")
    op.drop_column("account", "pin_hash")
    op.drop_index(op.f("ix_notice_dismissal_resident_id"), table_name="notice_dismissal")
    op.drop_index(op.f("ix_notice_dismissal_dismissed_at"), table_name="notice_dismissal")
    op.drop_table("notice_dismissal")
    op.drop_index(op.f("ix_invitation_link_id"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_email_key"), table_name="invitation")
    op.drop_index(op.f("ix_invitation_created_at"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_reminder_resident_id"), table_name="reminder")
    op.drop_index(op.f("ix_reminder_created_at"), table_name="reminder")
    op.drop_table("reminder")
    op.drop_index("ix_notice_shown", table_name="notice")
    op.drop_index(op.f("ix_notice_created_at"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_calendar_feed_resident_id"), table_name="calendar_feed")
    op.drop_index(
        "ix_calendar_feed_current", table_name="calendar_feed", postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.drop_index(op.f("ix_calendar_feed_created_at"), table_name="calendar_feed")
    op.drop_table("calendar_feed")
    op.drop_index(op.f("ix_tariff_provider_id"), table_name="tariff")
    op.drop_table("tariff")
