"""«Уже оплачено, ждёт зачисления»: told where it helps, never in the way."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentItem, ProviderStatement
from cabinet.payments.service import Waits, Warned, Wish
from tests.payments.conftest import FakeProcessor, Neighbours, settle_in


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    return await settle_in(session)


async def start(people: Neighbours, own: str | None = None) -> payments.Started:
    wish = Wish(people.gas.id, own_amount=own)
    return await payments.start_payment(people.alice.id, [wish], attempt=uuid4().hex, locale="ru")


async def told(people: Neighbours, session: AsyncSession) -> Warned | None:
    found = await payments.earlier_payments(
        people.alice.id, [people.gas.id, people.water.id], session=session
    )
    assert people.water.id not in found
    return found.get(people.gas.id)


async def bring_debt_back(people: Neighbours, amount_minor: int, session: AsyncSession) -> None:
    """A statement of the provider that has not taken our payment in."""
    session.add(
        ProviderStatement(
            account_id=people.gas.id,
            balance_minor=amount_minor,
            as_of=now().date(),
            created_at=now() + timedelta(seconds=1),
        )
    )
    lines = [
        Line(ledger.receivable(people.gas.id), amount_minor),
        Line(ledger.clearing(people.gas_company.id), -amount_minor),
    ]
    await ledger.post(f"statement:{uuid4()}", JournalKind.STATEMENT, lines, session=session)


async def test_nothing_is_told_without_an_earlier_payment(people: Neighbours, session: AsyncSession) -> None:
    assert await told(people, session) is None


async def test_an_open_page_is_told_with_its_address(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    warned = await told(people, session)
    assert warned
    assert (warned.waits, warned.payment_id, warned.amount_minor) == (
        Waits.BEGUN,
        started.payment_id,
        150_000,
    )
    assert warned.covers
    assert warned.checkout_url == started.url


async def test_an_open_page_for_a_part_is_told_but_does_not_cover(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    await start(people, own="100")
    warned = await told(people, session)
    assert warned
    assert not warned.covers


async def test_a_payment_given_up_is_not_told(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    await payments.cancel_payment(people.alice.id, started.payment_id)
    assert await told(people, session) is None


async def test_a_neighbours_payment_is_not_told(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    await payments.start_payment(people.bob.id, [Wish(people.gas.id)], attempt="b", locale="ru")
    assert await told(people, session) is None


async def test_money_that_staff_check_is_told(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    fake.pay("cs_0", amount_minor=1)
    await payments.settle(started.payment_id)
    warned = await told(people, session)
    assert warned
    assert (warned.waits, warned.covers) == (Waits.CHECKED, True)


async def test_a_debt_that_a_statement_brought_back_is_told_as_paid(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    assert await told(people, session) is None
    await bring_debt_back(people, 150_000, session)
    warned = await told(people, session)
    assert warned
    assert (warned.waits, warned.payment_id) == (Waits.UNPOSTED, started.payment_id)


async def test_a_new_debt_that_is_larger_is_not_told_as_paid(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    await bring_debt_back(people, 150_001, session)
    assert await told(people, session) is None


async def test_a_posted_payment_is_not_told(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    started = await start(people)
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    item = (await session.exec(select(PaymentItem))).one()
    item.handed_over_at = item.posted_at = now()
    session.add(item)
    await bring_debt_back(people, 150_000, session)
    assert await told(people, session) is None


async def test_the_guard_never_stops_another_amount(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    await start(people)
    assert (await start(people, own="200")).url == "https://pay.example/cs_1"
