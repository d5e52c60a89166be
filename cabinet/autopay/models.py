"""Saved cards and standing orders (autopay)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class ProcessorCustomer(Table, table=True):
    """The resident as the processor knows them: an id, nothing personal."""

    resident_id: UUID = Field(foreign_key="resident.id", primary_key=True)
    customer_ref: str = Field(max_length=255, unique=True)
    created_at: datetime = created_moment()


class SavedCard(Table, table=True):
    """A card that the processor keeps for the resident; we keep what tells it from another."""

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    method_ref: str = Field(max_length=255, unique=True)
    brand: str = Field(default="", max_length=32)
    last4: str = Field(default="", max_length=4)
    exp_month: int = 0
    exp_year: int = 0
    created_at: datetime = created_moment()
    removed_at: datetime | None = moment(default=None)


class AutopayMode(StrEnum):
    """When a standing order charges."""

    DAY = "day"
    """On a day of the month, what is owed then."""
    BILL = "bill"
    """When a bill arrives."""


class Autopay(Table, table=True):
    """A standing order for one account: the resident's consent, word for word, and its limits."""

    __table_args__ = (
        Index(
            "ix_autopay_current",
            "resident_id",
            "account_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("day BETWEEN 1 AND 28", name="day"),
        CheckConstraint("limit_minor > 0", name="limit_positive"),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    card_id: UUID = Field(foreign_key="saved_card.id", index=True)
    mode: AutopayMode = choice(AutopayMode, default=AutopayMode.DAY)
    day: int = 10
    limit_minor: int = minor_units()
    """No single charge is larger; a larger debt is left to the resident, with a letter."""
    consent_version: str = Field(max_length=32)
    consent_text: str
    consent_locale: str = Field(default="ru", max_length=2)
    consented_at: datetime = created_moment()
    paused_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    end_reason: str = Field(default="", max_length=32)


class AutopayRunState(StrEnum):
    """The life of one charge of a standing order."""

    ANNOUNCED = "announced"
    """The letter is written; the charge is due on its day."""
    CHARGING = "charging"
    """A payment exists; its outcome is followed, never repeated."""
    PAID = "paid"
    SKIPPED = "skipped"
    """Nothing was owed, paused, ended, or above the limit."""
    FAILED = "failed"
    NEEDS_RESIDENT = "needs_resident"
    """The bank asks the resident: a letter leads to the site."""


class AutopayRun(Table, table=True):
    """One charge of a standing order: at most one for each period."""

    __table_args__ = (UniqueConstraint("autopay_id", "period"),)

    id: UUID = random_id()
    autopay_id: UUID = Field(foreign_key="autopay.id", index=True)
    period: date
    """The month that it is for."""
    charge_on: date
    announced_at: datetime = created_moment()
    announced_minor: int = minor_units(default=0)
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id", unique=True)
    state: AutopayRunState = choice(AutopayRunState, default=AutopayRunState.ANNOUNCED)
    reason: str = Field(default="", max_length=64)
    finished_at: datetime | None = moment(default=None)
