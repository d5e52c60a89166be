"""What stands in registries, whatever their format: the shapes between files, imports and exports.

Readers of every format give `RegistryRow` or `BadRow`; writers take `PaymentRow` or `ReadingRow`.
What is read a million times is not frozen: a frozen dataclass takes seven times as long to make
(3.1 against 0.4 µs). Treat it as if it were.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class RegistryFormat(StrEnum):
    """How a file is laid out."""

    SBER_DEBTS = "sber_debts"
    """`ФИО;ЕЛС;ФИАС,пом;Адрес;ЛС;Сумма` (sberbank.ru/help/business/sbbol/100027)."""
    SBER_DEBTS_OLD = "sber_debts_old"
    """`ФИО;Адрес;ЛС;Сумма`."""
    SBER_READINGS = "sber_readings"
    """`ЛС;ФИО;ЕЛС;ФИАС;Адрес` and blocks of seven for each zone of a meter."""
    GOROD = "gorod"
    """«Город»: `#FILESUM`, `#TYPE 7`, `#SERVICE`, then ФИО, адрес, ЛС, баланс, услуга."""
    JSON = "json"
    """Accounts, meters, accruals and payments, as in kvado/import-format."""
    CSV = "csv"
    """Any table of text (.csv, .txt), read with a mapping of its columns."""
    XLSX = "xlsx"
    DBF = "dbf"


class Column(StrEnum):
    """What a column of a free table may hold; a mapping names them."""

    NUMBER = "number"
    OWNER_NAME = "owner_name"
    ADDRESS = "address"
    ELS = "els"
    FIAS = "fias"
    BALANCE = "balance"
    """Roubles: a debt is positive."""
    SERVICE = "service"
    PERIOD = "period"
    CHARGED = "charged"
    """Roubles charged for the service in the period."""
    PAYMENTS = "payments"
    """Numbers of payments made here that the balance contains already."""
    METER_KIND = "meter_kind"
    METER_SERIAL = "meter_serial"
    METER_ZONE = "meter_zone"
    VERIFICATION_DUE = "verification_due"
    READING = "reading"
    READ_ON = "read_on"


@dataclass(slots=True)
class MeterValue:
    """One zone of one meter, with the last value that the provider knows."""

    kind: str
    """A `MeterKind`."""
    serial: str
    name: str = ""
    zone: int = 1
    zones: int = 1
    verification_due: date | None = None
    value: Decimal | None = None
    read_on: date | None = None


@dataclass(slots=True)
class ChargeValue:
    """A line of a bill; amounts in minor units."""

    period: date
    service: str
    amount_minor: int
    is_penalty: bool = False
    volume: Decimal | None = None
    unit: str = ""
    tariff: Decimal | None = None
    recalculation_minor: int = 0


@dataclass(slots=True)
class RegistryRow:
    """One account of a registry, as the file says it; empty and None: the file does not say."""

    line: int
    """Where it stands: the line of a text, the row of a table, the element of a list, from 1."""
    source: str
    """The row as it stood, so that a rejected one can be handed back in the same format."""
    number: str
    """The account number as written; the provider's pattern has not been asked yet."""
    owner_name: str = ""
    address: str = ""
    els: str = ""
    fias: str = ""
    balance_minor: int | None = None
    """What the account owes (positive) or has in advance, in minor units."""
    service: str = ""
    period: date | None = None
    meters: tuple[MeterValue, ...] = ()
    charges: tuple[ChargeValue, ...] = ()
    posted: tuple[int, ...] = ()
    """Numbers of payments made here that the provider's balance contains already."""


@dataclass(slots=True)
class BadRow:
    """A row that could not be read; `reason` is a sentence in the current language."""

    line: int
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class RegistryHeader:
    """What a file says about itself, in its name or on top; None and empty: nothing."""

    inn: str = ""
    bank_account: str = ""
    period: date | None = None
    as_of: date | None = None
    """The day of the balances."""
    total_minor: int | None = None
    """The control sum: of the rows' balances, in minor units."""
    rows: int | None = None
    """How many rows there should be."""
    service: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A paid item on its way to the provider; minor units, negative for what went back."""

    payment_number: int
    paid_at: datetime
    number: str
    owner_name: str
    address: str
    amount_minor: int
    period: date | None


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading on its way to the provider."""

    number: str
    owner_name: str
    address: str
    meter_kind: str
    meter_serial: str
    zone: int
    zones: int
    value: Decimal
    taken_on: date
    period: date
    verification_due: date | None = None
