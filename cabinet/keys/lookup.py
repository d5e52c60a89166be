"""Whose key it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.keys.models import ApiKey, Scope
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.providers.models import Provider
from cabinet.settings import settings

KEY_PREFIX = "ck_"
"""How every key begins, so that people and scanners of sources recognise one."""
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyCard:
    """What a living key amounts to: it acts for one provider, within its scopes."""

    id: UUID
    provider_id: UUID
    provider_name: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime

    @property
    def subject(self) -> str:
        """What its requests are counted under."""
        return f"key:{self.id}"

    @property
    def per_minute(self) -> int:
        """How many requests a minute it may make."""
        return settings.api_requests_per_key


async def find_key(token: str, *, session: AsyncSession) -> KeyCard | None:
    """The key, unless it is unknown, expired or revoked; notes that it was used.

    It is looked up by its hash: how long that takes tells nothing about keys that exist.
    """
    moment = now()
    found = await session.exec(
        select(ApiKey, Provider.name)
        .join(Provider, col(Provider.id) == col(ApiKey.provider_id))
        .where(
            ApiKey.token_hash == hash_token(token),
            col(ApiKey.revoked_at).is_(None),
            ApiKey.expires_at > moment,
        )
    )
    row = found.first()
    if row is None:
        return None
    key, provider_name = row
    if key.last_used_at is None or key.last_used_at < moment - _USE_IS_NOTED_EVERY:
        await session.exec(update(ApiKey).where(col(ApiKey.id) == key.id).values(last_used_at=moment))
    return card_of(key, provider_name)


def card_of(key: ApiKey, provider_name: str) -> KeyCard:
    """What the API knows of the row."""
    return KeyCard(
        id=key.id,
        provider_id=key.provider_id,
        provider_name=provider_name,
        name=key.name,
        prefix=key.prefix,
        scopes=frozenset(Scope(one) for one in key.scopes if one in set(Scope)),
        created_at=key.created_at,
        expires_at=key.expires_at,
    )
