"""Signing in with a second factor, through the real routes."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from sqlmodel import select, update
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.factors.models import HalfSignIn, KeyChallenge, Passkey
from cabinet.http import credentials, entrance, factors
from cabinet.http.guard import own_origins
from cabinet.kit.dates import now
from cabinet.residents import service as residents
from cabinet.residents.models import Role
from cabinet.settings import StaffSecondFactor, settings
from tests.factors.authenticator import Authenticator
from tests.factors.people import code_of, connect, with_app
from tests.residents.people import ALICE, PASSWORD, confirmed, letters_to

app = Starlette(routes=[*credentials.routes, *entrance.routes, *factors.routes])
JSON = {"Accept": "application/json"}
ORIGIN = own_origins()[0]


def browser_named(agent: str = "Firefox/1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    headers = {"Origin": ORIGIN, "User-Agent": agent, **JSON}
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


@pytest.fixture
async def browser(session: AsyncSession) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser on one of our pages."""
    async with browser_named() as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, **more: str) -> httpx.Response:
    return await browser.post("/api/login", data={"email": ALICE, "password": PASSWORD, **more})


async def add_key(browser: httpx.AsyncClient, key: Authenticator, name: str = "Phone") -> httpx.Response:
    form = {"name": name, "current": PASSWORD}
    asked = await browser.post("/api/factors/keys/ask", data=form)
    assert asked.status_code == 200, asked.text
    answer = {"name": name, "answer": key.make(asked.json()["create"])}
    return await browser.post("/api/factors/keys", data=answer)


async def with_key(browser: httpx.AsyncClient, session: AsyncSession) -> Authenticator:
    """Alice has a key, and nobody is signed in."""
    await confirmed(session=session)
    await sign_in(browser)
    key = Authenticator()
    made = await add_key(browser, key)
    assert len(made.json()["codes"].split("\n")) == 10
    browser.cookies.clear()
    return key


async def signed(browser: httpx.AsyncClient, key: Authenticator, **more: str) -> httpx.Response:
    """Press «Sign in with a key»."""
    asked = await browser.post("/api/login/key/ask", data=more)
    answer = key.sign(asked.json()["get"])
    return await browser.post("/api/login/key", data={"answer": answer, **more})


async def test_the_password_leads_to_the_second_step_and_the_code_to_where_one_wished(
    browser: httpx.AsyncClient, session: AsyncSession
):
    _alice, phone, _codes = await with_app(session=session)
    answer = await sign_in(browser, next="/pay?account=1", locale="en")
    assert answer.json() == {"go": "/en/login/code?app=1&next=%2Fpay%3Faccount%3D1"}
    assert list(browser.cookies) == ["half"]
    cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= {
        part.strip() for part in cookie.split(";")
    }
    wrong = await browser.post("/api/login/code", data={"code": "000000", "locale": "en"})
    assert (wrong.status_code, wrong.json()["errors"].keys()) == (401, {"code"})
    form = {"code": code_of(phone), "next": "/pay?account=1"}
    right = await browser.post("/api/login/code", data=form)
    assert right.json() == {"go": "/pay?account=1"}
    assert set(browser.cookies) == {"sid", "device"}
    assert await residents.person_behind(browser.cookies["sid"])


async def test_a_half_open_sign_in_is_of_no_use_elsewhere(browser: httpx.AsyncClient, session: AsyncSession):
    _alice, phone, _codes = await with_app(session=session)
    await sign_in(browser)
    half = browser.cookies["half"]
    async with browser_named("Chrome/2") as thief:
        thief.cookies.set("half", half)
        stolen = await thief.post("/api/login/code", data={"code": code_of(phone), "locale": "en"})
        assert (stolen.status_code, stolen.json()["code"]) == (401, "begin_again")
        thief.cookies.set("sid", half)
        as_session = await thief.post("/api/factors/codes", data={"current": PASSWORD})
        assert as_session.json() == {"go": "/login"}
    assert (await browser.post("/api/login/code", data={"code": code_of(phone)})).status_code == 200


@pytest.mark.parametrize("path", ["/api/login/code", "/api/login/spare", "/api/login/key"])
async def test_without_the_password_the_second_step_says_one_thing_only(
    path: str, browser: httpx.AsyncClient, session: AsyncSession
):
    await with_app(session=session)
    form = {"code": "123456", "spare": "abcd-efgh-jkmn", "second": "1", "answer": "{}"}
    answer = await browser.post(path, data=form)
    assert (answer.status_code, answer.json()["code"]) == (401, "begin_again")


async def test_it_has_ended_after_ten_minutes(browser: httpx.AsyncClient, session: AsyncSession):
    _alice, phone, _codes = await with_app(session=session)
    await sign_in(browser)
    await session.exec(update(HalfSignIn).values(expires_at=now()))
    late = await browser.post("/api/login/code", data={"code": code_of(phone), "locale": "en"})
    assert late.json()["code"] == "begin_again"
    assert "Begin signing in anew" in late.json()["message"]


async def test_the_former_session_of_the_browser_ends_with_the_new_one(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await confirmed(session=session)
    await sign_in(browser)
    first = browser.cookies["sid"]
    alice = await residents.person_behind(first)
    assert alice
    phone, _codes = await connect(alice.id, session=session)
    await sign_in(browser)
    assert await residents.person_behind(first), "the password alone ends nothing"
    await browser.post("/api/login/code", data={"code": code_of(phone)})
    assert await residents.person_behind(first) is None
    assert await residents.person_behind(browser.cookies["sid"])


async def test_an_app_is_connected_through_the_forms(browser: httpx.AsyncClient, session: AsyncSession):
    from pyotp.totp import TOTP

    await confirmed(session=session)
    assert (await browser.post("/api/factors/app", data={"current": PASSWORD})).json() == {"go": "/login"}
    await sign_in(browser)
    wrong = await browser.post("/api/factors/app", data={"current": "wrong77"})
    assert (wrong.status_code, wrong.json()["errors"].keys()) == (422, {"current"})
    begun = (await browser.post("/api/factors/app", data={"current": PASSWORD})).json()
    assert begun["state"] == "app-begun"
    assert begun["picture"].startswith("data:image/svg+xml")
    phone = TOTP(begun["secret"].replace(" ", ""))
    on = (await browser.post("/api/factors/app/confirm", data={"code": code_of(phone)})).json()
    assert on["state"] == "codes"
    assert len(on["codes"].split("\n")) == 10
    assert (await letters_to(ALICE, session=session))[-1].kind == "factor_changed"
    off = await browser.post("/api/factors/app/remove", data={"current": PASSWORD})
    assert off.json() == {"go": "/settings/security?done=removed"}


async def test_a_key_is_added_and_opens_with_and_without_the_password(
    browser: httpx.AsyncClient, session: AsyncSession
):
    key = await with_key(browser, session)
    assert (await signed(browser, key, next="/pay")).json() == {"go": "/pay"}
    assert set(browser.cookies) == {"sid", "device"}
    browser.cookies.clear()
    assert (await sign_in(browser)).json() == {"go": "/login/code?key=1"}
    assert (await signed(browser, key, second="1")).json() == {"go": "/cabinet"}
    assert (await session.exec(select(Passkey))).one().last_used_at


async def test_what_is_asked_tells_nothing_of_anybody(browser: httpx.AsyncClient, session: AsyncSession):
    await with_key(browser, session)
    known, unknown = [
        (await browser.post("/api/login/key/ask", data={"email": email})).json()["get"]
        for email in (ALICE, "nobody@mail.example")
    ]
    assert known.keys() == unknown.keys()
    assert known["allowCredentials"] == unknown["allowCredentials"] == []
    assert known["userVerification"] == "required"
    assert known["challenge"] != unknown["challenge"]


async def test_a_signature_opens_once(browser: httpx.AsyncClient, session: AsyncSession):
    key = await with_key(browser, session)
    asked = await browser.post("/api/login/key/ask", data={})
    holder = browser.cookies["key"]
    answer = {"answer": key.sign(asked.json()["get"])}
    assert (await browser.post("/api/login/key", data=answer)).status_code == 200
    browser.cookies.set("key", holder)
    again = await browser.post("/api/login/key", data=answer)
    assert (again.status_code, again.json()["code"]) == (401, "key_refused")


async def test_a_signature_is_of_no_use_in_another_browser(browser: httpx.AsyncClient, session: AsyncSession):
    key = await with_key(browser, session)
    asked = await browser.post("/api/login/key/ask", data={})
    async with browser_named("Chrome/2") as other:
        await other.post("/api/login/key/ask", data={})
        answer = {"answer": key.sign(asked.json()["get"])}
        assert (await other.post("/api/login/key", data=answer)).json()["code"] == "key_refused"


async def test_a_challenge_grows_old(browser: httpx.AsyncClient, session: AsyncSession):
    key = await with_key(browser, session)
    asked = await browser.post("/api/login/key/ask", data={})
    await session.exec(update(KeyChallenge).values(expires_at=now()))
    answer = {"answer": key.sign(asked.json()["get"])}
    assert (await browser.post("/api/login/key", data=answer)).json()["code"] == "key_refused"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"origin": "https://evil.example"},
        {"site": "evil.example"},
        {"verifies": False},
        {"count": -1},
        {"private": Authenticator().private},
        {"owner": b"AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
async def test_a_bad_signature_opens_nothing(
    spoilt: dict[str, object], browser: httpx.AsyncClient, session: AsyncSession
):
    key = await with_key(browser, session)
    key.count = 5
    assert (await signed(browser, key)).status_code == 200
    browser.cookies.clear()
    for name, value in spoilt.items():
        setattr(key, name, value)
    for more in ({}, {"second": "1"}):
        if more:
            await sign_in(browser)
        refused = await signed(browser, key, **more)
        assert (refused.status_code, refused.json()["code"]) == (401, "key_refused")
        assert "sid" not in browser.cookies


async def test_a_key_of_somebody_else_finishes_no_sign_in(browser: httpx.AsyncClient, session: AsyncSession):
    key = await with_key(browser, session)
    bob = await confirmed("bob@mail.example", session=session)
    await connect(bob, session=session)
    await browser.post("/api/login", data={"email": "bob@mail.example", "password": PASSWORD})
    refused = await signed(browser, key, second="1")
    assert refused.json()["code"] == "key_refused"


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"response": 5}', '{"response": {"clientDataJSON": "e30"}}', "\x00", "{" * 900],
)
async def test_any_answer_of_a_browser_is_refused_in_words(
    answer: str, browser: httpx.AsyncClient, session: AsyncSession
):
    await with_key(browser, session)
    await browser.post("/api/login/key/ask", data={})
    refused = await browser.post("/api/login/key", data={"answer": answer})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_refused")


async def test_a_key_needs_a_name_the_password_and_its_owner(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await confirmed(session=session)
    await sign_in(browser)
    for form, field in (
        ({"name": " ", "current": PASSWORD}, "name"),
        ({"name": "x" * 61, "current": PASSWORD}, "name"),
        ({"name": "Phone", "current": "wrong77"}, "current"),
    ):
        answer = await browser.post("/api/factors/keys/ask", data=form)
        assert answer.json()["errors"].keys() == {field}
    lazy = Authenticator(verifies=False)
    assert (await add_key(browser, lazy)).json()["code"] == "key_refused"
    key = Authenticator()
    assert (await add_key(browser, key)).json()["state"] == "codes"
    assert (await add_key(browser, key)).json()["code"] == "known_key"


async def test_closed_access_is_closed_for_keys_too(browser: httpx.AsyncClient, session: AsyncSession):
    key = await with_key(browser, session)
    alice = (await session.exec(select(Passkey))).one().resident_id
    await residents.close_access(alice, session=session)
    assert (await signed(browser, key)).json()["code"] == "access_closed"


async def test_a_stranger_cannot_remove_a_key(browser: httpx.AsyncClient, session: AsyncSession):
    await with_key(browser, session)
    key_id = (await session.exec(select(Passkey))).one().id
    await confirmed("bob@mail.example", session=session)
    await browser.post("/api/login", data={"email": "bob@mail.example", "password": PASSWORD})
    form = {"key": str(key_id), "current": PASSWORD}
    assert (await browser.post("/api/factors/keys/remove", data=form)).status_code == 404
    assert (await session.exec(select(Passkey))).one()


async def test_staff_without_a_factor_are_led_to_one(
    browser: httpx.AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    await residents.create_staff(ALICE, PASSWORD, Role.ADMINISTRATOR, session=session)
    led = await sign_in(browser, next="/admin/staff")
    assert led.json() == {"go": "/settings/security?required=1&next=%2Fadmin%2Fstaff"}
    form = {"current": PASSWORD, "password": "meadow8"}
    assert (await browser.post("/api/password/change", data=form)).json() == {"go": "/login"}
    assert (await add_key(browser, Authenticator())).json()["state"] == "codes"
    assert (await browser.post("/api/password/change", data=form)).json()["go"].startswith("/login?new")


async def test_over_tls_the_cookies_are_bound_to_the_host(
    browser: httpx.AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    await with_app(session=session)
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    for answer, name in (
        (await sign_in(browser), "__Host-half"),
        (await browser.post("/api/login/key/ask", data={}), "__Host-key"),
    ):
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{name}=")
        assert "; Secure" in cookie
        assert "HttpOnly" in cookie


@pytest.mark.parametrize("route", [one.path for one in (*entrance.routes, *factors.routes)])
async def test_forms_of_other_sites_are_refused(route: str, browser: httpx.AsyncClient):
    answer = await browser.post(route, data={"current": PASSWORD}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
