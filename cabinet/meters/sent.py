"""What was sent for a period, with what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import add_months, month_of, now
from cabinet.meters.models import Reading, ReadingSource, ReadingState

_BACK = 1
"""The present period of a provider may be the month before."""


@dataclass(frozen=True, slots=True)
class SentReading:
    """One reading that a resident sent, corrected and declined ones too."""

    zone_id: UUID
    period: date
    value: Decimal
    taken_on: date
    state: ReadingState
    declined_because: str
    resident_id: UUID | None
    sent_at: datetime


async def sent_readings(zone_ids: Iterable[UUID], *, session: AsyncSession) -> list[SentReading]:
    """What residents sent for the present periods, the newest first; one query."""
    rows = await session.exec(
        select(Reading)
        .where(
            col(Reading.zone_id).in_(list(zone_ids)),
            Reading.source == ReadingSource.RESIDENT,
            Reading.period >= add_months(month_of(now().date()), -_BACK),
        )
        .order_by(col(Reading.created_at).desc())
    )
    return [
        SentReading(
            row.zone_id,
            row.period,
            row.value,
            row.taken_on,
            row.state,
            row.declined_because,
            row.resident_id,
            row.created_at,
        )
        for row in rows
    ]
