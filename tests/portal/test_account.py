"""The account's page: the warning at its pay button, and what unlinking ends."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay import service as autopay
from cabinet.kit.dates import now
from cabinet.payments import service as payments
from cabinet.payments.models import Payment
from cabinet.payments.service import Started, Wish
from cabinet.portal.account.state import AccountState
from tests.autopay.conftest import start_order
from tests.payments.conftest import FakeProcessor, Neighbours
from tests.payments.test_guard import bring_debt_back

BEGUN, UNPOSTED = "A payment has been begun", "Already paid, waits to be posted"


@pytest.fixture
def page(people: Neighbours, alice: None, monkeypatch: pytest.MonkeyPatch) -> AccountState:
    """The page of Alice's gas account."""
    url = SimpleNamespace(path=f"/accounts/{people.gas.id}")
    monkeypatch.setattr(AccountState, "router", SimpleNamespace(url=url))
    return AccountState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


async def begin(people: Neighbours) -> Started:
    return await payments.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="first", locale="en")


async def test_without_an_earlier_payment_nothing_is_told(page: AccountState) -> None:
    await page.load()
    assert (page.found, page.earlier.title, page.leaving_to) == (True, "", "")


async def test_an_open_page_is_told_and_offered_again(
    page: AccountState, people: Neighbours, fake: FakeProcessor
) -> None:
    started = await begin(people)
    await page.load()
    assert (page.earlier.title, page.earlier.mood) == (BEGUN, "plain")
    assert "₽1,500.00" in page.earlier.text
    assert page.earlier.page == f"/payments/{started.payment_id}"
    await page.continue_earlier()
    assert page.leaving_to.endswith(f" {started.url}")


async def test_a_page_that_has_expired_is_not_offered(
    page: AccountState, people: Neighbours, fake: FakeProcessor, session: AsyncSession
) -> None:
    started = await begin(people)
    payment = await session.get_one(Payment, started.payment_id)
    payment.expires_at = now() - timedelta(seconds=1)
    await session.flush()
    await page.load()
    await page.continue_earlier()
    assert (page.earlier.title, page.leaving_to) == (BEGUN, "")


async def test_paid_money_that_is_not_posted_is_told(
    page: AccountState, people: Neighbours, fake: FakeProcessor, session: AsyncSession
) -> None:
    started = await begin(people)
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    await page.load()
    assert page.earlier.title == "", "the debt is paid: nothing to warn of"
    await bring_debt_back(people, 150_000, session)
    await page.load()
    assert (page.earlier.title, page.earlier.mood) == (UNPOSTED, "due")
    assert page.card.pay, "it warns, and forbids nothing"


async def test_unlinking_ends_the_autopay_at_once(
    page: AccountState, people: Neighbours, session: AsyncSession
) -> None:
    gas = await start_order(session, people.alice.id, people.gas.id)
    water = await start_order(session, people.alice.id, people.water.id)
    await page.unlink()
    for order in (gas, water):
        await session.refresh(order)
    assert (gas.end_reason, water.end_reason) == ("unlinked", "")
    left = await autopay.autopays_of(people.alice.id, session=session)
    assert [order.account_id for order in left] == [people.water.id]
