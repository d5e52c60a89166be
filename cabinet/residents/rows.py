"""Finding residents, and the keys they are found by."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.text import fold
from cabinet.residents.models import Resident


async def find_by_key(email_key: str, *, session: AsyncSession, lock: bool = False) -> Resident | None:
    """The resident with this mailbox."""
    query = select(Resident).where(Resident.email_key == email_key)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(query)).first()


async def read_resident(resident_id: UUID, *, session: AsyncSession) -> Resident:
    """The resident's row. Raises NotFound."""
    found = await session.get(Resident, resident_id)
    if found is None:
        raise NotFound
    return found


async def lock_resident(resident_id: UUID, *, session: AsyncSession) -> Resident:
    """The resident's row, fresh and locked until the end of the transaction. Raises NotFound."""
    found = await session.get(Resident, resident_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def search_key(email: str, full_name: str, phone: str) -> str:
    """What staff find a resident by; a phone by its digits."""
    digits = "".join(c for c in phone if c.isdigit())
    return fold(f"{email} {full_name} {digits}")
