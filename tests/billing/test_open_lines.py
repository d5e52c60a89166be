from datetime import date
from random import Random
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import providers_of
from cabinet.billing import service as billing
from cabinet.billing.lines import ChargeLine
from cabinet.billing.models import Bill, Charge
from cabinet.billing.service import OpenLine, allocate, open_lines
from cabinet.kit.dates import add_months
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, balances, clearing, post, receivable
from cabinet.payments.preview import open_debts, preview_split
from tests.billing.making import LAST, bill, gas, make_home, penalty


async def test_a_negative_line_reduces_the_others_of_its_bill(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    await bill(
        session, account_id, gas("100"), ChargeLine("Вода", 20_000), ChargeLine("Стоки", -10_000), penalty(50)
    )
    lines = (await open_lines([account_id], session=session))[account_id]
    assert [(line.service, line.open_minor) for line in lines] == [
        ("Газ", 72_000),
        ("Вода", 18_000),
        ("Пени", 50),
    ]
    assert (
        sum(line.open_minor for line in lines) == (await balances([account_id], session=session))[account_id]
    )


async def test_what_a_bill_gives_back_pays_the_older_one(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    await bill(session, account_id, gas("100"), period=add_months(LAST, -1))
    await bill(session, account_id, gas("10", recalculation=-20_000))
    [line] = (await open_lines([account_id], session=session))[account_id]
    assert (line.period, line.open_minor) == (add_months(LAST, -1), 68_000)


async def test_the_preview_of_a_bill_with_a_credit_splits_the_whole_sum(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    await bill(session, account_id, gas("100"), ChargeLine("Вода", 20_000), ChargeLine("Стоки", -10_000))
    debts = (await open_debts([account_id], session=session))[account_id]
    parts = preview_split(90_000, debts, LAST)
    assert sorted(part.amount_minor for part in parts) == [18_000, 72_000]
    assert all(part.charge_id for part in parts), "nothing is an advance"


async def test_a_penalty_paid_elsewhere_long_ago_is_not_owed(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    await bill(session, account_id, gas("10"), penalty(500), period=add_months(LAST, -3))
    await bill(session, account_id, gas("100"))
    await _pay_elsewhere(session, account_id, 8_500)
    [line] = (await open_lines([account_id], session=session))[account_id]
    assert (line.period, line.service, line.open_minor) == (LAST, "Газ", 80_000)


async def test_a_debt_older_than_a_year_is_found_as_if_all_bills_were_read(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    for ago in range(16, -1, -1):
        await bill(session, account_id, gas("10"), period=add_months(LAST, -ago))
    lines = (await open_lines([account_id], session=session))[account_id]
    assert [line.period for line in lines] == [add_months(LAST, -ago) for ago in range(16, -1, -1)]
    await _pay_elsewhere(session, account_id, 15 * 8_000 + 3_000)
    left = (await open_lines([account_id], session=session))[account_id]
    assert [(line.period, line.open_minor) for line in left] == [
        (add_months(LAST, -1), 5_000),
        (LAST, 8_000),
    ]


async def test_months_without_lines_do_not_hide_an_older_debt(session: AsyncSession) -> None:
    """A flat that stands empty gets bills of nothing for a year, and still owes what it owed."""
    _alice, account_id = await make_home(session)
    await bill(session, account_id, gas("10"), period=add_months(LAST, -13))
    for ago in range(12, -1, -1):
        await bill(session, account_id, period=add_months(LAST, -ago))
    [line] = (await open_lines([account_id], session=session))[account_id]
    assert (line.period, line.open_minor) == (add_months(LAST, -13), 8_000)


@pytest.mark.parametrize("seed", range(30))
async def test_the_newest_bills_tell_the_same_as_all_bills(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Random histories: empty months, credits, penalties, allocations of ours, money paid elsewhere, advances."""
    chance = Random(seed)
    _alice, account_id = await make_home(session)
    charges = await _random_bills(chance, account_id, session)
    allocated = {
        charge.id: chance.randint(1, charge.amount_minor)
        for charge in charges
        if charge.amount_minor > 0 and chance.random() < 0.2
    }
    owed = (await balances([account_id], session=session))[account_id]
    elsewhere = chance.choice([0, owed, owed - 1, owed + 700, -5_000, chance.randint(0, max(owed, 1))])
    await _pay_elsewhere(session, account_id, elsewhere)
    posted = chance.choice([None, {account_id: chance.randint(1, max(owed, 1))}])

    async def computed(read: int) -> list[OpenLine]:
        monkeypatch.setattr(billing, "_RECENT", read)
        return (await open_lines([account_id], allocated, posted=posted, session=session))[account_id]

    quick, full = await computed(13), await computed(10**6)
    assert quick == full
    assert quick == await computed(2), "however few are read first"
    balance = (await balances([account_id], session=session))[account_id] + sum((posted or {}).values())
    assert sum(line.open_minor for line in quick) <= max(balance, 0)
    for period in (None, *{line.period for line in full}, add_months(LAST, -20), date(2000, 1, 1)):
        amount = chance.randint(1, 60_000)
        assert allocate(amount, quick, period) == allocate(amount, full, period)
        assert sum(part.amount_minor for part in allocate(amount, quick, period)) == amount


async def _random_bills(chance: Random, account_id: UUID, session: AsyncSession) -> list[Charge]:
    for ago in range(chance.randint(1, 30), -1, -1):
        lines = [
            ChargeLine(f"Услуга {number}", chance.choice([0, 1, 999, -700, chance.randint(-9_000, 20_000)]))
            for number in range(chance.randint(0, 3))
        ]
        lines += [penalty(chance.randint(1, 300))] if chance.random() < 0.3 else []
        if chance.random() < 0.9:
            await bill(session, account_id, *lines, period=add_months(LAST, -ago))
    rows = await session.exec(select(Charge).join(Bill).where(Bill.account_id == account_id))
    return list(rows.all())


async def test_what_is_previewed_is_what_is_stored_once_the_money_is_posted(session: AsyncSession) -> None:
    """The balance knows the money already, the charges do not yet: by `posted` both see the same debt."""
    _alice, account_id = await make_home(session)
    for ago in range(20, -1, -1):
        await bill(session, account_id, gas("10"), penalty(10), period=add_months(LAST, -ago))
    await _pay_elsewhere(session, account_id, 9 * 8_010 + 500)
    old = add_months(LAST, -11)
    debts = (await open_debts([account_id], session=session))[account_id]
    assert sum(line.open_minor for line in debts if line.period == old) == 7_510
    for period in (old, LAST, None):
        before = preview_split(20_000, debts, period)
        await _post(session, account_id, 20_000, f"test:{period}")
        lines = await open_lines([account_id], {}, posted={account_id: 20_000}, session=session)
        stored = allocate(20_000, lines[account_id], period)
        assert {(part.charge_id, part.amount_minor) for part in stored} == {
            (part.charge_id, part.amount_minor) for part in before
        }
        await _post(session, account_id, -20_000, f"test:{period}:back")


async def _post(session: AsyncSession, account_id: UUID, amount: int, key: str) -> None:
    provider_id = (await providers_of([account_id], session=session))[account_id]
    paid = [Line(receivable(account_id), -amount), Line(clearing(provider_id), amount)]
    await post(key, JournalKind.PAYMENT, paid, session=session)


async def _pay_elsewhere(session: AsyncSession, account_id: UUID, amount: int) -> None:
    provider_id = (await providers_of([account_id], session=session))[account_id]
    paid = [Line(receivable(account_id), -amount), Line(clearing(provider_id), amount)]
    await post("test:paid", JournalKind.STATEMENT, paid, session=session)
