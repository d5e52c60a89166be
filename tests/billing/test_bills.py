from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.errors import BillExists
from cabinet.billing.models import Charge, ChargeKind
from cabinet.billing.service import ChargeLine, issue_bill, next_due, open_lines
from cabinet.errors import NotFound
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, balances, clearing, post, receivable
from tests.accounts.making import make_account, make_provider

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
LINES = [ChargeLine("Холодная вода", 20_000), ChargeLine("Пени", 150, ChargeKind.PENALTY)]


async def test_a_bill_raises_the_balance_once(session: AsyncSession) -> None:
    account_id = await make_account(session, await make_provider(session))
    await issue_bill(account_id, AUGUST, date(2026, 9, 15), LINES, session=session)
    with pytest.raises(BillExists):
        await issue_bill(account_id, AUGUST, date(2026, 9, 15), LINES, session=session)
    assert await balances([account_id], session=session) == {account_id: 20_150}


async def test_an_unknown_account_gets_no_bill(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await issue_bill(uuid4(), AUGUST, date(2026, 9, 15), LINES, session=session)


async def test_open_lines_know_allocations_and_payments_made_elsewhere(session: AsyncSession) -> None:
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    for period in (SEPTEMBER, AUGUST):
        await issue_bill(account_id, period, date(2026, 10, 15), LINES, session=session)
    lines = (await open_lines([account_id], {}, session=session))[account_id]
    assert [(line.period, line.open_minor) for line in lines] == [
        (AUGUST, 20_000),
        (AUGUST, 150),
        (SEPTEMBER, 20_000),
        (SEPTEMBER, 150),
    ]
    await _pay(account_id, provider.id, 30_000, session)
    paid_here = {lines[2].charge_id: 20_000}
    left = (await open_lines([account_id], paid_here, session=session))[account_id]
    assert [(line.period, line.kind, line.open_minor) for line in left] == [
        (AUGUST, ChargeKind.SERVICE, 10_000),
        (AUGUST, ChargeKind.PENALTY, 150),
        (SEPTEMBER, ChargeKind.PENALTY, 150),
    ]


async def test_the_next_due_date_is_that_of_the_latest_bill(session: AsyncSession) -> None:
    provider = await make_provider(session)
    owing = await make_account(session, provider, "37000001")
    paid = await make_account(session, provider, "37000002")
    for account_id in (owing, paid):
        await issue_bill(account_id, AUGUST, date(2026, 9, 15), LINES, session=session)
        await issue_bill(account_id, SEPTEMBER, date(2026, 10, 15), LINES, session=session)
    await _pay(paid, provider.id, 40_300, session)
    assert await next_due([owing, paid], session=session) == {owing: date(2026, 10, 15)}


async def test_the_lines_keep_their_order(session: AsyncSession) -> None:
    account_id = await make_account(session, await make_provider(session))
    bill = await issue_bill(account_id, AUGUST, date(2026, 9, 15), LINES, session=session)
    rows = await session.exec(select(Charge).where(Charge.bill_id == bill.id).order_by("position"))
    assert [charge.service for charge in rows] == ["Холодная вода", "Пени"]


async def _pay(account_id: UUID, provider_id: UUID, amount: int, session: AsyncSession) -> None:
    lines = [Line(receivable(account_id), -amount), Line(clearing(provider_id), amount)]
    await post(f"test:{uuid4()}", JournalKind.STATEMENT, lines, session=session)
