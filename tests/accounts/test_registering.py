"""Accounts as their provider delivers them: made, changed, left alone, closed and opened again."""

import asyncio

import pytest
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import AccountClosed, BadAccount
from cabinet.accounts.models import Account
from cabinet.accounts.registering import close_account, find_account, register_account, reopen_account
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.kit.outcome import Outcome
from cabinet.providers.errors import WrongNumberForm
from tests.accounts.making import make_provider

FIAS = "0c5b2444-70a0-4932-980c-b4dc0d3f02b5"


async def test_an_account_is_made_once_and_then_changed_by_what_differs(session: AsyncSession) -> None:
    spring = await make_provider(session)
    made = await register_account(
        spring.id, "л/с 37-000-001", owner_name="Ёлкин  Пётр", address="ул. Садовая, 1", session=session
    )
    again = await register_account(spring.id, "37000001", owner_name="Ёлкин Пётр", session=session)
    moved = await register_account(spring.id, "37000001", address="ул. Лесная, 2", session=session)
    assert [one.outcome for one in (made, again, moved)] == [
        Outcome.NEW,
        Outcome.UNCHANGED,
        Outcome.CHANGED,
    ]
    assert (moved.before, moved.after) == ({"address": "ул. Садовая, 1"}, {"address": "ул. Лесная, 2"})
    row = await session.get_one(Account, made.id)
    assert (row.owner_name, row.search_key) == ("Ёлкин Пётр", "37000001 елкин петр ул. лесная, 2")


async def test_identifiers_are_kept_in_one_form(session: AsyncSession) -> None:
    spring = await make_provider(session)
    made = await register_account(
        spring.id, "37000001", els="70aa123456-01", fias=f"{FIAS.upper()} , 34", session=session
    )
    row = await session.get_one(Account, made.id)
    assert (row.els, row.fias) == ("70АА123456", f"{FIAS},34")
    again = await register_account(spring.id, "37000001", els="70 АА 123456", session=session)
    assert again.outcome is Outcome.UNCHANGED


async def test_every_wrong_field_is_named(session: AsyncSession) -> None:
    spring = await make_provider(session)
    with pytest.raises(BadAccount) as refused:
        await register_account(
            spring.id, "37000001", els="12", fias="дом 5", address="я" * 301, session=session
        )
    assert set(refused.value.problems) == {"els", "fias", "address"}
    with pytest.raises(WrongNumberForm):
        await register_account(spring.id, "12", session=session)


async def test_another_provider_finds_and_closes_nothing(session: AsyncSession) -> None:
    spring, other = await make_provider(session), await make_provider(session)
    made = await register_account(spring.id, "37000001", session=session)
    for act in (close_account, reopen_account):
        with pytest.raises(NotFound):
            await act(other.id, made.id, session=session)
    with pytest.raises(NotFound):
        await find_account(other.id, "37000001", session=session)
    own = await register_account(other.id, "37000001", session=session)
    assert own.id != made.id


async def test_a_closed_account_takes_nothing_in_until_it_is_opened(session: AsyncSession) -> None:
    spring = await make_provider(session)
    made = await register_account(spring.id, "37000001", session=session)
    assert await close_account(spring.id, made.id, session=session)
    assert not await close_account(spring.id, made.id, session=session)
    with pytest.raises(AccountClosed):
        await register_account(spring.id, "37000001", owner_name="Иванов", session=session)
    assert await reopen_account(spring.id, made.id, session=session)
    changed = await register_account(spring.id, "37000001", owner_name="Иванов", session=session)
    assert changed.outcome is Outcome.CHANGED


@pytest.mark.usefixtures("committed")
async def test_two_deliveries_at_once_make_one_account() -> None:
    async with unit_of_work() as session:
        spring = await make_provider(session)

    async def deliver(name: str) -> Outcome:
        async with unit_of_work() as session:
            return (await register_account(spring.id, "37000001", owner_name=name, session=session)).outcome

    outcomes = await asyncio.gather(*(deliver(f"Иванов {number}") for number in range(5)))
    async with read_only() as session:
        rows = await session.exec(select(func.count(col(Account.id))).where(Account.provider_id == spring.id))
        assert (rows.one(), outcomes.count(Outcome.NEW)) == (1, 1)
