"""Browsers in which a person has signed in, so that a sign-in from another one is told of by letter."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.residents.models import KnownDevice, LoginSession, Resident
from cabinet.residents.owner_letters import tell_new_device


async def note_device(
    resident: Resident, token: str, device: str, address: str, *, session: AsyncSession
) -> None:
    """Remember the browser by the token of its cookie; the first sign-in from another one writes a letter.

    Call it in the unit of work that begins the session, before the session's row is written.
    """
    if not token or await _is_known(resident, token, session):
        return
    if not await _is_first(resident, device, session):
        await tell_new_device(resident, device, address, session=session)
    moment = now()
    seen = insert(KnownDevice).values(
        **KnownDevice(
            resident_id=resident.id, token_hash=hash_token(token), created_at=moment, last_used_at=moment
        ).model_dump()
    )
    await session.exec(seen.on_conflict_do_nothing())


async def delete_devices_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget the browsers in which nobody has signed in since `moment`."""
    await session.exec(delete(KnownDevice).where(col(KnownDevice.last_used_at) < moment))


async def _is_known(resident: Resident, token: str, session: AsyncSession) -> bool:
    found = await session.exec(
        update(KnownDevice)
        .where(
            col(KnownDevice.resident_id) == resident.id,
            col(KnownDevice.token_hash) == hash_token(token),
        )
        .values(last_used_at=now())
    )
    return found.rowcount == 1


async def _is_first(resident: Resident, device: str, session: AsyncSession) -> bool:
    """Nothing to tell: the first sign-in of all, or one from before devices were remembered, by the same browser."""
    known = await session.exec(select(KnownDevice.id).where(KnownDevice.resident_id == resident.id).limit(1))
    if known.first():
        return False
    others = select(LoginSession.id).where(
        LoginSession.resident_id == resident.id, LoginSession.device != device
    )
    return (await session.exec(others.limit(1))).first() is None
