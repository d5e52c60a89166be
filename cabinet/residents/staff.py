"""What staff do with people: make colleagues, close and open access."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.residents.emails import read_mailbox
from cabinet.residents.models import Resident, Role
from cabinet.residents.passwords import check_password, hash_password
from cabinet.residents.rows import find_by_key, lock_resident, search_key
from cabinet.residents.sessions import end_all_sessions


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
    await end_all_sessions(staff.id, session=session)
    return staff.id


async def close_access(resident_id: UUID, *, session: AsyncSession) -> None:
    """Sign the person out everywhere and refuse the next sign-in. Raises NotFound."""
    resident = await lock_resident(resident_id, session=session)
    resident.blocked_at = resident.blocked_at or now()
    await end_all_sessions(resident_id, session=session)


async def open_access(resident_id: UUID, *, session: AsyncSession) -> None:
    """Let the person in again. Raises NotFound."""
    resident = await lock_resident(resident_id, session=session)
    resident.blocked_at = None
    await session.flush()
