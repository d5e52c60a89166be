"""What every change of a person's factors does: the mark on the person, the spare codes, the letter, the audit log."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.factors import spare
from cabinet.factors.errors import LastFactor
from cabinet.factors.letters import Change, say_changed
from cabinet.factors.models import AppFactor, HalfSignIn, Passkey, RecoveryCode
from cabinet.kit.dates import now
from cabinet.residents.lookup import needs_second_factor
from cabinet.residents.models import Resident, Role


async def added(resident: Resident, *, session: AsyncSession) -> list[str]:
    """The locked person has one factor more; with the first come the spare codes, else none."""
    await session.flush()
    if resident.second_factor_at:
        return []
    resident.second_factor_at = now()
    return await spare.renew(resident.id, session=session)


async def removed(resident: Resident, *, session: AsyncSession) -> None:
    """The locked person has one factor less; after the last one nothing of them is left. Raises LastFactor."""
    await session.flush()
    if await has_app(resident.id, session=session) or await has_keys(resident.id, session=session):
        return
    if needs_second_factor(resident.role):
        raise LastFactor
    await forget(resident, session=session)


async def forget(resident: Resident, *, session: AsyncSession) -> None:
    """Take all factors off the locked person, and end sign-ins that wait for one."""
    for table in (AppFactor, Passkey, RecoveryCode, HalfSignIn):
        await session.exec(delete(table).where(col(table.resident_id) == resident.id))
    resident.second_factor_at = None
    await session.flush()


async def has_app(resident_id: UUID, *, session: AsyncSession) -> bool:
    """Whether an app is on."""
    wanted = select(AppFactor.id).where(
        AppFactor.resident_id == resident_id, col(AppFactor.confirmed_at).is_not(None)
    )
    return (await session.exec(wanted)).first() is not None


async def has_keys(resident_id: UUID, *, session: AsyncSession) -> bool:
    """Whether there is a key."""
    wanted = select(Passkey.id).where(Passkey.resident_id == resident_id)
    return (await session.exec(wanted)).first() is not None


async def tell(
    resident: Resident,
    change: Change,
    address: str,
    *,
    session: AsyncSession,
    name: str = "",
) -> None:
    """A letter to the person, and for staff a line in the audit log: nobody changes a factor in silence."""
    await say_changed(resident, change, address, session=session, name=name)
    facts: Mapping[str, object] | None = {"name": name} if name else None
    if resident.role is not Role.RESIDENT:
        await record(
            resident.id, f"factor_{change}", "staff", resident.id, None, facts, address, session=session
        )
