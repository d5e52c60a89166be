from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import providers_of
from cabinet.billing.lines import ChargeLine
from cabinet.billing.service import open_lines
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


async def _pay_elsewhere(session: AsyncSession, account_id: UUID, amount: int) -> None:
    provider_id = (await providers_of([account_id], session=session))[account_id]
    paid = [Line(receivable(account_id), -amount), Line(clearing(provider_id), amount)]
    await post("test:paid", JournalKind.STATEMENT, paid, session=session)
