"""Second factors when a cabinet is deleted."""

from uuid import UUID

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.factors.models import HalfSignIn, KeyChallenge
from cabinet.residents.models import LoginSession


async def forget_challenges(resident_id: UUID, *, session: AsyncSession) -> None:
    """Delete what keys of this person were asked to sign; call it while the sign-ins that asked still stand.

    What was asked before anybody said who they are names nobody, and grows old within minutes.
    """
    sessions = select(LoginSession.token_hash).where(LoginSession.resident_id == resident_id)
    halves = select(HalfSignIn.token_hash).where(HalfSignIn.resident_id == resident_id)
    holder = col(KeyChallenge.holder_hash)
    await session.exec(delete(KeyChallenge).where(or_(holder.in_(sessions), holder.in_(halves))))
