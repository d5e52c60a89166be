"""Named people and accounts, and a processor whose truth the test decides."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing import service as billing
from cabinet.billing.service import ChargeLine
from cabinet.kit.dates import now
from cabinet.payments import processor
from cabinet.payments.processor import Checkout, CheckoutTruth, ProcessorUnavailable
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.models import Resident


class FakeProcessor:
    """Hosted pages in memory: the test pays, declines, expires or hides them."""

    def __init__(self) -> None:
        self.pages: dict[str, CheckoutTruth] = {}
        self.keys: dict[str, str] = {}
        self.down = False
        self.loses_answers = False

    async def create_checkout(self, **wanted: Any) -> Checkout:
        self._answer()
        reference = self.keys.setdefault(wanted["idempotency_key"], f"cs_{len(self.keys)}")
        if reference not in self.pages:
            self.pages[reference] = CheckoutTruth(
                session_ref=reference,
                status="open",
                payment_status="unpaid",
                amount_minor=wanted["amount_minor"],
                currency=wanted["currency"],
                charge_ref=None,
                payment_id=wanted["payment_id"],
                failure_code=None,
                url=f"https://pay.example/{reference}",
                expires_at=wanted["expires_at"],
            )
        if self.loses_answers:
            raise ProcessorUnavailable
        return Checkout(reference, f"https://pay.example/{reference}", wanted["expires_at"])

    async def fetch_checkout(self, session_ref: str) -> CheckoutTruth:
        self._answer()
        return self.pages[session_ref]

    async def expire_checkout(self, session_ref: str) -> CheckoutTruth:
        self._answer()
        if self.pages[session_ref].status == "open":
            self.change(session_ref, status="expired")
        return self.pages[session_ref]

    async def find_checkout(self, payment_id: UUID, *, since: datetime | None = None) -> CheckoutTruth | None:
        self._answer()
        return next((page for page in self.pages.values() if page.payment_id == payment_id), None)

    def pay(self, session_ref: str, **differently: Any) -> None:
        """The resident paid on the hosted page."""
        paid = {"status": "complete", "payment_status": "paid", "charge_ref": f"pi_{session_ref}"}
        self.change(session_ref, **(paid | differently))

    def change(self, session_ref: str, **values: Any) -> None:
        """Make the page say something else."""
        self.pages[session_ref] = replace(self.pages[session_ref], **values)

    def _answer(self) -> None:
        if self.down:
            raise ProcessorUnavailable


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeProcessor:
    """The processor of this test."""
    fake = FakeProcessor()
    for name in ("create_checkout", "fetch_checkout", "expire_checkout", "find_checkout"):
        monkeypatch.setattr(processor, name, getattr(fake, name))
    return fake


@dataclass
class Neighbours:
    """Alice with a gas and a water account, Bob with the same gas account."""

    alice: Resident
    bob: Resident
    gas: Account
    water: Account
    gas_company: Provider
    water_company: Provider


async def settle_in(session: AsyncSession) -> Neighbours:
    """Make the neighbours; gas owes 1 500,00 over two months, water owes nothing."""
    alice, bob = (
        Resident(
            email=f"{name}@mail.example",
            email_key=f"{name}@mail.example",
            password_hash="x",
            confirmed_at=now(),
        )
        for name in ("alice", "bob")
    )
    gas_company, water_company = (
        Provider(name=name, kind=kind, number_pattern=r"\d+", number_example="1", inn="7700000008")
        for name, kind in (("Газ", ProviderKind.GAS), ("Вода", ProviderKind.WATER))
    )
    session.add_all([alice, bob, gas_company, water_company])
    await session.flush()
    gas = Account(provider_id=gas_company.id, number="100200300")
    water = Account(provider_id=water_company.id, number="555")
    session.add_all([gas, water])
    await session.flush()
    for resident, account in ((alice, gas), (alice, water), (bob, gas)):
        session.add(AccountLink(resident_id=resident.id, account_id=account.id))
    for month, amount in ((9, 100_000), (10, 50_000)):
        period = date(2026, month, 1)
        await billing.issue_bill(
            gas.id, period, period + timedelta(days=44), [ChargeLine("Газ", amount)], session=session
        )
    await session.flush()
    return Neighbours(alice, bob, gas, water, gas_company, water_company)
