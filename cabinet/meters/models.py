"""Meters (приборы учёта), their tariff zones and readings."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class MeterKind(StrEnum):
    """What the meter counts."""

    GAS = "gas"
    ELECTRICITY = "electricity"
    COLD_WATER = "cold_water"
    HOT_WATER = "hot_water"
    HEAT = "heat"


class Meter(Table, table=True):
    """One device at one account."""

    __table_args__ = (
        CheckConstraint("digits BETWEEN 3 AND 9 AND decimals BETWEEN 0 AND 3", name="capacity"),
    )

    id: UUID = random_id()
    account_id: UUID = Field(foreign_key="account.id", index=True)
    kind: MeterKind = choice(MeterKind)
    serial: str = Field(max_length=40)
    unit: str = Field(max_length=16)
    digits: int = 5
    """Whole digits on the dial (разрядность); it turns over at 10 ** digits."""
    decimals: int = 0
    ratio: int = 1
    """Transformation ratio: what the dial counts is multiplied by it."""
    verification_due: date | None = None
    installed_on: date | None = None
    removed_on: date | None = None
    replaces_id: UUID | None = Field(default=None, foreign_key="meter.id")
    """The meter that stood in its place before: its history goes on in this one."""


class TariffZone(Table, table=True):
    """T1, T2 or T3 of a meter; a meter without zones has T1 only."""

    __table_args__ = (
        UniqueConstraint("meter_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 3", name="number"),
    )

    id: UUID = random_id()
    meter_id: UUID = Field(foreign_key="meter.id", index=True)
    number: int = 1


class Tariff(Table, table=True):
    """What a unit costs from a day on, so that a reading can be told in roubles before the bill."""

    __table_args__ = (
        UniqueConstraint("provider_id", "kind", "zones", "zone", "valid_from"),
        CheckConstraint("price > 0", name="positive"),
        CheckConstraint("zones BETWEEN 1 AND 3 AND zone BETWEEN 1 AND zones", name="zone"),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    kind: MeterKind = choice(MeterKind)
    zones: int = 1
    """For meters of so many zones."""
    zone: int = 1
    price: Decimal = Field(sa_type=Numeric(14, 4))
    """Roubles for a unit."""
    valid_from: date


class ReadingSource(StrEnum):
    """Who gave the value."""

    RESIDENT = "resident"
    PROVIDER = "provider"
    CALCULATED = "calculated"


class ReadingState(StrEnum):
    """The life of a reading."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"
    """Corrected by a later one inside the window."""


class Reading(Table, table=True):
    """A value on the dial of one zone on one day."""

    __table_args__ = (
        CheckConstraint("value >= 0", name="not_negative"),
        CheckConstraint("extract(day from period) = 1", name="period_is_month"),
        Index("ix_reading_latest", "zone_id", "taken_on", "created_at"),
        Index("ix_reading_period", "zone_id", "period"),
        Index("ix_reading_undecided", "created_at", postgresql_where=text("state = 'submitted'")),
    )

    id: UUID = random_id()
    zone_id: UUID = Field(foreign_key="tariff_zone.id")
    value: Decimal = Field(sa_type=Numeric(12, 3))
    taken_on: date
    period: date
    """The month that it counts for: its first day."""
    source: ReadingSource = choice(ReadingSource)
    state: ReadingState = choice(ReadingState, default=ReadingState.SUBMITTED)
    declined_because: str = Field(default="", max_length=300)
    zero_crossing: bool = False
    """The dial passed its highest value, as the resident confirmed."""
    doubts: str = Field(default="", max_length=200)
    """What was odd about it and confirmed by the resident: names of `Doubt`, separated by spaces."""
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id")
    decided_at: datetime | None = moment(default=None)
    decided_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """The member of staff that accepted or declined it; None: the provider's file or programme."""
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id")
    created_at: datetime = created_moment()
