"""Registries out: which payment and which reading was handed to the provider, once, and by which registry."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class ExportKind(StrEnum):
    """What a registry tells the provider."""

    PAYMENTS = "payments"
    READINGS = "readings"


class ExportState(StrEnum):
    """How far a registry has come."""

    MADE = "made"
    DELIVERED = "delivered"
    """Downloaded, pulled by a program, or written into the folder."""
    FAILED = "failed"
    """It could not be written into the folder; the rows stay its own and it is tried again."""
    CONFIRMED = "confirmed"
    """The provider says that it has it."""


class ExportWay(StrEnum):
    """How a registry gets to the provider."""

    DOWNLOAD = "download"
    FOLDER = "folder"
    API = "api"


class RowCause(StrEnum):
    """Why the provider is told."""

    PAID = "paid"
    REFUND = "refund"
    REFUND_CAME_BACK = "refund_came_back"
    DISPUTE = "dispute"
    READING = "reading"


class Rhythm(StrEnum):
    """How often a scheduled registry is made."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReadingsChoice(StrEnum):
    """Which readings a provider wants to be handed."""

    SUBMITTED = "submitted"
    """As soon as they are sent; the provider decides them."""
    ACCEPTED = "accepted"
    """Only those that were accepted here."""


class RegistryExport(Table, table=True):
    """One registry of a provider: what it covers, its control sums, and how far it has come."""

    __table_args__ = (
        UniqueConstraint("provider_id", "number"),
        CheckConstraint("since <= until", name="period"),
        CheckConstraint("rows >= 0 AND number > 0", name="counted"),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id")
    number: int
    """A running number of this provider's registries."""
    kind: ExportKind = choice(ExportKind)
    format: RegistryFormat = choice(RegistryFormat)
    encoding: str = Field(default="", max_length=16)
    since: datetime = moment()
    """From here its period begins; rows of before are late ones."""
    until: datetime = moment()
    """The cut: what happened from here on is in a later registry."""
    rows: int = 0
    total_minor: int = minor_units(default=0)
    late_rows: int = 0
    correction_rows: int = 0
    sha256: str = Field(default="", max_length=64)
    """Of the file in its own format, set once: a repeated one must be the same to the byte."""
    file_name: str = Field(default="", max_length=160)
    inn: str = Field(default="", max_length=12)
    bank_account: str = Field(default="", max_length=20)
    timezone: str = Field(default="Europe/Moscow", max_length=64)
    """These three are the provider's as they were: they stand in the file."""
    way: ExportWay = choice(ExportWay, default=ExportWay.DOWNLOAD)
    state: ExportState = choice(ExportState, default=ExportState.MADE)
    failure: str = Field(default="", max_length=40)
    """Why it is not in the folder: the name of the system's error."""
    schedule_id: UUID | None = Field(default=None, foreign_key="export_schedule.id", index=True)
    made_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """Empty for a scheduled one and for the command line."""
    made_at: datetime = created_moment()
    delivered_at: datetime | None = moment(default=None)
    confirmed_at: datetime | None = moment(default=None)
    confirmed_by: UUID | None = Field(default=None, foreign_key="resident.id")

    @property
    def first_day(self) -> date:
        """Of its period, by the provider's calendar."""
        return self.since.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def last_day(self) -> date:
        """Of its period, by the provider's calendar."""
        return (self.until - timedelta(microseconds=1)).astimezone(ZoneInfo(self.timezone)).date()


class ExportRow(Table, table=True):
    """What the provider is told about one event, frozen as it is told; each event has one row for ever.

    The unique key makes a second telling impossible. `export_id` is set once, by the registry that hands
    the row over. A row without a position is told to nobody: a payment that was given back before the
    provider had heard of it, or what was taken off a payment before it was told.
    """

    __table_args__ = (
        UniqueConstraint(
            "cause",
            "item_id",
            "refund_id",
            "dispute_id",
            "reading_id",
            name="uq_export_row_event",
            postgresql_nulls_not_distinct=True,
        ),
        UniqueConstraint("provider_id", "kind", "position"),
        CheckConstraint("(item_id IS NULL) <> (reading_id IS NULL)", name="one_subject"),
        CheckConstraint("(kind = 'readings') = (cause = 'reading')", name="kind_of_cause"),
        CheckConstraint("(cause = 'reading') = (reading_id IS NOT NULL)", name="reading"),
        CheckConstraint(
            "(refund_id IS NOT NULL) = (cause IN ('refund', 'refund_came_back')) "
            "AND (dispute_id IS NOT NULL) = (cause = 'dispute')",
            name="because",
        ),
        CheckConstraint("position IS NOT NULL OR (amount_minor = 0 AND export_id IS NULL)", name="silent"),
        Index(
            "ix_export_row_waiting",
            "provider_id",
            "kind",
            "happened_at",
            postgresql_where=text("export_id IS NULL AND position IS NOT NULL"),
        ),
        Index("ix_export_row_registry", "export_id", "position"),
        Index("ix_export_row_item", "item_id"),
        Index("ix_export_row_reading", "reading_id"),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id")
    kind: ExportKind = choice(ExportKind)
    position: int | None = Field(default=None, sa_type=BigInteger)
    """Its place among the provider's rows of the kind, from 1 without gaps: the cursor of programs."""
    export_id: UUID | None = Field(default=None, foreign_key="registry_export.id")
    cause: RowCause = choice(RowCause)
    item_id: UUID | None = Field(default=None, foreign_key="payment_item.id")
    refund_id: UUID | None = Field(default=None, foreign_key="refund.id")
    dispute_id: UUID | None = Field(default=None, foreign_key="dispute.id")
    reading_id: UUID | None = Field(default=None, foreign_key="reading.id")
    happened_at: datetime = moment()
    """Settled, taken back or sent: what a registry's cut is compared with."""
    gathered_at: datetime = moment()
    account_id: UUID = Field(foreign_key="account.id")
    number: str = Field(max_length=32)
    owner_name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)
    period: date | None = None
    payment_number: int = Field(default=0, sa_type=BigInteger)
    amount_minor: int = minor_units(default=0)
    meter_kind: str = Field(default="", max_length=32)
    meter_serial: str = Field(default="", max_length=40)
    zone: int = 1
    zones: int = 1
    value: Decimal | None = Field(default=None, sa_type=Numeric(12, 3))
    taken_on: date | None = None
    verification_due: date | None = None


class ExportSchedule(Table, table=True):
    """A registry that is made by itself, at an hour of the provider's day."""

    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint(
            "day BETWEEN 1 AND CASE rhythm WHEN 'daily' THEN 1 WHEN 'weekly' THEN 7 ELSE 28 END", name="day"
        ),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    kind: ExportKind = choice(ExportKind)
    format: RegistryFormat = choice(RegistryFormat)
    encoding: str = Field(default="", max_length=16)
    rhythm: Rhythm = choice(Rhythm, default=Rhythm.DAILY)
    day: int = 1
    """Of the week (Monday is 1) or of the month (to 28); 1 for a daily one."""
    hour: int = 6
    way: ExportWay = choice(ExportWay, default=ExportWay.DOWNLOAD)
    even_empty: bool = False
    """A registry without rows is made too."""
    active: bool = True
    done_until: datetime = moment()
    """The last moment of the schedule that has been served."""
    created_by: UUID | None = Field(default=None, foreign_key="resident.id")
    created_at: datetime = created_moment()


class ExportChoice(Table, table=True):
    """What a provider wants to be handed; without a row, readings as soon as they are sent."""

    provider_id: UUID = Field(foreign_key="provider.id", primary_key=True)
    readings: ReadingsChoice = choice(ReadingsChoice, default=ReadingsChoice.SUBMITTED)
