"""What is known of each zone of an account when values for it come: previous value, usual use, verification."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import add_months
from cabinet.kit.text import mask_serial
from cabinet.meters.models import Reading, ReadingSource, TariffZone
from cabinet.meters.rules import Dial, Past, Place, Switches, monthly_uses, months_between
from cabinet.meters.views import COUNTED, MeterView, ZoneView, may_be_corrected, window_of
from cabinet.providers.service import ProviderView

_MONTHS_BACK = 15
"""Enough for the use of twelve months, with a gap or two."""


async def places_of(
    meters: list[MeterView],
    provider: ProviderView,
    today: date,
    *,
    session: AsyncSession,
    masked: bool = False,
) -> dict[UUID, Place]:
    """The zones of an account's meters by id; two queries. `masked` hides the serials, which may be a proof."""
    period = window_of(provider).period_of(today)
    before = await _zones_before([meter.replaces_id for meter in meters if meter.replaces_id], session)
    zone_ids = [zone.id for meter in meters for zone in meter.zones]
    past = await _past([*zone_ids, *before.values()], period, session)
    places: dict[UUID, Place] = {}
    for meter in meters:
        for zone in meter.zones:
            older = before.get((meter.replaces_id, zone.number)) if meter.replaces_id else None
            history = [past[zone.id], past[older] if older else []]
            place = _place(meter, zone, history, provider, period, today)
            places[zone.id] = replace(place, serial=mask_serial(meter.serial)) if masked else place
    return places


def _place(
    meter: MeterView,
    zone: ZoneView,
    history: list[list[Past]],
    provider: ProviderView,
    period: date,
    today: date,
) -> Place:
    dial = Dial(meter.digits, meter.decimals, meter.unit, meter.ratio)
    due = meter.verification_due
    since = zone.previous_period or period
    return Place(
        meter_id=meter.id,
        kind=meter.kind,
        serial=meter.serial,
        number=zone.number,
        zones=len(meter.zones),
        dial=dial,
        switches=Switches(provider.max_use, provider.zero_use_allowed, provider.zero_crossing_allowed),
        previous=zone.previous,
        calculated=zone.previous_source is ReadingSource.CALCULATED,
        months=max(1, months_between(since, period)),
        recent=tuple(use for values in history for use in monthly_uses(values, dial)),
        expired_on=due if due and due < today else None,
    )


async def _zones_before(meter_ids: list[UUID], session: AsyncSession) -> dict[tuple[UUID, int], UUID]:
    """The zones of the meters that were replaced, by meter and number."""
    rows = await session.exec(select(TariffZone).where(col(TariffZone.meter_id).in_(meter_ids)))
    return {(zone.meter_id, zone.number): zone.id for zone in rows}


async def _past(
    zone_ids: Iterable[UUID], period: date, session: AsyncSession
) -> defaultdict[UUID, list[Past]]:
    """The counted values of the last months, the oldest first, without what may still be corrected."""
    statement = (
        select(Reading)
        .where(
            col(Reading.zone_id).in_(list(zone_ids)),
            col(Reading.state).in_(COUNTED),
            Reading.period >= add_months(period, -_MONTHS_BACK),
        )
        .order_by(col(Reading.taken_on), col(Reading.created_at))
    )
    past: defaultdict[UUID, list[Past]] = defaultdict(list)
    for row in await session.exec(statement):
        if not may_be_corrected(row, period):
            past[row.zone_id].append(Past(row.period, row.value, row.zero_crossing))
    return past
