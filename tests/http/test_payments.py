"""Downloads of a resident: their own, and nobody else's."""

from collections.abc import AsyncGenerator
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.http import entrance, payments
from cabinet.http.guard import own_origins
from cabinet.payments import service
from cabinet.payments.service import Wish
from cabinet.residents.models import Resident
from tests.payments.conftest import FakeProcessor, Neighbours, fake, settle_in
from tests.residents.people import ALICE, PASSWORD, confirmed

__all__ = ["fake"]

app = Starlette(routes=[*entrance.routes, *payments.routes])


@pytest.fixture
async def browser(session: AsyncSession) -> AsyncGenerator[httpx.AsyncClient]:
    origin = own_origins()[0]
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": origin}) as client:
        yield client


@pytest.fixture
async def paid(session: AsyncSession, fake: FakeProcessor, people: Neighbours) -> UUID:
    started = await service.start_payment(people.alice.id, [Wish(people.gas.id)], attempt="a", locale="ru")
    fake.pay("cs_0")
    await service.settle(started.payment_id)
    return started.payment_id


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    """The neighbours; Alice has a password here."""
    people = await settle_in(session)
    people.alice.email = people.alice.email_key = "other@mail.example"
    session.add(people.alice)
    await session.commit()
    await confirmed(session=session)
    signed = (await session.exec(select(Resident).where(Resident.email_key == ALICE))).one()
    people.alice.password_hash, signed.email_key = signed.password_hash, "moved@mail.example"
    session.add_all([people.alice, signed])
    await session.flush()
    people.alice.email = people.alice.email_key = ALICE
    session.add(people.alice)
    await session.commit()
    return people


async def sign_in(browser: httpx.AsyncClient) -> None:
    form = {"email": ALICE, "password": PASSWORD}
    answer = await browser.post("/api/login", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text


async def test_the_owner_downloads_the_confirmation(browser: httpx.AsyncClient, paid: UUID) -> None:
    await sign_in(browser)
    answer = await browser.get(f"/api/payments/{paid}/confirmation.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="payment-')


async def test_guests_and_strangers_learn_nothing(
    browser: httpx.AsyncClient, session: AsyncSession, people: Neighbours, fake: FakeProcessor
) -> None:
    started = await service.start_payment(people.bob.id, [Wish(people.gas.id)], attempt="b", locale="ru")
    fake.pay("cs_0")
    await service.settle(started.payment_id)
    path = f"/api/payments/{started.payment_id}/confirmation.pdf"
    as_guest = await browser.get(path)
    await sign_in(browser)
    as_stranger, unknown = await browser.get(path), await browser.get(path.replace(path[14:50], str(uuid4())))
    for answer in (as_guest, as_stranger, unknown):
        assert (answer.status_code, answer.text) == (404, as_stranger.text)


async def test_the_history_is_ones_own(browser: httpx.AsyncClient, paid: UUID, people: Neighbours) -> None:
    assert (await browser.get("/api/payments.csv")).status_code == 404
    await sign_in(browser)
    answer = await browser.get("/api/payments.csv", params={"locale": "en"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "100200300" in lines[1]
    assert "1500.00" in lines[1]
    of_water = await browser.get("/api/payments.csv", params={"account": str(people.water.id)})
    assert len(of_water.content.decode("utf-8-sig").splitlines()) == 1
    assert (await browser.get("/api/payments.csv", params={"account": "x"})).status_code == 404
