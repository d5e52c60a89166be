"""Payouts: what is owed to the kopeck, handed over once, with a register that adds up."""

import asyncio
import csv
from datetime import timedelta
from io import StringIO

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden
from cabinet.kit.dates import today_in
from cabinet.ledger import service as ledger
from cabinet.payments import payouts, refunds
from cabinet.payments.corrections import CorrectionKind
from cabinet.payments.errors import BadConfirmationDay, NothingOwed, OwedChanged
from cabinet.payments.models import Payment, PaymentItem, Payout, RefundState
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.sandbox import clock, timers
from cabinet.sandbox.keys import MORE_CARDS
from tests.payments.conftest import Till, assert_books_hold, balance_of


async def handed_over(till: Till, session: AsyncSession) -> Payout:
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    return await payouts.hand_over(
        owed.provider_id, "п/п 17", expected_minor=owed.amount_minor, by=till.boss, session=session
    )


async def rows_of(payout: Payout, session: AsyncSession) -> list[dict[str, str]]:
    text = payouts.register_csv(payout, await payouts.register_of(payout, session=session))
    return list(csv.DictReader(StringIO(text), delimiter=";"))


async def test_owed_is_the_payable_and_its_items(till: Till, session: AsyncSession) -> None:
    await till.pay(Wish(till.people.gas.id), Wish(till.people.water.id, "70,07"))
    gas = await payouts.owed_to(till.people.gas_company.id, session=session)
    water = await payouts.owed_to(till.people.water_company.id, session=session)
    assert (gas.amount_minor, [one.amount_minor for one in gas.items]) == (150_000, [150_000])
    assert (water.amount_minor, water.correction_minor) == (7_007, 0)
    assert await payouts.owed_balances(session=session) == {
        gas.provider_id: 150_000,
        water.provider_id: 7_007,
    }


async def test_handed_over_once_and_the_register_adds_up(till: Till, session: AsyncSession) -> None:
    await till.pay()
    await till.pay(Wish(till.people.gas.id, "100,10"))
    payout = await handed_over(till, session)
    provider_id = till.people.gas_company.id
    assert await balance_of(session, ledger.payable(provider_id), ledger.payout(provider_id)) == [0, -160_010]
    rows = await rows_of(payout, session)
    assert [row["amount"] for row in rows] == ["1500.00", "100.10", "1600.10"]
    assert rows[-1]["account"] == "total"
    items = (await session.exec(select(PaymentItem))).all()
    assert all(item.payout_id == payout.id and item.handed_over_at for item in items)
    with pytest.raises(NothingOwed):
        await handed_over(till, session)
    await assert_books_hold()


async def test_what_was_refunded_before_is_netted(till: Till, session: AsyncSession) -> None:
    await refunds.send_refund(await till.refund(await till.pay(), 40_000))
    payout = await handed_over(till, session)
    assert payout.amount_minor == 110_000
    assert [row["amount"] for row in await rows_of(payout, session)] == ["1100.00", "1100.00"]


async def test_what_is_refunded_afterwards_is_a_correction_of_the_next(
    till: Till, session: AsyncSession
) -> None:
    paid = await till.pay()
    first = await handed_over(till, session)
    await refunds.send_refund(await till.refund(paid, 40_000))
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    assert owed.amount_minor == -40_000
    with pytest.raises(NothingOwed):
        await handed_over(till, session)
    await till.pay(Wish(till.people.gas.id, "1000"))
    second = await handed_over(till, session)
    assert second.amount_minor == 60_000
    assert [row["amount"] for row in await rows_of(second, session)] == ["1000.00", "-400.00", "600.00"]
    assert [row["amount"] for row in await rows_of(first, session)] == ["1500.00", "1500.00"], "as it was"
    await assert_books_hold()


async def test_a_refund_that_was_pending_at_the_payout_is_a_line_of_the_next(
    till: Till, session: AsyncSession
) -> None:
    paid = await till.pay(card=MORE_CARDS["refund_pending"])
    refund_id = await till.refund(paid, 40_000)
    assert await refunds.send_refund(refund_id) is RefundState.PENDING
    first = await handed_over(till, session)
    assert first.amount_minor == 150_000, "pending is not done"
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await refunds.settle_refund(refund_id)
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    payment = await session.get_one(Payment, paid)
    (line,) = owed.corrections
    assert (line.kind, line.amount_minor, line.payment_number, line.reason) == (
        CorrectionKind.REFUND,
        -40_000,
        payment.number,
        "ошибка",
    )
    assert owed.unexplained_minor == 0
    await till.pay(Wish(till.people.gas.id, "1000"))
    rows = await rows_of(await handed_over(till, session), session)
    assert [(row["amount"], row["correction"]) for row in rows] == [
        ("1000.00", ""),
        ("-400.00", "refund"),
        ("600.00", None),
    ]
    assert rows[1]["payment"] == str(payment.number)
    assert not (await payouts.owed_to(till.people.gas_company.id, session=session)).corrections


async def test_a_refund_that_comes_back_is_handed_over_again(till: Till, session: AsyncSession) -> None:
    paid = await till.pay(card=MORE_CARDS["refund_fails"])
    await handed_over(till, session)
    await refunds.send_refund(await till.refund(paid, 40_000))
    await till.pay(Wish(till.people.gas.id, "1000"))
    second = await handed_over(till, session)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    assert [(one.kind, one.amount_minor) for one in owed.corrections] == [
        (CorrectionKind.REFUND_CAME_BACK, 40_000)
    ]
    assert (owed.amount_minor, owed.unexplained_minor) == (40_000, 0)
    third = await handed_over(till, session)
    assert [row["amount"] for row in await rows_of(second, session)] == ["1000.00", "-400.00", "600.00"]
    assert [row["correction"] for row in await rows_of(third, session)] == ["refund_came_back", None]


async def test_a_lost_dispute_of_what_was_handed_over(till: Till, session: AsyncSession) -> None:
    await till.pay(card=MORE_CARDS["dispute"])
    await handed_over(till, session)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    dispute = (await till.listed("/v1/disputes"))[0]
    await till.there(f"/v1/disputes/{dispute['id']}", **{"evidence[uncategorized_text]": "losing_evidence"})
    await till.webhooks()
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    assert [(one.kind, one.amount_minor) for one in owed.corrections] == [(CorrectionKind.DISPUTE, -150_000)]
    assert owed.unexplained_minor == 0


async def test_disputed_money_stays_until_it_is_decided(till: Till, session: AsyncSession) -> None:
    await till.pay(Wish(till.people.gas.id, "200"))
    await till.pay(Wish(till.people.gas.id, "1000"), card=MORE_CARDS["dispute"])
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()
    owed = await payouts.owed_to(till.people.gas_company.id, session=session)
    assert (owed.balance_minor, owed.held_minor, owed.amount_minor) == (120_000, 100_000, 20_000)
    assert (await handed_over(till, session)).amount_minor == 20_000


async def test_the_sum_that_was_seen_is_the_sum_that_is_handed_over(
    till: Till, session: AsyncSession
) -> None:
    await till.pay()
    seen = (await payouts.owed_to(till.people.gas_company.id, session=session)).amount_minor
    await till.pay(Wish(till.people.gas.id, "100"))
    with pytest.raises(OwedChanged):
        await payouts.hand_over(
            till.people.gas_company.id, "", expected_minor=seen, by=till.boss, session=session
        )


async def test_the_provider_confirms_a_day_that_can_be(till: Till, session: AsyncSession) -> None:
    await till.pay()
    payout = await handed_over(till, session)
    today = today_in("Europe/Moscow")
    for day in (today - timedelta(days=2), today + timedelta(days=2)):
        with pytest.raises(BadConfirmationDay):
            await payouts.confirm_payout(payout.id, day, by=till.boss, session=session)
    await payouts.confirm_payout(payout.id, today, by=till.boss, session=session)
    assert payout.confirmed_on == today


async def test_a_clerk_hands_nothing_over(till: Till, session: AsyncSession) -> None:
    await till.pay()
    company = till.people.gas_company.id
    clerk = Person(till.boss.id, till.boss.session_id, "c", "c", Role.CLERK, company, "ru")
    with pytest.raises(Forbidden):
        await payouts.hand_over(company, "", expected_minor=150_000, by=clerk, session=session)


async def test_two_people_at_once_hand_over_once(real_till: Till) -> None:
    till = real_till
    await till.pay()

    async def press(by: Person) -> Payout:
        async with unit_of_work() as session:
            return await payouts.hand_over(
                till.people.gas_company.id, "", expected_minor=150_000, by=by, session=session
            )

    made = await asyncio.gather(*(press(by) for by in (till.boss, till.chief) * 4), return_exceptions=True)
    assert len([one for one in made if isinstance(one, Payout)]) == 1
    assert all(isinstance(one, Payout | NothingOwed) for one in made)
    async with read_only() as session:
        assert await balance_of(session, ledger.payable(till.people.gas_company.id)) == [0]
    await assert_books_hold()
