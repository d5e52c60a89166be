"""An app is connected in two steps: the secret, then the first code that proves that the app has it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.factors import app, owner
from cabinet.factors.errors import NoAppBegun, NoFactor, WrongCode
from cabinet.factors.letters import Change
from cabinet.factors.models import AppFactor
from cabinet.factors.sealing import Unreadable, seal, unseal
from cabinet.kit.dates import now
from cabinet.limits.service import BY_LOGIN, count_guess, forgive_guess
from cabinet.residents import service as residents
from cabinet.residents.models import Resident
from cabinet.residents.rows import lock_resident

_PATIENCE = timedelta(hours=1)
"""So long the first code is awaited."""


@dataclass(frozen=True, slots=True)
class NewApp:
    """What the app is given, once: nobody sees it again."""

    secret: str
    address: str
    picture: str


async def begin(resident_id: UUID, password: str, *, session: AsyncSession) -> NewApp:
    """A secret for an app; the app that is on stays on until the first code of the new one.

    Raises WrongCurrentPassword, TooManyTries.
    """
    resident = await residents.check_current_password(resident_id, password)
    secret = app.new_secret()
    await lock_resident(resident_id, session=session)
    pending = (col(AppFactor.resident_id) == resident_id, col(AppFactor.confirmed_at).is_(None))
    await session.exec(delete(AppFactor).where(*pending))
    session.add(AppFactor(resident_id=resident_id, secret=seal(secret.encode(), resident_id)))
    await session.flush()
    address = app.address_of(secret, resident.email)
    return NewApp(secret, address, app.picture_of(address))


async def confirm(resident_id: UUID, code: str, *, session: AsyncSession, address: str = "") -> list[str]:
    """Switch the app on with its first code; the spare codes if this is the first factor.

    Raises NoAppBegun, WrongCode, TooManyTries.
    """
    guess = await count_guess("connect_app", str(resident_id), BY_LOGIN)
    resident = await lock_resident(resident_id, session=session)
    found = await _find(resident_id, session, confirmed=False)
    if found is None or found.created_at < now() - _PATIENCE:
        raise NoAppBegun
    await take_code(found, code, session=session)
    before = await _find(resident_id, session, confirmed=True)
    if before:
        await session.delete(before)
        await session.flush()
    found.confirmed_at = now()
    codes = await owner.added(resident, session=session)
    await owner.tell(resident, Change.APP_ON, address, session=session)
    await forgive_guess(guess)
    return codes


async def remove(resident_id: UUID, password: str, *, session: AsyncSession, address: str = "") -> None:
    """Switch the app off. Raises WrongCurrentPassword, TooManyTries, NoFactor, LastFactor."""
    await residents.check_current_password(resident_id, password)
    resident = await lock_resident(resident_id, session=session)
    found = await _find(resident_id, session, confirmed=True)
    if found is None:
        raise NoFactor
    await session.delete(found)
    await owner.removed(resident, session=session)
    await owner.tell(resident, Change.APP_OFF, address, session=session)


async def use(resident: Resident, code: str, *, session: AsyncSession) -> None:
    """Accept a code of the locked person's app, once. Raises WrongCode."""
    found = await _find(resident.id, session, confirmed=True)
    if found is None:
        raise WrongCode
    await take_code(found, code, session=session)


async def take_code(factor: AppFactor, code: str, *, session: AsyncSession) -> None:
    """Use the code up: it, and every earlier one, is refused from now on. Raises WrongCode."""
    try:
        secret = unseal(factor.secret, factor.resident_id)
    except Unreadable:
        raise WrongCode from None
    step = app.step_of(code, secret.decode(), now())
    if step is None or step <= factor.last_step:
        raise WrongCode
    factor.last_step, factor.last_used_at = step, now()
    await session.flush()


async def _find(resident_id: UUID, session: AsyncSession, *, confirmed: bool) -> AppFactor | None:
    state = col(AppFactor.confirmed_at)
    wanted = select(AppFactor).where(
        AppFactor.resident_id == resident_id, state.is_not(None) if confirmed else state.is_(None)
    )
    return (await session.exec(wanted)).first()
