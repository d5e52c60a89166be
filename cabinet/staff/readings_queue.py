"""The readings that wait for a decision, with what a person needs to decide: what was before, what is usual."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.kit.dates import add_months
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.meters.rules import Dial, Past, Place, Switches, monthly_uses, months_between
from cabinet.meters.views import COUNTED, zones_of
from cabinet.staff.fields import key_contains

PAGE = 50
_MONTHS_BACK = 25
_ANY = Switches(0, True, True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings are asked for; `provider_id` None means of all providers."""

    provider_id: UUID | None
    state: ReadingState | None = ReadingState.SUBMITTED
    period: date | None = None
    words: str = ""
    source: ReadingSource | None = None
    sent_from: datetime | None = None
    sent_before: datetime | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A reading with its place and what is known of it; uses in units of the bill."""

    reading: Reading
    meter: Meter
    account: Account
    zone: int
    zones: int
    previous: Decimal | None
    previous_period: date | None
    use: Decimal | None
    usual: Decimal | None

    @property
    def doubts(self) -> list[str]:
        """The names of what was odd and confirmed."""
        return self.reading.doubts.split()


async def find_readings(wanted: Wanted, *, session: AsyncSession) -> tuple[list[QueueRow], bool]:
    """A page of readings, those with doubts first, then the oldest; and whether there are more. Three queries."""
    statement = _readings(wanted.provider_id)
    if wanted.state is not None:
        statement = statement.where(col(Reading.state) == wanted.state)
    if wanted.period is not None:
        statement = statement.where(col(Reading.period) == wanted.period)
    if wanted.source is not None:
        statement = statement.where(col(Reading.source) == wanted.source)
    if wanted.sent_from is not None:
        statement = statement.where(col(Reading.created_at) >= wanted.sent_from)
    if wanted.sent_before is not None:
        statement = statement.where(col(Reading.created_at) < wanted.sent_before)
    if wanted.words:
        statement = statement.where(key_contains(Account, wanted.words))
    waits = wanted.state is ReadingState.SUBMITTED
    by_age = col(Reading.created_at) if waits else col(Reading.created_at).desc()
    ordered = statement.order_by(
        (col(Reading.doubts) == "") if waits else by_age,
        by_age,
        col(Meter.id),
        col(TariffZone.number),
        col(Reading.id),
    )
    rows = (await session.exec(ordered.offset(wanted.skip).limit(PAGE + 1))).all()  # pyright: ignore[reportCallIssue, reportUnknownVariableType, reportArgumentType, reportUnknownMemberType]
    return await _with_past(rows[:PAGE], session), len(rows) > PAGE  # pyright: ignore[reportUnknownArgumentType]


async def find_reading(
    reading_id: UUID, provider_id: UUID | None, *, session: AsyncSession
) -> QueueRow | None:
    """One reading, if it is of the provider."""
    found = (await session.exec(_readings(provider_id).where(col(Reading.id) == reading_id))).all()  # pyright: ignore[reportCallIssue, reportUnknownVariableType, reportArgumentType, reportUnknownMemberType]
    rows = await _with_past(found, session)  # pyright: ignore[reportUnknownArgumentType]
    return rows[0] if rows else None


async def readings_before(row: QueueRow, *, session: AsyncSession, limit: int = 24) -> Sequence[Reading]:
    """The other readings of the zone up to the same month, whatever became of them; the newest first."""
    one = row.reading
    found = await session.exec(
        select(Reading)
        .where(Reading.zone_id == one.zone_id, Reading.id != one.id, Reading.period <= one.period)
        .order_by(col(Reading.period).desc(), col(Reading.taken_on).desc(), col(Reading.created_at).desc())
        .limit(limit)
    )
    return found.all()


def _readings(provider_id: UUID | None) -> Any:
    statement = (
        select_columns(Reading, Meter, Account, col(TariffZone.number))
        .join(TariffZone, col(TariffZone.id) == col(Reading.zone_id))
        .join(Meter, col(Meter.id) == col(TariffZone.meter_id))
        .join(Account, col(Account.id) == col(Meter.account_id))
    )
    return statement if provider_id is None else statement.where(col(Account.provider_id) == provider_id)


async def _with_past(
    rows: Sequence[tuple[Reading, Meter, Account, int]], session: AsyncSession
) -> list[QueueRow]:
    zones = await zones_of([meter.id for _reading, meter, _account, _zone in rows], session=session)
    past = await _past([reading for reading, *_rest in rows], session)
    return [
        _row(reading, meter, account, zone, len(zones[meter.id]), past[reading.zone_id])
        for reading, meter, account, zone in rows
    ]


def _row(
    reading: Reading, meter: Meter, account: Account, zone: int, zones: int, known: Iterable[Reading]
) -> QueueRow:
    before = [Past(one.period, one.value, one.zero_crossing) for one in known if _is_before(one, reading)]
    last = before[-1] if before else None
    return QueueRow(
        reading=reading,
        meter=meter,
        account=account,
        zone=zone,
        zones=zones,
        previous=last.value if last else None,
        previous_period=last.period if last else None,
        use=_use(reading, last, meter) if last else None,
        usual=_usual(reading, before, meter, zone, zones) if last else None,
    )


def _is_before(one: Reading, reading: Reading) -> bool:
    if one.id == reading.id:
        return False
    if one.period == reading.period:
        return one.state is ReadingState.ACCEPTED and one.created_at < reading.created_at
    return one.period < reading.period


def _use(reading: Reading, last: Past, meter: Meter) -> Decimal:
    turn = Decimal(10) ** meter.digits if reading.zero_crossing else Decimal(0)
    return (reading.value - last.value + turn) * meter.ratio


def _usual(reading: Reading, before: Sequence[Past], meter: Meter, zone: int, zones: int) -> Decimal | None:
    """By the same rule as the resident was told."""
    dial = Dial(meter.digits, meter.decimals, meter.unit, meter.ratio)
    place = Place(
        meter_id=meter.id,
        kind=meter.kind,
        serial=meter.serial,
        number=zone,
        zones=zones,
        dial=dial,
        switches=_ANY,
        previous=before[-1].value,
        months=max(1, months_between(before[-1].period, reading.period)),
        recent=monthly_uses(before, dial),
    )
    return place.usual


async def _past(readings: Sequence[Reading], session: AsyncSession) -> dict[UUID, list[Reading]]:
    """The counted readings of the zones, the oldest first."""
    past: defaultdict[UUID, list[Reading]] = defaultdict(list)
    if not readings:
        return past
    since = add_months(min(reading.period for reading in readings), -_MONTHS_BACK)
    rows = await session.exec(
        select(Reading)
        .where(
            col(Reading.zone_id).in_({reading.zone_id for reading in readings}),
            col(Reading.state).in_(COUNTED),
            Reading.period >= since,
        )
        .order_by(col(Reading.period), col(Reading.taken_on), col(Reading.created_at))
    )
    for row in rows:
        past[row.zone_id].append(row)
    return past
