import logging
from decimal import Decimal

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import NeedsProof
from cabinet.accounts.models import LinkLevel
from cabinet.billing.consumption import consumption_of
from cabinet.billing.lines import ChargeLine, Figures, LineGap
from cabinet.billing.service import bills_with_gaps, list_bills, read_bill
from cabinet.billing.words import say_why
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months
from tests.accounts.making import make_account, make_provider, make_resident
from tests.billing.making import LAST, bill, gas, link, make_home, penalty


async def test_a_bill_is_read_with_its_figures(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    figures = Figures(opening_minor=5_000, paid_minor=5_000, closing_minor=79_150, number="ГС-1")
    bill_id = await bill(session, account_id, gas("100", recalculation=-1_000), penalty(150), figures=figures)
    found = (await read_bill(alice, bill_id, session=session)).bill
    assert (found.opening_minor, found.paid_minor, found.closing_minor) == (5_000, 5_000, 79_150)
    assert (found.number, found.gap_minor, found.total_minor, found.to_pay_minor) == (
        "ГС-1",
        0,
        79_150,
        79_150,
    )
    assert (found.penalty_minor, found.recalculation_minor) == (150, -1_000)
    assert found.lines == (gas("100", recalculation=-1_000), penalty(150))


async def test_a_stranger_finds_nothing_and_a_lite_link_has_to_be_proved(session: AsyncSession) -> None:
    _alice, account_id = await make_home(session)
    bill_id = await bill(session, account_id, gas("100"))
    bob, mallory = await make_resident(session, "bob"), await make_resident(session, "mallory")
    await link(session, bob, account_id, LinkLevel.LITE)
    for who, error in ((bob, NeedsProof), (mallory, NotFound)):
        with pytest.raises(error):
            await read_bill(who, bill_id, session=session)
        with pytest.raises(error):
            await list_bills(who, account_id, session=session)
        assert await list_bills(who, session=session) == []


async def test_the_list_is_the_newest_of_each_account(session: AsyncSession) -> None:
    alice, first = await make_home(session)
    second = await make_account(session, await make_provider(session), "37000002")
    await link(session, alice, second)
    for ago in range(4):
        await bill(session, first, gas("10"), period=add_months(LAST, -ago))
    await bill(session, second, gas("20"))
    found = await list_bills(alice, session=session, limit=2)
    assert [(one.account_id, one.period) for one in found if one.account_id == first] == [
        (first, LAST),
        (first, add_months(LAST, -1)),
    ]
    assert [one.period for one in found if one.account_id == second] == [LAST]
    earlier = await list_bills(alice, first, session=session, before=add_months(LAST, -1))
    assert [one.period for one in earlier] == [add_months(LAST, -2), add_months(LAST, -3)]


async def test_the_difference_is_told_in_one_sentence(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    before = await bill(session, account_id, gas("100"), period=add_months(LAST, -1))
    after = await bill(session, account_id, gas("120", "9"))
    whole = await read_bill(alice, after, session=session)
    assert whole.difference_minor == 28_000
    with use_locale("en"):
        said = say_why(whole)
    assert said.startswith("₽280.00 more was charged than in ")
    assert "more was used (+₽160.00), the tariff rose (+₽120.00)." in said
    assert say_why(await read_bill(alice, before, session=session)) == ""


async def test_what_was_used_by_month_leaves_out_floor_space(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    area = ChargeLine("Содержание", 100, volume=Decimal(50), unit="м²", tariff=Decimal("0.02"))
    await bill(session, account_id, gas("7"), area, period=add_months(LAST, -1))
    await bill(session, account_id, gas("3"), gas("2"), area)
    [use] = consumption_of(list(reversed(await list_bills(alice, account_id, session=session))))
    assert (use.service, use.unit, [volume for _month, volume in use.by_month]) == ("Газ", "м³", [7, 5])


async def test_staff_are_told_of_gaps(session: AsyncSession, caplog: pytest.LogCaptureFixture) -> None:
    _alice, account_id = await make_home(session)
    other = await make_account(session, await make_provider(session), "37000002")
    wrong = ChargeLine("Газ", 1, volume=Decimal(3), unit="м³", tariff=Decimal("0.015"))
    caplog.set_level(logging.WARNING)
    await bill(session, account_id, gas("100"), figures=Figures(0, 0, 80_000))
    assert caplog.records == []
    by_sum = await bill(session, other, gas("100"), figures=Figures(0, 0, 81_000))
    by_line = await bill(session, account_id, gas("100"), wrong, period=add_months(LAST, -1))
    assert [str(one) in caplog.text for one in (by_sum, by_line)] == [True, True]
    found = {gap.bill_id: gap for gap in await bills_with_gaps(session=session)}
    assert found.keys() == {by_sum, by_line}
    assert (found[by_sum].gap_minor, found[by_sum].lines) == (1_000, ())
    assert (found[by_line].gap_minor, found[by_line].lines) == (0, (LineGap("Газ", 1, 5),))
    of_one = await bills_with_gaps(session=session, provider_id=found[by_sum].provider_id)
    assert [gap.bill_id for gap in of_one] == [by_sum]
