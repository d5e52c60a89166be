"""Pages for programs: every row once, in an order that never changes, whoever commits late."""

import asyncio
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.exchange.exports.feed import payments_page, readings_page
from cabinet.exchange.exports.models import RowCause
from cabinet.meters.models import ReadingState
from cabinet.payments import refunds
from cabinet.payments.service import Wish
from tests.exchange.exports.conftest import change, gas_dial, paid
from tests.payments.conftest import Till


async def test_pages_follow_each_other_without_gaps(till: Till, session: AsyncSession) -> None:
    people = till.people
    for amount in (100_00, 200_00, 300_00):
        await paid(people.gas, people.alice.id, amount, session)
    first = await payments_page(people.gas_company.id, limit=2, session=session)
    assert [one.row.amount_minor for one in first.rows] == [100_00, 200_00]
    assert (first.cursor, first.has_more) == (2, True)
    second = await payments_page(people.gas_company.id, after=first.cursor, limit=2, session=session)
    assert [(one.position, one.row.amount_minor) for one in second.rows] == [(3, 300_00)]
    assert not second.has_more
    last = await payments_page(people.gas_company.id, after=second.cursor, session=session)
    assert (last.rows, last.cursor, last.has_more) == ((), 3, False)


async def test_a_provider_sees_its_own_accounts_only(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    await paid(people.water, people.alice.id, 200_00, session)
    page = await payments_page(people.water_company.id, session=session)
    assert [(one.position, one.row.number, one.row.amount_minor) for one in page.rows] == [(1, "555", 200_00)]


async def test_what_is_refunded_after_it_was_told_is_a_row_of_its_own(
    till: Till, session: AsyncSession
) -> None:
    provider_id = till.people.gas_company.id
    payment_id = await till.pay(Wish(till.people.gas.id, "1000"))
    await payments_page(provider_id, session=session)
    await refunds.send_refund(await till.refund(payment_id, 300_00))
    page = await payments_page(provider_id, session=session)
    assert [(one.cause, one.row.amount_minor) for one in page.rows] == [
        (RowCause.PAID, 1000_00),
        (RowCause.REFUND, -300_00),
    ]


async def test_what_is_refunded_before_is_netted(till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay(Wish(till.people.gas.id, "1000"))
    await refunds.send_refund(await till.refund(payment_id, 300_00))
    gone = await till.pay(Wish(till.people.gas.id, "200"))
    await refunds.send_refund(await till.refund(gone))
    page = await payments_page(till.people.gas_company.id, session=session)
    assert [one.row.amount_minor for one in page.rows] == [700_00]


async def test_the_same_row_reads_the_same_for_ever(till: Till, session: AsyncSession) -> None:
    people = till.people
    await change(people.gas, session, owner_name="Ёлкин Пётр")
    await paid(people.gas, people.alice.id, 100_00, session)
    before = await payments_page(people.gas_company.id, session=session)
    await change(people.gas, session, owner_name="Соснин Иван", address="другой")
    assert [one.row.owner_name for one in before.rows] == ["Ёлкин Пётр"]
    assert await payments_page(people.gas_company.id, session=session) == before


async def test_a_cursor_never_passes_a_later_commit(real_till: Till) -> None:
    """A payment that is settled first and committed last is on the next page."""
    people = real_till.people
    async with unit_of_work() as slow:
        late = await paid(people.gas, people.alice.id, 100_00, slow)
        async with unit_of_work() as quick:
            await paid(people.water, people.alice.id, 1_00, quick)
            early = await _paid_elsewhere(real_till, 200_00)
        async with unit_of_work() as session:
            first = await payments_page(people.gas_company.id, session=session)
        assert [one.row.payment_number for one in first.rows] == [early]
    async with unit_of_work() as session:
        second = await payments_page(people.gas_company.id, after=first.cursor, session=session)
    assert [one.row.payment_number for one in second.rows] == [late.number]


async def _paid_elsewhere(till: Till, amount: int) -> int:
    """To another account of the gas company, as the first one's balance is locked."""
    from cabinet.accounts.models import Account

    async with unit_of_work() as session:
        account = Account(provider_id=till.people.gas_company.id, number="777")
        session.add(account)
        await session.flush()
        return (await paid(account, till.people.alice.id, amount, session)).number or 0


async def test_programs_that_pull_at_once_see_the_same(real_till: Till) -> None:
    people = real_till.people
    async with unit_of_work() as session:
        for amount in range(1, 21):
            await paid(people.gas, people.alice.id, amount * 100, session)

    async def pull() -> list[tuple[int, UUID]]:
        async with unit_of_work() as session:
            page = await payments_page(people.gas_company.id, session=session)
        return [(one.position, one.subject_id) for one in page.rows]

    seen = await asyncio.gather(*(pull() for _ in range(8)))
    assert len(seen[0]) == 20
    assert all(one == seen[0] for one in seen)


async def test_a_corrected_reading_comes_again(till: Till, session: AsyncSession) -> None:
    dial = await gas_dial(till.people.gas, session)
    first = await dial.reads("100", session)
    await readings_page(till.people.gas_company.id, session=session)
    first.state = ReadingState.SUPERSEDED
    second = await dial.reads("101.5", session)
    page = await readings_page(till.people.gas_company.id, session=session)
    assert [(one.subject_id, str(one.row.value)) for one in page.rows] == [
        (first.id, "100"),
        (second.id, "101.5"),
    ]
