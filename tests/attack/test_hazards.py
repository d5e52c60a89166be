"""The hazards of the framework once more, over the network and over several web processes.

`docs/hazards.md` says which test of one process and which of these covers each. Run by `make attack`.
"""

import re
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from simple_websocket import ConnectionClosed, ConnectionError

from cabinet.cabinet import app  # pyright: ignore[reportUnusedImport]  # noqa: F401 - registers all handlers
from tests.app.house import BOOT, ROOT, Guest
from tests.app.test_handlers import HANDLERS, full_name, registered
from tests.attack.wire import Town

pytestmark = pytest.mark.slow
CANARY = "c4n4ry77secret"
_PK = re.compile(r'data-sa-pk="([0-9a-f-]{36})"')
LOAD = "accounts_state.load"
TRIES_OF_ADDRESS = 50


@pytest.fixture(scope="module")
def alice(town: Town) -> tuple[str, Guest]:
    return town.move_in("alice")


def shows(text: str, email: str) -> bool:
    """Whether anything of the person is told."""
    return email in text


def test_there_is_more_than_one_process(town: Town):
    assert len(town.processes) >= 2
    for process in town.processes:
        assert town.get("/readyz", at=process).status_code == 200


def test_a_stolen_client_token_shows_nothing_on_any_process(town: Town, alice: tuple[str, Guest]):
    email, who = alice
    token = uuid4().hex
    with town.tab(who, "/settings", token, town.processes[0]) as tab:
        assert shows(tab.boot().text, email), "there was something to steal"
    for process in town.processes:
        for thief in (Guest(), Guest("sid=invented")):
            with town.tab(thief, "/", token, process) as tab:
                for name in (
                    BOOT,
                    f"{ROOT}.hydrate",
                    full_name("settings_state.load"),
                    full_name("session_state.load"),
                ):
                    assert not shows(tab.call(name).text, email), (process, name)


def test_a_copied_token_of_an_open_tab_gets_a_state_of_its_own(town: Town, alice: tuple[str, Guest]):
    email, who = alice
    with town.tab(who, "/settings", at=town.processes[0]) as tab:
        tab.boot()
        for process in town.processes:
            with town.tab(Guest(), "/settings", tab.token, process) as thief:
                assert not shows(thief.call(f"{ROOT}.hydrate").text, email)
        assert shows(tab.call(BOOT).text, email), "and the tab lives on"


def test_uploads_of_the_framework_do_not_exist(town: Town, alice: tuple[str, Guest]):
    headers = {"reflex-client-token": uuid4().hex, "reflex-event-handler": "x"}
    for at in ("", *town.processes):
        for path in ("/_upload", "/_upload/", "/_upload/x.txt", "/_all_routes"):
            answer = town.request(
                "POST", path, alice[1], at, files={"files": b"x" * 100_000}, headers=headers
            )
            assert (answer.status_code, answer.content) == (404, b""), (at, path)


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "{url}.evil.example", "https://localhost"]
)
def test_the_socket_opens_for_our_pages_only(town: Town, alice: tuple[str, Guest], origin: str):
    named = origin.format(url=town.url)
    for at in ("", *town.processes):
        with (
            pytest.raises((ConnectionClosed, ConnectionError, TimeoutError)),
            town.tab(alice[1], at=at, Origin=named),
        ):
            pass
        polling = town.get("/_event/?EIO=4&transport=polling", alice[1], at, headers={"origin": named})
        assert polling.status_code == 403, at


def test_forms_of_other_sites_are_refused(town: Town, alice: tuple[str, Guest]):
    for at in ("", *town.processes):
        for path in (
            "/api/login",
            "/api/logout",
            "/api/signup",
            "/api/password/change",
            "/api/support",
            "/api/tokens",
        ):
            for origin in ("https://evil.example", "null", ""):
                answer = town.request(
                    "POST", path, alice[1], at, data={"email": alice[0]}, headers={"origin": origin}
                )
                assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), (
                    at,
                    path,
                    origin,
                )


def test_foreign_handlers_and_setvar_are_nobodys(town: Town, alice: tuple[str, Guest]):
    for process in town.processes:
        with town.tab(alice[1], "/cabinet", at=process) as tab:
            tab.boot()
            for name in (f"{ROOT}.invented", "x", "", "__class__", f"{ROOT}._reset", f"{full_name(LOAD)}2"):
                assert tab.call(name).news == {}, name
            for short, full in registered().items():
                if short.endswith("setvar"):
                    assert tab.call(full, var_name="is_staff", value=True).news == {}, short
            said = tab.call(f"{ROOT}.hydrate")
        assert said.var("session_state", "is_staff") is False


@pytest.mark.parametrize(
    "payload", [{}, {"form": 7}, {"form": None}, {"more": "x"}, {"account_id": ["x"]}, {"self": 1}]
)
def test_bad_arguments_are_refused(town: Town, alice: tuple[str, Guest], payload: dict[str, Any]):
    with town.tab(alice[1], "/cabinet") as tab:
        for name, handler in HANDLERS.items():
            if handler.payload and payload.keys() != handler.payload.keys():
                answer = tab.call(full_name(name), **payload)
                assert (answer.news, answer.redirects, answer.failure) == ({}, [], ""), name


def test_an_anonymous_snapshot_tells_nothing(town: Town, alice: tuple[str, Guest]):
    for process in town.processes:
        for page in ("/", "/cabinet", "/settings", "/admin", "/pay"):
            with town.tab(Guest(), page, at=process) as tab:
                assert "@" not in tab.boot().text.replace(town.url, ""), page


def test_guests_are_sent_to_sign_in_by_every_process(town: Town):
    closed = [
        name for name, handler in HANDLERS.items() if handler.access == "signed in" and not handler.payload
    ]
    for process in town.processes:
        with town.tab(Guest(), "/cabinet", at=process) as tab:
            for name in closed:
                assert tab.call(full_name(name)).redirects == ["/login?next=/cabinet"], name


def test_nothing_secret_gets_into_the_logs(town: Town):
    secret = {"password": CANARY, "current": CANARY, "token": CANARY}
    for process in town.processes:
        with town.tab(Guest(f"sid={CANARY}"), "/login", at=process) as tab:
            tab.call(f"{ROOT}.cabinet___portal___login___state____login_state.sign_in", **secret)
            tab.call(BOOT, vars=secret)
            tab.raw([secret])
            tab.raw({"payload": secret})
            tab.rest()
        town.post("/api/login", at=process, email="x@mail.example", password=CANARY)
        town.get(f"/confirm?token={CANARY}", at=process)
    town.get(f"/password/reset?token={CANARY}")
    time.sleep(1)
    assert not [log for log in town.logs() if CANARY in log]


@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/",
        "/admin/residents/list",
        "/admin/audit",
        "/admin/_api/payments/rows",
        "/admin/jobs",
    ],
)
def test_the_staff_pages_are_for_staff(town: Town, alice: tuple[str, Guest], path: str):
    for at in ("", *town.processes):
        guest = town.get(path, at=at)
        assert guest.status_code in (303, 307, 308), (at, guest.status_code)
        assert town.get(path, alice[1], at, follow_redirects=True).status_code == 403, at
    end = town.get(path, follow_redirects=True)
    assert "/login" in str(end.url)


def test_an_unknown_host_leads_nowhere(town: Town):
    evil = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    for at in ("", *town.processes):
        for path in ("/", "/login", "/admin", "/api/nothing", "/cabinet"):
            answer = town.get(path, at=at, headers=evil)
            assert "evil.example" not in answer.text + str(answer.headers), (at, path)
            assert answer.status_code == 421, (at, path)
    email = f"host-{uuid4().hex[:8]}@mail.example"
    form, foreign = (
        {"email": email, "password": "garden7", "consent": "on"},
        {"x-forwarded-host": "evil.example"},
    )
    assert town.request("POST", "/api/signup", data=form, headers=foreign).status_code == 200
    text = town.letter_to(email)
    assert f"{town.url}/confirm?token=" in text
    assert "evil" not in text


def test_signing_in_leads_to_our_own_paths_only(town: Town, alice: tuple[str, Guest]):
    for way in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ):
        go = town.post("/api/login", email=alice[0], password="garden7", next=way).json()["go"]
        assert go.startswith("/") and not go.startswith(("//", "/\\", "/\t")), way


@pytest.mark.parametrize("turned", [False, True])
def test_an_ended_session_is_refused_by_the_other_process_at_once(town: Town, turned: bool):
    first, second = town.processes[:2] if not turned else town.processes[1::-1]
    email, who = town.move_in("carol")
    assert town.get("/api/payments.csv", who, second).status_code == 200
    with town.tab(who, "/settings", at=second) as tab:
        assert shows(tab.boot().text, email)
        assert town.post("/api/logout", who, first).status_code == 200
        answer = tab.call(full_name("settings_state.load"))
        assert (answer.redirects, shows(answer.text, email)) == (["/login?next=/settings"], False)
        assert not shows(tab.boot().text, email)
    assert town.get("/api/payments.csv", who, second).status_code == 404


def test_a_person_who_was_closed_out_is_out_everywhere(town: Town):
    email, who = town.move_in("dave")
    boss = town.hire("staff", town.processes[0])
    found = town.get("/admin/residents/list", boss, headers={"accept": "text/html"}, params={"q": email})
    [resident_id] = {UUID(one) for one in _PK.findall(found.text)}
    tabs = [town.tab(who, "/settings", at=process) for process in town.processes]
    for tab in tabs:
        tab.__enter__()
        assert shows(tab.boot().text, email)
    _act(town, boss, f"/admin/residents/{resident_id}/close", reason="Проверка")
    for tab, process in zip(tabs, town.processes, strict=True):
        answer = tab.call(full_name("settings_state.load"))
        assert (answer.redirects, shows(answer.text, email)) == (["/login?next=/settings"], False), process
        tab.__exit__(None, None, None)
        assert town.get("/api/payments.csv", who, process).status_code == 404
        assert town.post("/api/login", at=process, email=email, password="garden7").status_code != 200


def test_guesses_are_counted_over_all_processes(town: Town):
    email = f"{uuid4().hex}@mail.example"
    at = [town.processes[number % len(town.processes)] for number in range(7)]
    codes = [town.post("/api/login", at=one, email=email, password="wrong77").status_code for one in at]
    assert codes == [401] * 5 + [429] * 2


def test_a_made_up_forwarded_address_is_not_believed(town: Town):
    """Last: afterwards this address has to wait half a minute before it may sign in again."""
    codes: list[int] = []
    for number in range(TRIES_OF_ADDRESS + 1):
        headers = {"x-forwarded-for": f"203.0.113.{number}", "x-real-ip": f"203.0.113.{number}"}
        form = {"email": f"{uuid4().hex}@mail.example", "password": "wrong77"}
        codes.append(town.request("POST", "/api/login", data=form, headers=headers).status_code)
    assert 429 in codes, "each request came from another address, as it said"


def _act(town: Town, boss: Guest, path: str, **form: str) -> httpx.Response:
    """An act of the staff pages, with the token that they carry."""
    page = town.get("/admin/", boss, headers={"accept": "text/html"})
    [name] = [one for one in page.cookies if "csrf" in one.lower()]
    token = page.cookies[name]
    headers = {"cookie": f"{boss.cookie}; {name}={token}", "x-csrftoken": token, "accept": "text/html"}
    answer = town.request("POST", path, data={**form, "csrftoken": token}, headers=headers)
    assert answer.status_code == 303, answer.text[:500]
    return answer
