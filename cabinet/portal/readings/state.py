"""Sending readings: a form for each account with meters, each sent for itself."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import reflex as rx
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.accounts.service import LinkedAccount
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_day, say_moment, say_month, today_in
from cabinet.kit.money import format_amount
from cabinet.kit.text import group_digits
from cabinet.meters import service as meters
from cabinet.meters.errors import BadReadings, WrongDay
from cabinet.meters.models import ReadingState
from cabinet.meters.rules import cost_minor
from cabinet.meters.service import MeterView, SentReading, ZoneView, window_of, window_sentence
from cabinet.meters.words import say_reading
from cabinet.providers import service as providers
from cabinet.providers.service import ProviderView
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.meters import MeterLine, ZoneLine, meter_line, wishes_in, with_problems
from cabinet.ui.submitted import Form, text_in


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


class ReadingsState(rx.State):
    """The readings of one account (`?account=`) or of all."""

    cards: rx.Field[list[ReadingsCard]] = rx.field(default_factory=list)
    bare: rx.Field[str] = rx.field("")
    """The accounts without meters, by name."""
    connection: rx.Field[str] = rx.field("")
    """The one that the forms were loaded for: with another they are drawn anew, and told what had been typed."""

    @rx.event
    async def load(self) -> None:
        """Read the accounts, their meters, and what was sent."""
        await self._read()
        self.connection = self.router.session.session_id

    @rx.event
    async def send(self, form: Form) -> None:
        """Keep the readings of the account that the form names. What is typed for the others stays as it is."""
        account_id = text_in(form, "account")
        await self._find(account_id)
        zone_ids = [str(found) for name in form if (found := _zone_in(name))]
        try:
            async with unit_of_work() as session:
                await meters.submit_readings(
                    person().id,
                    _id(account_id),
                    wishes_in(form, zone_ids),
                    session=session,
                    taken_on=_day_in(form),
                )
        except CabinetError as problem:
            self._complain(account_id, problem, form)
        else:
            await self._show_sent(
                account_id, anything=any(text_in(form, f"reading-{one}").strip() for one in zone_ids)
            )

    @rx.event
    async def correct(self, account_id: str, zone_id: str) -> None:
        """Open the field of a reading that was sent, with its value."""
        await self._find(account_id)
        self._change_zone(account_id, zone_id, is_open=True)

    @rx.event
    async def keep(self, account_id: str, zone_id: str) -> None:
        """Leave what was sent as it is."""
        await self._find(account_id)
        self._change_zone(account_id, zone_id, is_open=False)

    async def _read(self) -> None:
        only = as_id(self.router.url.query_parameters.get("account", ""))
        found = await _cards(person().id, only)
        self.cards = [card for card in found if card.meters]
        self.bare = ", ".join(card.title for card in found if not card.meters)

    async def _find(self, account_id: str) -> None:
        """Read the cards again if they were lost with the server's memory, while the form stayed open."""
        if not any(card.id == account_id for card in self.cards):
            await self._read()

    async def _show_sent(self, account_id: str, *, anything: bool) -> None:
        if not anything:
            self._change(account_id, problem=_("Enter the new reading of at least one meter."), done="")
            return
        fresh = await _cards(person().id, _id(account_id))
        self.cards = [next((new for new in fresh if new.id == card.id), card) for card in self.cards]
        self._change(account_id, done=await _say_done(person().id, _id(account_id)))

    def _complain(self, account_id: str, problem: CabinetError, form: Form) -> None:
        bad = problem if isinstance(problem, BadReadings) else None
        day = problem.message() if isinstance(problem, WrongDay) else ""
        card = next((card for card in self.cards if card.id == account_id), None)
        if card is None:
            return
        self._change(
            account_id,
            meters=with_problems(card.meters, bad, form),
            problem="" if day else problem.message(),
            asks=bool(bad and not bad.errors),
            day_error=day,
            done="",
        )

    def _change(self, account_id: str, **values: object) -> None:
        self.cards = [
            replace(card, **values) if card.id == account_id else card  # pyright: ignore[reportArgumentType]
            for card in self.cards
        ]

    def _change_zone(self, account_id: str, zone_id: str, *, is_open: bool) -> None:
        for card in self.cards:
            if card.id == account_id:
                devices = [_with_zone(meter, zone_id, is_open=is_open) for meter in card.meters]
                self._change(
                    account_id, meters=devices, takes_more=_takes_more(card, devices), done="", problem=""
                )


def _with_zone(meter: MeterLine, zone_id: str, *, is_open: bool) -> MeterLine:
    return replace(
        meter,
        zones=[
            replace(zone, is_open=is_open, text=zone.value, error="", sure="", concerns=[])
            if zone.id == zone_id and zone.value
            else zone
            for zone in meter.zones
        ],
    )


def _takes_more(card: ReadingsCard, devices: list[MeterLine]) -> bool:
    """Whether a field is shown on the card."""
    if card.barred or card.tone == "closed":
        return False
    return any(zone.is_open for device in devices for zone in device.zones)


def _id(text: str) -> UUID:
    found = as_id(text)
    if found is None:
        raise NotFound
    return found


def _zone_in(name: str) -> UUID | None:
    """The zone that a field of the form is for."""
    return as_id(name.removeprefix("reading-")) if name.startswith("reading-") else None


def _day_in(form: Form) -> date | None:
    try:
        return date.fromisoformat(text_in(form, "taken_on"))
    except ValueError:
        return None


async def _say_done(resident_id: UUID, account_id: UUID) -> str:
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


async def _cards(resident_id: UUID, only: UUID | None) -> list[ReadingsCard]:
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
    return replace(card, takes_more=_takes_more(card, card.meters))


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
    line = meter_line(device, resident_id, masked=account.level is LinkLevel.LITE, today=today)
    refused = bool(line.expired) and not provider.expired_verification_allowed
    if refused:
        line.expired += " " + _("Call the provider to renew it: readings are not taken before.")
    elif line.expired:
        line.expired += " " + _("Readings are taken, but the provider may bill you by the norm.")
    zones = [
        replace(
            zone,
            is_open=zone.is_open and not refused,
            history=_history(sent[UUID(zone.id)], period, provider.timezone, device.unit),
        )
        for zone in line.zones
    ]
    return replace(line, zones=zones)


def _history(sent: list[SentReading], period: date, timezone: str, unit: str) -> list[str]:
    """What was sent for the period before the present value, the newest first."""
    earlier = [one for one in sent if one.period >= period and one.state is not ReadingState.SUBMITTED]
    return [
        _say_earlier(one).format(
            value=f"{say_reading(one.value)}\u00a0{unit}", moment=say_moment(one.sent_at, timezone)
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


__all__ = ["ReadingsCard", "ReadingsState", "ZoneLine"]
