"""Registries that providers send: the file, its rows while they are looked at, and what came of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class ImportState(StrEnum):
    """How far a registry has come; the database refuses any other step than those of 0010."""

    UPLOADED = "uploaded"
    """The file is here, and was not understood yet."""
    RECOGNISED = "recognised"
    CHECKING = "checking"
    CHECKED = "checked"
    """The dry run is done."""
    APPLYING = "applying"
    APPLIED = "applied"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    CANCELED = "canceled"


UNDER_WAY = (ImportState.CHECKING, ImportState.APPLYING, ImportState.ROLLING_BACK)


class RegistryImport(Table, table=True):
    """One file of one provider, and what became of it."""

    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_is_a_percentage"),
        CheckConstraint("size > 0", name="not_empty"),
        Index(
            "ix_registry_import_one_at_a_time",
            "provider_id",
            unique=True,
            postgresql_where=text("state IN ('checking', 'applying', 'rolling_back')"),
        ),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    file_name: str = Field(max_length=200)
    sha256: str = Field(max_length=64, index=True)
    size: int = Field(sa_type=BigInteger)
    """Bytes."""
    source: str = Field(max_length=120)
    """What the statements of this file are called; a file that was sent before keeps its name."""
    state: ImportState = choice(ImportState, default=ImportState.UPLOADED)
    layout: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    header: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    as_of: date | None = None
    """The day of the balances."""
    percent: int = 0
    rows: int = Field(default=0, sa_type=BigInteger)
    """How many rows were read."""
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """What the dry run, and then the import, came to."""
    problem: str = Field(default="", max_length=500)
    """Why it was not recognised, or failed."""
    reason: str = Field(default="", max_length=300)
    """Why a file is taken although its control sum or its details do not fit."""
    cancel_requested: bool = False
    tell_residents: bool = False
    """Letters about new bills are written."""
    locale: str = Field(default="ru", max_length=2)
    uploaded_by: UUID | None = Field(default=None, foreign_key="resident.id")
    uploaded_at: datetime = created_moment()
    checked_at: datetime | None = moment(default=None)
    applied_by: UUID | None = Field(default=None, foreign_key="resident.id")
    applied_at: datetime | None = moment(default=None)
    rolled_back_by: UUID | None = Field(default=None, foreign_key="resident.id")
    rolled_back_at: datetime | None = moment(default=None)
    rollback_reason: str = Field(default="", max_length=300)
    file_deleted_at: datetime | None = moment(default=None)


class ImportRow(Table, table=True):
    """A row that could be read, from the dry run until it is applied; empty: the file does not say.

    Unlogged: after a crash of the database it is empty, and the file is read again. No foreign key and no index
    but the first: a million rows pass through here.
    """

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    import_id: UUID = Field(primary_key=True)
    line: int = Field(primary_key=True)
    number: str = Field(max_length=32)
    """As `check_number` gives it."""
    owner_name: str
    address: str
    els: str
    fias: str
    search_key: str
    service: str
    balance_minor: int | None = minor_units(default=None)
    posted: list[int] | None = Field(default=None, sa_column=Column(ARRAY(BigInteger)))
    meters: list[Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    charges: list[Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    lines: list[int] | None = Field(default=None, sa_column=Column(ARRAY(BigInteger)))
    """Several rows of one account that were put together."""


class ImportRejection(Table, table=True):
    """A row that was not taken, and why."""

    import_id: UUID = Field(foreign_key="registry_import.id", primary_key=True)
    line: int = Field(primary_key=True)
    number: str = Field(default="", max_length=80)
    code: str = Field(max_length=40)
    """Of `rejections.REASONS`, or `unreadable`."""
    detail: str = Field(default="", max_length=500)
    """What the sentence names; the whole sentence of a row that could not be read."""


class ChangeKind(StrEnum):
    """What an import did to a row, so that it can be undone."""

    ACCOUNT_CHANGED = "account_changed"
    METER_MADE = "meter_made"
    METER_CHANGED = "meter_changed"
    ZONE_MADE = "zone_made"
    READING_MADE = "reading_made"
    BILL_MADE = "bill_made"
    BILL_CHANGED = "bill_changed"


class ImportChange(Table, table=True):
    """A row that an import made or changed; accounts and statements name their import themselves."""

    id: int | None = Field(default=None, sa_type=BigInteger, sa_column_args=(Identity(),), primary_key=True)
    import_id: UUID = Field(foreign_key="registry_import.id", index=True)
    kind: ChangeKind = choice(ChangeKind)
    subject_id: UUID
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)


class SavedLayout(Table, table=True):
    """How a provider's files of one format are read."""

    provider_id: UUID = Field(foreign_key="provider.id", primary_key=True)
    format: str = Field(max_length=32, primary_key=True)
    layout: dict[str, Any] = Field(sa_type=JSONB)
    saved_by: UUID | None = Field(default=None, foreign_key="resident.id")
    saved_at: datetime = created_moment()
