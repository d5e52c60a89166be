"""Alice with a saved card, and a processor that charges it as the test decides."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay import service as autopay
from cabinet.autopay.models import Autopay, AutopayMode, AutopayRun, ProcessorCustomer, SavedCard
from cabinet.autopay.service import OrderWish
from cabinet.kit import dates
from cabinet.mail.models import Letter
from cabinet.payments import processor
from cabinet.payments.models import Payment
from cabinet.payments.processor import CheckoutTruth, ProcessorRefused, ProcessorUnavailable
from tests.payments.conftest import FakeProcessor, Neighbours, fake, settle_in

__all__ = ["fake"]

DEBT = 150_000
LIMIT = "5000"


class FakeCharges:
    """Charges of saved cards in memory: the test declines them, loses answers, or keeps them waiting."""

    def __init__(self) -> None:
        self.charges: dict[str, CheckoutTruth] = {}
        self.keys: dict[str, str] = {}
        self.calls = 0
        self.outcome: dict[str, Any] = {"status": "complete", "payment_status": "paid"}
        self.refuses = ""
        self.down = False
        self.loses_answers = False
        self.detached: list[str] = []

    async def charge_saved(self, **wanted: Any) -> CheckoutTruth:
        self._answer()
        self.calls += 1
        if self.refuses:
            raise ProcessorRefused(self.refuses)
        reference = self.keys.setdefault(wanted["idempotency_key"], f"pi_{len(self.keys)}")
        if reference not in self.charges:
            self.charges[reference] = CheckoutTruth(
                session_ref=None,
                charge_ref=reference,
                amount_minor=wanted["amount_minor"],
                currency=wanted["currency"],
                payment_id=wanted["payment_id"],
                url=None,
                expires_at=None,
                **self._outcome(),
            )
        if self.loses_answers:
            raise ProcessorUnavailable
        return self.charges[reference]

    async def fetch_saved_charge(self, charge_ref: str) -> CheckoutTruth:
        self._answer()
        return self.charges[charge_ref]

    async def find_saved_charge(self, payment_id: UUID, *, since: datetime) -> CheckoutTruth | None:
        self._answer()
        return next((each for each in self.charges.values() if each.payment_id == payment_id), None)

    async def detach_method(self, method_ref: str) -> None:
        self._answer()
        self.detached.append(method_ref)

    def _outcome(self) -> dict[str, Any]:
        return {"failure_code": None, **self.outcome}

    def decline(self, code: str) -> None:
        """From now on the bank says no."""
        self.outcome = {"status": "failed", "payment_status": "unpaid", "failure_code": code}

    def change(self, **values: Any) -> None:
        """Make every charge say something else."""
        self.charges = {ref: replace(each, **values) for ref, each in self.charges.items()}

    def _answer(self) -> None:
        if self.down:
            raise ProcessorUnavailable


@pytest.fixture
def charges(fake: FakeProcessor, monkeypatch: pytest.MonkeyPatch) -> FakeCharges:
    """The processor of this test; hosted pages are `fake`'s."""
    charges = FakeCharges()
    for name in ("charge_saved", "fetch_saved_charge", "find_saved_charge", "detach_method"):
        monkeypatch.setattr(processor, name, getattr(charges, name))
    return charges


class Calendar:
    """The day on which autopay believes itself to be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.today = dates.now().astimezone(UTC).date()
        for module in ("charging", "orders"):
            monkeypatch.setattr(f"cabinet.autopay.{module}.today_in", lambda _zone: self.today)

    def wait(self, days: int) -> date:
        self.today += timedelta(days=days)
        return self.today


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar(monkeypatch)
    calendar.today = date(2026, 12, 8)
    return calendar


@pytest.fixture
async def neighbours(session: AsyncSession) -> Neighbours:
    return await settle_in(session)


async def save_card(session: AsyncSession, resident_id: UUID) -> SavedCard:
    """A card that the processor keeps."""
    if await session.get(ProcessorCustomer, resident_id) is None:
        session.add(ProcessorCustomer(resident_id=resident_id, customer_ref=f"cus_{resident_id.hex[:8]}"))
    card = SavedCard(
        resident_id=resident_id,
        method_ref=f"pm_{uuid4().hex}",
        brand="visa",
        last4="4242",
        exp_month=12,
        exp_year=2034,
    )
    session.add(card)
    await session.flush()
    return card


def wish_for(card: SavedCard, **differently: Any) -> OrderWish:
    usual: dict[str, Any] = {
        "card_id": card.id,
        "mode": AutopayMode.DAY,
        "day": 10,
        "limit": LIMIT,
        "agrees": True,
    }
    return OrderWish(**(usual | differently))


async def start_order(
    session: AsyncSession, resident_id: UUID, account_id: UUID, **differently: Any
) -> Autopay:
    """A standing order with a card of its own."""
    card = await save_card(session, resident_id)
    wish = wish_for(card, **differently)
    order_id = await autopay.start_autopay(resident_id, account_id, wish, locale="ru", session=session)
    return await session.get_one(Autopay, order_id)


async def run_of(session: AsyncSession, order: Autopay) -> AutopayRun:
    """The newest turn of the order, as the database has it."""
    rows = await session.exec(
        select(AutopayRun)
        .where(AutopayRun.autopay_id == order.id)
        .order_by(col(AutopayRun.announced_at).desc())
        .execution_options(populate_existing=True)
    )
    run = rows.first()
    assert run is not None
    return run


async def runs_of(session: AsyncSession, order: Autopay) -> list[AutopayRun]:
    return list((await session.exec(select(AutopayRun).where(AutopayRun.autopay_id == order.id))).all())


async def payments_in(session: AsyncSession) -> list[Payment]:
    rows = await session.exec(select(Payment).execution_options(populate_existing=True))
    return list(rows.all())


async def letters_in(session: AsyncSession) -> list[str]:
    """The kinds of the letters that were written, in order."""
    return list((await session.exec(select(Letter.kind).order_by(col(Letter.created_at)))).all())
