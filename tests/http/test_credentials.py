"""Forms that carry passwords, through the real routes."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.http import credentials, entrance, health, mailbox
from cabinet.http.guard import own_origins
from cabinet.http.requests import own_path
from cabinet.residents import service as residents
from cabinet.residents.models import Role
from cabinet.settings import settings
from cabinet.watching import ready
from tests.residents.people import ALICE, PASSWORD, confirmed, letters_to, newest_token, sign_up

app = Starlette(routes=[*credentials.routes, *entrance.routes, *mailbox.routes, *health.routes])
JSON = {"Accept": "application/json"}


@pytest.fixture
async def browser(session: AsyncSession) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser on one of our pages."""
    origin = own_origins()[0]
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url=origin, headers={"Origin": origin}) as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await browser.post("/api/login", data={"email": ALICE, "password": password, **more}, headers=JSON)


async def test_sign_up_leads_to_the_page_about_the_letter(browser: httpx.AsyncClient, session: AsyncSession):
    form = {"email": ALICE, "password": PASSWORD, "consent": "on", "locale": "en"}
    answer = await browser.post("/api/signup", data=form, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"go": "/en/signup/sent"})
    [letter] = await letters_to(ALICE, session=session)
    assert letter.locale == "en"
    assert "/en/confirm?token=" in letter.text


async def test_sign_up_answers_the_same_for_a_known_address(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await confirmed(session=session)
    form = {"email": ALICE, "password": PASSWORD, "consent": "on"}
    known = await browser.post("/api/signup", data=form, headers=JSON)
    new = await browser.post("/api/signup", data=form | {"email": "new@mail.example"}, headers=JSON)
    assert (known.status_code, known.content, known.headers) == (new.status_code, new.content, new.headers)


async def test_what_is_wrong_is_said_at_the_fields(browser: httpx.AsyncClient):
    answer = await browser.post(
        "/api/signup", data={"email": "x", "password": "1", "locale": "en"}, headers=JSON
    )
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"email", "password", "consent"}
    assert "5 to 10" in answer.json()["errors"]["password"]


async def test_confirming_tells_the_states_apart(browser: httpx.AsyncClient, session: AsyncSession):
    await sign_up(session=session)
    token = await newest_token(ALICE, session=session)
    states = [
        (await browser.post("/api/confirm", data={"token": sent}, headers=JSON)).json()["state"]
        for sent in (token, token, "invented", "")
    ]
    assert states == ["ok", "used", "unknown", "unknown"]


async def test_a_scanner_that_follows_links_spends_nothing(browser: httpx.AsyncClient):
    assert (await browser.get("/api/confirm?token=x")).status_code == 405


async def test_the_cookie_is_out_of_scripts_reach(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    answer = await sign_in(browser)
    assert answer.json() == {"go": "/cabinet"}
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("sid=")
    for part in ("httponly", "samesite=lax", "path=/"):
        assert part in cookie
    assert "secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_over_tls_the_cookie_is_bound_to_the_host(
    browser: httpx.AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    await confirmed(session=session)
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    cookie = (await sign_in(browser)).headers["set-cookie"]
    assert cookie.startswith("__Host-sid=")
    assert "; Secure" in cookie
    assert "Domain" not in cookie


async def test_without_script_signing_in_redirects_and_errors_are_a_page(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await confirmed(session=session)
    answer = await browser.post(
        "/api/login", data={"email": ALICE, "password": PASSWORD, "next": "/pay?account=1"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/pay?account=1")
    referer = {"Referer": f"{own_origins()[0]}/en/login"}
    wrong = await browser.post("/api/login", data={"email": ALICE, "password": "wrong77"}, headers=referer)
    assert wrong.status_code == 401
    assert 'href="/en/login"' in wrong.text
    assert "The e-mail or the password is wrong" in wrong.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": ""}])
@pytest.mark.parametrize("route", [route.path for route in credentials.routes])
async def test_forms_of_other_sites_are_refused(
    browser: httpx.AsyncClient, route: str, headers: dict[str, str]
):
    answer = await browser.post(route, data={"email": ALICE, "password": PASSWORD}, headers=headers | JSON)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_signing_in_again_ends_the_former_session(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    await sign_in(browser)
    first = browser.cookies["sid"]
    await sign_in(browser)
    assert browser.cookies["sid"] != first
    assert await residents.person_behind(first) is None


async def test_signing_out_ends_the_session_and_the_cookie(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    await sign_in(browser)
    token = browser.cookies["sid"]
    answer = await browser.post("/api/logout", data={"locale": "en"}, headers=JSON)
    assert answer.json() == {"go": "/en"}
    assert "sid" not in browser.cookies
    assert await residents.person_behind(token) is None


async def test_staff_go_to_their_pages(browser: httpx.AsyncClient, session: AsyncSession):
    await residents.create_staff(ALICE, PASSWORD, Role.ADMINISTRATOR, session=session)
    assert (await sign_in(browser)).json() == {"go": "/admin"}


async def test_a_lock_says_how_long(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    for _ in range(5):
        assert (await sign_in(browser, "wrong77")).status_code == 401
    locked = await sign_in(browser, locale="en")
    assert locked.status_code == 429
    assert 25 <= int(locked.headers["retry-after"]) <= 30
    assert "seconds" in locked.json()["message"]


async def test_an_unconfirmed_mailbox_is_offered_a_new_letter(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await sign_up(session=session)
    assert (await sign_in(browser)).json()["code"] == "email_not_confirmed"
    await browser.post("/api/signup/resend", data={"email": ALICE}, headers=JSON)
    token = await newest_token(ALICE, session=session)
    await browser.post("/api/signup/resend", data={"token": token}, headers=JSON)
    assert len(await letters_to(ALICE, session=session)) == 3


async def test_forgetting_answers_the_same_for_everyone(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    known, unknown = [
        await browser.post("/api/password/forgot", data={"email": email}, headers=JSON)
        for email in (ALICE, "nobody@mail.example")
    ]
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert abs(known.elapsed - unknown.elapsed).total_seconds() < 0.2


async def test_a_new_password_by_letter_ends_all_sessions(browser: httpx.AsyncClient, session: AsyncSession):
    await confirmed(session=session)
    await sign_in(browser)
    await browser.post("/api/password/forgot", data={"email": ALICE}, headers=JSON)
    form = {"token": await newest_token(ALICE, session=session), "password": "meadow8"}
    answer = await browser.post("/api/password/reset", data=form, headers=JSON)
    assert answer.json()["go"].startswith("/login")
    assert (await sign_in(browser)).status_code == 401
    assert (await sign_in(browser, "meadow8")).status_code == 200
    again = await browser.post("/api/password/reset", data=form | {"password": "forest9"}, headers=JSON)
    assert (again.status_code, again.json()["state"]) == (422, "used")


async def test_changing_the_password_needs_the_old_one_and_a_session(
    browser: httpx.AsyncClient, session: AsyncSession
):
    await confirmed(session=session)
    form = {"current": "wrong77", "password": "meadow8"}
    assert (await browser.post("/api/password/change", data=form, headers=JSON)).json() == {"go": "/login"}
    await sign_in(browser)
    wrong = await browser.post("/api/password/change", data=form, headers=JSON)
    assert wrong.json()["errors"].keys() == {"current"}
    right = await browser.post("/api/password/change", data=form | {"current": PASSWORD}, headers=JSON)
    assert right.status_code == 200
    assert "sid" not in browser.cookies


@pytest.mark.parametrize(
    "way", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example", "", "/a\nb"]
)
def test_the_way_back_stays_on_our_site(way: str):
    assert own_path(way, "/cabinet") == "/cabinet"


def test_paths_of_ours_are_kept():
    assert own_path("/accounts/1?x=%2F#y", "/cabinet") == "/accounts/1?x=%2F#y"


async def test_huge_forms_and_files_are_refused(browser: httpx.AsyncClient):
    huge = await browser.post("/api/login", data={"email": "x" * 70_000}, headers=JSON)
    assert huge.status_code == 413
    with_file = await browser.post("/api/login", files={"email": b"x"}, headers=JSON)
    assert with_file.status_code == 400


async def test_the_mailbox_shows_letters_with_their_links(
    browser: httpx.AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "smtp_url", "")
    await sign_up(session=session)
    [letter] = await letters_to(ALICE, session=session)
    listed = await browser.get("/dev/mail")
    assert f'href="/dev/mail/{letter.id}"' in listed.text
    assert ALICE in listed.text
    opened = await browser.get(f"/dev/mail/{letter.id}")
    token = await newest_token(ALICE, session=session)
    assert f'href="{settings.public_url}/confirm?token={token}"' in opened.text
    shown = await browser.get(f"/dev/mail/{letter.id}/html")
    assert token in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert (await browser.get(f"/dev/mail/{uuid4()}")).status_code == 404
    assert "<li>" not in (await browser.get("/dev/mail?to=bob@mail.example")).text


async def test_beside_an_smtp_server_there_is_no_mailbox(
    browser: httpx.AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    await sign_up(session=session)
    [letter] = await letters_to(ALICE, session=session)
    monkeypatch.setattr(settings, "smtp_url", "smtp://127.0.0.1:25")
    for path in ("/dev/mail", f"/dev/mail/{letter.id}", f"/dev/mail/{letter.id}/html"):
        assert (await browser.get(path)).status_code == 404


async def test_health(browser: httpx.AsyncClient):
    assert (await browser.get("/healthz")).status_code == 200
    assert (await browser.get("/readyz")).status_code == 200


async def test_without_a_database_it_lives_but_is_not_ready(monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise OSError

    monkeypatch.setattr(ready, "read_only", broken)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
