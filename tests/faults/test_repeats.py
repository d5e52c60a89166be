"""The same thing wanted again, when the first has long been done."""

from datetime import date

import pytest
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments import service as payments
from cabinet.payments.errors import NotOpen
from cabinet.payments.models import Payment
from cabinet.payments.proof import violations
from cabinet.payments.service import Wish
from tests.payments.conftest import FakeProcessor, settle_in
from tests.payments.conftest import fake as fake


async def test_a_press_repeated_after_the_payment_arrived_makes_no_other(
    session: AsyncSession, fake: FakeProcessor
) -> None:
    people = await settle_in(session)
    wish = Wish(people.gas.id, own_amount="100")
    started = await payments.start_payment(people.alice.id, [wish], attempt="a", locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    with pytest.raises(NotOpen):
        await payments.start_payment(people.alice.id, [wish], attempt="a", locale="ru")
    assert (await session.exec(select(func.count()).select_from(Payment))).one() == 1


async def test_a_period_paid_by_name_is_not_paid_again(session: AsyncSession, fake: FakeProcessor) -> None:
    people = await settle_in(session)
    wishes = [Wish(people.gas.id, own_amount="500", period=date(2026, 10, 1)), Wish(people.gas.id)]
    for number, wish in enumerate(wishes):
        started = await payments.start_payment(people.alice.id, [wish], attempt=str(number), locale="ru")
        fake.pay(f"cs_{number}")
        await payments.settle(started.payment_id)
        assert await violations(session=session) == []
