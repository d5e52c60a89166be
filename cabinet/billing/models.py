"""Bills (квитанции) and their lines."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class Bill(Table, table=True):
    """What one account owes for one period."""

    __table_args__ = (
        UniqueConstraint("account_id", "period"),
        CheckConstraint("extract(day from period) = 1", name="period_is_month"),
        Index("ix_bill_number", "number"),
        Index("ix_bill_gap", "issued_at", postgresql_where=text("gap_minor <> 0")),
    )

    id: UUID = random_id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    period: date
    """The first day of the month that the bill is for."""
    due_on: date
    number: str = Field(default="", max_length=40)
    """As the provider counts its bills; it stands in the QR."""
    opening_minor: int | None = minor_units(default=None)
    """What was owed (positive) or in advance when the period began, as the provider says."""
    paid_minor: int | None = minor_units(default=None)
    """What was paid since the bill before, as the provider says; never negative but for a reversal."""
    closing_minor: int | None = minor_units(default=None)
    """What is to be paid in all, as the provider says."""
    gap_minor: int = minor_units(default=0)
    """By how much the provider's own figures do not add up; staff are told of any but zero."""
    issued_at: datetime = created_moment()
    corrections: int = 0
    """How often the provider has corrected it since."""
    corrected_at: datetime | None = moment(default=None)


class ChargeKind(StrEnum):
    """Debt is paid before penalty."""

    SERVICE = "service"
    PENALTY = "penalty"


WRONG_LINE = "round(charge.volume * charge.tariff * 100) + charge.recalculation_minor <> charge.amount_minor"
"""The rule of `lines.line_gaps` in SQL: both round halves away from zero."""


class Charge(Table, table=True):
    """A line of a bill: service, volume, tariff, amount."""

    __table_args__ = (
        Index("ix_charge_wrong", "bill_id", postgresql_where=text(WRONG_LINE.replace("charge.", ""))),
    )

    id: UUID = random_id()
    bill_id: UUID = Field(foreign_key="bill.id", index=True)
    position: int = 0
    kind: ChargeKind = choice(ChargeKind, default=ChargeKind.SERVICE)
    service: str = Field(max_length=120)
    volume: Decimal | None = Field(default=None, sa_type=Numeric(14, 4))
    unit: str = Field(default="", max_length=16)
    tariff: Decimal | None = Field(default=None, sa_type=Numeric(14, 4))
    """Roubles for a unit."""
    recalculation_minor: int = minor_units(default=0)
    """The part of the amount that corrects earlier months (перерасчёт); often negative."""
    amount_minor: int = minor_units()
    """What the line adds to the bill, the recalculation included."""
    corrects_id: UUID | None = Field(default=None, foreign_key="charge.id", index=True)
    """The paid line of this bill that the provider has lowered since: this one takes the difference off."""
