"""What a provider's program hands over, and what it is told about each thing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import Account
from cabinet.audit.models import AuditRecord
from cabinet.billing.models import Bill
from cabinet.keys.models import ApiKey, Scope
from cabinet.kit.dates import month_of, now, today_in
from cabinet.ledger.service import balances
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.settings import settings
from tests.http.api.conftest import Program, Town, client, make_key

NUMBER = "100200300"


def account(number: str = NUMBER, **values: Any) -> dict[str, Any]:
    return {
        "accounts": [{"number": number, "owner_name": "Ёлкин П. П.", "address": "ул. Садовая, 1", **values}]
    }


async def statuses(program: Program, method: str, path: str, body: Any, **headers: str) -> list[str]:
    answer = await program.send(method, path, body, **headers)
    assert answer.status_code == 200, answer.text
    return [one["status"] for one in answer.json()["results"]]


@pytest.fixture
async def known(program: Program) -> Program:
    await statuses(program, "PUT", "/accounts", account())
    return program


@pytest.fixture
async def metered(known: Program) -> Program:
    meter = {"account_number": NUMBER, "kind": "gas", "serial": "G-4711"}
    assert await statuses(known, "PUT", "/meters", {"meters": [meter]}) == ["new"]
    return known


async def test_the_same_account_again_changes_nothing(program: Program):
    assert await statuses(program, "PUT", "/accounts", account()) == ["new"]
    assert await statuses(program, "PUT", "/accounts", account()) == ["unchanged"]
    assert await statuses(program, "PUT", "/accounts", account(owner_name="Ель А. А.")) == ["changed"]


async def test_a_wrong_one_is_refused_and_the_others_are_kept(program: Program):
    body = {"accounts": [{"number": "12"}, {"number": NUMBER}, {"number": "7654321", "els": "wrong"}]}
    answer = (await program.send("PUT", "/accounts", body)).json()
    assert [one["status"] for one in answer["results"]] == ["rejected", "new", "rejected"]
    assert (answer["new"], answer["rejected"]) == (1, 2)
    assert answer["results"][0]["problem"]["type"] == "urn:cabinet:problem:wrong_number_form"
    assert answer["results"][2]["problem"]["errors"][0]["pointer"] == "#/accounts/2/els"


async def test_accounts_are_closed_and_opened_again(known: Program):
    assert await statuses(known, "PUT", "/accounts", account(closed=True)) == ["changed"]
    assert await statuses(known, "PUT", "/accounts", account(closed=True)) == ["unchanged"]
    assert await statuses(known, "PUT", "/accounts", account()) == ["rejected"]
    assert await statuses(known, "PUT", "/accounts", account(closed=False)) == ["changed"]


async def test_accounts_are_found_by_number_and_id(known: Program):
    found = (await known.send("POST", "/accounts/find", {"numbers": ["100 200-300", "999"]})).json()[
        "accounts"
    ]
    assert [one["number"] for one in found] == [NUMBER]
    one = await known.get(f"/accounts/{found[0]['id']}")
    assert (one.status_code, one.json()["owner_name"]) == (200, "Ёлкин П. П.")


async def test_accounts_come_page_by_page(program: Program):
    await statuses(program, "PUT", "/accounts", {"accounts": [{"number": f"10000{i}"} for i in range(5)]})
    seen: list[str] = []
    page: dict[str, Any] = {"cursor": None, "has_more": True}
    while page["has_more"]:
        after = {"after": page["cursor"]} if page["cursor"] else {}
        page = (await program.get("/accounts", limit=2, **after)).json()
        seen += [one["number"] for one in page["accounts"]]
    assert sorted(seen) == [f"10000{i}" for i in range(5)]


async def test_another_provider_sees_nothing_of_it(
    known: Program, app: Starlette, town: Town, session: AsyncSession
):
    account_id = (await session.exec(select(Account.id))).one()
    async with client(app, await make_key(session, town.water.id, town.clerk)) as opened:
        water = Program(opened)
        assert (await water.get(f"/accounts/{account_id}")).status_code == 404
        assert (await water.send("POST", "/accounts/find", {"numbers": [NUMBER]})).json() == {"accounts": []}
        bill = {"account_number": NUMBER, "period": "2026-10", "lines": []}
        assert await statuses(water, "PUT", "/bills", {"bills": [bill]}) == ["rejected"]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("PUT", "/accounts", Scope.ACCOUNTS_WRITE),
        ("GET", "/accounts", Scope.ACCOUNTS_READ),
        ("POST", "/accounts/find", Scope.ACCOUNTS_READ),
        ("PUT", "/meters", Scope.METERS_WRITE),
        ("PUT", "/bills", Scope.BILLS_WRITE),
        ("PUT", "/balances", Scope.BALANCES_WRITE),
        ("PUT", "/readings", Scope.READINGS_WRITE),
        ("POST", "/readings/decisions", Scope.READINGS_DECIDE),
    ],
)
async def test_each_door_has_its_own_scope(
    app: Starlette, town: Town, session: AsyncSession, method: str, path: str, scope: Scope
):
    others = [one for one in Scope if one is not scope]
    async with client(app, await make_key(session, town.gas.id, town.clerk, others)) as opened:
        answer = await Program(opened).send(
            method, path, None if method == "GET" else {}, idempotency_key="a"
        )
    assert answer.status_code == 403
    assert f'scope="{scope}"' in answer.headers["www-authenticate"]


async def test_what_a_key_did_is_in_the_audit(known: Program, session: AsyncSession):
    row = (await session.exec(select(AuditRecord).where(AuditRecord.action == "create"))).one()
    key_id = (await session.exec(select(ApiKey.id))).one()
    assert (row.subject, row.key_id, row.actor_id) == ("account", key_id, None)
    assert row.after["owner_name"] == "Ёлкин П. П."
    assert row.address


async def test_a_bill_is_issued_and_corrected(known: Program, session: AsyncSession):
    line = {"service": "Газ", "amount_minor": 1000_00, "volume": "12.5", "tariff": "80"}
    bill: dict[str, Any] = {
        "account_number": NUMBER,
        "period": f"{month_of(now().date()):%Y-%m}",
        "lines": [line],
    }
    assert await statuses(known, "PUT", "/bills", {"bills": [bill]}) == ["new"]
    assert await statuses(known, "PUT", "/bills", {"bills": [bill]}) == ["unchanged"]
    line["amount_minor"] = 900_00
    assert await statuses(known, "PUT", "/bills", {"bills": [bill]}) == ["changed"]
    account_id = (await session.exec(select(Bill.account_id))).one()
    assert await balances([account_id], session=session) == {account_id: 900_00}


async def test_balances_are_taken_once(known: Program, session: AsyncSession):
    body: dict[str, Any] = {
        "as_of": str(today_in("Europe/Moscow")),
        "document": "ОСВ-11",
        "balances": [{"account_number": NUMBER, "balance_minor": 50_00}],
    }
    assert await statuses(known, "PUT", "/balances", body) == ["new"]
    assert await statuses(known, "PUT", "/balances", body) == ["unchanged"]
    body["balances"][0]["balance_minor"] = 70_00
    assert await statuses(known, "PUT", "/balances", body) == ["rejected"]
    body["document"] = "ОСВ-11 исправленная"
    assert await statuses(known, "PUT", "/balances", body) == ["new"]
    account_id = (await session.exec(select(Account.id))).one()
    assert await balances([account_id], session=session) == {account_id: 70_00}


async def test_a_balance_of_tomorrow_is_refused(known: Program):
    body = {
        "as_of": str(today_in("Europe/Moscow") + timedelta(days=1)),
        "document": "1",
        "balances": [{"account_number": NUMBER, "balance_minor": 0}],
    }
    answer = await known.send("PUT", "/balances", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/as_of")


async def test_a_meter_is_put_in_place_and_taken_out(metered: Program, session: AsyncSession):
    meter = {"account_number": NUMBER, "kind": "gas", "serial": "G-4711", "removed_on": "2026-10-01"}
    assert await statuses(metered, "PUT", "/meters", {"meters": [meter]}) == ["changed"]
    assert await statuses(metered, "PUT", "/meters", {"meters": [meter]}) == ["unchanged"]
    assert (await session.exec(select(Meter))).one().removed_on is not None


async def test_own_readings_are_kept_once(metered: Program):
    reading = {
        "account_number": NUMBER,
        "kind": "gas",
        "serial": "G-4711",
        "value": "123.5",
        "taken_on": "2026-10-01",
    }
    assert await statuses(metered, "PUT", "/readings", {"readings": [reading]}) == ["new"]
    assert await statuses(metered, "PUT", "/readings", {"readings": [reading]}) == ["unchanged"]
    reading["serial"] = "unknown"
    assert await statuses(metered, "PUT", "/readings", {"readings": [reading]}) == ["rejected"]


async def sent_reading(session: AsyncSession) -> Reading:
    zone_id = (await session.exec(select(TariffZone.id))).one()
    day = today_in("Europe/Moscow")
    reading = Reading(
        zone_id=zone_id, value=Decimal(200), taken_on=day, period=month_of(day), source=ReadingSource.RESIDENT
    )
    session.add(reading)
    await session.commit()
    return reading


async def test_readings_are_accepted_and_declined(
    metered: Program, session: AsyncSession, app: Starlette, town: Town
):
    reading = await sent_reading(session)
    body: dict[str, Any] = {"decisions": [{"reading_id": str(reading.id), "decision": "accept"}]}
    async with client(app, await make_key(session, town.water.id, town.clerk)) as opened:
        foreign = await Program(opened).send("POST", "/readings/decisions", body, idempotency_key="w")
    assert foreign.json()["results"][0]["problem"]["type"].endswith("reading_unknown")
    assert await statuses(metered, "POST", "/readings/decisions", body, idempotency_key="1") == ["changed"]
    assert await statuses(metered, "POST", "/readings/decisions", body, idempotency_key="2") == ["unchanged"]
    body["decisions"][0] |= {"decision": "decline", "reason": "Нет фото"}
    assert await statuses(metered, "POST", "/readings/decisions", body, idempotency_key="3") == ["rejected"]
    await session.refresh(reading)
    assert reading.state is ReadingState.ACCEPTED
    row = (await session.exec(select(AuditRecord).where(AuditRecord.action == "accept_reading"))).one()
    assert row.key_id is not None


async def test_wrong_values_are_named_one_by_one_and_nothing_is_kept(program: Program, session: AsyncSession):
    body = {"accounts": [{"number": NUMBER, "colour": "red"}, {"owner_name": 5}]}
    answer = await program.send("PUT", "/accounts", body)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        "#/accounts/0/colour",
        "#/accounts/1/number",
        "#/accounts/1/owner_name",
    }
    assert (await session.exec(select(Account).order_by(col(Account.id)))).all() == []


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "not_json"),
        (b"\xff\xfe", "application/json", 400, "not_json"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
        (b"number=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'"' + b"x" * 2_000_000 + b'"', "application/json", 413, "too_large"),
    ],
)
async def test_what_cannot_be_read(
    program: Program, monkeypatch: pytest.MonkeyPatch, content: bytes, kind: str, status: int, code: str
):
    monkeypatch.setattr(settings, "api_max_bytes", 1_000_000)
    answer = await program.client.put("/api/v1/accounts", content=content, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:cabinet:problem:{code}")


async def test_a_body_without_a_length_is_cut_off(program: Program):
    async def endless():
        for _ in range(11):
            yield b" " * 1024 * 1024

    answer = await program.client.put(
        "/api/v1/accounts", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
