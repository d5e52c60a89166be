"""Personal accounts: linking, listing, naming and unlinking them.

Every read for a resident passes `_current`: whoever has no current link finds nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, or_
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from cabinet.accounts.errors import AlreadyLinked, CannotLink, ChooseProvider, OwnNameTooLong
from cabinet.accounts.models import Account, AccountLink, LinkLevel, LinkRole
from cabinet.accounts.rights import Right, has_right, require
from cabinet.database import run
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.text import fold, mask_address, mask_name
from cabinet.ledger.service import balances
from cabinet.limits.service import count_try
from cabinet.providers.models import Provider, ProviderKind
from cabinet.providers.service import ProviderView, check_number, find_active_provider, view_of

TRY_KIND = "link_account"
TRIES_WITHIN = timedelta(hours=1)
TRIES_OF_RESIDENT = 20
TRIES_OF_ADDRESS = 60
LONGEST_OWN_NAME = 60


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account as its resident sees it; `balance_minor` is owed if positive, an advance if negative."""

    account_id: UUID
    link_id: UUID
    provider_id: UUID
    provider_name: str
    provider_name_en: str
    kind: ProviderKind
    number: str
    masked_address: str
    """Whole under a full link."""
    owner_name: str
    """Initials and dots under a lite link."""
    own_name: str
    level: LinkLevel
    role: LinkRole
    expires_at: datetime | None
    timezone: str
    linked_at: datetime
    balance_minor: int

    def provider_name_in(self, locale: str) -> str:
        """The provider as a resident of that language reads it."""
        return self.provider_name_en if locale == "en" and self.provider_name_en else self.provider_name

    def title(self, locale: str) -> str:
        """The resident's own name for it, else the provider's."""
        return self.own_name or self.provider_name_in(locale)

    def may(self, right: Right) -> bool:
        """Whether the link gives the right."""
        return has_right(right, role=self.role, level=self.level)


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account by its number and provider: what a payment names, even after unlinking."""

    account_id: UUID
    provider_id: UUID
    provider_name: str
    provider_name_en: str
    kind: ProviderKind
    number: str
    timezone: str

    def provider_name_in(self, locale: str) -> str:
        """The provider as a resident of that language reads it."""
        return self.provider_name_en if locale == "en" and self.provider_name_en else self.provider_name


CARDS = (
    select_columns(
        col(Account.id).label("account_id"),
        col(Provider.id).label("provider_id"),
        col(Provider.name),
        col(Provider.name_en),
        col(Provider.kind),
        col(Account.number),
        col(Provider.timezone),
    )
    .join(Provider, col(Provider.id) == col(Account.provider_id))
    .subquery("card")
)
"""Every AccountCard, its columns in order; for use inside a query."""

_CARDS_OF = select_columns(CARDS).where(CARDS.c.account_id.in_(bindparam("account_ids", expanding=True)))


async def link_account(
    person_id: UUID, provider_id: UUID, number_text: str, *, session: AsyncSession, address: str = ""
) -> LinkedAccount:
    """Give the resident access to the account with the number on the bill.

    Raises TooManyTries, ChooseProvider, WrongNumberForm, CannotLink, AlreadyLinked. Every press
    counts as a try; `address` is where the request came from.
    """
    await _count_tries(person_id, address, session)
    provider = await find_active_provider(provider_id, session=session)
    if provider is None:
        raise ChooseProvider
    number = check_number(provider, number_text)
    account_id = await _find_open_account(provider_id, number, session)
    if account_id is None:
        raise CannotLink
    await _link(person_id, account_id, session)
    return await linked_account(person_id, account_id, session=session)


async def linked_accounts(resident_id: UUID, *, session: AsyncSession) -> list[LinkedAccount]:
    """The resident's accounts, the first linked first; two queries, however many there are."""
    return await _views(resident_id, session)


async def linked_account(
    resident_id: UUID, account_id: UUID, *, session: AsyncSession, right: Right = Right.LOOK
) -> LinkedAccount:
    """One account of the resident. Raises NotFound for a stranger's, NeedsOwner, OnlyLooks, NeedsProof."""
    found = await _views(resident_id, session, account_id)
    if not found:
        raise NotFound
    require(right, role=found[0].role, level=found[0].level)
    return found[0]


async def rename_link(resident_id: UUID, account_id: UUID, own_name: str, *, session: AsyncSession) -> None:
    """Keep the resident's own name for the account; an empty one brings the provider's back."""
    name = " ".join(own_name.split())
    if len(name) > LONGEST_OWN_NAME:
        raise OwnNameTooLong(LONGEST_OWN_NAME)
    link = await lock_link(resident_id, account_id, session=session)
    link.own_name = name
    await session.flush()


async def lock_link(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> AccountLink:
    """The resident's current link, fresh and locked. Raises NotFound."""
    statement = select(AccountLink).where(*_current(resident_id), AccountLink.account_id == account_id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    link = (await session.exec(fresh)).one_or_none()
    if link is None:
        raise NotFound
    return link


async def hold_links(
    resident_id: UUID, account_ids: Iterable[UUID], *, session: AsyncSession
) -> list[AccountLink]:
    """The resident's current links to these accounts, which cannot end before this transaction does."""
    statement = select(AccountLink).where(
        *_current(resident_id), col(AccountLink.account_id).in_(list(account_ids))
    )
    held = statement.order_by(col(AccountLink.id)).with_for_update(read=True)
    return list(await session.exec(held.execution_options(populate_existing=True)))


def current_links() -> tuple[ColumnElement[bool], ...]:
    """The condition on links, anybody's, that are in force now; for use inside a query."""
    expires = col(AccountLink.expires_at)
    return (col(AccountLink.ended_at).is_(None), or_(expires.is_(None), expires > now()))


async def lock_account(account_id: UUID, *, session: AsyncSession) -> Account | None:
    """The account, fresh and locked: who gives or ends access to it waits here, before any link is locked.

    Rows that only name the account, such as payments and standing orders, are written meanwhile.
    """
    return await session.get(Account, account_id, with_for_update={"key_share": True}, populate_existing=True)


async def unlink_account(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> None:
    """End the row of the resident's link and those it gave; `access.unlink` ends what hangs on them too."""
    link = await lock_link(resident_id, account_id, session=session)
    link.ended_at = now()
    await session.flush()
    given = update(AccountLink).where(
        col(AccountLink.invited_by) == link.id, col(AccountLink.ended_at).is_(None)
    )
    await session.exec(given.values(ended_at=now()))


async def end_links_of_account(account_id: UUID, *, session: AsyncSession) -> int:
    """End the rows of everyone's links, and no more: staff press `access.end_links_of_account`."""
    links = await session.exec(
        select(AccountLink).where(AccountLink.account_id == account_id, col(AccountLink.ended_at).is_(None))
    )
    ended = list(links)
    for link in ended:
        link.ended_at = now()
    await session.flush()
    return len(ended)


async def open_account(
    provider_id: UUID, number: str, *, session: AsyncSession, owner_name: str = "", address: str = ""
) -> UUID:
    """Make a personal account of the provider; the number as `check_number` returns it."""
    account = Account(
        provider_id=provider_id,
        number=number,
        owner_name=owner_name,
        address=address,
        search_key=account_search_key(number, owner_name, address),
    )
    session.add(account)
    await session.flush()
    return account.id


async def get_accounts(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, AccountCard]:
    """The accounts by id, linked or not; one query. The caller answers for who may see them."""
    rows = await run(_CARDS_OF, session=session, account_ids=list(account_ids))
    return {card.account_id: card for card in (AccountCard(*row) for row in rows)}


async def get_providers_of(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, ProviderView]:
    """What is known of each account's provider, linked or not; one query."""
    rows = await session.exec(
        select(Account.id, Provider)
        .join(Provider, col(Provider.id) == col(Account.provider_id))
        .where(col(Account.id).in_(list(account_ids)))
    )
    return {account_id: view_of(provider) for account_id, provider in rows}


def ids_of_provider(provider_id: UUID) -> SelectOfScalar[UUID]:
    """The accounts of one provider, for use inside a query."""
    return select(Account.id).where(Account.provider_id == provider_id)


def provider_of(account_id: UUID) -> SelectOfScalar[UUID]:
    """The provider of one account, for use inside a query."""
    return select(Account.provider_id).where(Account.id == account_id)


async def providers_of(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, UUID]:
    """The provider of each account, for features that post for it."""
    rows = await session.exec(
        select(Account.id, Account.provider_id).where(col(Account.id).in_(list(account_ids)))
    )
    return dict(rows.all())


def account_search_key(number: str, owner_name: str, address: str) -> str:
    """Number, owner and address, folded."""
    return fold(f"{number} {owner_name} {address}")


async def _count_tries(person_id: UUID, address: str, session: AsyncSession) -> None:
    await count_try(TRY_KIND, str(person_id), limit=TRIES_OF_RESIDENT, within=TRIES_WITHIN, session=session)
    if address:
        await count_try(TRY_KIND, address, limit=TRIES_OF_ADDRESS, within=TRIES_WITHIN, session=session)


async def _find_open_account(provider_id: UUID, number: str, session: AsyncSession) -> UUID | None:
    statement = select(Account.id).where(
        Account.provider_id == provider_id, Account.number == number, col(Account.closed_at).is_(None)
    )
    return (await session.exec(statement)).one_or_none()


async def _link(resident_id: UUID, account_id: UUID, session: AsyncSession) -> None:
    """Add the link; the unique index of current links decides between two tabs."""
    await end_expired_row(resident_id, account_id, session=session)
    try:
        async with session.begin_nested():
            session.add(AccountLink(resident_id=resident_id, account_id=account_id))
    except IntegrityError as error:
        if "ix_account_link_current" not in str(error.orig):
            raise
        raise AlreadyLinked from error


async def end_expired_row(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> None:
    """Mark an access as ended whose time is over, so that it is not in the way of a new one."""
    over = update(AccountLink).where(
        col(AccountLink.resident_id) == resident_id,
        col(AccountLink.account_id) == account_id,
        col(AccountLink.ended_at).is_(None),
        col(AccountLink.expires_at) <= now(),
    )
    await session.exec(over.values(ended_at=now()))


def _current(resident_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The one condition on the links that the resident has now."""
    return (col(AccountLink.resident_id) == resident_id, *current_links())


async def _views(
    resident_id: UUID, session: AsyncSession, account_id: UUID | None = None
) -> list[LinkedAccount]:
    statement = (
        select(AccountLink, Account, Provider)
        .join(Account, col(Account.id) == col(AccountLink.account_id))
        .join(Provider, col(Provider.id) == col(Account.provider_id))
        .where(*_current(resident_id))
        .order_by(col(AccountLink.created_at), col(AccountLink.id))
    )
    if account_id is not None:
        statement = statement.where(AccountLink.account_id == account_id)
    rows = (await session.exec(statement)).all()
    owed = await balances([account.id for _, account, _ in rows], session=session)
    return [_view(link, account, provider, owed[account.id]) for link, account, provider in rows]


def _view(link: AccountLink, account: Account, provider: Provider, balance_minor: int) -> LinkedAccount:
    full = link.level is LinkLevel.FULL
    return LinkedAccount(
        account_id=account.id,
        link_id=link.id,
        provider_id=provider.id,
        provider_name=provider.name,
        provider_name_en=provider.name_en,
        kind=provider.kind,
        number=account.number,
        masked_address=account.address if full else mask_address(account.address),
        owner_name=account.owner_name if full else mask_name(account.owner_name),
        own_name=link.own_name,
        level=link.level,
        role=link.role,
        expires_at=link.expires_at,
        timezone=provider.timezone,
        linked_at=link.created_at,
        balance_minor=balance_minor,
    )
