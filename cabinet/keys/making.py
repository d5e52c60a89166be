"""Making keys, listing them, and ending them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import BadFields, NotFound
from cabinet.i18n import _
from cabinet.keys.errors import TooManyKeys
from cabinet.keys.lookup import KEY_PREFIX
from cabinet.keys.models import ApiKey, Scope
from cabinet.kit.dates import now, today_in
from cabinet.kit.tokens import hash_token, new_token
from cabinet.providers.models import Provider
from cabinet.residents.person import Permission, Person

MOST_KEYS = 20
"""Living keys of one provider."""
LONGEST_LIFE = timedelta(days=366)
_LONGEST_NAME = 80
_SHOWN = len(KEY_PREFIX) + 6


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now; `token` is known at this moment only."""

    id: UUID
    token: str


async def make_key(
    provider_id: UUID,
    name: str,
    scopes: Collection[Scope],
    last_day: date,
    *,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> NewKey:
    """Make a key that lives through `last_day` of the provider's calendar.

    Raises Forbidden, NotFound for another's provider, TooManyKeys, and BadFields with a text for each of
    `name`, `scopes`, `last_day` that is wrong.
    """
    by.require(Permission.MANAGE_KEYS)
    provider = await _own_provider(provider_id, by, session, lock=True)
    said = " ".join(name.split())
    if problems := _problems(said, scopes, last_day, today_in(provider.timezone)):
        raise BadFields(problems)
    if await _living(provider_id, session) >= MOST_KEYS:
        raise TooManyKeys(MOST_KEYS)
    token = KEY_PREFIX + new_token()
    key = ApiKey(
        provider_id=provider_id,
        name=said,
        prefix=token[:_SHOWN],
        token_hash=hash_token(token),
        scopes=sorted(scopes),
        created_by=by.id,
        expires_at=_end_of(last_day, provider.timezone),
    )
    session.add(key)
    await session.flush()
    await record(by.id, "create", "api_key", key.id, None, _told(key), address, session=session)
    return NewKey(key.id, token)


async def revoke_key(key_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """End the key at once; a second time changes nothing. Raises Forbidden, NotFound."""
    by.require(Permission.MANAGE_KEYS)
    key = await session.get(ApiKey, key_id, with_for_update=True)
    if key is None:
        raise NotFound
    await _own_provider(key.provider_id, by, session)
    if key.revoked_at is not None:
        return
    key.revoked_at, key.revoked_by = now(), by.id
    await session.flush()
    await record(by.id, "revoke", "api_key", key.id, None, _told(key), address, session=session)


async def keys_of(provider_id: UUID, *, by: Person, session: AsyncSession) -> list[ApiKey]:
    """All keys of the provider, the living first, the newest first. Raises Forbidden, NotFound."""
    by.require(Permission.SEE_KEYS)
    await _own_provider(provider_id, by, session)
    moment = now()
    rows = await session.exec(
        select(ApiKey).where(ApiKey.provider_id == provider_id).order_by(col(ApiKey.created_at).desc())
    )
    return sorted(rows, key=lambda key: key.revoked_at is not None or key.expires_at <= moment)


async def _own_provider(
    provider_id: UUID, by: Person, session: AsyncSession, *, lock: bool = False
) -> Provider:
    """The provider; locked, so that no two keys become the last one that is allowed."""
    if not by.may(Permission.SEE_ALL_PROVIDERS) and by.provider_id != provider_id:
        raise NotFound
    provider = await session.get(Provider, provider_id, with_for_update={"key_share": True} if lock else None)
    if provider is None:
        raise NotFound
    return provider


async def _living(provider_id: UUID, session: AsyncSession) -> int:
    statement = (
        select(func.count())
        .select_from(ApiKey)
        .where(
            ApiKey.provider_id == provider_id,
            col(ApiKey.revoked_at).is_(None),
            ApiKey.expires_at > now(),
        )
    )
    return (await session.exec(statement)).one()


def _problems(name: str, scopes: Collection[Scope], last_day: date, today: date) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not name or len(name) > _LONGEST_NAME:
        problems["name"] = _("Write what the key is for, in up to {count} characters.").format(
            count=_LONGEST_NAME
        )
    if not scopes:
        problems["scopes"] = _("Choose at least one permission for the key.")
    if not today <= last_day <= today + LONGEST_LIFE:
        problems["last_day"] = _("Choose a day from today on, at most {count} days ahead.").format(
            count=LONGEST_LIFE.days
        )
    return problems


def _end_of(day: date, timezone: str) -> datetime:
    """The first moment of the next day."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))


def _told(key: ApiKey) -> dict[str, object]:
    """What the audit keeps of a key."""
    return {
        "provider_id": key.provider_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "expires_at": key.expires_at,
    }
