"""What a unit costs on a day, by the provider's tariffs."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.meters.models import MeterKind, Tariff

Prices = dict[tuple[UUID, MeterKind, int, int], Decimal]
"""Roubles for a unit, by provider, kind, how many zones the meter has, and zone."""


async def prices_on(days: Mapping[UUID, date], *, session: AsyncSession) -> Prices:
    """The prices that are valid on the day of each provider; one query. What nobody entered is missing."""
    rows = await session.exec(select(Tariff).where(col(Tariff.provider_id).in_(list(days))))
    return valid_on(days, rows)


def valid_on(days: Mapping[UUID, date], tariffs: Iterable[Tariff]) -> Prices:
    """Of each zone's tariffs the last that has begun by the provider's day."""
    begun = [tariff for tariff in tariffs if tariff.valid_from <= days[tariff.provider_id]]
    return {
        (tariff.provider_id, tariff.kind, tariff.zones, tariff.zone): tariff.price
        for tariff in sorted(begun, key=lambda tariff: tariff.valid_from)
    }
