"""Bills that come again: the difference is posted once, and what was paid stays paid."""

import asyncio
from datetime import date
from random import Random
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.errors import BadBill
from cabinet.billing.lines import ChargeLine, total_of
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.billing.service import open_lines
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.kit.outcome import Outcome, Registered
from cabinet.ledger import service as ledger
from cabinet.payments.bills import put_bill
from cabinet.payments.proof import violations
from cabinet.payments.service import Wish
from cabinet.payments.settlement import allocated
from tests.payments.conftest import Till

OCTOBER = date(2026, 10, 1)


async def put(till: Till, session: AsyncSession, *lines: ChargeLine, period: date = OCTOBER) -> Registered:
    put = await put_bill(till.people.gas_company.id, till.people.gas.id, period, lines, session=session)
    assert not await violations(session=session)
    return put


async def owes(till: Till, session: AsyncSession) -> int:
    return (await ledger.balances([till.people.gas.id], session=session))[till.people.gas.id]


async def still_open(till: Till, session: AsyncSession) -> list[tuple[str, int]]:
    account_id = till.people.gas.id
    given = await allocated([account_id], session)
    lines = (await open_lines([account_id], given, session=session))[account_id]
    return [(line.service, line.open_minor) for line in lines]


async def test_a_new_month_is_issued_with_the_providers_due_day(till: Till, session: AsyncSession) -> None:
    made = await put(till, session, ChargeLine("Газ", 70_000), period=date(2026, 11, 7))
    again = await put(till, session, ChargeLine("Газ", 70_000), period=date(2026, 11, 1))
    assert (made.outcome, again.outcome, again.id) == (Outcome.NEW, Outcome.UNCHANGED, made.id)
    assert await owes(till, session) == 220_000


async def test_an_unpaid_bill_is_corrected_up_and_down(till: Till, session: AsyncSession) -> None:
    up = await put(till, session, ChargeLine("Газ", 60_000), ChargeLine("Пени", 500, ChargeKind.PENALTY))
    assert (up.outcome, await owes(till, session)) == (Outcome.CHANGED, 160_500)
    down = await put(till, session, ChargeLine("Газ", 20_000))
    assert (down.before["total_minor"], down.after["total_minor"]) == (60_500, 20_000)
    assert await owes(till, session) == 120_000
    assert (await put(till, session, ChargeLine("Газ", 20_000))).outcome is Outcome.UNCHANGED


async def test_what_was_paid_too_much_is_an_advance(till: Till, session: AsyncSession) -> None:
    await till.pay(Wish(till.people.gas.id, "1500"))
    lowered = await put(till, session, ChargeLine("Газ", 30_000))
    assert (lowered.outcome, await owes(till, session)) == (Outcome.CHANGED, -20_000)
    assert (await put(till, session, ChargeLine("Газ", 30_000))).outcome is Outcome.UNCHANGED
    await put(till, session, ChargeLine("Газ", 60_000), period=date(2026, 11, 1))
    assert await still_open(till, session) == [("Газ", 40_000)], "the advance pays the next bill"


async def test_a_paid_service_that_is_gone_leaves_the_money_to_the_others(
    till: Till, session: AsyncSession
) -> None:
    await till.pay(Wish(till.people.gas.id, "1500"))
    await put(till, session, ChargeLine("Обслуживание", 80_000))
    assert await owes(till, session) == 30_000
    assert await still_open(till, session) == [("Обслуживание", 30_000)]
    back = await put(till, session, ChargeLine("Газ", 50_000))
    assert (back.outcome, await owes(till, session)) == (Outcome.CHANGED, 0)
    rows = await session.exec(select(Charge).where(Charge.bill_id == back.id))
    assert [row.amount_minor for row in rows] == [50_000], "nothing is left of the detour"


async def test_strangers_and_nonsense_are_refused(till: Till, session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await put_bill(
            till.people.water_company.id, till.people.gas.id, OCTOBER, [ChargeLine("Газ", 1)], session=session
        )
    with pytest.raises(BadBill):
        await put(till, session, ChargeLine(" ", 1))
    with pytest.raises(BadBill):
        await put(till, session, ChargeLine("Газ", 1), period=date(1926, 1, 1))


@pytest.mark.parametrize("seed", range(12))
async def test_any_corrections_between_payments_leave_the_books_right(
    till: Till, session: AsyncSession, seed: int
) -> None:
    """Random bills and payments: the debt is always what was billed last less what was paid."""
    chance, paid = Random(seed), 0
    billed = {date(2026, 9, 1): 100_000, OCTOBER: 50_000}
    for _step in range(7):
        if chance.random() < 0.4:
            amount = chance.randint(100, 900)
            await till.pay(Wish(till.people.gas.id, str(amount)))
            paid += amount * 100
        else:
            period = chance.choice([*billed, date(2026, 11, 1)])
            lines = [
                ChargeLine(name, chance.choice([0, chance.randint(1, 90_000), -chance.randint(1, 9_000)]))
                for name in chance.sample(["Газ", "Газ", "Свет", "Вода"], chance.randint(0, 4))
            ]
            await put(till, session, *lines, period=period)
            billed[period] = total_of(lines)
            assert (await put(till, session, *lines, period=period)).outcome is Outcome.UNCHANGED
        assert await owes(till, session) == sum(billed.values()) - paid
        assert sum(amount for _name, amount in await still_open(till, session)) <= max(
            await owes(till, session), 0
        )


async def test_two_programs_correct_one_bill_at_once(real_till: Till) -> None:
    people = real_till.people

    async def correct(amount: int) -> UUID:
        async with unit_of_work() as session:
            lines = [ChargeLine("Газ", amount)]
            return (await put_bill(people.gas_company.id, people.gas.id, OCTOBER, lines, session=session)).id

    await asyncio.gather(*(correct(amount) for amount in (10_000, 20_000, 30_000, 40_000)))
    async with read_only() as session:
        [last] = await session.exec(
            select(Charge.amount_minor)
            .join(Bill, col(Bill.id) == col(Charge.bill_id))
            .where(Bill.account_id == people.gas.id, Bill.period == OCTOBER)
        )
        assert await owes(real_till, session) == 100_000 + last
        assert not await violations(session=session)
