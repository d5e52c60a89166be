"""Providers: who sells the service, and their rules."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id
from cabinet.kit.dates import now


class ProviderKind(StrEnum):
    """What flows through the meter; decides the icon and the tint."""

    GAS = "gas"
    WATER = "water"
    ELECTRICITY = "electricity"
    HEAT = "heat"
    HOUSING = "housing"


class ProofKind(StrEnum):
    """How a resident proves that the account is theirs, before name, bills and history are shown."""

    LAST_BILL = "last_bill"
    """The sum of the last bill."""
    METER_NUMBER = "meter_number"
    """The serial number of a meter that is in place."""
    PIN = "pin"
    """A code that the provider gave."""
    NONE = "none"
    """There is no proof: links stay lite until the provider chooses one."""


class Provider(Table, table=True):
    """A provider with number format, reading window, switches and bank details."""

    __table_args__ = (
        CheckConstraint("window_from BETWEEN 1 AND 31 AND window_to BETWEEN 1 AND 31", name="window_days"),
        CheckConstraint("due_day BETWEEN 1 AND 28", name="due_day"),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="commission"),
        CheckConstraint(
            "min_payment_minor > 0 AND min_payment_minor <= max_payment_minor", name="payment_limits"
        ),
    )

    id: UUID = random_id()
    name: str = Field(max_length=160, unique=True)
    name_en: str = Field(default="", max_length=160)
    kind: ProviderKind = choice(ProviderKind)
    search_key: str = Field(default="", index=True)
    """Both names and the ИНН, folded."""
    active: bool = True

    number_pattern: str
    """A regular expression that the whole cleaned number must match."""
    number_example: str = Field(max_length=64)
    number_hint_ru: str = ""
    number_hint_en: str = ""

    timezone: str = "Europe/Moscow"
    window_from: int = 15
    window_to: int = 25
    window_strict: bool = False
    """Outside the window readings are refused; else they count for the next period."""
    max_use: int = 10_000
    """The largest believable use between two readings, in units of the meter."""
    zero_use_allowed: bool = True
    zero_crossing_allowed: bool = True
    expired_verification_allowed: bool = True
    earlier_date_allowed: bool = False
    """A reading may be dated before the day that it is sent on, back to the window's first day."""
    proof: ProofKind = choice(ProofKind, default=ProofKind.LAST_BILL)
    due_day: int = 15

    commission_bp: int = 0
    """What the resident pays on top, in hundredths of a percent."""
    min_payment_minor: int = minor_units(default=1)
    max_payment_minor: int = minor_units(default=15_000_000)

    inn: str = Field(max_length=12)
    kpp: str = Field(default="", max_length=9)
    bank_name: str = Field(default="", max_length=45)
    bic: str = Field(default="", max_length=9)
    bank_account: str = Field(default="", max_length=20)
    correspondent_account: str = Field(default="", max_length=20)
    support_phone: str = Field(default="", max_length=64)
    support_email: str = Field(default="", max_length=254)
    support_address: str = Field(default="", max_length=300)
    """Where a letter on paper goes."""
    created_at: datetime = created_moment()


class ProviderLogo(Table, table=True):
    """A provider's sign, as we drew it anew from the file that staff sent: a PNG of bounded size."""

    provider_id: UUID = Field(foreign_key="provider.id", primary_key=True)
    png: bytes = Field(sa_type=LargeBinary)
    digest: str = Field(max_length=64)
    """SHA-256 of the picture: its name for caches."""
    width: int
    height: int
    changed_at: datetime = moment(default_factory=now)
