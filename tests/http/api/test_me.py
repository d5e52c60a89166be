"""A resident's program at /me: what it reads and sends, and what strangers get."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlmodel import update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.access import service as access
from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.keys import personal
from cabinet.kit.dates import now, today_in
from cabinet.meters.models import ReadingState
from cabinet.providers.models import Provider
from cabinet.residents import passwords
from cabinet.residents import service as residents
from cabinet.settings import settings
from tests.http.api.conftest import Program, Town, client, make_key
from tests.keys.personal_town import COLD, Home, become, change_link, make, settle, standing

SUBMITTED, SUPERSEDED = ReadingState.SUBMITTED, ReadingState.SUPERSEDED


@pytest.fixture
async def home(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
    home = await settle(session)
    await session.commit()
    return home


@pytest.fixture
async def hers(app: Starlette, session: AsyncSession, home: Home) -> AsyncGenerator[Program]:
    """Alice's program, which may do everything that a program may."""
    async for opened in _opened(app, session, home):
        yield opened


async def _opened(
    app: Starlette, session: AsyncSession, home: Home, **values: object
) -> AsyncGenerator[Program]:
    made = await make(session, home, **values)
    await session.commit()
    async with client(app, made.secret) as sending:
        yield Program(sending)


def of(home: Home, rest: str = "") -> str:
    return f"/me/accounts/{home.account_id}{rest}"


def values(meter: str, *, confirm: tuple[str, ...] = (), **zones: Any) -> dict[str, Any]:
    named = {name.removeprefix("t"): value for name, value in zones.items()}
    return {"values": [{"meter": meter, "zones": named}], "confirm": list(confirm)}


async def test_it_learns_what_it_opens(hers: Program, home: Home):
    answer = await hers.get("/me")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["name"], said["may"]) == ("Home Assistant", ["look", "see_bills", "send_readings"])
    assert [one["id"] for one in said["accounts"]] == [str(home.account_id)]
    assert said["accounts"][0]["number"] == "3700 0001"
    assert said["expires_at"] is not None
    assert (await hers.get("/me/accounts")).json() == said["accounts"]
    assert home.email not in answer.text


async def test_it_reads_the_debt_in_kopecks(hers: Program, home: Home):
    said = (await hers.get(of(home))).json()
    assert (said["balance_minor"], said["currency"]) == (300_000, "RUB")
    assert said["due_on"] == "2026-11-15"
    assert said["unpaid"] == [
        {"period": "2026-09", "open_minor": 150_000},
        {"period": "2026-10", "open_minor": 150_000},
    ]


async def test_it_reads_bills_month_by_month(hers: Program, home: Home):
    said = (await hers.get(of(home, "/bills"))).json()
    assert [bill["period"] for bill in said["items"]] == ["2026-09", "2026-10"]
    assert said["items"][0]["lines"][0]["amount_minor"] == 150_000
    assert said["next"] is None
    later = (await hers.get(of(home, "/bills"), after="2026-09")).json()
    assert [bill["period"] for bill in later["items"]] == ["2026-10"]
    assert (await hers.get(of(home, "/bills"), after="October")).status_code == 422


async def test_a_link_by_the_number_alone_shows_no_bills_and_no_secrets(
    hers: Program, home: Home, session: AsyncSession
):
    await become(session, home, LinkRole.OWNER, LinkLevel.LITE)
    await session.commit()
    bills = await hers.get(of(home, "/bills"))
    assert (bills.status_code, bills.json()["type"]) == (403, "urn:cabinet:problem:needs_proof")
    meters = await hers.get(of(home, "/meters"))
    assert COLD not in meters.text
    assert "••••78" in meters.text
    assert "д. 12" not in (await hers.get(of(home))).text
    assert (await hers.get("/me")).json()["accounts"][0]["may"] == ["look", "send_readings"]
    assert (await hers.send("POST", of(home, "/readings"), values(COLD, t1="105"))).status_code == 422
    assert (await hers.get(of(home, "/readings"))).json()["items"] == []


async def test_it_reads_the_meters_and_the_window(hers: Program, home: Home):
    said = (await hers.get(of(home, "/meters"))).json()
    assert said["window"]["open"] is True
    assert said["window"]["period"] == f"{today_in('Europe/Moscow'):%Y-%m}"
    cold = next(meter for meter in said["meters"] if meter["kind"] == "cold_water")
    assert (cold["serial"], cold["decimals"]) == (COLD, 3)
    assert Decimal(cold["zones"][0]["previous"]) == 100
    light = next(meter for meter in said["meters"] if meter["kind"] == "electricity")
    assert [zone["zone"] for zone in light["zones"]] == [1, 2]


async def test_it_sends_a_reading_once(hers: Program, home: Home, session: AsyncSession):
    first = await hers.send("POST", of(home, "/readings"), values(COLD, t1="105.5"))
    again = await hers.send("POST", of(home, "/readings"), values(COLD, t1=105.5))
    assert (first.status_code, again.status_code) == (201, 200)
    assert [one["new"] for one in (*first.json()["readings"], *again.json()["readings"])] == [True, False]
    assert await standing(session, home.cold) == [(Decimal("105.5"), SUBMITTED)]
    later = await hers.send("POST", of(home, "/readings"), values(COLD, t1="106"))
    assert later.status_code == 201
    assert await standing(session, home.cold) == [(Decimal("105.5"), SUPERSEDED), (Decimal(106), SUBMITTED)]
    items = (await hers.get(of(home, "/readings"))).json()["items"]
    mine = [(one["value"], one["state"]) for one in items if one["mine"]]
    assert mine == [("105.500", "superseded"), ("106.000", "submitted")]
    meters = (await hers.get(of(home, "/meters"))).json()["meters"]
    assert Decimal(next(one for one in meters if one["serial"] == COLD)["zones"][0]["sent"]) == 106


async def test_both_zones_go_together_or_not_at_all(hers: Program, home: Home, session: AsyncSession):
    light = next(
        one for one in (await hers.get(of(home, "/meters"))).json()["meters"] if one["kind"] == "electricity"
    )
    bad = await hers.send("POST", of(home, "/readings"), values(light["id"], t1="1100", t2="many"))
    assert bad.status_code == 422
    [fault] = bad.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/values/0/zones/2", "not_a_number")
    assert await standing(session, home.day) == []
    good = await hers.send("POST", of(home, "/readings"), values(light["id"], t1="1100", t2="550"))
    assert good.status_code == 201
    assert await standing(session, home.night) == [(Decimal(550), SUBMITTED)]


async def test_what_is_odd_has_to_be_confirmed_by_name(hers: Program, home: Home, session: AsyncSession):
    odd = await hers.send("POST", of(home, "/readings"), values(COLD, t1="90"))
    assert odd.status_code == 409
    assert odd.json()["type"] == "urn:cabinet:problem:confirm_readings"
    faults = odd.json()["errors"]
    codes = tuple(fault["code"] for fault in faults)
    assert "lower" in codes
    assert {fault["pointer"] for fault in faults} == {"#/values/0/zones/1"}
    other = await hers.send(
        "POST", of(home, "/readings"), values(COLD, confirm=("more_than_usual",), t1="90")
    )
    assert other.status_code == 409
    assert await standing(session, home.cold) == []
    sure = await hers.send("POST", of(home, "/readings"), values(COLD, confirm=codes, t1="90"))
    assert sure.status_code == 201
    assert await standing(session, home.cold) == [(Decimal(90), SUBMITTED)]
    again = await hers.send("POST", of(home, "/readings"), values(COLD, t1="90"))
    assert again.status_code == 200, "the same value is not asked about again"


async def test_who_may_only_send_learns_no_earlier_value(app: Starlette, session: AsyncSession, home: Home):
    async for sender in _opened(app, session, home, look=False):
        for path in (of(home), of(home, "/bills"), of(home, "/meters"), of(home, "/readings")):
            assert (await sender.get(path)).status_code == 403, path
        odd = await sender.send("POST", of(home, "/readings"), values(COLD, t1="90"))
        assert odd.status_code == 409
        assert "100" not in odd.text
        assert (await sender.send("POST", of(home, "/readings"), values(COLD, t1="105"))).status_code == 201


async def test_who_may_only_look_sends_nothing(app: Starlette, session: AsyncSession, home: Home):
    async for looker in _opened(app, session, home, send=False):
        assert (await looker.get(of(home))).status_code == 200
        for path, body in ((of(home, "/readings"), values(COLD, t1="105")), ("/me/waterius", {"ch0": 105})):
            assert (await looker.send("POST", path, body)).status_code == 403, path
    assert await standing(session, home.cold) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"values": []},
        {"values": [{"meter": COLD, "zones": {}}]},
        {"values": [{"meter": COLD, "zones": {"4": "1"}}]},
        {"values": [{"meter": COLD, "zones": {"1": True}}]},
        {"values": [{"meter": COLD, "zones": {"1": "9" * 60}}]},
        {"values": [{"meter": COLD, "zones": {"2": "105"}}]},
        {"values": [{"meter": "", "zones": {"1": "105"}}]},
        {"values": [{"meter": "no such", "zones": {"1": "105"}}]},
        {"values": [{"meter": COLD, "zones": {"1": " "}}]},
        {"values": [{"meter": COLD, "zones": {"1": "105"}}], "confirm": ["everything"]},
        {"values": [{"meter": COLD, "zones": {"1": "105"}}], "taken_on": "yesterday"},
        {"values": [{"meter": COLD, "zones": {"1": "105"}}], "taken_on": "2020-01-01"},
    ],
)
async def test_a_wrong_body_changes_nothing(hers: Program, home: Home, session: AsyncSession, body: Any):
    answer = await hers.send("POST", of(home, "/readings"), body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert await standing(session, home.cold) == []


async def test_outside_a_strict_window_nothing_is_taken(hers: Program, home: Home, session: AsyncSession):
    day = (today_in("Europe/Moscow") + timedelta(days=3)).day
    await session.exec(
        update(Provider)
        .where(Provider.id == home.provider.id)  # pyright: ignore[reportArgumentType]
        .values(window_from=day, window_to=day, window_strict=True)
    )
    await session.commit()
    assert (await hers.get(of(home, "/meters"))).json()["window"]["open"] is False
    answer = await hers.send("POST", of(home, "/readings"), values(COLD, t1="105"))
    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["errors"]] == ["window_closed"]


async def test_foreign_accounts_do_not_exist(hers: Program, home: Home):
    for foreign in (home.dacha, uuid4()):
        for rest in ("", "/bills", "/meters", "/readings"):
            assert (await hers.get(f"/me/accounts/{foreign}{rest}")).status_code == 404, rest
        sent = await hers.send("POST", f"/me/accounts/{foreign}/readings", values(COLD, t1="105"))
        assert sent.status_code == 404


async def test_everything_that_ends_it_is_felt_at_the_next_request(
    app: Starlette, session: AsyncSession, home: Home
):
    async def revoke(token_id: UUID) -> None:
        await personal.revoke_token(home.alice, token_id, session=session)

    async def close(_token_id: UUID) -> None:
        await residents.close_access(home.alice, session=session)

    async def unlink(_token_id: UUID) -> None:
        await access.unlink(home.alice, home.account_id, session=session)

    for end in (revoke, close, unlink):
        made = await make(session, home)
        await session.commit()
        async with client(app, made.secret) as sending:
            program = Program(sending)
            assert (await program.get("/me")).status_code == 200
            await end(made.id)
            await session.commit()
            answer = await program.get("/me")
            assert answer.status_code == 401, end.__name__
            assert answer.headers["www-authenticate"].startswith("Bearer")
        await residents.open_access(home.alice, session=session)


async def test_an_access_that_runs_out_takes_the_account_away(
    hers: Program, home: Home, session: AsyncSession
):
    await change_link(session, home, expires_at=now() - timedelta(seconds=1))
    await session.commit()
    assert (await hers.get("/me")).json()["accounts"] == []
    assert (await hers.get(of(home))).status_code == 404


async def test_keys_and_tokens_open_each_their_own_doors(
    app: Starlette, hers: Program, home: Home, town: Town, session: AsyncSession
):
    assert (await hers.get("/key")).status_code == 403
    async with client(app, await make_key(session, town.gas.id, town.clerk)) as opened:
        assert (await Program(opened).get("/me")).status_code == 403


async def test_a_minute_has_so_many_requests(hers: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "api_requests_per_token", 3)
    answers = [await hers.get("/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
    assert int(answers[3].headers["retry-after"]) > 0


async def test_an_hour_has_so_many_readings(
    hers: Program, home: Home, monkeypatch: pytest.MonkeyPatch, session: AsyncSession
):
    from cabinet.keys import personal_readings

    monkeypatch.setattr(personal_readings, "READINGS_IN_AN_HOUR", 2)
    codes = [
        (await hers.send("POST", of(home, "/readings"), values(COLD, t1=str(value)))).status_code
        for value in (105, 106, 107)
    ]
    assert codes == [201, 201, 429]
    assert (await standing(session, home.cold))[-1] == (Decimal(106), SUBMITTED)


async def test_its_use_is_noted_with_the_address(hers: Program, home: Home, session: AsyncSession):
    await hers.get("/me")
    [shown] = await personal.tokens_of(home.alice, session=session)
    assert shown.last_used_at is not None
    assert shown.last_used_from == "127.0.0.1"


async def test_it_answers_in_the_language_that_is_asked(hers: Program, home: Home):
    russian = await hers.send("GET", f"/me/accounts/{uuid4()}", accept_language="ru")
    english = await hers.send("GET", f"/me/accounts/{uuid4()}", accept_language="en")
    assert russian.json()["detail"] != english.json()["detail"]


async def test_a_waterius_may_be_relayed(hers: Program, home: Home, session: AsyncSession):
    answer = await hers.send("POST", "/me/waterius", {"ch0": 105.4567, "serial0": COLD, "cname0": 0})
    assert answer.json() == {"inputs": [{"input": 0, "result": "taken", "codes": []}]}
    assert await standing(session, home.cold) == [(Decimal("105.456"), SUBMITTED)]
