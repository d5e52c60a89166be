"""The report of a Waterius: whose meter each input is, what is taken, and when the resident gets a letter."""

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from httpx import ASGITransport
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.http import waterius as door
from cabinet.keys import personal
from cabinet.keys.personal_errors import NotAReport, TokenMayNot
from cabinet.keys.personal_models import PersonalToken, TokenKind
from cabinet.keys.waterius import Became, inputs_in
from cabinet.keys.waterius_report import take_report
from cabinet.kit.dates import now, today_in
from cabinet.meters.concerns import Doubt
from cabinet.meters.models import ReadingState
from cabinet.meters.service import ReadingWish, submit_readings
from cabinet.providers.models import Provider
from cabinet.residents import passwords
from tests.accounts.making import make_meter
from tests.keys.personal_town import (
    COLD,
    HOT,
    Home,
    bearer,
    become,
    device,
    letters,
    make,
    settle,
    standing,
)

SUBMITTED = ReadingState.SUBMITTED
SENT: dict[str, Any] = {
    "delta0": 10,
    "delta1": 12,
    "ch0": 52.304,
    "ch1": 105.966,
    "imp0": 79,
    "imp1": 109,
    "f0": 10,
    "f1": 10,
    "serial0": HOT,
    "serial1": COLD,
    "ctype0": 0,
    "ctype1": 0,
    "cname0": 1,
    "cname1": 0,
    "data_type0": 1,
    "data_type1": 0,
    "voltage": 3.128,
    "voltage_low": False,
    "battery": 87,
    "mac": "E8:AA:AA:AA:AA:AA",
    "version": 31,
    "version_esp": "1.1.16",
    "timestamp": "2026-11-20T17:01:10+0000",
    "key": "0123456789abcdef",
    "email": "alice@mail.example",
    "mqtt": False,
}
"""As firmware 1.1 sends it; the hot meter hangs at input 0, the cold one at input 1."""


@pytest.fixture
async def home(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
    return await settle(session)


async def became(session: AsyncSession, home: Home, **changes: Any) -> list[Became]:
    """What comes of the usual report with these changes; None takes a field away."""
    report = {name: value for name, value in (SENT | changes).items() if value is not None}
    results = await take_report(await device(session, home), report, session=session)
    return [one.became for one in results]


async def test_both_inputs_find_their_meters_by_number(session: AsyncSession, home: Home) -> None:
    assert await became(session, home) == [Became.TAKEN, Became.TAKEN]
    assert await standing(session, home.hot) == [(Decimal("52.304"), SUBMITTED)]
    assert await standing(session, home.cold) == [(Decimal("105.966"), SUBMITTED)]
    assert await letters(session, "device_needs_you") == []


async def test_a_number_may_be_typed_without_its_signs(session: AsyncSession, home: Home) -> None:
    assert await became(session, home, serial0="№12345699", serial1="12 345678") == [Became.TAKEN] * 2


async def test_without_numbers_the_kind_decides(session: AsyncSession, home: Home) -> None:
    assert await became(session, home, serial0="", serial1=None) == [Became.TAKEN, Became.TAKEN]
    assert await standing(session, home.hot) == [(Decimal("52.304"), SUBMITTED)]


async def test_old_firmware_names_the_kind_otherwise(session: AsyncSession, home: Home) -> None:
    said = await became(session, home, data_type0=None, data_type1=None, serial0="", serial1="")
    assert said == [Became.TAKEN, Became.TAKEN]


async def test_two_meters_of_a_kind_are_not_guessed_between(session: AsyncSession, home: Home) -> None:
    await make_meter(session, home.account_id, kind="cold_water", serial="77777777", decimals=3)
    assert await became(session, home, serial1="") == [Became.TAKEN, Became.UNKNOWN_METER]
    assert await standing(session, home.cold) == []


async def test_two_inputs_cannot_be_one_meter(session: AsyncSession, home: Home) -> None:
    said = await became(session, home, serial0=COLD, data_type0=0)
    assert said == [Became.UNKNOWN_METER, Became.UNKNOWN_METER]
    assert await standing(session, home.cold) == []


async def test_a_number_of_the_other_kind_is_no_match(session: AsyncSession, home: Home) -> None:
    assert (await became(session, home, serial0=COLD, serial1=HOT)) == [Became.UNKNOWN_METER] * 2


async def test_an_input_that_is_not_used_is_left_out(session: AsyncSession, home: Home) -> None:
    assert await became(session, home, ctype0=255) == [Became.TAKEN]
    assert await standing(session, home.hot) == []


async def test_the_dial_says_how_many_decimals_count(session: AsyncSession, home: Home) -> None:
    assert await became(session, home, ch1=105.9999) == [Became.TAKEN, Became.TAKEN]
    assert await standing(session, home.cold) == [(Decimal("105.999"), SUBMITTED)]


async def test_the_same_again_is_no_second_reading(session: AsyncSession, home: Home) -> None:
    await became(session, home)
    assert await became(session, home, ch1="105.966") == [Became.UNCHANGED, Became.UNCHANGED]
    assert await standing(session, home.cold) == [(Decimal("105.966"), SUBMITTED)]


async def test_a_later_value_in_the_window_replaces_the_earlier(session: AsyncSession, home: Home) -> None:
    await became(session, home)
    await became(session, home, ch1=106.5)
    assert [state for _value, state in await standing(session, home.cold)] == [
        ReadingState.SUPERSEDED,
        SUBMITTED,
    ]


@pytest.mark.parametrize("strict", [True, False])
async def test_outside_the_window_a_device_waits(session: AsyncSession, home: Home, strict: bool) -> None:
    """Not for the next month, as a person's reading would count: it will send again by itself."""
    day = (today_in("Europe/Moscow") + timedelta(days=3)).day
    own = col(Provider.id) == home.provider.id
    await session.exec(
        update(Provider).where(own).values(window_from=day, window_to=day, window_strict=strict)
    )
    assert await became(session, home) == [Became.NOT_NOW, Became.NOT_NOW]
    assert await standing(session, home.cold) == []
    assert await letters(session, "device_needs_you") == []


async def test_what_is_odd_waits_for_the_resident_and_the_rest_is_taken(
    session: AsyncSession, home: Home
) -> None:
    one = await device(session, home, name="Ванная")
    results = await take_report(one, SENT | {"ch1": 90.5}, session=session)
    assert [result.became for result in results] == [Became.TAKEN, Became.ASK]
    assert "lower" in results[1].codes
    assert await standing(session, home.cold) == []
    assert await standing(session, home.hot) == [(Decimal("52.304"), SUBMITTED)]
    [letter] = await letters(session, "device_needs_you")
    assert letter.recipient == home.email
    assert "Ванная" in letter.subject
    assert COLD in letter.text
    assert HOT not in letter.text
    assert "90.5" in letter.text


async def test_once_confirmed_by_the_resident_it_asks_no_more(session: AsyncSession, home: Home) -> None:
    wish = {home.cold: ReadingWish("90.5", frozenset({Doubt.LOWER}))}
    await submit_readings(home.alice, home.account_id, wish, session=session)
    assert await became(session, home, ch1=90.5) == [Became.TAKEN, Became.UNCHANGED]


async def test_there_is_one_letter_a_month(session: AsyncSession, home: Home) -> None:
    one = await device(session, home)
    for value in (90.5, 91.5, 92.5):
        await take_report(one, SENT | {"ch1": value}, session=session)
    assert len(await letters(session, "device_needs_you")) == 1
    last_month = (now() - timedelta(days=40)).date().replace(day=1)
    await session.exec(update(PersonalToken).values(told_of=last_month))
    await take_report(one, SENT | {"ch1": 93.5}, session=session)
    assert len(await letters(session, "device_needs_you")) == 2


async def test_a_number_that_no_meter_has_is_told(session: AsyncSession, home: Home) -> None:
    assert await became(session, home, serial1="99999999") == [Became.TAKEN, Became.UNKNOWN_METER]
    [letter] = await letters(session, "device_needs_you")
    assert "99999999" in letter.text


async def test_an_input_with_nothing_on_it_disturbs_nobody(session: AsyncSession, home: Home) -> None:
    said = await became(session, home, ch0=0, serial0="", cname0=6, data_type0=10)
    assert said == [Became.UNKNOWN_METER, Became.TAKEN]
    assert await letters(session, "device_needs_you") == []


async def test_a_masked_number_is_not_found_out_by_trying(session: AsyncSession, home: Home) -> None:
    """With a lite link the number may be the proof: the answer tells no more than its last two digits."""
    await become(session, home, LinkRole.OWNER, LinkLevel.LITE)
    right = await became(session, home, serial1=COLD)
    guess = await became(session, home, serial1="00000078", ch1=106)
    wrong = await became(session, home, serial1="00000011", ch1=107)
    assert [right[1], guess[1], wrong[1]] == [Became.TAKEN, Became.TAKEN, Became.UNKNOWN_METER]


async def test_a_guest_who_only_looks_sends_nothing(session: AsyncSession, home: Home) -> None:
    one = await device(session, home)
    await become(session, home, LinkRole.VIEWER, LinkLevel.FULL)
    results = await take_report(one, SENT, session=session)
    assert [result.became for result in results] == [Became.MAY_NOT, Became.MAY_NOT]
    assert await standing(session, home.cold) == []


async def test_a_token_that_only_looks_is_refused(session: AsyncSession, home: Home) -> None:
    looking = await bearer(session, await make(session, home, send=False))
    with pytest.raises(TokenMayNot):
        await take_report(looking, SENT, session=session)


@pytest.mark.parametrize("payload", [None, 5, "text", [], [SENT], {}, {"serial0": COLD}, {"ch2": 1}])
def test_what_is_no_report_is_refused(payload: Any) -> None:
    with pytest.raises(NotAReport):
        inputs_in(payload)


@pytest.mark.parametrize(
    "value", ["", "many", True, [], {}, -1, "-0.5", float("nan"), float("inf"), "1" * 60]
)
async def test_an_odd_value_is_never_taken(session: AsyncSession, home: Home, value: Any) -> None:
    said = await became(session, home, ch1=value)
    assert said[0] is Became.TAKEN
    assert said[1] in (Became.BAD_VALUE, Became.REFUSED)
    assert await standing(session, home.cold) == []


@pytest.mark.parametrize("serial", [5, True, [], {"a": 1}, "x" * 5000, "\x00", None])
async def test_odd_numbers_of_meters_break_nothing(session: AsyncSession, home: Home, serial: Any) -> None:
    said = await became(session, home, serial1=serial, data_type1="?", cname1=[])
    assert said == [Became.TAKEN, Became.UNKNOWN_METER]


@pytest.fixture
async def web() -> AsyncGenerator[httpx.AsyncClient]:
    app = Starlette(routes=door.routes)
    async with httpx.AsyncClient(transport=ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def test_the_device_sends_to_its_address(
    session: AsyncSession, home: Home, web: httpx.AsyncClient
) -> None:
    made = await make(session, home, kind=TokenKind.WATERIUS)
    answer = await web.post(f"/w/{made.secret}", json=SENT)
    assert answer.status_code == 200
    assert answer.json()["inputs"] == [
        {"input": 0, "result": "taken", "codes": []},
        {"input": 1, "result": "taken", "codes": []},
    ]
    assert answer.headers["cache-control"] == "no-store"
    assert await standing(session, home.cold) == [(Decimal("105.966"), SUBMITTED)]
    [shown] = await personal.tokens_of(home.alice, session=session)
    assert shown.last_used_from == "127.0.0.1"


async def test_the_answer_to_an_odd_value_tells_no_value(
    session: AsyncSession, home: Home, web: httpx.AsyncClient
) -> None:
    made = await make(session, home, kind=TokenKind.WATERIUS)
    answer = await web.post(f"/w/{made.secret}", json=SENT | {"ch1": 90})
    assert answer.status_code == 200, "else the device tries three times, every day"
    assert answer.json()["inputs"][1]["result"] == "ask"
    assert "100" not in answer.text
    assert COLD not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 5000, json.dumps({"ch0": "x" * 20_000}).encode()]
)
async def test_a_broken_body_is_refused(
    session: AsyncSession, home: Home, web: httpx.AsyncClient, body: bytes
) -> None:
    made = await make(session, home, kind=TokenKind.WATERIUS)
    answer = await web.post(f"/w/{made.secret}", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (422, {"code": "not_a_report"})


async def test_an_address_that_nobody_has_does_not_exist(
    session: AsyncSession, home: Home, web: httpx.AsyncClient
) -> None:
    program = await make(session, home)
    revoked = await make(session, home, kind=TokenKind.WATERIUS)
    await personal.revoke_token(home.alice, revoked.id, session=session)
    for token in ("x" * 22, program.secret, revoked.secret, "х" * 22):
        assert (await web.post(f"/w/{token}", json=SENT)).status_code == 404, token
    assert (await web.get(f"/w/{revoked.secret}")).status_code == 405
    assert await standing(session, home.cold) == []


async def test_addresses_cannot_be_tried_out(
    session: AsyncSession, home: Home, web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_TRIES_OF_ADDRESS", 2)
    codes = [(await web.post(f"/w/{'x' * 22}", json=SENT)).status_code for _ in range(3)]
    assert codes == [404, 404, 429]


def test_the_address_fits_into_the_device() -> None:
    """63 characters; what is left is the host's."""
    assert len("https://" + "/w/") + 22 + len("kabinet.vodokanal.example.ru") <= 63
