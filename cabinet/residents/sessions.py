"""Signing in and out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.kit.tokens import hash_token, new_token
from cabinet.limits.service import BY_ADDRESS, BY_LOGIN, count_guess, forgive_guess, forgive_subject
from cabinet.residents.counting import counts_sign_ins
from cabinet.residents.devices import note_device
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import AccessClosed, BadEmail, EmailNotConfirmed, SecondFactorNeeded, WrongLogin
from cabinet.residents.lookup import session_limit
from cabinet.residents.models import LoginSession, Resident
from cabinet.residents.passwords import hash_password, is_outdated, verify_password
from cabinet.residents.rows import find_by_key

GUESS = "sign_in"
_DEVICE = 300
_ADDRESS = 64


async def sign_in(
    email: str,
    password: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> str:
    """Check the password and begin a session; returns its token and ends the `previous` one of this browser.

    `browser` is the token of the device cookie, see `begin_session`.
    For people without a second factor: with one, `factors.entering` has the way in.
    Raises WrongLogin, TooManyTries, EmailNotConfirmed, AccessClosed, SecondFactorNeeded.
    """
    resident = await check_login(email, password, address, session=session)
    if resident.second_factor_at:
        raise SecondFactorNeeded
    return await begin_session(resident, device, address, session=session, previous=previous, browser=browser)


@counts_sign_ins
async def check_login(email: str, password: str, address: str = "", *, session: AsyncSession) -> Resident:
    """Whose login this is, the row locked; no session begins yet.

    Raises WrongLogin, TooManyTries, EmailNotConfirmed, AccessClosed. The database is not kept waiting
    while the password is checked.
    """
    key = _login_key(email)
    by_address = await count_guess("sign_in_from", address, BY_ADDRESS)
    by_login = await count_guess(GUESS, key, BY_LOGIN)
    checked = await _password_hash(key)
    if not await verify_password(checked, password):
        raise WrongLogin
    await forgive_guess(by_login)
    await forgive_guess(by_address)
    newer = await hash_password(password) if checked and is_outdated(checked) else None
    resident = await find_by_key(key, session=session, lock=True)
    if resident is None or resident.password_hash != checked:
        raise WrongLogin
    check_may_enter(resident)
    resident.password_hash = newer or resident.password_hash
    await forgive_subject(GUESS, key, session=session)
    return resident


async def begin_session(
    resident: Resident,
    device: str,
    address: str,
    *,
    session: AsyncSession,
    previous: str | None,
    browser: str,
) -> str:
    """Begin a session of somebody who has proved who they are; its token. The `previous` one of this browser ends.

    Every way in ends here. `browser` is the token of the device cookie: a sign-in from an unknown one is told of
    by letter.
    """
    if previous:
        await end_session(previous, session=session)
    await note_device(resident, browser, device, address, session=session)
    return await _begin(resident, device, address, session=session)


async def end_session(token: str, *, session: AsyncSession) -> None:
    """End the session of this token, if it lives."""
    await _end(col(LoginSession.token_hash) == hash_token(token), session=session)


async def end_session_of(resident_id: UUID, session_id: UUID, *, session: AsyncSession) -> bool:
    """End one session of the person; whether it was alive."""
    living = (
        col(LoginSession.id) == session_id,
        col(LoginSession.resident_id) == resident_id,
        col(LoginSession.ended_at).is_(None),
    )
    ended = await session.exec(update(LoginSession).where(*living).values(ended_at=now()))
    return ended.rowcount == 1


async def end_all_sessions(resident_id: UUID, *, session: AsyncSession, but: UUID | None = None) -> None:
    """End every session of the person, `but` one: new password, the person's wish, or staff's decision."""
    of_person = col(LoginSession.resident_id) == resident_id
    await _end(of_person if but is None else of_person & (col(LoginSession.id) != but), session=session)


async def delete_sessions_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the rows of sessions that ended, or reached their limit, before `moment`."""
    ended = or_(col(LoginSession.ended_at) < moment, col(LoginSession.expires_at) < moment)
    await session.exec(delete(LoginSession).where(ended))


async def _end(which: object, *, session: AsyncSession) -> None:
    statement = update(LoginSession).where(which, col(LoginSession.ended_at).is_(None))  # pyright: ignore[reportArgumentType]
    await session.exec(statement.values(ended_at=now()))


async def _begin(resident: Resident, device: str, address: str, *, session: AsyncSession) -> str:
    token = new_token()
    moment = now()
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            resident_id=resident.id,
            last_seen_at=moment,
            expires_at=moment + session_limit(resident.role),
            device=device[:_DEVICE],
            address=address[:_ADDRESS],
        )
    )
    await session.flush()
    return token


def check_may_enter(resident: Resident) -> None:
    """Said only to who knows the password, or has the key. Raises AccessClosed, EmailNotConfirmed."""
    if resident.blocked_at:
        raise AccessClosed
    if resident.confirmed_at is None:
        raise EmailNotConfirmed


def _login_key(email: str) -> str:
    try:
        return read_mailbox(email).key
    except BadEmail:
        return fold(email)[:254]


async def _password_hash(key: str) -> str | None:
    async with read_only() as session:
        resident = await find_by_key(key, session=session)
        return resident.password_hash if resident else None
