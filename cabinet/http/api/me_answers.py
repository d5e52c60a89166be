"""What a resident's program reads, and how it is made: never more than the resident's own pages show."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.billing.models import ChargeKind
from cabinet.billing.views import BillView
from cabinet.i18n import N_, current_locale
from cabinet.keys.personal_use import Bearer
from cabinet.kit.text import group_digits
from cabinet.meters.history import History, MeterHistory, PastReading
from cabinet.meters.models import MeterKind, ReadingSource, ReadingState
from cabinet.meters.service import MeterView, ZoneView
from cabinet.meters.windows import Window
from cabinet.meters.words import say_zone
from cabinet.payments.preview import OpenPeriod
from cabinet.providers.models import ProviderKind

T = TypeVar("T")
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-10"])]
MOST = 200
"""Rows in one answer, beyond which the next month waits for the next request."""
_RIGHTS = {Right.LOOK: "look", Right.SEE_ALL: "see_bills", Right.SEND_READINGS: "send_readings"}


class AccountLine(BaseModel):
    """An account that the token opens now."""

    id: UUID
    title: str = Field(description=N_("The resident's own name for it, else the provider's"))
    provider: str
    kind: ProviderKind
    number: str = Field(description=N_("In groups, as the bill prints it"))
    may: list[str] = Field(
        description=N_("What the token and the link together allow: look, see_bills, send_readings")
    )
    access_until: datetime | None = Field(description=N_("When the resident's own access ends, if it does"))


class MeAnswer(BaseModel):
    """The token that was sent, and what it opens."""

    name: str = Field(description=N_("The name that the resident gave to the token"))
    expires_at: datetime | None
    may: list[str]
    accounts: list[AccountLine]


class Unpaid(BaseModel):
    """What is owed of one month."""

    period: Month
    open_minor: int


class AccountAnswer(AccountLine):
    """An account with its debt, in kopecks."""

    address: str = Field(description=N_("House and flat are hidden until the account is proved"))
    level: LinkLevel
    role: LinkRole
    timezone: str
    balance_minor: int = Field(description=N_("Owed if positive, paid in advance if negative; kopecks"))
    currency: str = "RUB"
    due_on: date | None = Field(description=N_("The last day to pay what is owed"))
    unpaid: list[Unpaid]


class BillLine(BaseModel):
    """A line of a bill; kopecks, and roubles for a unit."""

    service: str
    kind: ChargeKind
    amount_minor: int
    recalculation_minor: int
    volume: Decimal | None
    unit: str
    tariff: Decimal | None


class BillAnswer(BaseModel):
    """A bill, in kopecks."""

    id: UUID
    period: Month
    number: str
    due_on: date
    total_minor: int = Field(description=N_("Charged for the month, penalty included"))
    penalty_minor: int
    to_pay_minor: int = Field(description=N_("What the bill asks for, older debt included"))
    lines: list[BillLine]


class ZoneAnswer(BaseModel):
    """A tariff zone with the value that a new one must follow, and what was sent for this month."""

    zone: int
    name: str
    previous: Decimal | None
    previous_on: date | None
    previous_source: ReadingSource | None
    sent: Decimal | None = Field(description=N_("Sent for this period and not decided yet"))
    sent_on: date | None
    accepted_on: date | None
    declined: Decimal | None
    declined_because: str


class MeterAnswer(BaseModel):
    """A meter that is in place."""

    id: UUID
    kind: MeterKind
    serial: str = Field(description=N_("Its number; masked until the account is proved"))
    unit: str
    digits: int
    decimals: int
    verification_due: date | None
    zones: list[ZoneAnswer]


class WindowAnswer(BaseModel):
    """When the provider takes readings; days of the account's time zone."""

    open: bool
    opens_on: date
    closes_on: date
    strict: bool = Field(description=N_("Outside of it nothing is taken; else it counts for the next period"))
    period: Month = Field(description=N_("The month that a reading sent now counts for"))


class MetersAnswer(BaseModel):
    """The meters of an account, and whether it is time."""

    window: WindowAnswer
    meters: list[MeterAnswer]


class ReadingAnswer(BaseModel):
    """A reading and what became of it."""

    id: UUID
    meter: UUID
    serial: str
    zone: int
    value: Decimal
    period: Month
    taken_on: date
    source: ReadingSource
    state: ReadingState
    declined_because: str
    mine: bool = Field(description=N_("Sent by this resident"))
    sent_at: datetime


class Page(BaseModel, Generic[T]):
    """Whole months, the oldest first; `next` is the `after` of the next request, null when nothing is left."""

    items: list[T]
    next: Month | None


def page_of(items: Sequence[T], month: Callable[[T], str], after: str | None) -> Page[T]:
    """The items of the months after `after`: whole months, until there are enough."""
    wanted = sorted((one for one in items if after is None or month(one) > after), key=month)
    shown: list[T] = []
    for one in wanted:
        if len(shown) >= MOST and month(one) != month(shown[-1]):
            return Page(items=shown, next=month(shown[-1]))
        shown.append(one)
    return Page(items=shown, next=None)


def rights_of(bearer: Bearer, account: LinkedAccount | None = None) -> list[str]:
    """What the token may do, with one account or at all."""
    return [
        word
        for right, word in _RIGHTS.items()
        if bearer.may(right) and (account is None or account.may(right))
    ]


def account_line(bearer: Bearer, account: LinkedAccount) -> AccountLine:
    """The account in a list."""
    locale = current_locale()
    return AccountLine(
        id=account.account_id,
        title=account.title(locale),
        provider=account.provider_name_in(locale),
        kind=account.kind,
        number=group_digits(account.number),
        may=rights_of(bearer, account),
        access_until=account.expires_at,
    )


def account_answer(
    bearer: Bearer, account: LinkedAccount, due_on: date | None, unpaid: Sequence[OpenPeriod]
) -> AccountAnswer:
    """The account with its debt."""
    return AccountAnswer(
        **account_line(bearer, account).model_dump(),
        address=account.masked_address,
        level=account.level,
        role=account.role,
        timezone=account.timezone,
        balance_minor=account.balance_minor,
        due_on=due_on if account.balance_minor > 0 else None,
        unpaid=[
            Unpaid(period=month_word(one.period), open_minor=one.open_minor)
            for one in unpaid
            if one.open_minor
        ],
    )


def bill_answer(bill: BillView) -> BillAnswer:
    """One bill."""
    return BillAnswer(
        id=bill.id,
        period=month_word(bill.period),
        number=bill.number,
        due_on=bill.due_on,
        total_minor=bill.total_minor,
        penalty_minor=bill.penalty_minor,
        to_pay_minor=bill.to_pay_minor,
        lines=[
            BillLine(
                service=line.service,
                kind=line.kind,
                amount_minor=line.amount_minor,
                recalculation_minor=line.recalculation_minor,
                volume=line.volume,
                unit=line.unit,
                tariff=line.tariff,
            )
            for line in bill.lines
        ],
    )


def meters_answer(
    meters: Sequence[MeterView], window: Window, today: date, resident_id: UUID
) -> MetersAnswer:
    """The meters as they are shown to this resident, on the provider's day."""
    period = window.period_of(today)
    shown = WindowAnswer(
        open=window.is_open(today),
        opens_on=window.opens_on(period),
        closes_on=window.closes_on(period),
        strict=window.strict,
        period=month_word(period),
    )
    return MetersAnswer(window=shown, meters=[_meter(one, resident_id) for one in meters])


def readings_of(history: History, resident_id: UUID, masked: Callable[[str], str]) -> list[ReadingAnswer]:
    """Every reading of the history, corrected ones too, as they were sent; `masked` hides numbers of meters."""
    found = [
        _reading(one, meter, resident_id, masked)
        for line in history.lines
        for meter in line.meters
        for last in meter.readings
        for one in (last, *last.corrected)
    ]
    return sorted(found, key=lambda one: one.sent_at)


def month_word(period: date) -> str:
    """`2026-10`."""
    return f"{period:%Y-%m}"


def _meter(meter: MeterView, resident_id: UUID) -> MeterAnswer:
    return MeterAnswer(
        id=meter.id,
        kind=meter.kind,
        serial=meter.serial,
        unit=meter.unit,
        digits=meter.digits,
        decimals=meter.decimals,
        verification_due=meter.verification_due,
        zones=[_zone(zone, len(meter.zones), resident_id) for zone in meter.zones],
    )


def _zone(zone: ZoneView, zones: int, resident_id: UUID) -> ZoneAnswer:
    """A refusal is told to whom it was addressed, as on the page."""
    told = zone.declined_of == resident_id
    return ZoneAnswer(
        zone=zone.number,
        name=say_zone(zone.number, zones),
        previous=zone.previous,
        previous_on=zone.previous_on,
        previous_source=zone.previous_source,
        sent=zone.sent,
        sent_on=zone.sent_on,
        accepted_on=zone.accepted_on,
        declined=zone.declined if told else None,
        declined_because=zone.declined_because if told else "",
    )


def _reading(
    one: PastReading, meter: MeterHistory, resident_id: UUID, masked: Callable[[str], str]
) -> ReadingAnswer:
    return ReadingAnswer(
        id=one.id,
        meter=meter.id,
        serial=masked(meter.serial),
        zone=one.zone,
        value=one.value,
        period=month_word(one.period),
        taken_on=one.taken_on,
        source=one.source,
        state=one.state,
        declined_because=one.declined_because,
        mine=one.resident_id == resident_id,
        sent_at=one.created_at,
    )
