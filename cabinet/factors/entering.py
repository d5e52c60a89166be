"""Signing in of people who may have a second factor: the password first, then a code, a key or a spare code."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only
from cabinet.factors import apps, owner, spare
from cabinet.factors.errors import BeginAgain
from cabinet.factors.letters import say_spare_used
from cabinet.factors.models import HalfSignIn
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.limits.service import BY_LOGIN, count_guess, forgive_subject
from cabinet.residents import service as residents
from cabinet.residents.models import Resident
from cabinet.residents.rows import lock_resident
from cabinet.residents.sessions import check_may_enter

PATIENCE = timedelta(minutes=10)
"""So long the second factor is awaited."""
GUESS = "second_factor"
_DEVICE = 300


@dataclass(frozen=True, slots=True)
class Entrance:
    """What came of a right password: a session, or a sign-in that waits for the second factor."""

    session: str = ""
    half: str = ""
    has_app: bool = False
    has_keys: bool = False


async def enter(
    email: str,
    password: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> Entrance:
    """Check the password. Without a second factor a session begins, and the `previous` one of this browser ends.

    `browser` is the token of its device cookie, here and below.

    Raises WrongLogin, TooManyTries, EmailNotConfirmed, AccessClosed.
    """
    resident = await residents.check_login(email, password, address, session=session)
    if resident.second_factor_at is None:
        token = await residents.begin_session(
            resident, device, address, session=session, previous=previous, browser=browser
        )
        return Entrance(session=token)
    token = new_token()
    session.add(
        HalfSignIn(
            token_hash=hash_token(token),
            resident_id=resident.id,
            password_mark=_mark(resident),
            device=device[:_DEVICE],
            expires_at=now() + PATIENCE,
        )
    )
    await session.flush()
    return Entrance(
        half=token,
        has_app=await owner.has_app(resident.id, session=session),
        has_keys=await owner.has_keys(resident.id, session=session),
    )


async def enter_by_code(
    half: str,
    code: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> str:
    """Finish with a code of the app; the session's token. Raises BeginAgain, WrongCode, TooManyTries."""
    waiting = await waiting_for(half, device)
    await count_guess(GUESS, str(waiting.resident_id), BY_LOGIN)
    resident = await hold(waiting, session=session)
    await apps.use(resident, code, session=session)
    return await finish(
        waiting, resident, device, address, session=session, previous=previous, browser=browser
    )


async def enter_by_spare_code(
    half: str,
    code: str,
    device: str = "",
    address: str = "",
    *,
    session: AsyncSession,
    previous: str | None = None,
    browser: str = "",
) -> str:
    """Finish with a spare code, of which a letter tells. Raises BeginAgain, WrongSpareCode, TooManyTries."""
    waiting = await waiting_for(half, device)
    await count_guess(GUESS, str(waiting.resident_id), BY_LOGIN)
    resident = await hold(waiting, session=session)
    left = await spare.use(code, resident.id, session=session)
    await say_spare_used(resident, left, address, session=session)
    return await finish(
        waiting, resident, device, address, session=session, previous=previous, browser=browser
    )


async def waiting_for(half: str, device: str) -> HalfSignIn:
    """The sign-in that this browser has begun. Raises BeginAgain: it is over, unknown, or another browser's."""
    async with read_only() as session:
        wanted = select(HalfSignIn).where(HalfSignIn.token_hash == hash_token(half))
        found = (await session.exec(wanted)).first()
    if found is None or found.used_at or found.expires_at <= now() or found.device != device[:_DEVICE]:
        raise BeginAgain
    return found


async def hold(waiting: HalfSignIn, *, session: AsyncSession) -> Resident:
    """Whose sign-in it is, locked: of two that finish the same one, the second waits and is refused.

    Raises BeginAgain, AccessClosed, EmailNotConfirmed.
    """
    resident = await lock_resident(waiting.resident_id, session=session)
    check_may_enter(resident)
    unused = select(HalfSignIn.id).where(HalfSignIn.id == waiting.id, col(HalfSignIn.used_at).is_(None))
    if (await session.exec(unused)).first() is None or resident.second_factor_at is None:
        raise BeginAgain
    if waiting.password_mark != _mark(resident):
        raise BeginAgain
    return resident


async def finish(
    waiting: HalfSignIn,
    resident: Resident,
    device: str,
    address: str,
    *,
    session: AsyncSession,
    previous: str | None,
    browser: str,
) -> str:
    """Begin the session of somebody who has proved the second factor, too; the sign-in is used up."""
    await session.exec(update(HalfSignIn).where(col(HalfSignIn.id) == waiting.id).values(used_at=now()))
    await forgive_subject(GUESS, str(resident.id), session=session)
    return await residents.begin_session(
        resident, device, address, session=session, previous=previous, browser=browser
    )


def _mark(resident: Resident) -> bytes:
    return hash_token(resident.password_hash)
