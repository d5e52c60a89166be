"""The page of keys: shown once, own provider only, nobody without the permission."""

import re
from datetime import timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.keys.models import ApiKey
from cabinet.keys.service import find_key
from cabinet.kit.dates import now
from cabinet.residents.models import Role
from cabinet.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.staff.conftest import Browser, Browsers, Office, audited, person


def a_key(**values: str) -> dict[str, str]:
    day = str((now() + timedelta(days=30)).date())
    return {"name": "1С", "scopes": "payments:read", "last_day": day, **values}


async def make(browser: Browser, form: dict[str, str], **query: Any):
    return await browser.send("/admin/keys/make", form, **query)


async def test_a_key_is_shown_once_and_works(browsers: Browsers, office: Office, session: AsyncSession):
    clerk = await browsers.of(office.clerk)
    answer = await make(clerk, a_key())
    token = re.findall(r"ck_[\w-]{43}", answer.text)[0]
    card = await find_key(token, session=session)
    assert card is not None
    assert (card.provider_id, set(card.scopes)) == (office.gas.id, {"payments:read"})
    assert token not in await clerk.page("/admin/keys")
    assert "1С" in await clerk.page("/admin/keys")
    note = (await audited(session, "create"))[-1]
    assert token not in str(note.model_dump())


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(browsers: Browsers, office: Office):
    clerk = await browsers.of(office.clerk)
    answer = await make(clerk, {"name": "Обмен с 1С", "last_day": "2020-01-01"})
    assert answer.status_code == 422
    assert "Обмен с 1С" in answer.text
    assert "Выберите хотя бы одно право" in answer.text
    assert "Выберите день начиная с сегодняшнего" in answer.text


async def test_a_revoked_key_ends_at_once(browsers: Browsers, office: Office, session: AsyncSession):
    clerk = await browsers.of(office.clerk)
    token = re.findall(r"ck_[\w-]{43}", (await make(clerk, a_key())).text)[0]
    key = (await session.exec(select(ApiKey))).one()
    await clerk.send(f"/admin/keys/{key.id}/revoke")
    assert await find_key(token, session=session) is None
    assert len(await audited(session, "revoke")) == 1


async def test_a_clerk_has_no_keys_of_others(browsers: Browsers, office: Office, session: AsyncSession):
    boss, clerk = await browsers.of(office.boss), await browsers.of(office.clerk)
    await make(boss, a_key(), provider=str(office.water.id))
    key = (await session.exec(select(ApiKey))).one()
    assert key.provider_id == office.water.id
    assert (await clerk.get("/admin/keys", provider=str(office.water.id))).status_code == 404
    assert (await clerk.send(f"/admin/keys/{key.id}/revoke")).status_code == 404
    assert (await make(clerk, a_key(), provider=str(office.water.id))).status_code == 404


async def test_an_auditor_looks_and_makes_nothing(browsers: Browsers, office: Office, session: AsyncSession):
    auditor = person("reader", Role.AUDITOR)
    session.add(auditor)
    await session.commit()
    browser = await browsers.of(auditor)
    page = await browser.page("/admin/keys")
    assert "Создать ключ" not in page
    assert (await make(browser, a_key(), provider=str(office.gas.id))).status_code == 403
    support = person("support", Role.SUPPORT)
    session.add(support)
    await session.commit()
    assert (await (await browsers.of(support)).get("/admin/keys")).status_code in (403, 404)


async def test_an_address_is_added_tested_and_switched_off(
    browsers: Browsers, office: Office, session: AsyncSession
):
    clerk = await browsers.of(office.clerk)
    form = {"url": "http://localhost:9/told", "events": "payment.succeeded"}
    added = await clerk.send("/admin/keys/addresses/add", form)
    assert re.search(r"whsec_[\w-]{43}", added.text)
    endpoint = (await session.exec(select(WebhookEndpoint))).one()
    path = f"/admin/keys/addresses/{endpoint.id}"
    assert "whsec_" not in await clerk.page(path)
    assert (await clerk.send(f"{path}/test")).status_code == 303
    assert len((await session.exec(select(WebhookDelivery))).all()) == 1
    assert re.search(r"whsec_[\w-]{43}", (await clerk.send(f"{path}/rotate")).text)
    assert (await clerk.send(f"{path}/off")).status_code == 303
    assert "Выключен" in await clerk.page(path)
    assert (await clerk.send(f"{path}/test")).status_code == 422
    assert (await clerk.send(f"{path}/burn")).status_code == 404


async def test_a_wrong_address_is_said(browsers: Browsers, office: Office):
    clerk = await browsers.of(office.clerk)
    answer = await clerk.send("/admin/keys/addresses/add", {"url": "ftp://x", "events": "payment.succeeded"})
    assert answer.status_code == 422
    assert "ftp://x" in answer.text
