"""Registries that are made by themselves: when they are due, and making them once, also after a standstill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import changes, record
from cabinet.errors import NotFound
from cabinet.exchange.exports.errors import CannotRepeat, NothingToHandOver
from cabinet.exchange.exports.files import checked_encoding
from cabinet.exchange.exports.models import ExportKind, ExportSchedule, ExportWay, RegistryExport, Rhythm
from cabinet.exchange.exports.service import ExportWish, make_export, require_own
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import now
from cabinet.providers.service import get_provider
from cabinet.residents.person import Permission, Person

_LAST_DAY = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 28}
MOST_AT_ONCE = 40
"""After a longer standstill the oldest periods are handed over in one registry."""


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    """What is to be made, and when by the provider's clock."""

    kind: ExportKind
    format: RegistryFormat
    encoding: str = ""
    rhythm: Rhythm = Rhythm.DAILY
    day: int = 1
    """Of the week (Monday is 1) or of the month (to 28); of no meaning for a daily one."""
    hour: int = 6
    way: ExportWay = ExportWay.DOWNLOAD
    even_empty: bool = False


def moments(rhythm: Rhythm, day: int, hour: int, timezone: str, after: datetime) -> Iterator[datetime]:
    """The moments behind `after`, in their order: one on each due day of the zone, a change of clocks or not.

    An hour that the clocks skip is the one after it; of an hour that they repeat it is the first.
    """
    zone = ZoneInfo(timezone)
    today = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if _is_due_on(rhythm, day, today):
            moment = datetime.combine(today, time(hour), zone).astimezone(after.tzinfo)
            if moment > after:
                yield moment
        today += timedelta(days=1)


def _is_due_on(rhythm: Rhythm, day: int, today: date) -> bool:
    match rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.WEEKLY:
            return today.isoweekday() == day
        case Rhythm.MONTHLY:
            return today.day == day


def next_moment(schedule: ExportSchedule, timezone: str) -> datetime:
    """When the schedule is due next, in the past if it is overdue."""
    found = moments(schedule.rhythm, schedule.day, schedule.hour, timezone, schedule.done_until)
    return next(found)


def missed_moments(schedule: ExportSchedule, timezone: str, until: datetime) -> list[datetime]:
    """Every moment that is due and has not been served, the oldest first; the newest `MOST_AT_ONCE`."""
    missed: list[datetime] = []
    for moment in moments(schedule.rhythm, schedule.day, schedule.hour, timezone, schedule.done_until):
        if moment > until:
            return missed[-MOST_AT_ONCE:]
        missed.append(moment)
    return missed


async def due_schedules(*, session: AsyncSession) -> list[UUID]:
    """The schedules of which a moment has passed."""
    moment, due = now(), list[UUID]()
    for schedule in await session.exec(select(ExportSchedule).where(col(ExportSchedule.active))):
        provider = await get_provider(schedule.provider_id, session=session)
        if next_moment(schedule, provider.timezone) <= moment:
            due.append(schedule.id)
    return due


async def make_next(schedule_id: UUID, *, session: AsyncSession) -> tuple[bool, RegistryExport | None]:
    """Serve the oldest moment that was missed: whether there was one, and what was made for it.

    The schedule is locked and remembers the moment in the same transaction, so that a second job makes
    nothing again and a broken one leaves nothing behind. To be called until it says False.
    """
    schedule = await session.get(ExportSchedule, schedule_id, with_for_update=True, populate_existing=True)
    if schedule is None or not schedule.active:
        return False, None
    provider = await get_provider(schedule.provider_id, session=session)
    missed = missed_moments(schedule, provider.timezone, now())
    if not missed:
        return False, None
    since, schedule.done_until = schedule.done_until, missed[0]
    wish = ExportWish(
        kind=schedule.kind,
        format=schedule.format,
        encoding=schedule.encoding,
        since=since,
        until=missed[0],
        way=schedule.way,
        even_empty=schedule.even_empty,
    )
    try:
        made = await make_export(schedule.provider_id, wish, session=session, schedule_id=schedule.id)
    except NothingToHandOver:
        made = None
    await session.flush()
    return True, made


async def schedules_of(provider_ids: Sequence[UUID], *, session: AsyncSession) -> list[ExportSchedule]:
    """The schedules of these providers, those at work first."""
    rows = await session.exec(
        select(ExportSchedule)
        .where(col(ExportSchedule.provider_id).in_(provider_ids))
        .order_by(col(ExportSchedule.active).desc(), col(ExportSchedule.created_at))
    )
    return list(rows)


async def add_schedule(
    provider_id: UUID, wish: ScheduleWish, *, by: Person, session: AsyncSession, address: str = ""
) -> ExportSchedule:
    """Make registries from now on. Raises Forbidden, NotFound, WrongFormat, CannotRepeat."""
    require_own(provider_id, Permission.EXPORT_REGISTRIES, by)
    await get_provider(provider_id, session=session)
    schedule = ExportSchedule(provider_id=provider_id, **_checked(wish), done_until=now(), created_by=by.id)
    session.add(schedule)
    await session.flush()
    await _note(
        "add_schedule", schedule, {}, {"provider_id": provider_id, **_checked(wish)}, by, address, session
    )
    return schedule


async def change_schedule(
    schedule_id: UUID, wish: ScheduleWish, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Let it be so from its next moment on. Raises Forbidden, NotFound, WrongFormat, CannotRepeat."""
    schedule = await find_schedule(
        schedule_id, Permission.EXPORT_REGISTRIES, by=by, session=session, lock=True
    )
    wanted = _checked(wish)
    before, after = changes({name: getattr(schedule, name) for name in wanted}, wanted)
    for name, value in after.items():
        setattr(schedule, name, value)
    if after:
        await session.flush()
        await _note("change_schedule", schedule, before, after, by, address, session)


async def switch_schedule(
    schedule_id: UUID, active: bool, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Stop it, or let it go on: what was missed meanwhile is in the next registry. Raises Forbidden, NotFound."""
    schedule = await find_schedule(
        schedule_id, Permission.EXPORT_REGISTRIES, by=by, session=session, lock=True
    )
    if schedule.active == active:
        return
    schedule.active = active
    if active:
        schedule.done_until = now()
    await session.flush()
    await _note("switch_schedule", schedule, {"active": not active}, {"active": active}, by, address, session)


async def find_schedule(
    schedule_id: UUID, permission: Permission, *, by: Person, session: AsyncSession, lock: bool = False
) -> ExportSchedule:
    """One schedule of a provider that the person works for. Raises Forbidden, NotFound."""
    by.require(permission)
    schedule = await session.get(ExportSchedule, schedule_id, with_for_update=lock, populate_existing=True)
    if schedule is None:
        raise NotFound
    require_own(schedule.provider_id, permission, by)
    return schedule


def _checked(wish: ScheduleWish) -> dict[str, Any]:
    day = 1 if wish.rhythm is Rhythm.DAILY else wish.day
    if not (1 <= day <= _LAST_DAY[wish.rhythm] and 0 <= wish.hour <= 23):
        raise CannotRepeat
    return {
        "kind": wish.kind,
        "format": wish.format,
        "encoding": checked_encoding(wish.kind, wish.format, wish.encoding),
        "rhythm": wish.rhythm,
        "day": day,
        "hour": wish.hour,
        "way": wish.way,
        "even_empty": wish.even_empty,
    }


async def _note(
    action: str,
    schedule: ExportSchedule,
    before: dict[str, Any],
    after: dict[str, Any],
    by: Person,
    address: str,
    session: AsyncSession,
) -> None:
    await record(by.id, action, "export_schedule", schedule.id, before, after, address, session=session)
