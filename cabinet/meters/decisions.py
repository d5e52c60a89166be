"""What becomes of a reading that was sent: accepted or declined, by staff or the provider's programme."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from cabinet.accounts.service import ids_of_provider
from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import month_of, now
from cabinet.meters.errors import AlreadyDecided, NoReason, NotANumber, TooManyDecimals, TooManyDigits
from cabinet.meters.letters import tell_declined
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.residents.person import Permission, Person

LONGEST_REASON = 300


async def accept_readings(
    ids: Collection[UUID],
    *,
    by: Person | None,
    session: AsyncSession,
    provider_id: UUID | None = None,
    address: str = "",
) -> list[UUID]:
    """Take the readings over; returns those that were. What is decided or corrected already stays as it is.

    `by` is the member of staff, None the provider's own programme; with `provider_id` only readings of that
    provider are found, and a clerk finds those of the own one only. Raises Forbidden.
    """
    accepted: list[UUID] = []
    for reading in await _submitted(ids, _within(by, provider_id), session):
        reading.state, reading.decided_at = ReadingState.ACCEPTED, now()
        reading.decided_by = by.id if by else None
        await _note(reading, "accept_reading", by, address, session)
        accepted.append(reading.id)
    await session.flush()
    return accepted


async def decline_reading(
    reading_id: UUID,
    reason: str,
    *,
    by: Person | None,
    session: AsyncSession,
    provider_id: UUID | None = None,
    address: str = "",
) -> None:
    """Refuse the reading with a reason, and tell the resident by letter; the value before it counts again.

    Raises Forbidden, NoReason, NotFound, AlreadyDecided.
    """
    within = _within(by, provider_id)
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise NoReason(LONGEST_REASON)
    if not await _exists(reading_id, within, session):
        raise NotFound
    found = await _submitted([reading_id], within, session)
    if not found:
        raise AlreadyDecided
    reading = found[0]
    reading.state, reading.declined_because = ReadingState.DECLINED, said
    reading.decided_at, reading.decided_by = now(), by.id if by else None
    await _note(reading, "decline_reading", by, address, session)
    await tell_declined(reading, session=session)


async def take_provider_reading(
    zone_id: UUID,
    value: Decimal,
    taken_on: date,
    *,
    session: AsyncSession,
    source: ReadingSource = ReadingSource.PROVIDER,
    period: date | None = None,
    zero_crossing: bool = False,
    by: UUID | None = None,
) -> UUID:
    """Keep a value that the provider read or calculated; the same one again changes nothing. Returns its id.

    `period` is by default the month of the day. A resident's own reading of the period stays and waits
    for its decision. Raises NotFound, NotANumber, TooManyDigits, TooManyDecimals.
    """
    await _check_value(zone_id, value, session)
    month = month_of(period or taken_on)
    same = await session.exec(
        select(Reading.id).where(
            Reading.zone_id == zone_id,
            Reading.period == month,
            Reading.taken_on == taken_on,
            Reading.source == source,
            Reading.value == value,
            Reading.state == ReadingState.ACCEPTED,
        )
    )
    if known := same.first():
        return known
    reading = Reading(
        zone_id=zone_id,
        value=value,
        taken_on=taken_on,
        period=month,
        source=source,
        state=ReadingState.ACCEPTED,
        zero_crossing=zero_crossing,
        decided_at=now(),
        decided_by=by,
    )
    session.add(reading)
    await session.flush()
    return reading.id


def _within(by: Person | None, provider_id: UUID | None) -> UUID | None:
    """The provider among whose readings to look; None means all."""
    if by is None:
        return provider_id
    by.require(Permission.DECIDE_READINGS)
    return provider_id if by.may(Permission.SEE_ALL_PROVIDERS) else by.provider_id


async def _check_value(zone_id: UUID, value: Decimal, session: AsyncSession) -> None:
    """Whether the zone exists and its dial can show the value. The zone is locked: no two at a time."""
    zone = await session.get(TariffZone, zone_id, with_for_update=True)
    if zone is None:
        raise NotFound
    meter = await session.get_one(Meter, zone.meter_id)
    if not value.is_finite() or value < 0:
        raise NotANumber
    if value >= Decimal(10) ** meter.digits:
        raise TooManyDigits(meter.digits)
    if value != round(value, meter.decimals):
        raise TooManyDecimals(meter.decimals)


async def _submitted(ids: Collection[UUID], provider_id: UUID | None, session: AsyncSession) -> list[Reading]:
    """Those of the readings that wait for a decision, locked until it is taken."""
    statement = _readings(ids, provider_id).where(Reading.state == ReadingState.SUBMITTED)
    rows = await session.exec(statement.order_by(col(Reading.id)).with_for_update(of=Reading))
    return list(rows)


async def _exists(reading_id: UUID, provider_id: UUID | None, session: AsyncSession) -> bool:
    return (await session.exec(_readings([reading_id], provider_id))).first() is not None


def _readings(ids: Collection[UUID], provider_id: UUID | None) -> SelectOfScalar[Reading]:
    statement = select(Reading).where(col(Reading.id).in_(list(ids)))
    if provider_id is None:
        return statement
    return (
        statement.join(TariffZone, col(TariffZone.id) == col(Reading.zone_id))
        .join(Meter, col(Meter.id) == col(TariffZone.meter_id))
        .where(col(Meter.account_id).in_(ids_of_provider(provider_id)))
    )


async def _note(
    reading: Reading, action: str, by: Person | None, address: str, session: AsyncSession
) -> None:
    """Who decided what, in the audit."""
    after: dict[str, object] = {"state": reading.state, "value": reading.value, "period": reading.period}
    if reading.declined_because:
        after["declined_because"] = reading.declined_because
    await record(
        by.id if by else None,
        action,
        "reading",
        reading.id,
        {"state": ReadingState.SUBMITTED},
        after,
        address,
        session=session,
    )
