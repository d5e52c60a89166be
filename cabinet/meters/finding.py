"""Zones and readings by what a provider knows of them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import ids_of_provider
from cabinet.errors import NotFound
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingState, TariffZone


async def find_zone(
    account_id: UUID, kind: MeterKind, serial: str, number: int, *, session: AsyncSession
) -> UUID:
    """The zone of the account's meter with that serial number; of several the one in place. Raises NotFound."""
    rows = await session.exec(
        select(TariffZone.id)
        .join(Meter, col(Meter.id) == col(TariffZone.meter_id))
        .where(
            Meter.account_id == account_id,
            Meter.kind == kind,
            Meter.serial == serial.strip(),
            TariffZone.number == number,
        )
        .order_by(col(Meter.removed_on).is_not(None), col(Meter.id))
        .limit(1)
    )
    if found := rows.first():
        return found
    raise NotFound


async def states_of_readings(
    provider_id: UUID, ids: Collection[UUID], *, session: AsyncSession
) -> dict[UUID, ReadingState]:
    """What has become of the readings, of those that are the provider's."""
    rows = await session.exec(
        select(Reading.id, Reading.state)
        .join(TariffZone, col(TariffZone.id) == col(Reading.zone_id))
        .join(Meter, col(Meter.id) == col(TariffZone.meter_id))
        .where(col(Reading.id).in_(list(ids)), col(Meter.account_id).in_(ids_of_provider(provider_id)))
    )
    return {reading_id: ReadingState(state) for reading_id, state in rows}


async def reading_kept_at(reading_id: UUID, *, session: AsyncSession) -> datetime:
    """When the reading came."""
    return (await session.get_one(Reading, reading_id)).created_at
