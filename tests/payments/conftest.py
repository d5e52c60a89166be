"""Named people and accounts, and a processor whose truth the test decides."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.routing import Mount

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing import service as billing
from cabinet.billing.service import ChargeLine
from cabinet.database import read_only, unit_of_work
from cabinet.http.stripe import routes as webhook_routes
from cabinet.kit.dates import now
from cabinet.ledger import verification
from cabinet.ledger.models import Entry
from cabinet.payments import processor
from cabinet.payments import service as payments
from cabinet.payments.processor import Checkout, CheckoutTruth, ProcessorUnavailable
from cabinet.payments.refunds import request_refund
from cabinet.payments.service import Wish
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from cabinet.sandbox import clock
from cabinet.sandbox.app import sandbox_app, sandbox_client
from cabinet.sandbox.delivery import Send, deliver_due, in_process
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import SANDBOX_KEY, SANDBOX_WEBHOOK_SECRET, TEST_CARDS
from cabinet.settings import settings


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


# Money that really moves: our own client, the sandbox in this process, signed webhooks


@dataclass
class Till:
    """The neighbours, two administrators, and a card that pays on the sandbox's own page."""

    people: Neighbours
    boss: Person
    chief: Person
    browser: httpx.AsyncClient
    send: Send

    async def pay(self, *wishes: Wish, card: str = TEST_CARDS["success"], deliver: bool = False) -> UUID:
        """Pay these wishes on the hosted page and settle, by the webhook if asked."""
        started = await self.open(*wishes)
        await self.enter_card(started.url, card)
        if deliver:
            await self.webhooks()
        else:
            await payments.settle(started.payment_id)
        return started.payment_id

    async def enter_card(self, url: str, card: str = TEST_CARDS["success"]) -> None:
        """Pay on a hosted page, and close the browser before it returns to us."""
        form = {"number": card, "expiry": "12/34", "cvc": "123"}
        answer = await self.browser.post(
            httpx.URL(url).path, data=form, headers={"Origin": settings.public_url}
        )
        assert answer.status_code < 400, answer.text

    async def open(self, *wishes: Wish) -> payments.Started:
        """Open a hosted page."""
        return await payments.start_payment(
            self.people.alice.id, wishes or [Wish(self.people.gas.id)], attempt=uuid4().hex, locale="ru"
        )

    async def webhooks(self) -> None:
        """Deliver what the sandbox has to tell."""
        while await deliver_due(self.send):
            pass

    async def refund(self, payment_id: UUID, amount_minor: int | None = None) -> UUID:
        """Ask for a refund, without sending it."""
        async with unit_of_work() as session:
            refund = await request_refund(payment_id, amount_minor, "ошибка", by=self.boss, session=session)
        return refund.id

    async def there(self, path: str, **form: str) -> dict[str, Any]:
        """Do something at the processor, past our code."""
        answer = await self.browser.post(f"/sandbox{path}", data=form, headers=_API)
        assert answer.status_code < 400, answer.text
        return answer.json()

    async def listed(self, path: str) -> list[dict[str, Any]]:
        """What the processor has."""
        answer = await self.browser.get(f"/sandbox{path}", params={"limit": 100}, headers=_API)
        return answer.json()["data"]


_API = {"Authorization": f"Bearer {SANDBOX_KEY}"}


async def balance_of(session: AsyncSession, *names: str) -> list[int]:
    """The balances of these accounts of the ledger."""
    sums: list[int] = []
    for name in names:
        rows = await session.exec(
            select(func.coalesce(func.sum(Entry.amount_minor), 0)).where(Entry.account == name)
        )
        sums.append(int(rows.one()))
    return sums


async def assert_books_hold() -> None:
    """Every journal balances, every balance can be recounted, nothing gave back more than it got."""
    async with read_only() as session:
        proof = await verification.verify(session=session)
        assert proof.holds, proof
        assert proof.entries


async def _administrator(name: str, session: AsyncSession) -> Person:
    email = f"{name}@mail.example"
    row = Resident(
        email=email, email_key=email, password_hash="x", role=Role.ADMINISTRATOR, confirmed_at=now()
    )
    session.add(row)
    await session.flush()
    return Person(row.id, uuid4(), email, name, Role.ADMINISTRATOR, None, "ru")


async def open_till() -> Till:
    async with unit_of_work() as session:
        people = await settle_in(session)
        boss, chief = await _administrator("boss", session), await _administrator("chief", session)
    processor.use(
        http_client=sandbox_client(), api_key=SANDBOX_KEY, webhook_secret=SANDBOX_WEBHOOK_SECRET, retries=0
    )
    app = Starlette(routes=[Mount("/sandbox", sandbox_app())])
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.public_url)
    return Till(people, boss, chief, browser, in_process(Starlette(routes=webhook_routes)))


async def close_till(till: Till) -> None:
    await till.browser.aclose()
    await processor.close()
    faults.reset()
    clock.reset()


@pytest.fixture
async def till(session: AsyncSession) -> AsyncGenerator[Till]:
    """On a database that is rolled back."""
    till = await open_till()
    yield till
    await close_till(till)


@pytest.fixture
async def real_till(committed: str) -> AsyncGenerator[Till]:
    """On a database where commits are real."""
    till = await open_till()
    yield till
    await close_till(till)
