import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.errors import AlreadyLinked, CannotLink, ChooseProvider, OwnNameTooLong
from cabinet.accounts.models import Account
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.kit.dates import now
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable
from cabinet.limits.errors import TooManyTries
from cabinet.providers.errors import WrongNumberForm
from cabinet.providers.service import save_provider
from tests.accounts.making import make_account, make_provider, make_resident


async def test_a_number_from_the_bill_links_the_account(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    account_id = await make_account(session, provider)
    linked = await accounts.link_account(alice, provider.id, "л/с 37-000 001", session=session)
    assert linked.account_id == account_id
    assert linked.number == "37000001"
    assert linked.masked_address == "г. Тест, ул. Садовая, д. ••, кв. ••"
    assert linked.balance_minor == 0
    assert await accounts.linked_accounts(alice, session=session) == [linked]


async def test_each_failure_has_its_own_message(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    await make_account(session, provider)
    await accounts.link_account(alice, provider.id, "37000001", session=session)
    said: dict[str, str] = {}
    for number, expected in (("12", WrongNumberForm), ("37999999", CannotLink), ("37000001", AlreadyLinked)):
        with pytest.raises(expected) as caught:
            await accounts.link_account(alice, provider.id, number, session=session)
        assert caught.value.field == "number"
        with use_locale("en"):
            said[number] = caught.value.message()
    assert len(set(said.values())) == 3


async def test_a_closed_account_reads_like_an_unknown_one(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    account_id = await make_account(session, provider)
    await session.exec(update(Account).where(col(Account.id) == account_id).values(closed_at=now()))
    with pytest.raises(CannotLink):
        await accounts.link_account(alice, provider.id, "37000001", session=session)


async def test_a_provider_that_is_gone_is_not_linked(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    await make_account(session, provider)
    await save_provider(provider.id, session=session, active=False)
    for provider_id in (provider.id, uuid4()):
        with pytest.raises(ChooseProvider):
            await accounts.link_account(alice, provider_id, "37000001", session=session)


async def test_several_residents_link_the_same_account(session: AsyncSession) -> None:
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    for name in ("alice", "bob"):
        resident = await make_resident(session, name)
        assert (
            await accounts.link_account(resident, provider.id, "37000001", session=session)
        ).account_id == account_id


async def test_a_stranger_finds_nothing(session: AsyncSession) -> None:
    provider, alice, bob = (
        await make_provider(session),
        await make_resident(session),
        await make_resident(session),
    )
    account_id = await make_account(session, provider)
    await accounts.link_account(alice, provider.id, "37000001", session=session)
    assert await accounts.linked_accounts(bob, session=session) == []
    with pytest.raises(NotFound):
        await accounts.linked_account(bob, account_id, session=session)
    with pytest.raises(NotFound):
        await accounts.rename_link(bob, account_id, "Моё", session=session)
    with pytest.raises(NotFound):
        await accounts.unlink_account(bob, account_id, session=session)


async def test_an_own_name_is_shown_and_taken_back(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    account_id = await make_account(session, provider)
    await accounts.link_account(alice, provider.id, "37000001", session=session)
    await accounts.rename_link(alice, account_id, "  Дача,  газ ", session=session)
    assert (await accounts.linked_account(alice, account_id, session=session)).title("ru") == "Дача, газ"
    await accounts.rename_link(alice, account_id, "", session=session)
    assert (await accounts.linked_account(alice, account_id, session=session)).title("en") == "Spring"
    with pytest.raises(OwnNameTooLong):
        await accounts.rename_link(alice, account_id, "я" * 61, session=session)


async def test_an_unlinked_account_can_be_linked_again(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    account_id = await make_account(session, provider)
    await accounts.link_account(alice, provider.id, "37000001", session=session)
    await accounts.unlink_account(alice, account_id, session=session)
    assert await accounts.linked_accounts(alice, session=session) == []
    await accounts.link_account(alice, provider.id, "37000001", session=session)
    assert len(await accounts.linked_accounts(alice, session=session)) == 1


async def test_a_change_of_owner_ends_all_links(session: AsyncSession) -> None:
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    residents = [await make_resident(session) for _ in range(2)]
    for resident in residents:
        await accounts.link_account(resident, provider.id, "37000001", session=session)
    assert await accounts.end_links_of_account(account_id, session=session) == 2
    assert await accounts.linked_accounts(residents[0], session=session) == []


async def test_guessing_ends_after_some_tries(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    for i in range(accounts.TRIES_OF_RESIDENT):
        with pytest.raises(CannotLink):
            await accounts.link_account(alice, provider.id, f"37{i:06}", session=session)
    with pytest.raises(TooManyTries):
        await accounts.link_account(alice, provider.id, "37123456", session=session)


async def test_guessing_from_one_address_ends_whoever_guesses(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "TRIES_OF_ADDRESS", 3)
    provider = await make_provider(session)
    for i in range(3):
        guesser = await make_resident(session)
        with pytest.raises(CannotLink):
            await accounts.link_account(
                guesser, provider.id, f"37{i:06}", session=session, address="192.0.2.7"
            )
    with pytest.raises(TooManyTries):
        await accounts.link_account(
            await make_resident(session), provider.id, "37000009", session=session, address="192.0.2.7"
        )


async def test_the_balance_comes_from_the_ledger(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    account_id = await make_account(session, provider)
    lines = [Line(receivable(account_id), 123_456), Line(clearing(provider.id), -123_456)]
    await post(f"test:{account_id}", JournalKind.CHARGE, lines, session=session)
    linked = await accounts.link_account(alice, provider.id, "37000001", session=session)
    assert linked.balance_minor == 123_456


async def test_fifty_accounts_take_as_many_queries_as_one(session: AsyncSession) -> None:
    provider, alice = await make_provider(session), await make_resident(session)
    counts: list[int] = []
    for many in (1, 50):
        for i in range(len(await accounts.linked_accounts(alice, session=session)), many):
            account_id = await make_account(session, provider, f"37{i:06}")
            session.add(accounts.AccountLink(resident_id=alice, account_id=account_id))
        await session.flush()
        counts.append(await _queries(session, alice, many))
    assert counts[0] == counts[1] == 2


async def _queries(session: AsyncSession, resident_id: UUID, expected: int) -> int:
    seen: list[str] = []
    connection = (await session.connection()).sync_connection

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        assert len(await accounts.linked_accounts(resident_id, session=session)) == expected
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.usefixtures("committed")
async def test_two_tabs_link_once() -> None:
    async with unit_of_work() as session:
        provider, alice = await make_provider(session), await make_resident(session)
        await make_account(session, provider)

    async def press() -> str:
        try:
            async with unit_of_work() as session:
                await accounts.link_account(alice, provider.id, "37000001", session=session)
        except AlreadyLinked:
            return "already"
        return "linked"

    assert sorted(await asyncio.gather(*(press() for _ in range(6)))) == ["already"] * 5 + ["linked"]
    async with unit_of_work() as session:
        assert len(await accounts.linked_accounts(alice, session=session)) == 1
