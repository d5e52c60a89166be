"""An office with two providers: the clerk works for gas, and water is none of the clerk's business."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from httpx import ASGITransport
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.accounts.models import Account, AccountLink
from cabinet.audit.models import AuditRecord
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.kit.tokens import hash_token, new_token
from cabinet.mail.models import Letter
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.cookie import cookie_name
from cabinet.residents.lookup import session_limit
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.settings import settings
from cabinet.staff.admin import StaffAdmin, build_admin
from cabinet.support.asking import begin_thread
from cabinet.support.models import Ticket
from cabinet.support.thread import Draft

ORIGIN = settings.public_url


@dataclass
class Office:
    """The rows of a small city."""

    gas: Provider
    water: Provider
    alice: Resident
    clerk: Resident
    boss: Resident
    agent: Resident
    auditor: Resident
    gas_account: Account
    water_account: Account
    gas_payment: Payment
    water_payment: Payment
    shared_payment: Payment
    ticket: Ticket
    letter: Letter


@pytest.fixture(scope="session")
def admin() -> StaffAdmin:
    return build_admin()


@pytest.fixture(scope="session")
def app(admin: StaffAdmin) -> Starlette:
    app = Starlette()
    admin.mount_to(app)
    return app


@pytest.fixture
async def office(session: AsyncSession) -> Office:
    gas, water = make_providers()
    session.add_all([gas, water])
    await session.flush()
    alice, clerk, boss = (
        person("alice"),
        person("clerk", Role.CLERK, gas.id),
        person("boss", Role.ADMINISTRATOR),
    )
    agent, auditor = person("agent", Role.SUPPORT), person("auditor", Role.AUDITOR)
    session.add_all([alice, clerk, boss, agent, auditor])
    accounts = [account(gas, "100200300", "Ёлкин Пётр"), account(water, "555777", "Рыбина Анна")]
    session.add_all(accounts)
    await session.flush()
    session.add(AccountLink(resident_id=alice.id, account_id=accounts[0].id, own_name="Дача"))
    payments = (
        await payment(session, alice, (accounts[0], 100_00)),
        await payment(session, alice, (accounts[1], 200_00)),
        await payment(session, alice, (accounts[0], 300_00), (accounts[1], 400_00)),
    )
    ticket = Ticket(email="bob@mail.example", subject="Не пришёл чек")
    await begin_thread(ticket, Draft("Где чек?\n<b>Помогите</b>"), session=session)
    secret = "https://cabinet.example/confirm?token=SECRETTOKEN"
    letter = Letter(
        kind="confirm_email",
        recipient="alice@mail.example",
        recipient_key="alice@mail.example",
        locale="ru",
        subject="Подтвердите почту",
        text=secret,
        html=secret,
    )
    session.add(letter)
    await session.commit()
    people = (alice, clerk, boss, agent, auditor)
    return Office(gas, water, *people, accounts[0], accounts[1], *payments, ticket, letter)


def make_providers() -> tuple[Provider, Provider]:
    shared: dict[str, Any] = {
        "number_pattern": r"\d{6,9}",
        "number_example": "100200300",
        "inn": "7700000009",
    }
    gas = Provider(name="Ёжик Газ", kind=ProviderKind.GAS, search_key="ежик газ 7700000009", **shared)
    water = Provider(name="Водоканал", kind=ProviderKind.WATER, search_key="водоканал 7700000009", **shared)
    return gas, water


def person(name: str, role: Role = Role.RESIDENT, provider_id: UUID | None = None) -> Resident:
    email = f"{name}@mail.example"
    return Resident(
        email=email,
        email_key=email,
        password_hash="$argon2id$HASH",
        role=role,
        provider_id=provider_id,
        search_key=fold(email),
        confirmed_at=now(),
    )


def account(provider: Provider, number: str, owner: str) -> Account:
    address = "г. Тест, ул. Садовая, д. 12"
    return Account(
        provider_id=provider.id,
        number=number,
        owner_name=owner,
        address=address,
        search_key=fold(f"{number} {owner} {address}"),
    )


async def payment(session: AsyncSession, payer: Resident, *parts: tuple[Account, int]) -> Payment:
    made = Payment(
        resident_id=payer.id,
        amount_minor=sum(amount for _account, amount in parts),
        processor="sandbox",
        state=PaymentState.SUCCEEDED,
        idempotency_key=uuid4().hex,
        session_ref=f"cs_{uuid4().hex}",
    )
    session.add(made)
    await session.flush()
    for paid, amount in parts:
        session.add(PaymentItem(payment_id=made.id, account_id=paid.id, amount_minor=amount))
    await session.flush()
    await session.refresh(made)
    return made


class Browser:
    """A browser with one person's cookie, or nobody's."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query or None)

    async def page(self, path: str, **query: Any) -> str:
        response = await self.get(path, **query)
        assert response.status_code == 200, response.text[:500]
        return response.text

    async def send(
        self, path: str, form: dict[str, str] | None = None, *, origin: str = ORIGIN, **query: Any
    ):
        """A form sent from a page of ours, with the token that the page carries."""
        await self.client.get("/admin/")
        token = self.client.cookies.get(CSRFMiddleware.cookie_name) or ""
        return await self.client.post(
            path,
            data={CSRFMiddleware.field_name: token, **(form or {})},
            params=query or None,
            headers={"origin": origin, "x-csrftoken": token},
        )


class Browsers:
    """Opens browsers for people."""

    def __init__(self, app: Starlette, session: AsyncSession) -> None:
        self.app, self.session = app, session
        self.opened: list[httpx.AsyncClient] = []

    async def of(self, person: Resident | None, locale: str | None = None) -> Browser:
        cookies = {cookie_name(): await sign_in(self.session, person)} if person else {}
        if locale:
            cookies["admin_language"] = locale
        client = httpx.AsyncClient(
            transport=ASGITransport(self.app, raise_app_exceptions=True), base_url=ORIGIN, cookies=cookies
        )
        self.opened.append(client)
        return Browser(client)


async def sign_in(session: AsyncSession, person: Resident) -> str:
    token = new_token()
    moment = now()
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            resident_id=person.id,
            last_seen_at=moment,
            expires_at=moment + session_limit(person.role),
        )
    )
    await session.commit()
    return token


@pytest.fixture
async def browsers(app: Starlette, session: AsyncSession) -> AsyncGenerator[Browsers]:
    browsers = Browsers(app, session)
    yield browsers
    for client in browsers.opened:
        await client.aclose()


async def audited(session: AsyncSession, action: str) -> list[AuditRecord]:
    found = await session.exec(
        select(AuditRecord).where(AuditRecord.action == action).order_by(col(AuditRecord.id))
    )
    return list(found)


def texts(response: httpx.Response, wanted: Iterable[str]) -> dict[str, bool]:
    return {text: text in response.text for text in wanted}
