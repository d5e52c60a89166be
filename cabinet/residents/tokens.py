"""Links in letters: issued, looked at, spent once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.residents.errors import LinkExpired, LinkUnknown, LinkUsed
from cabinet.residents.models import EmailToken, Resident, TokenPurpose
from cabinet.residents.rows import lock_resident
from cabinet.settings import settings


async def issue_token(
    resident_id: UUID,
    purpose: TokenPurpose,
    *,
    session: AsyncSession,
    password_hash: str | None = None,
    lifetime: timedelta | None = None,
) -> str:
    """A new token for a link; the database keeps its hash."""
    token = new_token()
    session.add(
        EmailToken(
            resident_id=resident_id,
            purpose=purpose,
            token_hash=hash_token(token),
            password_hash=password_hash,
            expires_at=now() + (lifetime or _lifetime(purpose)),
        )
    )
    await session.flush()
    return token


async def spend_token(
    token: str, purpose: TokenPurpose, *, session: AsyncSession
) -> tuple[EmailToken, Resident]:
    """Mark the token as used; returns its row and its resident's, both locked.

    Raises LinkUnknown, LinkUsed, LinkExpired. The resident is locked first, so that two links of one
    resident opened at once wait for each other.
    """
    query = select(EmailToken).where(
        EmailToken.token_hash == hash_token(token), EmailToken.purpose == purpose
    )
    seen = (await session.exec(query)).first()
    if seen is None:
        raise LinkUnknown
    resident = await lock_resident(seen.resident_id, session=session)
    fresh = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.exec(fresh)).one()
    if found.used_at is not None:
        raise LinkUsed
    if found.expires_at <= now():
        raise LinkExpired
    found.used_at = now()
    await session.flush()
    return found, resident


async def use_up_tokens(resident_id: UUID, purpose: TokenPurpose, *, session: AsyncSession) -> None:
    """Make every link of this purpose a used one, and forget the passwords that travelled with them."""
    of_resident = update(EmailToken).where(
        col(EmailToken.resident_id) == resident_id, col(EmailToken.purpose) == purpose
    )
    await session.exec(of_resident.values(password_hash=None))
    await session.exec(of_resident.where(col(EmailToken.used_at).is_(None)).values(used_at=now()))


async def delete_tokens_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the links that were used, or expired, before `moment`."""
    gone = or_(col(EmailToken.used_at) < moment, col(EmailToken.expires_at) < moment)
    await session.exec(delete(EmailToken).where(gone))


def _lifetime(purpose: TokenPurpose) -> timedelta:
    hours = (
        settings.confirm_link_hours if purpose is TokenPurpose.CONFIRM_EMAIL else settings.reset_link_hours
    )
    return timedelta(hours=hours)
