"""The history of payments: the newest at first, all of them on request."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments.models import Payment, PaymentItem
from cabinet.portal.history.state import SHOWN, HistoryState
from tests.payments.conftest import Neighbours


@pytest.fixture
async def payments_made(people: Neighbours, session: AsyncSession) -> int:
    """Half a page more than two pages."""
    count = SHOWN * 2 + SHOWN // 2
    for number in range(count):
        made = Payment(
            resident_id=people.alice.id,
            amount_minor=10_000 + number,
            processor="sandbox",
            idempotency_key=uuid4().hex,
        )
        session.add(made)
        await session.flush()
        session.add(PaymentItem(payment_id=made.id, account_id=people.gas.id, amount_minor=10_000 + number))
    await session.flush()
    return count


async def test_earlier_payments_come_on_request(
    payments_made: int, alice: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = SimpleNamespace(path="/payments", query_parameters={})
    monkeypatch.setattr(HistoryState, "router", SimpleNamespace(url=url))
    page = HistoryState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page.load()
    assert (len(page.cards), page.has_earlier) == (SHOWN, True)
    await page.show_earlier()
    assert (len(page.cards), page.has_earlier) == (2 * SHOWN, True)
    await page.show_earlier()
    assert (len(page.cards), page.has_earlier) == (payments_made, False)
    assert len({card.id for card in page.cards}) == payments_made
