"""Meters of accounts as others may see them, each zone with the value that a new one must follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import get_providers_of
from cabinet.kit.dates import today_in
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.meters.tariffs import Prices, prices_on
from cabinet.meters.windows import Window
from cabinet.providers.service import ProviderView

COUNTED = (ReadingState.SUBMITTED, ReadingState.ACCEPTED)
_SHOWN = (*COUNTED, ReadingState.DECLINED)


@dataclass(frozen=True, slots=True)
class ZoneView:
    """A tariff zone: the value that a new one must follow, and what was sent for this period.

    `sent` may still be corrected; `accepted_on` says that the resident's reading of this period has been
    taken over; `declined_because` that the last one was refused.
    """

    id: UUID
    number: int
    previous: Decimal | None
    previous_on: date | None
    previous_source: ReadingSource | None
    sent: Decimal | None = None
    sent_on: date | None = None
    previous_period: date | None = None
    previous_by: UUID | None = None
    accepted_on: date | None = None
    declined: Decimal | None = None
    declined_because: str = ""
    declined_of: UUID | None = None
    """Whose reading was refused."""
    price: Decimal | None = None
    """Roubles for a unit today; None: no tariff is known."""


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
    zones: list[ZoneView] = field(default_factory=list[ZoneView])
    ratio: int = 1
    replaces_id: UUID | None = None


def window_of(provider: ProviderView) -> Window:
    """When the provider takes readings."""
    return Window(provider.window_from, provider.window_to, provider.window_strict)


async def meters_of(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, list[MeterView]]:
    """The meters in place at each account, with readings and prices; five queries for any number of accounts."""
    wanted = list(account_ids)
    providers = await get_providers_of(wanted, session=session)
    prices = await _prices(providers.values(), session)
    meters = await _meters_in_place(wanted, session)
    zones = await zones_of([meter.id for meter in meters], session=session)
    periods = {
        zone.id: _present_period(providers[meter.account_id]) for meter in meters for zone in zones[meter.id]
    }
    latest = await _latest_readings(periods, session)
    views: dict[UUID, list[MeterView]] = {account_id: [] for account_id in wanted}
    for meter in meters:
        priced = _prices_of_meter(meter, providers[meter.account_id], len(zones[meter.id]), prices)
        views[meter.account_id].append(
            _meter_view(
                meter,
                [
                    _zone_view(zone, latest[zone.id], periods[zone.id], priced.get(zone.number))
                    for zone in zones[meter.id]
                ],
            )
        )
    return views


async def zones_of(meter_ids: list[UUID], *, session: AsyncSession) -> dict[UUID, list[TariffZone]]:
    """The zones of each meter from T1; one query."""
    statement = select(TariffZone).where(col(TariffZone.meter_id).in_(meter_ids))
    zones: defaultdict[UUID, list[TariffZone]] = defaultdict(list)
    for zone in await session.exec(statement.order_by(col(TariffZone.number))):
        zones[zone.meter_id].append(zone)
    return zones


def may_be_corrected(reading: Reading, period: date) -> bool:
    """Sent by a resident for the present period and not yet taken over by the provider."""
    return (
        reading.source is ReadingSource.RESIDENT
        and reading.state is ReadingState.SUBMITTED
        and reading.period >= period
    )


def _present_period(provider: ProviderView) -> date:
    """The month that a reading sent now counts for."""
    return window_of(provider).period_of(today_in(provider.timezone))


async def _prices(providers: Iterable[ProviderView], session: AsyncSession) -> Prices:
    days = {provider.id: today_in(provider.timezone) for provider in providers}
    return await prices_on(days, session=session)


def _prices_of_meter(meter: Meter, provider: ProviderView, zones: int, prices: Prices) -> dict[int, Decimal]:
    return {
        number: prices[provider.id, meter.kind, zones, number]
        for number in range(1, zones + 1)
        if (provider.id, meter.kind, zones, number) in prices
    }


async def _meters_in_place(account_ids: list[UUID], session: AsyncSession) -> list[Meter]:
    statement = select(Meter).where(col(Meter.account_id).in_(account_ids), col(Meter.removed_on).is_(None))
    return list(await session.exec(statement.order_by(col(Meter.kind), col(Meter.serial), col(Meter.id))))


async def _latest_readings(periods: Mapping[UUID, date], session: AsyncSession) -> dict[UUID, list[Reading]]:
    """The readings of each zone, the newest first: the last of each source and state, before and in its period."""
    if not periods:
        return defaultdict(list)
    is_new = _is_of_period(periods)
    what = (col(Reading.zone_id), col(Reading.source), col(Reading.state), is_new)
    statement = (
        select(Reading)
        .where(col(Reading.zone_id).in_(list(periods)), col(Reading.state).in_(_SHOWN))
        .ext(distinct_on(*what))
        .order_by(*what, col(Reading.taken_on).desc(), col(Reading.created_at).desc())
    )
    readings: defaultdict[UUID, list[Reading]] = defaultdict(list)
    found = await session.exec(statement)
    for reading in sorted(found, key=lambda reading: (reading.taken_on, reading.created_at), reverse=True):
        readings[reading.zone_id].append(reading)
    return readings


def _is_of_period(periods: Mapping[UUID, date]) -> ColumnElement[bool]:
    """Whether a reading counts for the period that its zone is in; providers are in two or three at a time."""
    zones: defaultdict[date, list[UUID]] = defaultdict(list)
    for zone_id, period in periods.items():
        zones[period].append(zone_id)
    return or_(
        false(),
        *(
            and_(col(Reading.zone_id).in_(zone_ids), col(Reading.period) >= period)
            for period, zone_ids in zones.items()
        ),
    )


def _zone_view(zone: TariffZone, readings: list[Reading], period: date, price: Decimal | None) -> ZoneView:
    counted = [reading for reading in readings if reading.state in COUNTED]
    previous = next((reading for reading in counted if not may_be_corrected(reading, period)), None)
    sent = next((reading for reading in counted if may_be_corrected(reading, period)), None)
    accepted = _own_of(period, ReadingState.ACCEPTED, readings)
    declined = None if sent or accepted else _own_of(period, ReadingState.DECLINED, readings)
    return ZoneView(
        id=zone.id,
        number=zone.number,
        previous=previous.value if previous else None,
        previous_on=previous.taken_on if previous else None,
        previous_source=previous.source if previous else None,
        previous_period=previous.period if previous else None,
        sent=sent.value if sent else None,
        sent_on=sent.taken_on if sent else None,
        previous_by=previous.resident_id if previous else None,
        accepted_on=accepted.taken_on if accepted else None,
        declined=declined.value if declined else None,
        declined_because=declined.declined_because if declined else "",
        declined_of=declined.resident_id if declined else None,
        price=price,
    )


def _own_of(period: date, state: ReadingState, readings: list[Reading]) -> Reading | None:
    """The resident's reading of the present period in that state."""
    return next(
        (
            reading
            for reading in readings
            if reading.source is ReadingSource.RESIDENT
            and reading.state is state
            and reading.period >= period
        ),
        None,
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
        ratio=meter.ratio,
        replaces_id=meter.replaces_id,
    )
