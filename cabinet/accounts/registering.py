"""Accounts as their provider delivers them, by a registry or a program: the same again changes nothing.

Callers answer for the permission and write the audit: `Registered` says what differs.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import AccountClosed, BadAccount
from cabinet.accounts.identifiers import clean_els, clean_fias
from cabinet.accounts.models import Account
from cabinet.accounts.service import account_search_key
from cabinet.errors import NotFound
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.kit.outcome import Outcome, Registered
from cabinet.providers.service import check_number, get_provider

LONGEST_NAME, LONGEST_ADDRESS = 200, 300


async def register_account(
    provider_id: UUID,
    number_text: str,
    *,
    session: AsyncSession,
    owner_name: str | None = None,
    address: str | None = None,
    els: str | None = None,
    fias: str | None = None,
) -> Registered:
    """Make the provider's account with that number, or bring it up to date; None leaves a field as it is.

    Raises NotFound (no such provider), WrongNumberForm, BadAccount with a text for each wrong field,
    AccountClosed.
    """
    number = check_number(await get_provider(provider_id, session=session), number_text)
    values = checked_values(owner_name=owner_name, address=address, els=els, fias=fias)
    made = await _make(provider_id, number, values, session)
    if made:
        return Registered(made, Outcome.NEW, {}, {"number": number, **values})
    account = await _lock(provider_id, Account.number == number, session)
    if account.closed_at is not None:
        raise AccountClosed(number)
    return await _update(account, values, session)


async def find_account(provider_id: UUID, number_text: str, *, session: AsyncSession) -> UUID:
    """The provider's account with that number, open or closed. Raises WrongNumberForm, NotFound."""
    number = check_number(await get_provider(provider_id, session=session), number_text)
    rows = await session.exec(
        select(Account.id).where(Account.provider_id == provider_id, Account.number == number)
    )
    if found := rows.first():
        return found
    raise NotFound


async def close_account(provider_id: UUID, account_id: UUID, *, session: AsyncSession) -> bool:
    """Let nobody link the account any more; False if it was closed already. Raises NotFound.

    Who has linked it still sees it and pays what is owed; a hand-over to others is `access.end_links_of_account`.
    """
    account = await _lock(provider_id, col(Account.id) == account_id, session)
    if account.closed_at is not None:
        return False
    account.closed_at = now()
    await session.flush()
    return True


async def reopen_account(provider_id: UUID, account_id: UUID, *, session: AsyncSession) -> bool:
    """Let the account be linked and registered again; False if it was open. Raises NotFound."""
    account = await _lock(provider_id, col(Account.id) == account_id, session)
    if account.closed_at is None:
        return False
    account.closed_at = None
    await session.flush()
    return True


def checked_values(
    *, owner_name: str | None, address: str | None, els: str | None, fias: str | None
) -> dict[str, str]:
    """The fields that are given, as they are stored. Raises BadAccount."""
    values = {
        key: " ".join(value.split())
        for key, value in {"owner_name": owner_name, "address": address, "els": els, "fias": fias}.items()
        if value is not None
    }
    problems = {key: text for key, value in values.items() if (text := _problem(key, value))}
    if problems:
        raise BadAccount(problems)
    return values | _cleaned(values)


def _cleaned(values: Mapping[str, str]) -> dict[str, str]:
    read = {"els": clean_els, "fias": clean_fias}
    return {key: read[key](values[key]) or "" for key in read if values.get(key)}


def _problem(key: str, value: str) -> str:
    if key == "els" and value and clean_els(value) is None:
        return _("An ЕЛС has two digits, two letters and six digits. Example: 70АА123456")
    if key == "fias" and value and clean_fias(value) is None:
        return _("A ФИАС code has 36 characters. Example: 0c5b2444-70a0-4932-980c-b4dc0d3f02b5")
    longest = {"owner_name": LONGEST_NAME, "address": LONGEST_ADDRESS}.get(key)
    if longest and len(value) > longest:
        return _("Up to {count} characters fit here.").format(count=longest)
    return ""


async def _make(
    provider_id: UUID, number: str, values: Mapping[str, str], session: AsyncSession
) -> UUID | None:
    """The id of the new account, or None if there is one: the unique number decides between two rivals."""
    row = Account(provider_id=provider_id, number=number)
    row.sqlmodel_update(dict(values))
    row.search_key = account_search_key(number, row.owner_name, row.address)
    claim = insert(Account).values(row.model_dump()).on_conflict_do_nothing().returning(col(Account.id))
    return (await session.exec(claim)).scalar_one_or_none()


async def _lock(provider_id: UUID, which: Any, session: AsyncSession) -> Account:
    rows = await session.exec(
        select(Account)
        .where(Account.provider_id == provider_id, which)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if account := rows.first():
        return account
    raise NotFound


async def _update(account: Account, values: Mapping[str, str], session: AsyncSession) -> Registered:
    before = {key: getattr(account, key) for key in values if getattr(account, key) != values[key]}
    if not before:
        return Registered(account.id, Outcome.UNCHANGED)
    after = {key: values[key] for key in before}
    account.sqlmodel_update(after)
    account.search_key = account_search_key(account.number, account.owner_name, account.address)
    await session.flush()
    return Registered(account.id, Outcome.CHANGED, before, after)
