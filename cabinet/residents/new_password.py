"""A forgotten or an old password replaced by a new one."""

from datetime import timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only
from cabinet.kit.dates import now
from cabinet.limits.service import BY_LOGIN, count_guess, count_try, forgive_guess, forgive_subject
from cabinet.mail.models import Letter
from cabinet.mail.service import link, write_letter
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import WrongCurrentPassword
from cabinet.residents.models import Resident, TokenPurpose
from cabinet.residents.owner_letters import tell_password_changed
from cabinet.residents.passwords import check_password, hash_password, verify_password
from cabinet.residents.rows import find_by_key, lock_resident, read_resident
from cabinet.residents.sessions import GUESS, end_all_sessions
from cabinet.residents.tokens import issue_token, spend_token, use_up_tokens
from cabinet.settings import settings

_HOUR = timedelta(hours=1)
_BY_EMAIL = 5
_BY_ADDRESS = 100


async def ask_for_new_password(email: str, address: str = "", *, session: AsyncSession) -> None:
    """Write a letter with a link to whom the address belongs; says nothing of whether it belongs to anyone.

    Raises BadEmail, TooManyTries.
    """
    mailbox = read_mailbox(email)
    await count_try("forgot_from", address, limit=_BY_ADDRESS, within=_HOUR, session=session)
    await count_try("forgot", mailbox.key, limit=_BY_EMAIL, within=_HOUR, session=session)
    resident = await find_by_key(mailbox.key, session=session)
    if resident is None or resident.blocked_at:
        return
    await send_link_to_password(resident, "reset_password", session=session)


async def send_link_to_password(resident: Resident, kind: str, *, session: AsyncSession) -> Letter | None:
    """Write the letter with the link: `reset_password` or `staff_invited`; None when there were too many."""
    url = await link_to_password(resident, session=session, invited=kind == "staff_invited")
    return await write_letter(kind, resident.email, resident.locale, session=session, url=url)


async def link_to_password(resident: Resident, *, session: AsyncSession, invited: bool = False) -> str:
    """The address where the person sets a password, once; an invitation works as long as a confirmation."""
    hours = settings.confirm_link_hours if invited else settings.reset_link_hours
    lifetime = timedelta(hours=hours)
    token = await issue_token(resident.id, TokenPurpose.RESET_PASSWORD, session=session, lifetime=lifetime)
    return link("/password/reset", resident.locale, token=token)


async def set_new_password(
    token: str, password: str, *, session: AsyncSession, device: str = "", address: str = ""
) -> None:
    """Set the password by the link of a letter, end all sessions, lift the lock; `device` and `address` are told.

    Who could read the letter owns the mailbox, so an unconfirmed one is confirmed by this too.
    Raises LinkUsed, LinkExpired, LinkUnknown, and WrongPasswordForm, CommonPassword, which the link survives.
    """
    check_password(password)
    password_hash = await hash_password(password)
    _spent, resident = await spend_token(token, TokenPurpose.RESET_PASSWORD, session=session)
    check_password(password, email_key=resident.email_key)
    resident.confirmed_at = resident.confirmed_at or now()
    await _replace(resident, password_hash, device, address, session=session)


async def change_password(
    resident_id: UUID, old: str, new: str, *, session: AsyncSession, device: str = "", address: str = ""
) -> None:
    """Replace the password by one who knows it, and end all sessions, this one too; the owner gets a letter.

    Raises WrongCurrentPassword, WrongPasswordForm, CommonPassword, TooManyTries.
    """
    resident = await check_current_password(resident_id, old)
    check_password(new, email_key=resident.email_key)
    password_hash = await hash_password(new)
    locked = await lock_resident(resident_id, session=session)
    if locked.password_hash != resident.password_hash:
        raise WrongCurrentPassword
    await _replace(locked, password_hash, device, address, session=session)


async def check_current_password(resident_id: UUID, password: str) -> Resident:
    """Whom the password belongs to, for acts that a session left open must not do alone; a wrong one is counted.

    Raises WrongCurrentPassword, TooManyTries. Call it before the first query of the caller's session.
    """
    resident = await _read(resident_id)
    guess = await count_guess("change_password", str(resident_id), BY_LOGIN)
    if not await verify_password(resident.password_hash, password):
        raise WrongCurrentPassword
    await forgive_guess(guess)
    return resident


async def _replace(
    resident: Resident, password_hash: str, device: str, address: str, *, session: AsyncSession
) -> None:
    resident.password_hash = password_hash
    await session.flush()
    await end_all_sessions(resident.id, session=session)
    await forgive_subject(GUESS, resident.email_key, session=session)
    for purpose in TokenPurpose:
        await use_up_tokens(resident.id, purpose, session=session)
    await tell_password_changed(resident, device, address, session=session)


async def _read(resident_id: UUID) -> Resident:
    async with read_only() as session:
        return await read_resident(resident_id, session=session)
