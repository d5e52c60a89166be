"""What is left of a person whose cabinet was deleted: a row that others may refer to and that names nobody."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.tokens import new_token
from cabinet.residents.passwords import hash_password
from cabinet.residents.rows import lock_resident


@dataclass(frozen=True, slots=True)
class Former:
    """Where the last letter goes, and in which language."""

    email: str
    locale: str


async def empty_row(resident_id: UUID, *, session: AsyncSession) -> Former:
    """Take everything that tells who it was out of the row. Raises NotFound for one that is empty already.

    The e-mail becomes a text that is none, so the address is free for a new cabinet; nobody knows the password.
    """
    nobodys = await hash_password(new_token())
    row = await lock_resident(resident_id, session=session)
    if row.deleted_at:
        raise NotFound
    former = Former(row.email, row.locale)
    row.email = row.email_key = row.search_key = f"deleted-{row.id.hex}"
    row.full_name = row.phone = row.blocked_because = ""
    row.second_factor_at = None
    row.password_hash, row.theme = nobodys, "system"
    row.letters_about_payments = row.letters_about_bills = False
    row.letters_about_readings = row.letters_about_notices = False
    row.deleted_at = row.blocked_at = now()
    await session.flush()
    return former
