"""The end of a cabinet at its owner's wish: what goes at once, and what the law makes us keep without a name.

At once: e-mail, name, phone, password, second factors; sign-ins, devices, links from letters; linked accounts and the guests in them;
invitations; cards, which the processor forgets by a job, and autopay; tokens for programs; calendars, reminders;
requests with their files; letters. It cannot be taken back: a letter tells of it.

What stays: payments, what became of them and the ledger (402-ФЗ, art. 29: five years), readings, which are the
provider's, consents with the person's id (152-ФЗ, art. 9: to prove them), the ends of links, the audit. All of these
name an empty row of `resident`; when nothing hangs on that any more it goes too (`delete_shells_before`).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.leaving import delete_invitations_of, leave_all_accounts
from cabinet.audit.service import record
from cabinet.autopay.leaving import forget_cards
from cabinet.factors.leaving import forget_challenges
from cabinet.factors.models import AppFactor, HalfSignIn, Passkey, RecoveryCode
from cabinet.keys.personal_models import PersonalToken
from cabinet.kit.text import fold
from cabinet.mail.service import delete_letters_to
from cabinet.mydata.errors import OpenPayments, StaffStay, TypeTheWord, delete_word
from cabinet.notices.models import NoticeDismissal
from cabinet.payments.owner import unfinished_payments
from cabinet.reminders.models import CalendarFeed, Reminder
from cabinet.residents.models import (
    Consent,
    EmailChange,
    EmailToken,
    KnownDevice,
    LoginSession,
    Resident,
    Role,
)
from cabinet.residents.new_password import check_current_password
from cabinet.residents.owner_letters import tell_deleted
from cabinet.residents.shell import empty_row
from cabinet.support.owner import delete_requests

GOES = (
    AppFactor,
    Passkey,
    RecoveryCode,
    HalfSignIn,
    LoginSession,
    KnownDevice,
    EmailToken,
    EmailChange,
    PersonalToken,
    CalendarFeed,
    Reminder,
    NoticeDismissal,
)
"""Tables of which every row of the person is deleted."""


async def delete_cabinet(
    resident_id: UUID, password: str, sure: str, *, session: AsyncSession, device: str = "", address: str = ""
) -> None:
    """Delete the cabinet; `sure` is the word that was typed. Nothing happens if anything stands in the way.

    Raises StaffStay, TypeTheWord, WrongCurrentPassword, TooManyTries, OpenPayments.
    """
    resident = await check_current_password(resident_id, password)
    if resident.role is not Role.RESIDENT:
        raise StaffStay
    if fold(sure.strip()) != fold(delete_word()):
        raise TypeTheWord
    await leave_all_accounts(resident_id, session=session)
    await forget_cards(resident_id, session=session)
    if numbers := await unfinished_payments(resident_id, session=session):
        raise OpenPayments(numbers)
    await delete_requests(resident_id, resident.email, session=session)
    await _delete_letters(resident, session)
    await forget_challenges(resident_id, session=session)
    for table in GOES:
        await session.exec(delete(table).where(col(table.resident_id) == resident_id))
    before = await empty_row(resident_id, session=session)
    await record(resident_id, "delete_cabinet", "resident", resident_id, address=address, session=session)
    await tell_deleted(before, device, address, session=session)


async def delete_shells_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the consents of cabinets that were deleted before `moment`, and their empty rows if nothing needs them."""
    shells = select(Resident.id).where(col(Resident.deleted_at) < moment)
    ids = list(await session.exec(shells))
    await session.exec(delete(Consent).where(col(Consent.resident_id).in_(ids)))
    for resident_id in ids:
        try:
            async with session.begin_nested():
                await session.exec(delete(Resident).where(col(Resident.id) == resident_id))
        except IntegrityError:
            continue  # payments and the like still name it


async def _delete_letters(resident: Resident, session: AsyncSession) -> None:
    """All letters to the person, to former addresses too, and those to others that name them."""
    changes = select(EmailChange.email, EmailChange.old_email).where(EmailChange.resident_id == resident.id)
    mailboxes = {resident.email, resident.email_key}
    for wanted, old in await session.exec(changes):
        mailboxes |= {wanted, old}
    invited = await delete_invitations_of(resident.id, resident.email_key, session=session)
    names = [name for name in (resident.full_name, resident.email) if name]
    await delete_letters_to(mailboxes, session=session)
    await delete_letters_to(invited, session=session, naming=names)
