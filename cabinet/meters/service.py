"""Meters of an account, and the readings that residents send."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.rights import Right
from cabinet.accounts.service import get_accounts, linked_account
from cabinet.errors import NotFound
from cabinet.kit.dates import today_in
from cabinet.meters.errors import BadReadings, ReadingProblem, VerificationExpired, WindowClosed
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.meters.rules import Checked, Dial, Switches, check_reading, is_empty
from cabinet.meters.windows import Window, say_window
from cabinet.providers.service import ProviderView, get_provider, get_providers

COUNTED = (ReadingState.SUBMITTED, ReadingState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class ZoneView:
    """A tariff zone: the value that a new one must follow, and the one sent for this period."""

    id: UUID
    number: int
    previous: Decimal | None
    previous_on: date | None
    previous_source: ReadingSource | None
    sent: Decimal | None = None
    sent_on: date | None = None


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter that is in place, with its zones from T1."""

    id: UUID
    kind: MeterKind
    serial: str
    unit: str
    digits: int
    decimals: int
    verification_due: date | None
    zones: list[ZoneView]


@dataclass(frozen=True, slots=True)
class ReadingWish:
    """What a resident typed for a zone; empty text means: not sent."""

    text: str
    zero_crossing: bool = False


def window_of(provider: ProviderView) -> Window:
    """When the provider takes readings."""
    return Window(provider.window_from, provider.window_to, provider.window_strict)


def window_sentence(provider: ProviderView, today: date) -> str:
    """Until when readings are taken, or what happens to one that is sent now; `today` is the provider's."""
    return say_window(window_of(provider), today)


async def meters_of(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, list[MeterView]]:
    """The meters in place at each account, with readings; five queries for any number of accounts."""
    wanted = list(account_ids)
    began = await _periods_began(wanted, session)
    meters = await _meters_in_place(wanted, session)
    zones = await _zones_of([meter.id for meter in meters], session)
    latest = await _latest_readings([zone.id for found in zones.values() for zone in found], session)
    views: dict[UUID, list[MeterView]] = {account_id: [] for account_id in wanted}
    for meter in meters:
        since = began[meter.account_id]
        views[meter.account_id].append(
            _meter_view(meter, [_zone_view(zone, latest[zone.id], since) for zone in zones[meter.id]])
        )
    return views


async def submit_readings(
    resident_id: UUID,
    account_id: UUID,
    values: Mapping[UUID, ReadingWish],
    *,
    session: AsyncSession,
    payment_id: UUID | None = None,
) -> dict[UUID, Decimal]:
    """Keep the readings by zone, all or none; returns what was kept.

    One sent earlier in the same period is superseded. Raises NotFound for a stranger's account or
    zone, BadReadings with a problem for each wrong zone.
    """
    linked = await linked_account(resident_id, account_id, session=session, right=Right.SEND_READINGS)
    provider = await get_provider(linked.provider_id, session=session)
    wishes = {zone_id: wish for zone_id, wish in values.items() if not is_empty(wish.text)}
    await _lock_zones(wishes, session)
    meters = (await meters_of([account_id], session=session))[account_id]
    today = today_in(provider.timezone)
    checked = _check_all(wishes, meters, provider, today)
    for zone_id, reading in checked.items():
        await _keep(zone_id, reading, resident_id, payment_id, window_of(provider), today, session)
    await session.flush()
    return {zone_id: reading.value for zone_id, reading in checked.items()}


def _check_all(
    wishes: Mapping[UUID, ReadingWish], meters: list[MeterView], provider: ProviderView, today: date
) -> dict[UUID, Checked]:
    places = {zone.id: (meter, zone) for meter in meters for zone in meter.zones}
    if not wishes.keys() <= places.keys():
        raise NotFound
    checked: dict[UUID, Checked] = {}
    problems: dict[UUID, ReadingProblem] = {}
    for zone_id, wish in wishes.items():
        try:
            checked[zone_id] = _check(wish, *places[zone_id], provider, today)
        except ReadingProblem as problem:
            problems[zone_id] = problem
    if problems:
        raise BadReadings(problems)
    return checked


def _check(
    wish: ReadingWish, meter: MeterView, zone: ZoneView, provider: ProviderView, today: date
) -> Checked:
    window = window_of(provider)
    if window.strict and not window.is_open(today):
        raise WindowClosed(window, today)
    due = meter.verification_due
    if due and due < today and not provider.expired_verification_allowed:
        raise VerificationExpired(due)
    return check_reading(
        wish.text,
        confirmed_crossing=wish.zero_crossing,
        previous=zone.previous,
        dial=Dial(meter.digits, meter.decimals, meter.unit),
        switches=Switches(provider.max_use, provider.zero_use_allowed, provider.zero_crossing_allowed),
    )


async def _keep(
    zone_id: UUID,
    checked: Checked,
    resident_id: UUID,
    payment_id: UUID | None,
    window: Window,
    today: date,
    session: AsyncSession,
) -> None:
    """Store the value instead of those of this period; the same value again changes nothing."""
    earlier = await _sent_since(zone_id, window.began_on(today), session)
    if any(reading.value == checked.value for reading in earlier):
        return
    for reading in earlier:
        reading.state = ReadingState.SUPERSEDED
    session.add(
        Reading(
            zone_id=zone_id,
            value=checked.value,
            taken_on=today,
            period=window.period_of(today),
            source=ReadingSource.RESIDENT,
            zero_crossing=checked.zero_crossing,
            resident_id=resident_id,
            payment_id=payment_id,
        )
    )


async def _sent_since(zone_id: UUID, since: date, session: AsyncSession) -> list[Reading]:
    rows = await session.exec(
        select(Reading).where(
            Reading.zone_id == zone_id,
            Reading.taken_on >= since,
            Reading.source == ReadingSource.RESIDENT,
            Reading.state == ReadingState.SUBMITTED,
        )
    )
    return list(rows)


async def _lock_zones(zone_ids: Iterable[UUID], session: AsyncSession) -> None:
    """Let two tabs send one after the other."""
    statement = select(TariffZone.id).where(col(TariffZone.id).in_(list(zone_ids)))
    await session.exec(statement.order_by(col(TariffZone.id)).with_for_update())


async def _periods_began(account_ids: list[UUID], session: AsyncSession) -> dict[UUID, date]:
    """For each account, the first day whose readings count for the same month as today's."""
    cards = await get_accounts(account_ids, session=session)
    providers = await get_providers({card.provider_id for card in cards.values()}, session=session)
    return {
        account_id: window_of(providers[card.provider_id]).began_on(today_in(card.timezone))
        for account_id, card in cards.items()
    }


async def _meters_in_place(account_ids: list[UUID], session: AsyncSession) -> list[Meter]:
    statement = select(Meter).where(col(Meter.account_id).in_(account_ids), col(Meter.removed_on).is_(None))
    return list(await session.exec(statement.order_by(col(Meter.kind), col(Meter.serial), col(Meter.id))))


async def _zones_of(meter_ids: list[UUID], session: AsyncSession) -> dict[UUID, list[TariffZone]]:
    statement = select(TariffZone).where(col(TariffZone.meter_id).in_(meter_ids))
    zones: defaultdict[UUID, list[TariffZone]] = defaultdict(list)
    for zone in await session.exec(statement.order_by(col(TariffZone.number))):
        zones[zone.meter_id].append(zone)
    return zones


async def _latest_readings(zone_ids: list[UUID], session: AsyncSession) -> dict[UUID, list[Reading]]:
    """The counted readings of each zone, the newest first: of each source and state the last one only."""
    statement = (
        select(Reading)
        .where(col(Reading.zone_id).in_(zone_ids), col(Reading.state).in_(COUNTED))
        .ext(distinct_on(col(Reading.zone_id), col(Reading.source), col(Reading.state)))
        .order_by(
            col(Reading.zone_id),
            col(Reading.source),
            col(Reading.state),
            col(Reading.taken_on).desc(),
            col(Reading.created_at).desc(),
        )
    )
    readings: defaultdict[UUID, list[Reading]] = defaultdict(list)
    found = await session.exec(statement)
    for reading in sorted(found, key=lambda reading: (reading.taken_on, reading.created_at), reverse=True):
        readings[reading.zone_id].append(reading)
    return readings


def _zone_view(zone: TariffZone, readings: list[Reading], since: date) -> ZoneView:
    previous = next((reading for reading in readings if not _may_be_corrected(reading, since)), None)
    sent = next((reading for reading in readings if _may_be_corrected(reading, since)), None)
    return ZoneView(
        id=zone.id,
        number=zone.number,
        previous=previous.value if previous else None,
        previous_on=previous.taken_on if previous else None,
        previous_source=previous.source if previous else None,
        sent=sent.value if sent else None,
        sent_on=sent.taken_on if sent else None,
    )


def _may_be_corrected(reading: Reading, since: date) -> bool:
    """Sent by a resident for the present period and not yet taken over by the provider."""
    return (
        reading.source is ReadingSource.RESIDENT
        and reading.state is ReadingState.SUBMITTED
        and reading.taken_on >= since
    )


def _meter_view(meter: Meter, zones: list[ZoneView]) -> MeterView:
    return MeterView(
        id=meter.id,
        kind=meter.kind,
        serial=meter.serial,
        unit=meter.unit,
        digits=meter.digits,
        decimals=meter.decimals,
        verification_due=meter.verification_due,
        zones=zones,
    )
