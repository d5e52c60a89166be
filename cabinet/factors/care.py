"""Spare codes made anew, what a person has, what staff take off, what is forgotten by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.factors import keys, owner, spare
from cabinet.factors.errors import NoFactor, WhyReset
from cabinet.factors.keys import KeyView
from cabinet.factors.letters import Change, say_changed
from cabinet.factors.models import AppFactor, HalfSignIn, KeyChallenge
from cabinet.kit.dates import now
from cabinet.residents import service as residents
from cabinet.residents.care import kind_of, refuse_oneself
from cabinet.residents.errors import LONGEST_REASON
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission, Person
from cabinet.residents.rows import lock_resident

_UNCONFIRMED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has, for their own page and for staff; no secrets."""

    app_since: datetime | None
    app_used_at: datetime | None
    keys: list[KeyView]
    codes_left: int

    @property
    def any(self) -> bool:
        """Whether signing in takes more than the password."""
        return self.app_since is not None or bool(self.keys)


async def factors_of(resident_id: UUID, *, session: AsyncSession) -> Factors:
    """What the person has."""
    wanted = select(AppFactor).where(
        AppFactor.resident_id == resident_id, col(AppFactor.confirmed_at).is_not(None)
    )
    found = (await session.exec(wanted)).first()
    return Factors(
        app_since=found.confirmed_at if found else None,
        app_used_at=found.last_used_at if found else None,
        keys=await keys.keys_of(resident_id, session=session),
        codes_left=await spare.left(resident_id, session=session),
    )


async def renew_codes(
    resident_id: UUID, password: str, *, session: AsyncSession, address: str = ""
) -> list[str]:
    """Ten new spare codes; the earlier ones end. Raises WrongCurrentPassword, TooManyTries, NoFactor."""
    await residents.check_current_password(resident_id, password)
    resident = await lock_resident(resident_id, session=session)
    if resident.second_factor_at is None:
        raise NoFactor
    codes = await spare.renew(resident_id, session=session)
    await owner.tell(resident, Change.CODES_MADE, address, session=session)
    return codes


async def reset(
    resident_id: UUID, reason: str, *, session: AsyncSession, by: Person | None, address: str = ""
) -> None:
    """Take the second factor off a person who has lost it, with a reason, a letter and all sessions ended.

    `by` is an administrator, None the command line of the machine. Raises Forbidden, NotFound, NotYourself,
    WhyReset, NoFactor.
    """
    if by:
        by.require(Permission.RESET_FACTORS)
    resident = await lock_resident(resident_id, session=session)
    refuse_oneself(resident, by)
    said = " ".join(reason.replace("\x00", "").split())
    if (by and not said) or len(said) > LONGEST_REASON:
        raise WhyReset(LONGEST_REASON)
    if resident.second_factor_at is None:
        raise NoFactor
    await _write_down(resident, said, by, address, session)
    await owner.forget(resident, session=session)
    await residents.end_all_sessions(resident_id, session=session)
    await say_changed(resident, Change.RESET, "", session=session)


async def delete_sign_ins_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete sign-ins and challenges that ended before `moment`, and apps whose first code never came."""
    for table in (HalfSignIn, KeyChallenge):
        over = or_(col(table.used_at) < moment, col(table.expires_at) < moment)
        await session.exec(delete(table).where(over))
    forgotten = (col(AppFactor.confirmed_at).is_(None), col(AppFactor.created_at) < now() - _UNCONFIRMED)
    await session.exec(delete(AppFactor).where(*forgotten))


async def _write_down(
    resident: Resident, reason: str, by: Person | None, address: str, session: AsyncSession
) -> None:
    facts = {"reason": reason}
    actor = by.id if by else None
    await record(actor, "reset_factor", kind_of(resident), resident.id, None, facts, address, session=session)
