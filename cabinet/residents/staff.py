"""Colleagues: how they come, what they are, and what they were before.

`by` is who does it, None the command line of the machine.
"""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.tokens import new_token
from cabinet.residents.care import keep_an_administrator, lock_person, note, refuse_oneself
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import (
    AlreadyStaff,
    ClerkWithoutProvider,
    NotOfStaff,
    OpenAccessFirst,
    TooManyLetters,
)
from cabinet.residents.models import Resident, Role, TokenPurpose
from cabinet.residents.new_password import link_to_password, send_link_to_password
from cabinet.residents.passwords import check_password, hash_password
from cabinet.residents.person import Permission, Person
from cabinet.residents.profile import clean_name
from cabinet.residents.rows import find_by_key, search_key
from cabinet.residents.sessions import end_all_sessions
from cabinet.residents.tokens import use_up_tokens


async def create_staff(
    email: str, password: str, role: Role, provider_id: UUID | None = None, *, session: AsyncSession
) -> UUID:
    """Give somebody a role, confirmed at once; a known mailbox keeps its row and gets the new password.

    A clerk needs a provider, an administrator has none. Raises BadEmail, WrongPasswordForm, CommonPassword.
    """
    mailbox = read_mailbox(email)
    check_password(password, email_key=mailbox.key)
    password_hash = await hash_password(password)
    staff = await find_by_key(mailbox.key, session=session, lock=True)
    if staff is None:
        staff = Resident(email=mailbox.address, email_key=mailbox.key, password_hash=password_hash)
        staff.search_key = search_key(staff.email, "", "")
        session.add(staff)
    staff.password_hash, staff.role, staff.provider_id = password_hash, role, provider_id
    staff.confirmed_at = staff.confirmed_at or now()
    await session.flush()
    for purpose in TokenPurpose:
        await use_up_tokens(staff.id, purpose, session=session)
    await end_all_sessions(staff.id, session=session)
    return staff.id


async def hire(
    email: str,
    role: Role,
    provider_id: UUID | None = None,
    full_name: str = "",
    *,
    session: AsyncSession,
    by: Person | None = None,
    address: str = "",
    locale: str = "ru",
    by_letter: bool = True,
) -> tuple[UUID, str]:
    """Make somebody a colleague. They choose a password by the link of a letter; nobody else ever knows one.

    Returns the id and, without a letter, the link, which is to reach nobody but them. A resident's mailbox keeps
    its row and what is linked to it; whoever signed up with it without confirming loses what they chose.
    Raises Forbidden, BadEmail, TooLong, AlreadyStaff, NotOfStaff, ClerkWithoutProvider, OpenAccessFirst,
    TooManyLetters.
    """
    if by:
        by.require(Permission.MANAGE_STAFF)
    _check_role(role, provider_id)
    mailbox, name = read_mailbox(email), clean_name(full_name)
    staff = await find_by_key(mailbox.key, session=session, lock=True)
    if staff and staff.role is not Role.RESIDENT:
        raise AlreadyStaff
    if staff and staff.blocked_at:
        raise OpenAccessFirst
    if staff is None:
        staff = Resident(email=mailbox.address, email_key=mailbox.key, password_hash="", locale=locale)
        session.add(staff)
    if staff.confirmed_at is None:
        staff.password_hash = await hash_password(new_token())
    staff.role, staff.provider_id, staff.full_name = role, provider_id, name or staff.full_name
    staff.search_key = search_key(staff.email, staff.full_name, staff.phone)
    await session.flush()
    await use_up_tokens(staff.id, TokenPurpose.CONFIRM_EMAIL, session=session)
    await end_all_sessions(staff.id, session=session)
    facts = {"email": staff.email, "role": role, "provider_id": provider_id}
    await note(staff, "hire", by, address, session, facts)
    if not by_letter:
        return staff.id, await link_to_password(staff, session=session, invited=True)
    if await send_link_to_password(staff, "staff_invited", session=session) is None:
        raise TooManyLetters
    return staff.id, ""


async def change_role(
    staff_id: UUID,
    role: Role,
    provider_id: UUID | None = None,
    *,
    session: AsyncSession,
    by: Person | None = None,
    address: str = "",
) -> None:
    """Give a colleague another role, or none: a resident is no colleague. All their sessions end.

    Raises Forbidden, NotFound, NotYourself, LastAdministrator, ClerkWithoutProvider.
    """
    if by:
        by.require(Permission.MANAGE_STAFF)
    if role is not Role.RESIDENT:
        _check_role(role, provider_id)
    if role is not Role.ADMINISTRATOR:
        await keep_an_administrator(staff_id, session=session)
    staff = await lock_person(staff_id, by=by, session=session)
    if staff.role is Role.RESIDENT:
        raise NotFound
    refuse_oneself(staff, by)
    before = {"role": staff.role, "provider_id": staff.provider_id}
    staff.role, staff.provider_id = role, provider_id if role is Role.CLERK else None
    after = {"role": staff.role, "provider_id": staff.provider_id}
    if before == after:
        return
    await session.flush()
    await end_all_sessions(staff_id, session=session)
    await record(
        by.id if by else None, "change_role", "staff", staff_id, before, after, address, session=session
    )


async def staff_members(*, session: AsyncSession) -> list[Resident]:
    """All colleagues, those who work first, by e-mail."""
    rows = await session.exec(
        select(Resident)
        .where(Resident.role != Role.RESIDENT)
        .order_by(col(Resident.blocked_at).is_not(None), col(Resident.email_key))
    )
    return list(rows)


async def staff_by_email(email: str, *, session: AsyncSession) -> Resident:
    """The colleague with this mailbox. Raises BadEmail, NotOfStaff."""
    found = await find_by_key(read_mailbox(email).key, session=session)
    if found is None or found.role is Role.RESIDENT:
        raise NotOfStaff
    return found


async def has_administrator(*, session: AsyncSession) -> bool:
    """Whether somebody can sign in and manage the others."""
    wanted = select(Resident.id).where(
        Resident.role == Role.ADMINISTRATOR,
        col(Resident.blocked_at).is_(None),
        col(Resident.confirmed_at).is_not(None),
    )
    return (await session.exec(wanted.limit(1))).first() is not None


def _check_role(role: Role, provider_id: UUID | None) -> None:
    if role is Role.RESIDENT:
        raise NotOfStaff
    if (role is Role.CLERK) != (provider_id is not None):
        raise ClerkWithoutProvider
