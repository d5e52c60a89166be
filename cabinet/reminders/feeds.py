"""The private address of a resident's calendar: shown again whenever they ask, worthless once revoked."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.reminders.models import CalendarFeed
from cabinet.residents.models import Resident
from cabinet.settings import settings

_NOTED_EVERY = timedelta(hours=1)
"""How often it is written down that a calendar reads."""


@dataclass(frozen=True, slots=True)
class FeedOwner:
    """Whose calendar it is."""

    resident_id: UUID
    locale: str
    made_at: datetime


async def feed_of(resident_id: UUID, *, session: AsyncSession) -> CalendarFeed | None:
    """The feed that works now, if there is one."""
    rows = await session.exec(
        select(CalendarFeed).where(
            CalendarFeed.resident_id == resident_id, col(CalendarFeed.revoked_at).is_(None)
        )
    )
    return rows.one_or_none()


async def make_feed(resident_id: UUID, *, session: AsyncSession) -> CalendarFeed:
    """The feed that works, made if there is none: two tabs get the same one."""
    row = CalendarFeed(resident_id=resident_id)
    await session.exec(
        insert(CalendarFeed)
        .values(row.model_dump())
        .on_conflict_do_nothing(
            index_elements=["resident_id"], index_where=col(CalendarFeed.revoked_at).is_(None)
        )
    )
    found = await feed_of(resident_id, session=session)
    return found or row


async def renew_feed(resident_id: UUID, *, session: AsyncSession) -> CalendarFeed:
    """A new address; the old one is worthless from now on."""
    await revoke_feed(resident_id, session=session)
    return await make_feed(resident_id, session=session)


async def revoke_feed(resident_id: UUID, *, session: AsyncSession) -> None:
    """Switch the calendar off."""
    await session.exec(
        update(CalendarFeed)
        .where(col(CalendarFeed.resident_id) == resident_id, col(CalendarFeed.revoked_at).is_(None))
        .values(revoked_at=now())
    )


async def open_feed(feed_id: UUID, *, session: AsyncSession) -> FeedOwner:
    """Whose feed it is, and a note that it was read. Raises NotFound for a revoked one and a closed access."""
    rows = await session.exec(
        select(CalendarFeed, Resident)
        .join(Resident, col(Resident.id) == col(CalendarFeed.resident_id))
        .where(
            CalendarFeed.id == feed_id,
            col(CalendarFeed.revoked_at).is_(None),
            col(Resident.confirmed_at).is_not(None),
            col(Resident.blocked_at).is_(None),
        )
    )
    found = rows.one_or_none()
    if found is None:
        raise NotFound
    feed, resident = found
    if feed.read_at is None or now() - feed.read_at > _NOTED_EVERY:
        feed.read_at = now()
        await session.flush()
    return FeedOwner(resident.id, resident.locale, feed.created_at)


def address_of(feed: CalendarFeed) -> str:
    """The path of the calendar, with the signature that opens it."""
    return f"/calendar/{feed.id.hex}.{sign(feed.id)}.ics"


def sign(feed_id: UUID, key: bytes = b"") -> str:
    """What nobody can make without our key, the present one unless another is given: 192 bits."""
    key = key or settings.secret_keys[0]
    return urlsafe_b64encode(hmac.digest(key, b"calendar:" + feed_id.bytes, "sha256")[:24]).decode()


def feed_id_in(name: str) -> UUID:
    """The feed that `<id>.<signature>` names. Raises NotFound unless the signature is ours, with any key of ours."""
    ident, _dot, signature = name.partition(".")
    try:
        feed_id = UUID(hex=ident) if len(ident) == 32 else None
    except ValueError:
        feed_id = None
    if feed_id is None or not _is_ours(feed_id, signature.encode()):
        raise NotFound
    return feed_id


def _is_ours(feed_id: UUID, signature: bytes) -> bool:
    return any(hmac.compare_digest(sign(feed_id, key).encode(), signature) for key in settings.secret_keys)
