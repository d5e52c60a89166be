"""The accounts of the page for readings: what is read of them, and how it is told."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.accounts.service import LinkedAccount
from cabinet.database import read_only
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_day, say_moment, say_month, today_in
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.meters import service as meters
from cabinet.meters.models import ReadingState
from cabinet.meters.rules import cost_minor
from cabinet.meters.service import MeterView, SentReading, ZoneView, window_of, window_sentence
from cabinet.meters.words import say_quantity
from cabinet.providers import service as providers
from cabinet.providers.service import ProviderView
from cabinet.ui import routes
from cabinet.ui.meters import MeterLine, meter_line


@dataclass
class ReadingsCard:
    """One account with its meters, in the words of the page's language."""

    id: str
    title: str
    kind: str
    number: str
    address: str
    page: str
    pay: str
    history: str
    window: str
    tone: str
    """`open`, `next` (counts for the next period) or `closed`."""
    barred: str = ""
    """Why this person may not send readings here; empty: they may."""
    takes_more: bool = True
    """Whether there is a field to fill in."""
    first_day: str = ""
    """From which day on a reading may be dated; empty: it is of the day on which it is sent."""
    today: str = ""
    day_error: str = ""
    problem: str = ""
    asks: bool = False
    """Some values have to be confirmed before they are sent."""
    done: str = ""
    """What has just been sent, and when the provider takes it over."""
    total: str = ""
    """What was sent costs together."""
    meters: list[MeterLine] = field(default_factory=list)


async def read_cards(resident_id: UUID, only: UUID | None) -> list[ReadingsCard]:
    """The accounts of the resident in the order of linking, or only one of them."""
    async with read_only() as session:
        linked = await accounts.linked_accounts(resident_id, session=session)
        chosen = [account for account in linked if only in (None, account.account_id)]
        known = await providers.get_providers({a.provider_id for a in chosen}, session=session)
        devices = await meters.meters_of([a.account_id for a in chosen], session=session)
        sent = await _sent(devices.values(), session)
    return [
        _card(account, known[account.provider_id], devices[account.account_id], sent, resident_id)
        for account in chosen
    ]


async def say_done(resident_id: UUID, account_id: UUID) -> str:
    """That the readings are sent, until when they can be corrected, and what happens then."""
    async with read_only() as session:
        account = await accounts.linked_account(resident_id, account_id, session=session)
        provider = await providers.get_provider(account.provider_id, session=session)
    window = window_of(provider)
    period = window.period_of(today_in(provider.timezone))
    said = _(
        "The readings for {month} are sent. You can correct them until {day}; after that the provider takes them over."
    )
    return said.format(month=say_month(period), day=say_day(window.closes_on(period)))


def takes_more(card: ReadingsCard, devices: list[MeterLine]) -> bool:
    """Whether a field is shown on the card."""
    if card.barred or card.tone == "closed":
        return False
    return any(zone.is_open for device in devices for zone in device.zones)


async def _sent(
    devices: Iterable[list[MeterView]], session: AsyncSession
) -> defaultdict[UUID, list[SentReading]]:
    zones = [zone.id for found in devices for meter in found for zone in meter.zones]
    sent: defaultdict[UUID, list[SentReading]] = defaultdict(list)
    for reading in await meters.sent_readings(zones, session=session):
        sent[reading.zone_id].append(reading)
    return sent


def _card(
    account: LinkedAccount,
    provider: ProviderView,
    devices: list[MeterView],
    sent: defaultdict[UUID, list[SentReading]],
    resident_id: UUID,
) -> ReadingsCard:
    today = today_in(provider.timezone)
    window = window_of(provider)
    period = window.period_of(today)
    card = ReadingsCard(
        id=str(account.account_id),
        title=account.title(current_locale()),
        kind=account.kind.value,
        number=group_digits(account.number),
        address=account.masked_address,
        page=routes.account(account.account_id),
        pay=routes.pay(account.account_id),
        history=routes.meters(account.account_id),
        window=window_sentence(provider, today),
        tone="open" if window.is_open(today) else "closed" if window.strict else "next",
        barred=_barred(account),
        first_day=_first_day(provider, today),
        today=today.isoformat(),
        total=_total(devices),
        meters=[_meter(device, provider, account, sent, period, today, resident_id) for device in devices],
    )
    return replace(card, takes_more=takes_more(card, card.meters))


def _barred(account: LinkedAccount) -> str:
    if account.role is not LinkRole.VIEWER:
        return ""
    return _("You may look at this account. Its owner can let you send readings too.")


def _first_day(provider: ProviderView, today: date) -> str:
    first = window_of(provider).earliest_on(today)
    return first.isoformat() if provider.earlier_date_allowed and first < today else ""


def _total(devices: list[MeterView]) -> str:
    """What the readings of this period cost by the tariff, where all of it is known."""
    costs = [_cost(zone, meter) for meter in devices for zone in meter.zones if zone.sent is not None]
    known = [cost for cost in costs if cost is not None]
    return format_amount(sum(known)) if known and len(known) == len(costs) > 1 else ""


def _cost(zone: ZoneView, meter: MeterView) -> int | None:
    if zone.sent is None or zone.previous is None or zone.price is None or zone.sent < zone.previous:
        return None
    return cost_minor((zone.sent - zone.previous) * meter.ratio, zone.price)


def _meter(
    device: MeterView,
    provider: ProviderView,
    account: LinkedAccount,
    sent: defaultdict[UUID, list[SentReading]],
    period: date,
    today: date,
    resident_id: UUID,
) -> MeterLine:
    only_own = account.level is LinkLevel.LITE
    line = meter_line(device, resident_id, masked=only_own, today=today)
    refused = bool(line.expired) and not provider.expired_verification_allowed
    if refused:
        line.expired += " " + _("Call the provider to renew it: readings are not taken before.")
    elif line.expired:
        line.expired += " " + _("Readings are taken, but the provider may bill you by the norm.")
    zones = [
        replace(
            zone,
            is_open=zone.is_open and not refused,
            history=_history(
                [one for one in sent[UUID(zone.id)] if not only_own or one.resident_id == resident_id],
                period,
                provider.timezone,
                device.unit,
            ),
        )
        for zone in line.zones
    ]
    return replace(line, zones=zones)


def _history(sent: list[SentReading], period: date, timezone: str, unit: str) -> list[str]:
    """What was sent for the period before the present value, the newest first."""
    earlier = [one for one in sent if one.period >= period and one.state is not ReadingState.SUBMITTED]
    return [
        _say_earlier(one).format(
            value=say_quantity(one.value, unit), moment=say_moment(one.sent_at, timezone)
        )
        for one in earlier
    ]


def _say_earlier(one: SentReading) -> str:
    match one.state:
        case ReadingState.DECLINED:
            return _("{value}, sent on {moment}, not accepted")
        case ReadingState.ACCEPTED:
            return _("{value}, sent on {moment}, accepted")
        case _:
            return _("{value}, sent on {moment}, corrected")
