"""Personal tokens: a resident makes, sees and deletes them; staff see and end them.

A token is a key to what its owner's links open at the moment of use (`personal_use`), never to more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.accounts.rights import Right, has_right
from cabinet.accounts.service import current_links, hold_links, linked_accounts
from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.keys.personal_errors import (
    CannotSendThere,
    ChooseAccounts,
    ChooseRights,
    ChooseTerm,
    NameToken,
    TooManyTokens,
)
from cabinet.keys.personal_letters import say_created, say_ended
from cabinet.keys.personal_models import (
    LONGEST_NAME,
    PersonalToken,
    PersonalTokenLink,
    TokenEnd,
    TokenKind,
)
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_short_token, new_token
from cabinet.residents import service as residents
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission, Person

MOST_TOKENS = 20
TERMS = (30, 90, 365)
"""Days that a token may work; the other choice is until it is deleted."""
START = "me_"
"""How the tokens of programs begin, so that one that has got lost can be recognised."""
_SHOWN = {TokenKind.PROGRAM: len(START) + 4, TokenKind.WATERIUS: 4}
"""Characters that the list shows. Of the short token of a device, 108 secret bits are left."""


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What the resident filled in; `days` None: until it is deleted."""

    name: str
    account_ids: Sequence[UUID]
    kind: TokenKind = TokenKind.PROGRAM
    look: bool = True
    send: bool = False
    days: int | None = 365


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made: the only time that anybody sees its secret."""

    id: UUID
    kind: TokenKind
    secret: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token in the list of its owner, or of staff."""

    id: UUID
    kind: TokenKind
    name: str
    prefix: str
    may_look: bool
    may_send: bool
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str
    account_ids: tuple[UUID, ...]
    """Of the accounts that it still opens."""
    ended_at: datetime | None = None
    ended_because: TokenEnd | None = None

    @property
    def is_expired(self) -> bool:
        """Its term is over."""
        return self.expires_at is not None and self.expires_at <= now()


async def make_token(
    resident_id: UUID, wish: TokenWish, password: str, *, session: AsyncSession, address: str = ""
) -> NewToken:
    """Make a token for programs of the resident, who types the password once more; a letter tells of it.

    Raises NameToken, ChooseAccounts, ChooseRights, ChooseTerm, CannotSendThere, WrongCurrentPassword,
    TooManyTries, TooManyTokens. `address` is where the request came from, for the letter.
    """
    row = _row(resident_id, wish)
    await residents.check_current_password(resident_id, password)
    links = await hold_links(resident_id, wish.account_ids, session=session)
    if not links or len(links) < len(set(wish.account_ids)):
        raise ChooseAccounts
    if row.may_send and not row.may_look and not any(_may_send(link) for link in links):
        raise CannotSendThere
    await _refuse_too_many(resident_id, session)
    secret = new_short_token() if wish.kind is TokenKind.WATERIUS else START + new_token()
    row.token_hash, row.prefix = hash_token(secret), secret[: _SHOWN[wish.kind]]
    session.add(row)
    await session.flush()
    session.add_all(PersonalTokenLink(token_id=row.id, link_id=link.id) for link in links)
    await session.flush()
    named = await _named(resident_id, links, session)
    await say_created(row, named, address, session=session)
    return NewToken(row.id, row.kind, secret)


async def tokens_of(resident_id: UUID, *, session: AsyncSession, ended: bool = False) -> list[TokenView]:
    """The resident's tokens, the newest first, expired ones too; with `ended` those that are no more as well."""
    statement = select(PersonalToken).where(PersonalToken.resident_id == resident_id)
    if not ended:
        statement = statement.where(col(PersonalToken.ended_at).is_(None))
    rows = list(await session.exec(statement.order_by(col(PersonalToken.created_at).desc())))
    opened = await _opened([row.id for row in rows], session)
    return [_view(row, opened.get(row.id, [])) for row in rows]


async def revoke_token(resident_id: UUID, token_id: UUID, *, session: AsyncSession) -> None:
    """End a token of the resident's own; it is refused from now on. Raises NotFound for any other."""
    row = await _lock(token_id, session)
    if row.resident_id != resident_id:
        raise NotFound
    await _end(row, TokenEnd.REVOKED, session)


async def revoke(token_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Staff end a token of a resident, who gets a letter. Raises Forbidden, NotFound."""
    by.require(Permission.EDIT_RESIDENTS)
    row = await _lock(token_id, session)
    await _end(row, TokenEnd.STAFF, session)
    facts = {"resident_id": row.resident_id, "name": row.name}
    await record(
        by.id, "revoke_token", "personal_token", row.id, after=facts, address=address, session=session
    )
    await say_ended(row, session=session)


async def end_with_links(link_ids: Sequence[UUID], *, by: UUID | None, session: AsyncSession) -> None:
    """End the tokens for which the end of these links has left nothing; `by` is who ended the links.

    Whoever lost a token by another's hand gets a letter.
    """
    touched = select(PersonalTokenLink.token_id).where(col(PersonalTokenLink.link_id).in_(link_ids))
    rows = await session.exec(
        select(PersonalToken)
        .where(col(PersonalToken.id).in_(touched), col(PersonalToken.ended_at).is_(None))
        .order_by(col(PersonalToken.id))
        .with_for_update()
    )
    tokens = list(rows)
    opened = await _opened([row.id for row in tokens], session)
    for row in tokens:
        if row.id in opened:
            continue
        await _end(row, TokenEnd.LINKS, session)
        if row.resident_id != by:
            await say_ended(row, session=session)


async def delete_tokens_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the rows of tokens that ended, or whose term was over, before `moment`."""
    over = or_(col(PersonalToken.ended_at) < moment, col(PersonalToken.expires_at) < moment)
    await session.exec(delete(PersonalToken).where(over))


def _row(resident_id: UUID, wish: TokenWish) -> PersonalToken:
    """The token as it was wished, without its secret. Raises what is wrong with the form."""
    name = " ".join(wish.name.split())
    if not name or len(name) > LONGEST_NAME:
        raise NameToken(LONGEST_NAME)
    if not wish.account_ids:
        raise ChooseAccounts
    is_device = wish.kind is TokenKind.WATERIUS
    look, send = wish.look and not is_device, wish.send or is_device
    if not (look or send):
        raise ChooseRights
    if wish.days is not None and wish.days not in TERMS:
        raise ChooseTerm
    return PersonalToken(
        resident_id=resident_id,
        kind=wish.kind,
        name=name,
        token_hash=b"",
        prefix="",
        may_look=look,
        may_send=send,
        expires_at=now() + timedelta(days=wish.days) if wish.days else None,
    )


def _may_send(link: AccountLink) -> bool:
    return has_right(Right.SEND_READINGS, role=link.role, level=link.level)


async def _refuse_too_many(resident_id: UUID, session: AsyncSession) -> None:
    """Two tabs wait for each other here. Rows that only name the resident are written meanwhile."""
    await session.get(Resident, resident_id, with_for_update={"key_share": True})
    expires = col(PersonalToken.expires_at)
    living = await session.exec(
        select(func.count())
        .select_from(PersonalToken)
        .where(
            PersonalToken.resident_id == resident_id,
            col(PersonalToken.ended_at).is_(None),
            or_(expires.is_(None), expires > now()),
        )
    )
    if living.one() >= MOST_TOKENS:
        raise TooManyTokens(MOST_TOKENS)


async def _named(
    resident_id: UUID, links: Sequence[AccountLink], session: AsyncSession
) -> list[tuple[str, str]]:
    """Provider and number of each account, in the resident's language."""
    locale = (await residents.get_profile(resident_id, session=session)).locale
    wanted = {link.id for link in links}
    linked = await linked_accounts(resident_id, session=session)
    return [(one.title(locale), one.number) for one in linked if one.link_id in wanted]


async def _opened(token_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, list[UUID]]:
    """The accounts that each token still opens; a token that opens none is not in it."""
    rows = await session.exec(
        select(PersonalTokenLink.token_id, AccountLink.account_id)
        .join(AccountLink, col(AccountLink.id) == col(PersonalTokenLink.link_id))
        .where(col(PersonalTokenLink.token_id).in_(token_ids), *current_links())
        .order_by(col(AccountLink.created_at), col(AccountLink.id))
    )
    found: dict[UUID, list[UUID]] = {}
    for token_id, account_id in rows:
        found.setdefault(token_id, []).append(account_id)
    return found


async def _lock(token_id: UUID, session: AsyncSession) -> PersonalToken:
    row = await session.get(PersonalToken, token_id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None:
        raise NotFound
    return row


async def _end(row: PersonalToken, reason: TokenEnd, session: AsyncSession) -> None:
    row.ended_at, row.ended_because = now(), reason
    await session.flush()


def _view(row: PersonalToken, account_ids: list[UUID]) -> TokenView:
    return TokenView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        prefix=row.prefix,
        may_look=row.may_look,
        may_send=row.may_send,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        account_ids=tuple(account_ids),
        ended_at=row.ended_at,
        ended_because=row.ended_because,
    )
