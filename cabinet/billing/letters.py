"""The letter about a new bill: to who proved the account and wants such letters, once."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.billing.models import Bill
from cabinet.billing.views import read_bill
from cabinet.billing.words import say_why
from cabinet.database import unit_of_work
from cabinet.i18n import use_locale
from cabinet.jobs import defer, jobs
from cabinet.kit.dates import now
from cabinet.mail.service import link, write_letter
from cabinet.reminders.models import Reminder, ReminderKind
from cabinet.residents.models import Resident

_NEWS = timedelta(days=70)
"""A bill of an older month is no news: somebody loads the past."""

logger = logging.getLogger(__name__)


async def tell_later(bill: Bill, *, session: AsyncSession) -> None:
    """Queue the letters about a bill that has just been issued; never fails the issuing."""
    if now().date() - bill.period > _NEWS or not await _readers(bill.account_id, session):
        return
    try:
        async with session.begin_nested():
            await defer(tell_of_bill, session=session, bill_id=str(bill.id))
    except Exception as error:
        logger.error("Letters about bill %s cannot be queued: %s", bill.id, type(error).__name__)


@jobs.task(name="tell_of_bill", retry=3)
async def tell_of_bill(bill_id: str) -> None:
    """Write the letters about one bill."""
    async with unit_of_work() as session:
        await write_letters(UUID(bill_id), session=session)


async def write_letters(bill_id: UUID, *, session: AsyncSession) -> int:
    """Write to each reader who was not told yet; returns how many letters were written."""
    bill = await session.get(Bill, bill_id)
    if bill is None:
        return 0
    readers = await _readers(bill.account_id, session)
    return sum([await _write(reader, bill, session) for reader in readers])


async def _write(reader: Resident, bill: Bill, session: AsyncSession) -> bool:
    if not await _is_first(reader.id, bill, session):
        return False
    whole = await read_bill(reader.id, bill.id, session=session)
    with use_locale(reader.locale):
        why = say_why(whole)
    await write_letter(
        "new_bill",
        reader.email,
        reader.locale,
        session=session,
        about_id=bill.id,
        account=whole.account.title(reader.locale),
        number=whole.account.number,
        period=bill.period,
        due_on=bill.due_on,
        total_minor=whole.bill.total_minor,
        to_pay_minor=whole.bill.to_pay_minor,
        why=why,
        url=link(f"/bills/{bill.id}", reader.locale),
    )
    return True


async def _is_first(resident_id: UUID, bill: Bill, session: AsyncSession) -> bool:
    """Claim the letter: the unique row decides between two workers."""
    row = Reminder(
        resident_id=resident_id, kind=ReminderKind.NEW_BILL, about_id=bill.id, about_day=bill.period
    )
    claim = insert(Reminder).values(row.model_dump()).on_conflict_do_nothing().returning(col(Reminder.id))
    return (await session.exec(claim)).scalar_one_or_none() is not None


async def _readers(account_id: UUID, session: AsyncSession) -> list[Resident]:
    """Who has proved this account, still has it, and wants letters about bills."""
    expires = col(AccountLink.expires_at)
    rows = await session.exec(
        select(Resident)
        .join(AccountLink, col(AccountLink.resident_id) == col(Resident.id))
        .where(
            AccountLink.account_id == account_id,
            AccountLink.level == LinkLevel.FULL,
            col(AccountLink.ended_at).is_(None),
            or_(expires.is_(None), expires > now()),
            col(Resident.letters_about_bills).is_(True),
            col(Resident.confirmed_at).is_not(None),
            col(Resident.blocked_at).is_(None),
        )
        .order_by(col(Resident.id))
    )
    return list(rows.all())
