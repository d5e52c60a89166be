"""Whom to remind, found by sets: a city of a million accounts takes a few statements for each hundred letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, exists, func, literal, or_, type_coerce
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink, LinkLevel, LinkRole
from cabinet.kit.dates import now
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, TariffZone
from cabinet.meters.views import COUNTED
from cabinet.reminders.models import Reminder, ReminderKind
from cabinet.reminders.rules import WindowLetter, days_of_stage
from cabinet.residents.models import Resident

CHUNK = 10_000
"""Residents that are looked up at once: each look goes through all accounts of the provider."""

Candidates = Select[UUID, UUID, date]
"""Rows of resident, what the letter is about, and its day."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets a letter."""

    id: UUID
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reminder that is ours to write: the account, and the meter if it is about one."""

    reader: Reader
    account_id: UUID
    own_name: str
    number: str
    is_full: bool
    meter_kind: MeterKind | None = None
    serial: str = ""
    due: date | None = None


def without_readings(provider_id: UUID, letter: WindowLetter) -> Candidates:
    """Who may send readings for an account of the provider, and has sent none for the period."""
    return (
        select_columns(col(AccountLink.resident_id), col(AccountLink.account_id), literal(letter.about, Date))
        .join(Account, col(Account.id) == col(AccountLink.account_id))
        .join(Resident, col(Resident.id) == col(AccountLink.resident_id))
        .where(*_may_be_reminded(provider_id), _has_meter(), ~_has_reading(letter.period))
    )


def with_verification(provider_id: UUID, stage: int, today: date) -> Candidates:
    """Who has a meter at the provider whose verification ends within the days of this stage."""
    first, last = days_of_stage(stage, today)
    about: ColumnElement[date] = type_coerce(col(Meter.verification_due).op("-")(stage), Date)
    return (
        select_columns(col(AccountLink.resident_id), col(Meter.id), about)
        .join(Account, col(Account.id) == col(AccountLink.account_id))
        .join(Resident, col(Resident.id) == col(AccountLink.resident_id))
        .join(Meter, col(Meter.account_id) == col(Account.id))
        .where(
            *_may_be_reminded(provider_id),
            col(Meter.removed_on).is_(None),
            col(Meter.verification_due).between(first, last),
        )
    )


async def next_readers(candidates: Candidates, after: UUID | None, *, session: AsyncSession) -> list[UUID]:
    """The next residents in the order of their ids; none: all have been seen."""
    resident_id = candidates.selected_columns[0]
    wanted = candidates if after is None else candidates.where(resident_id > after)
    found = wanted.with_only_columns(resident_id).distinct().order_by(resident_id).limit(CHUNK)
    return list((await session.exec(found)).scalars().all())  # pyright: ignore[reportCallIssue, reportArgumentType]


async def claim(
    kind: ReminderKind, candidates: Candidates, readers: Sequence[UUID], *, session: AsyncSession
) -> list[UUID]:
    """Take the reminders of these residents that nobody has written yet: the unique row decides. Their ids."""
    resident_id, about_id, about_day = candidates.selected_columns
    rows = candidates.where(resident_id.in_(readers)).with_only_columns(
        func.gen_random_uuid(),
        resident_id,
        literal(kind.value),
        about_id,
        about_day,
        literal(now(), Reminder.__table__.c.created_at.type),  # pyright: ignore[reportAttributeAccessIssue]
    )
    names = ["id", "resident_id", "kind", "about_id", "about_day", "created_at"]
    statement = insert(Reminder).from_select(names, rows).on_conflict_do_nothing()
    return list((await session.exec(statement.returning(col(Reminder.id)))).scalars().all())


async def accounts_claimed(ids: Sequence[UUID], *, session: AsyncSession) -> list[list[Claimed]]:
    """The reminders about accounts, together for each reader."""
    rows = await session.exec(
        select(Resident, AccountLink, Account)
        .join(Reminder, col(Reminder.resident_id) == col(Resident.id))
        .join(Account, col(Account.id) == col(Reminder.about_id))
        .join(AccountLink, _is_current_link())
        .where(col(Reminder.id).in_(ids))
        .order_by(col(Resident.id), col(AccountLink.created_at), col(Account.id))
    )
    return _together([_claimed(*row) for row in rows.all()])


async def meters_claimed(ids: Sequence[UUID], *, session: AsyncSession) -> list[list[Claimed]]:
    """The reminders about meters, together for each reader."""
    rows = await session.exec(
        select(Resident, AccountLink, Account, Meter)
        .join(Reminder, col(Reminder.resident_id) == col(Resident.id))
        .join(Meter, col(Meter.id) == col(Reminder.about_id))
        .join(Account, col(Account.id) == col(Meter.account_id))
        .join(AccountLink, _is_current_link())
        .where(col(Reminder.id).in_(ids))
        .order_by(col(Resident.id), col(Meter.verification_due), col(Meter.id))
    )
    return _together([_claimed(*row) for row in rows.all()])


def _claimed(resident: Resident, link: AccountLink, account: Account, meter: Meter | None = None) -> Claimed:
    return Claimed(
        reader=Reader(resident.id, resident.email, resident.locale),
        account_id=account.id,
        own_name=link.own_name,
        number=account.number,
        is_full=link.level is LinkLevel.FULL,
        meter_kind=meter.kind if meter else None,
        serial=meter.serial if meter else "",
        due=meter.verification_due if meter else None,
    )


def _together(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    return [list(same) for _id, same in groupby(claimed, key=lambda one: one.reader.id)]


def _may_be_reminded(provider_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """A current link with which one may send readings, of somebody who wants such letters."""
    return (
        col(Account.provider_id) == provider_id,
        col(Account.closed_at).is_(None),
        *_is_current(),
        col(AccountLink.role) != LinkRole.VIEWER,
        col(Resident.letters_about_readings).is_(True),
        col(Resident.confirmed_at).is_not(None),
        col(Resident.blocked_at).is_(None),
    )


def _is_current() -> tuple[ColumnElement[bool], ...]:
    expires = col(AccountLink.expires_at)
    return col(AccountLink.ended_at).is_(None), or_(expires.is_(None), expires > now())


def _is_current_link() -> ColumnElement[bool]:
    """The link by which the resident of a reminder has its account."""
    return (
        (col(AccountLink.account_id) == col(Account.id))
        & (col(AccountLink.resident_id) == col(Resident.id))
        & col(AccountLink.ended_at).is_(None)
    )


def _has_meter() -> ColumnElement[bool]:
    return exists().where(col(Meter.account_id) == col(Account.id), col(Meter.removed_on).is_(None))


def _has_reading(period: date) -> ColumnElement[bool]:
    """Whether anybody but a calculation has given a value for the period."""
    return (
        exists()
        .where(
            col(Meter.account_id) == col(Account.id),
            col(Meter.removed_on).is_(None),
            col(TariffZone.meter_id) == col(Meter.id),
            col(Reading.zone_id) == col(TariffZone.id),
            col(Reading.period) >= period,
            col(Reading.state).in_(COUNTED),
            col(Reading.source) != ReadingSource.CALCULATED,
        )
        .correlate(Account)
    )
