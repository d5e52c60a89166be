"""The history of readings as a file: for who has the account, and for nobody else."""

from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.accounts.service import link_account
from cabinet.http import entrance, readings
from cabinet.http.guard import own_origins
from cabinet.kit.dates import now
from cabinet.meters.models import Reading, ReadingSource, ReadingState
from cabinet.residents.models import Resident
from tests.accounts.making import make_account, make_meter, make_provider
from tests.residents.people import ALICE, PASSWORD, confirmed

app = Starlette(routes=[*entrance.routes, *readings.routes])


@pytest.fixture
async def browser(session: AsyncSession) -> AsyncGenerator[httpx.AsyncClient]:
    origin = own_origins()[0]
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": origin}) as client:
        yield client


@pytest.fixture
async def link(session: AsyncSession) -> AccountLink:
    """Alice's account with one reading of the provider's."""
    await confirmed(session=session)
    alice = (await session.exec(select(Resident).where(Resident.email_key == ALICE))).one()
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    [zone] = await make_meter(session, account_id)
    session.add(
        Reading(
            zone_id=zone,
            value=Decimal("1234.5"),
            taken_on=date(2026, 10, 20),
            period=date(2026, 10, 1),
            source=ReadingSource.PROVIDER,
            state=ReadingState.ACCEPTED,
        )
    )
    await link_account(alice.id, provider.id, "37000001", session=session)
    link = (await session.exec(select(AccountLink))).one()
    link.level = LinkLevel.FULL
    await session.commit()
    return link


async def sign_in(browser: httpx.AsyncClient) -> None:
    form = {"email": ALICE, "password": PASSWORD}
    answer = await browser.post("/api/login", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text


def path(account_id: UUID) -> str:
    return f"/api/readings/{account_id}/readings.csv"


async def test_who_has_the_account_downloads_the_history(
    browser: httpx.AsyncClient, link: AccountLink
) -> None:
    await sign_in(browser)
    answer = await browser.get(path(link.account_id), params={"locale": "en"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="readings-')
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Month,Service,Meter No.")
    assert row.startswith("2026-10,Electricity,001,,1234.5,,")
    in_russian = await browser.get(path(link.account_id))
    assert ";1234,5;" in in_russian.content.decode("utf-8-sig")


async def test_guests_strangers_and_former_residents_learn_nothing(
    browser: httpx.AsyncClient, session: AsyncSession, link: AccountLink
) -> None:
    as_guest = await browser.get(path(link.account_id))
    await sign_in(browser)
    unknown = await browser.get(path(uuid4()))
    link.ended_at = now()
    session.add(link)
    await session.commit()
    ended = await browser.get(path(link.account_id))
    assert {(one.status_code, one.text) for one in (as_guest, unknown, ended)} == {(404, unknown.text)}


async def test_without_a_proof_others_readings_are_left_out(
    browser: httpx.AsyncClient, session: AsyncSession, link: AccountLink
) -> None:
    link.level = LinkLevel.LITE
    session.add(link)
    await session.commit()
    await sign_in(browser)
    answer = await browser.get(path(link.account_id))
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 1
