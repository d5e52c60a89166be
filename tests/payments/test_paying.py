"""From a wish to a credited payment, and what can come between."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.errors import NotFound
from cabinet.ledger import service as ledger
from cabinet.ledger import verification
from cabinet.ledger.models import Entry, Journal
from cabinet.mail.models import Letter
from cabinet.payments import service as payments
from cabinet.payments.errors import (
    AlreadyPaid,
    AmountTooLarge,
    AmountTooSmall,
    BadAmountText,
    BadWishes,
    NoDebt,
    NothingChosen,
    ProcessorDown,
)
from cabinet.payments.janitor import PATIENCE
from cabinet.payments.models import Allocation, AllocationKind, Payment, PaymentState
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, Neighbours, settle_in


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    return await settle_in(session)


async def start(people: Neighbours, *wishes: Wish, attempt: str | None = None) -> payments.Started:
    return await payments.start_payment(people.alice.id, wishes, attempt=attempt or uuid4().hex, locale="ru")


async def debt(account_id: UUID, session: AsyncSession) -> int:
    return (await ledger.balances([account_id], session=session))[account_id]


async def sum_of(account: str, session: AsyncSession) -> int:
    total = await session.exec(select(func.sum(Entry.amount_minor)).where(Entry.account == account))
    return total.one() or 0


async def test_paying_the_debt_clears_it(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED
    assert await debt(people.gas.id, session) == 0


async def test_the_books_after_a_payment(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    assert await sum_of(ledger.PROCESSOR, session) == 150_000
    assert await sum_of(ledger.payable(people.gas_company.id), session) == -150_000
    assert await sum_of(ledger.clearing(people.gas_company.id), session) == 0
    assert (await verification.verify(session=session)).holds


async def test_settling_again_changes_nothing(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    for _ in range(3):
        await payments.settle(started.payment_id)
    journals = await session.exec(select(Journal).where(col(Journal.key).startswith("payment:")))
    letters = await session.exec(select(Letter).where(Letter.kind == "payment_succeeded"))
    assert len(journals.all()) == 1 and len(letters.all()) == 1


async def test_an_own_amount_pays_the_oldest_period_first(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id, own_amount="1 200,50"))
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    parts = await session.exec(select(Allocation.amount_minor).order_by(col(Allocation.amount_minor).desc()))
    assert list(parts.all()) == [100_000, 20_050]
    assert await debt(people.gas.id, session) == 29_950


async def test_more_than_the_debt_becomes_an_advance(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.water.id, own_amount="500"))
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    part = (await session.exec(select(Allocation))).one()
    assert (part.kind, part.amount_minor) == (AllocationKind.ADVANCE, 50_000)
    assert await debt(people.water.id, session) == -50_000


async def test_several_accounts_in_one_payment(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id), Wish(people.water.id, own_amount="100"))
    assert fake.pages["cs_0"].amount_minor == 160_000
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    assert [await debt(a.id, session) for a in (people.gas, people.water)] == [0, -10_000]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("0", BadAmountText),
        ("-5", BadAmountText),
        ("сто", BadAmountText),
        ("", BadAmountText),
        ("1,234", BadAmountText),
        ("49,99", AmountTooSmall),
        ("150000,01", AmountTooLarge),
    ],
)
async def test_a_wrong_sum_is_said_at_its_account(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor, typed: str, problem: type
) -> None:
    with pytest.raises(BadWishes) as problems:
        await start(people, Wish(people.gas.id, own_amount=typed))
    assert isinstance(problems.value.problems[people.gas.id], problem)
    assert not fake.pages


async def test_a_debt_that_is_gone_is_not_charged(people: Neighbours, fake: FakeProcessor) -> None:
    with pytest.raises(BadWishes) as problems:
        await start(people, Wish(people.water.id))
    assert isinstance(problems.value.problems[people.water.id], NoDebt)


async def test_nothing_chosen(people: Neighbours, fake: FakeProcessor) -> None:
    with pytest.raises(NothingChosen):
        await start(people)


async def test_a_strangers_account_cannot_be_paid_for(people: Neighbours, fake: FakeProcessor) -> None:
    with pytest.raises(NotFound):
        await payments.start_payment(
            people.bob.id, [Wish(people.water.id, own_amount="100")], attempt="x", locale="ru"
        )


async def test_a_double_click_makes_one_payment(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    first = await start(people, Wish(people.gas.id), attempt="same")
    second = await start(people, Wish(people.gas.id), attempt="same")
    assert first == second and len(fake.pages) == 1


async def test_a_second_tab_is_led_to_the_open_page(people: Neighbours, fake: FakeProcessor) -> None:
    first = await start(people, Wish(people.gas.id))
    assert await start(people, Wish(people.gas.id)) == first


async def test_another_sum_closes_the_open_page(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    first = await start(people, Wish(people.gas.id))
    await start(people, Wish(people.gas.id, own_amount="100"))
    assert fake.pages["cs_0"].status == "expired"
    assert (await session.get_one(Payment, first.payment_id)).state is PaymentState.CANCELED


async def test_an_earlier_page_that_was_paid_meanwhile_is_told(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    first = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    with pytest.raises(AlreadyPaid) as said:
        await start(people, Wish(people.gas.id, own_amount="100"))
    assert said.value.payment_id == first.payment_id
    assert await debt(people.gas.id, session) == 0


async def test_a_lost_answer_is_repeated_with_the_same_key(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    fake.loses_answers = True
    with pytest.raises(ProcessorDown):
        await start(people, Wish(people.gas.id))
    fake.loses_answers = False
    await start(people, Wish(people.gas.id))
    assert len(fake.pages) == 1


async def test_a_page_paid_after_a_lost_answer_is_found(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    fake.loses_answers = True
    with pytest.raises(ProcessorDown):
        await start(people, Wish(people.gas.id))
    payment_id = (await session.exec(select(Payment.id))).one()
    fake.pay("cs_0")
    assert await payments.settle(payment_id) is PaymentState.SUCCEEDED


async def test_a_decline_leaves_the_payment_open_with_its_reason(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.change("cs_0", failure_code="insufficient_funds")
    assert await payments.settle(started.payment_id) is PaymentState.PENDING
    view = await payments.payment_of(people.alice.id, started.payment_id, session=session)
    assert view.reason == "insufficient_funds"


async def test_money_that_comes_late_wins(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.change("cs_0", status="expired")
    assert await payments.settle(started.payment_id) is PaymentState.CANCELED
    fake.pay("cs_0")
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED
    assert await debt(people.gas.id, session) == 0


@pytest.mark.parametrize("differently", [{"amount_minor": 1}, {"currency": "USD"}])
async def test_another_sum_or_currency_goes_to_review(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor, differently: dict[str, Any]
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0", **differently)
    assert await payments.settle(started.payment_id) is PaymentState.REVIEW
    assert await debt(people.gas.id, session) == 150_000
    assert await sum_of(ledger.SUSPENSE, session) == -(differently.get("amount_minor") or 150_000)


async def test_a_bill_paid_meanwhile_makes_an_advance(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    alices = await start(people, Wish(people.gas.id))
    bobs = await payments.start_payment(people.bob.id, [Wish(people.gas.id)], attempt="b", locale="ru")
    for reference, payment_id in (("cs_0", alices.payment_id), ("cs_1", bobs.payment_id)):
        fake.pay(reference)
        await payments.settle(payment_id)
    assert await debt(people.gas.id, session) == -150_000
    kinds = await session.exec(
        select(Allocation.kind, func.sum(Allocation.amount_minor)).group_by(Allocation.kind)
    )
    assert dict(kinds.all()) == {AllocationKind.CHARGE: 150_000, AllocationKind.ADVANCE: 150_000}


async def test_an_account_unlinked_meanwhile_is_credited(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    await accounts.unlink_account(people.alice.id, people.gas.id, session=session)
    await session.commit()
    fake.pay("cs_0")
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED
    assert await debt(people.gas.id, session) == 0


async def test_giving_up(people: Neighbours, session: AsyncSession, fake: FakeProcessor) -> None:
    started = await start(people, Wish(people.gas.id))
    assert await payments.cancel_payment(people.alice.id, started.payment_id) is PaymentState.CANCELED
    assert await debt(people.gas.id, session) == 150_000


async def test_nobody_gives_up_for_another(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    with pytest.raises(NotFound):
        await payments.cancel_payment(people.bob.id, started.payment_id)
    with pytest.raises(NotFound):
        await payments.payment_of(people.bob.id, started.payment_id, session=session)


async def test_the_janitor_finds_what_nobody_came_back_to(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    payment = await session.get_one(Payment, started.payment_id)
    assert await payments.sweep() == 0
    payment.created_at -= PATIENCE * 2
    session.add(payment)
    await session.commit()
    assert await payments.sweep() == 1
    assert await debt(people.gas.id, session) == 0


async def test_a_silent_processor_changes_nothing(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people, Wish(people.gas.id))
    fake.pay("cs_0")
    fake.down = True
    with pytest.raises(ProcessorDown):
        await payments.settle(started.payment_id)
    fake.down = False
    assert await payments.settle(started.payment_id) is PaymentState.SUCCEEDED


async def test_history_is_ones_own_and_can_be_filtered(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    await start(people, Wish(people.gas.id))
    await start(people, Wish(people.water.id, own_amount="100"))
    alices = await payments.payments_of(people.alice.id, session=session)
    of_water = await payments.payments_of(people.alice.id, account_id=people.water.id, session=session)
    assert (len(alices), len(of_water)) == (2, 1)
    assert await payments.payments_of(people.bob.id, session=session) == []
