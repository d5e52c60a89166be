"""What a personal token opens, at the moment when it is used.

Three things bound it: what its owner ticked, the links that it was made for, and what these links allow
now. Nothing is remembered from an earlier use.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from cabinet.accounts import service as accounts
from cabinet.accounts.rights import Right, require
from cabinet.accounts.service import LinkedAccount
from cabinet.errors import NotFound
from cabinet.keys.personal_errors import TokenMayNot, UnknownToken
from cabinet.keys.personal_models import PersonalToken, PersonalTokenLink, TokenKind
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.residents.models import Resident
from cabinet.settings import settings

_NOTED_EVERY = timedelta(minutes=1)
_SENDS = frozenset({Right.SEND_READINGS})
_LOOKS = frozenset({Right.LOOK, Right.SEE_ALL})


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a living token stands for."""

    token_id: UUID
    resident_id: UUID
    kind: TokenKind
    name: str
    may_look: bool
    may_send: bool
    expires_at: datetime | None
    locale: str
    link_ids: frozenset[UUID]

    @property
    def subject(self) -> str:
        """What its requests are counted under."""
        return f"personal:{self.token_id.hex}"

    @property
    def per_minute(self) -> int:
        """How many requests a minute it may make."""
        return settings.api_requests_per_token

    def may(self, right: Right) -> bool:
        """Whether the owner ticked it; the link may still forbid it."""
        return (self.may_look and right in _LOOKS) or (self.may_send and right in _SENDS)

    def require(self, right: Right) -> None:
        """Raise TokenMayNot unless the owner ticked it."""
        if not self.may(right):
            raise TokenMayNot


async def find_bearer(secret: str, *, session: AsyncSession, kind: TokenKind = TokenKind.PROGRAM) -> Bearer:
    """Whom the token stands for.

    Raises UnknownToken for one that was never made, is of another kind, has ended or expired, or whose
    owner may not sign in. It is looked up by its hash: how long that takes tells nothing.
    """
    row = (await session.exec(_living(secret, kind))).one_or_none()
    if row is None:
        raise UnknownToken
    token, resident = row
    links = await session.exec(
        select(PersonalTokenLink.link_id).where(PersonalTokenLink.token_id == token.id)
    )
    return Bearer(
        token_id=token.id,
        resident_id=resident.id,
        kind=token.kind,
        name=token.name,
        may_look=token.may_look,
        may_send=token.may_send,
        expires_at=token.expires_at,
        locale=resident.locale,
        link_ids=frozenset(links),
    )


async def accounts_of(bearer: Bearer, *, session: AsyncSession) -> list[LinkedAccount]:
    """The accounts that the token still opens, the first linked first."""
    linked = await accounts.linked_accounts(bearer.resident_id, session=session)
    return [one for one in linked if one.link_id in bearer.link_ids]


async def account_of(
    bearer: Bearer, account_id: UUID, right: Right, *, session: AsyncSession
) -> LinkedAccount:
    """One account that the token opens.

    Raises TokenMayNot; NotFound for any other account; NeedsProof, OnlyLooks where the link forbids it.
    """
    bearer.require(right)
    found = await accounts.linked_account(bearer.resident_id, account_id, session=session)
    if found.link_id not in bearer.link_ids:
        raise NotFound
    require(right, role=found.role, level=found.level)
    return found


async def note_use(bearer: Bearer, address: str, *, session: AsyncSession) -> None:
    """Write down when and from where, once a minute, or when the address is another one."""
    last, seen = col(PersonalToken.last_used_at), address[:64]
    stale = or_(last.is_(None), last < now() - _NOTED_EVERY, col(PersonalToken.last_used_from) != seen)
    note = update(PersonalToken).where(col(PersonalToken.id) == bearer.token_id, stale)
    await session.exec(note.values(last_used_at=now(), last_used_from=seen))


def _living(secret: str, kind: TokenKind) -> Select[PersonalToken, Resident]:
    expires = col(PersonalToken.expires_at)
    return (
        select(PersonalToken, Resident)
        .join(Resident, col(Resident.id) == col(PersonalToken.resident_id))
        .where(
            PersonalToken.token_hash == hash_token(secret),
            PersonalToken.kind == kind,
            col(PersonalToken.ended_at).is_(None),
            or_(expires.is_(None), expires > now()),
            col(Resident.blocked_at).is_(None),
            col(Resident.confirmed_at).is_not(None),
        )
    )
