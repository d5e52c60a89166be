"""The readings of an account over the years: by meter and zone, with what was used and what became of each.

A meter goes on in the one that replaced it: both are one line of history. A window of the newest months is
read by default, so that ten years open as fast as one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount, linked_account
from cabinet.kit.dates import add_months
from cabinet.meters.consumption import ByMonth, Stand, monthly, together, uses_of
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.meters.rules import Dial
from cabinet.meters.views import COUNTED, zones_of

MONTHS = 25
"""Two years and the month before them: what is read at once."""


@dataclass(frozen=True, slots=True)
class PastReading:
    """A reading and what became of it; `use` is what was used since the counted one before, if known."""

    id: UUID
    zone: int
    value: Decimal
    period: date
    taken_on: date
    source: ReadingSource
    state: ReadingState
    declined_because: str
    resident_id: UUID | None
    created_at: datetime
    use: Decimal | None = None
    corrected: tuple["PastReading", ...] = ()
    """What was sent before and replaced by this one, the newest first."""


@dataclass(frozen=True, slots=True)
class MeterHistory:
    """One device with its readings, the newest first."""

    id: UUID
    kind: MeterKind
    serial: str
    unit: str
    dial: Dial
    verification_due: date | None
    installed_on: date | None
    removed_on: date | None
    zones: tuple[int, ...]
    readings: tuple[PastReading, ...]
    by_zone: dict[int, ByMonth]


@dataclass(frozen=True, slots=True)
class Line:
    """A meter and those that stood in its place before it, the newest first."""

    meters: tuple[MeterHistory, ...]

    @property
    def newest(self) -> MeterHistory:
        """The one that is in place, or was last."""
        return self.meters[0]

    @property
    def zones(self) -> tuple[int, ...]:
        """All zones that any of them has."""
        return tuple(sorted({zone for meter in self.meters for zone in meter.zones}))

    def by_month(self, zone: int | None = None) -> ByMonth:
        """What was used in each month: of one zone, or of all."""
        wanted = self.zones if zone is None else (zone,)
        return together(meter.by_zone.get(one, {}) for meter in self.meters for one in wanted)

    @property
    def newest_month(self) -> date | None:
        """The last month of which anything is known."""
        return max(
            (period for meter in self.meters for use in meter.by_zone.values() for period in use),
            default=None,
        )


@dataclass(frozen=True, slots=True)
class History:
    """The history of one account; `whole` says that nothing older was left out."""

    account: LinkedAccount
    lines: tuple[Line, ...]
    whole: bool
    own_only: bool
    """Only what the resident sent: the account is not proved."""


async def read_history(
    resident_id: UUID, account_id: UUID, *, session: AsyncSession, months: int | None = MONTHS
) -> History:
    """The readings of the newest months, or all of them (None). Raises NotFound for a stranger's account.

    Who has proved the account sees everybody's readings, anybody else their own. Nine statements.
    """
    account = await linked_account(resident_id, account_id, session=session)
    own_only = not account.may(Right.SEE_ALL)
    meters = await _meters(account_id, session)
    zones = await zones_of([meter.id for meter in meters], session=session)
    zone_ids = [zone.id for found in zones.values() for zone in found]
    whose = resident_id if own_only else None
    first, last = await _span(zone_ids, whose, session)
    since = add_months(last, 1 - months) if months and last else first
    rows = await _readings(zone_ids, whose, since, session) if since else []
    known = await _before(zone_ids, whose, since, session) if since and first and first < since else []
    histories = [_history(meter, zones[meter.id], rows, known) for meter in meters]
    shown = [one for one in histories if one.readings or one.removed_on is None or not own_only]
    return History(account, _lines(shown, meters), not (first and since and first < since), own_only)


def _lines(histories: Sequence[MeterHistory], meters: Sequence[Meter]) -> tuple[Line, ...]:
    """Each meter with what it replaced; what nothing replaced stands for itself."""
    replaces = {meter.id: meter.replaces_id for meter in meters}
    by_id = {one.id: one for one in histories}
    replaced = {before for before in replaces.values() if before}
    lines: list[Line] = []
    for meter in meters:
        if meter.id not in replaced:
            chain = [by_id[one] for one in _chain(meter.id, replaces) if one in by_id]
            lines += [Line(tuple(chain))] if chain else []
    return tuple(
        sorted(
            lines, key=lambda line: (line.newest.removed_on is not None, line.newest.kind, line.newest.serial)
        )
    )


def _chain(meter_id: UUID, replaces: dict[UUID, UUID | None]) -> list[UUID]:
    """The meter and those before it; ends where it would come round again."""
    chain: list[UUID] = []
    step: UUID | None = meter_id
    while step is not None and step in replaces and step not in chain:
        chain.append(step)
        step = replaces[step]
    return chain


def _history(
    meter: Meter, zones: Sequence[TariffZone], rows: Sequence[Reading], known: Sequence[Reading]
) -> MeterHistory:
    dial = Dial(meter.digits, meter.decimals, meter.unit, meter.ratio)
    readings: list[PastReading] = []
    by_zone: dict[int, ByMonth] = {}
    for zone in zones:
        before = [row for row in known if row.zone_id == zone.id]
        mine = [row for row in rows if row.zone_id == zone.id]
        stands = [_stand(row) for row in (*before, *mine) if row.state in COUNTED]
        uses = {stand.id: use for stand, use in zip(stands, uses_of(stands, dial), strict=True)}
        by_zone[zone.number] = monthly(stands, dial)
        readings += _with_corrections([_reading(row, zone.number, uses.get(row.id)) for row in mine])
    return MeterHistory(
        id=meter.id,
        kind=meter.kind,
        serial=meter.serial,
        unit=meter.unit,
        dial=dial,
        verification_due=meter.verification_due,
        installed_on=meter.installed_on,
        removed_on=meter.removed_on,
        zones=tuple(zone.number for zone in zones),
        readings=tuple(sorted(readings, key=_newest_first)),
        by_zone=by_zone,
    )


def _newest_first(one: PastReading) -> tuple[float, ...]:
    """By month, in the month by zone, and there the later one first."""
    return (-one.period.toordinal(), one.zone, -one.taken_on.toordinal(), -one.created_at.timestamp())


def _with_corrections(readings: Sequence[PastReading]) -> list[PastReading]:
    """The readings of a zone, what was corrected put under what replaced it; it stands for itself if nothing did."""
    corrected: defaultdict[UUID, list[PastReading]] = defaultdict(list)
    alone: list[PastReading] = []
    standing = [one for one in readings if one.state is not ReadingState.SUPERSEDED]
    for one in readings:
        if one.state is ReadingState.SUPERSEDED:
            after = _replacement(one, standing)
            corrected[after.id].append(one) if after else alone.append(one)
    newest = {
        ident: sorted(found, key=lambda one: one.created_at, reverse=True)
        for ident, found in corrected.items()
    }
    return [*(replace(one, corrected=tuple(newest.get(one.id, ()))) for one in standing), *alone]


def _replacement(one: PastReading, standing: Sequence[PastReading]) -> PastReading | None:
    """The first reading that a resident sent for the period afterwards and that was not corrected itself."""
    later = [
        other
        for other in standing
        if other.source is ReadingSource.RESIDENT
        and other.period <= one.period
        and other.created_at >= one.created_at
    ]
    return min(later, key=lambda other: other.created_at, default=None)


def _stand(row: Reading) -> Stand:
    return Stand(row.period, row.value, row.zero_crossing, row.id)


def _reading(row: Reading, zone: int, use: Decimal | None) -> PastReading:
    return PastReading(
        id=row.id,
        zone=zone,
        value=row.value,
        period=row.period,
        taken_on=row.taken_on,
        source=row.source,
        state=row.state,
        declined_because=row.declined_because,
        resident_id=row.resident_id,
        created_at=row.created_at,
        use=use,
    )


async def _meters(account_id: UUID, session: AsyncSession) -> list[Meter]:
    rows = await session.exec(
        select(Meter)
        .where(Meter.account_id == account_id)
        .order_by(col(Meter.kind), col(Meter.serial), col(Meter.id))
    )
    return list(rows.all())


async def _span(
    zone_ids: Iterable[UUID], resident_id: UUID | None, session: AsyncSession
) -> tuple[date | None, date | None]:
    """The first and the last month of which there are readings."""
    statement = select(func.min(Reading.period), func.max(Reading.period)).where(
        col(Reading.zone_id).in_(list(zone_ids))
    )
    if resident_id is not None:
        statement = statement.where(Reading.resident_id == resident_id)
    first, last = (await session.exec(statement)).one()
    return first, last


async def _readings(
    zone_ids: Iterable[UUID], resident_id: UUID | None, since: date, session: AsyncSession
) -> list[Reading]:
    """The readings of these months, the earliest first."""
    statement = select(Reading).where(col(Reading.zone_id).in_(list(zone_ids)), Reading.period >= since)
    if resident_id is not None:
        statement = statement.where(Reading.resident_id == resident_id)
    rows = await session.exec(
        statement.order_by(
            col(Reading.period), col(Reading.taken_on), col(Reading.created_at), col(Reading.id)
        )
    )
    return list(rows.all())


async def _before(
    zone_ids: Iterable[UUID], resident_id: UUID | None, since: date, session: AsyncSession
) -> list[Reading]:
    """The last counted reading of each zone before these months: the first use is reckoned from it."""
    statement = select(Reading).where(
        col(Reading.zone_id).in_(list(zone_ids)), Reading.period < since, col(Reading.state).in_(COUNTED)
    )
    if resident_id is not None:
        statement = statement.where(Reading.resident_id == resident_id)
    rows = await session.exec(
        statement.ext(distinct_on(col(Reading.zone_id))).order_by(
            col(Reading.zone_id),
            col(Reading.period).desc(),
            col(Reading.taken_on).desc(),
            col(Reading.created_at).desc(),
        )
    )
    return list(rows.all())
