"""Accounts as their provider sees them: what it delivered, whole."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.providers.service import clean_number


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account without what residents made of it."""

    id: UUID
    number: str
    owner_name: str
    address: str
    els: str
    fias: str
    created_at: datetime
    closed_at: datetime | None


async def accounts_by_number(
    provider_id: UUID, numbers: Collection[str], *, session: AsyncSession
) -> list[AccountFacts]:
    """The provider's accounts among these numbers, however they are written."""
    wanted = {clean_number(number) for number in numbers}
    rows = await session.exec(
        select(Account)
        .where(Account.provider_id == provider_id, col(Account.number).in_(wanted))
        .order_by(col(Account.id))
    )
    return [_facts(row) for row in rows]


async def accounts_page(
    provider_id: UUID, after: UUID | None, limit: int, *, session: AsyncSession
) -> list[AccountFacts]:
    """The provider's next accounts behind that one, in the order of their ids."""
    wanted = select(Account).where(Account.provider_id == provider_id)
    if after is not None:
        wanted = wanted.where(col(Account.id) > after)
    return [_facts(row) for row in await session.exec(wanted.order_by(col(Account.id)).limit(limit))]


async def account_of_provider(
    provider_id: UUID, account_id: UUID, *, session: AsyncSession
) -> AccountFacts | None:
    """The account, if it is the provider's."""
    row = await session.get(Account, account_id)
    return _facts(row) if row is not None and row.provider_id == provider_id else None


def _facts(row: Account) -> AccountFacts:
    fields = AccountFacts.__dataclass_fields__
    return AccountFacts(**{name: getattr(row, name) for name in fields})
