"""Authority is the cookie's, on every event: not the client token's, not the open socket's, not the page's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from cabinet.kit.dates import now
from cabinet.payments import service as payments
from cabinet.residents import service as residents
from cabinet.residents.models import Role
from cabinet.settings import settings
from cabinet.ui import payment as payment_page
from tests.app.home import Home, furnish
from tests.app.house import ROOT, Answer, Guest, House, Signed, Tab, ago, change_person, change_session
from tests.app.test_handlers import full_name

SESSION = "session_state"


@pytest.fixture
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture
def home(house: House, alice: Signed) -> Home:
    return furnish(house, alice)


@pytest.fixture
def left_tab(house: House, alice: Signed, home: Home) -> str:
    """The client token of a tab in which Alice looked at everything, and which is closed now."""
    token = uuid4().hex
    for page in (
        "/cabinet",
        "/settings",
        "/pay",
        f"/accounts/{home.account_id}",
        f"/payments/{home.payment_id}",
    ):
        with house.tab(alice, page, token) as tab:
            assert len(home.is_in(tab.boot().text)) > 0
    return token


def others(house: House) -> list[Guest]:
    """Who may come by a client token that is not theirs."""
    return [
        Guest(),
        Guest("sid=invented"),
        house.move_in("mallory"),
        house.move_in("boss", Role.ADMINISTRATOR),
    ]


def asks(tab: Tab, home: Home) -> Iterator[Answer]:
    """Every way to make the server speak of what a state holds."""
    yield tab.boot()
    yield tab.call(f"{ROOT}.hydrate")
    yield tab.call(f"{ROOT}.set_is_hydrated", value=True)
    yield tab.call(full_name("front_state.load"))
    yield tab.call(full_name("pay_state.choose"), account_id=str(home.account_id), choice="nothing")
    yield tab.call(full_name("payment_state.continue_paying"))
    yield tab.call(full_name("account_state.ask_to_unlink"))
    yield tab.call(full_name("session_state.load"))
    yield tab.call(f"{ROOT}.hydrate")


def test_a_stolen_client_token_shows_nothing(house: House, home: Home, left_tab: str):
    for other in others(house):
        with house.tab(other, "/", left_tab) as tab:
            for number, answer in enumerate(asks(tab, home)):
                assert set(home.is_in(answer.text)) <= {home.words[0]}, (other, number)
                assert str(home.payment_id) not in answer.text, (other, number)


def test_the_next_person_at_the_same_computer_sees_nothing(house: House, home: Home, left_tab: str):
    bob = house.move_in("bob")
    bobs = furnish(house, bob)
    with house.tab(bob, "/cabinet", left_tab) as tab:
        answer = tab.boot()
    assert home.is_in(answer.text) == []
    assert len(bobs.is_in(answer.text)) > 0


def test_the_same_person_finds_the_tab_as_it_was(house: House, alice: Signed, home: Home, left_tab: str):
    with house.tab(alice, "/", left_tab) as tab:
        assert len(home.is_in(tab.call(f"{ROOT}.hydrate").text)) > 2


def test_a_copied_token_of_an_open_tab_gets_a_state_of_its_own(house: House, alice: Signed, home: Home):
    with house.tab(alice, "/cabinet") as tab:
        tab.boot()
        with house.tab(Guest(), "/cabinet", tab.token) as thief:
            assert home.is_in(thief.call(f"{ROOT}.hydrate").text) == []
            assert thief.token != tab.token
        assert len(home.is_in(tab.call(f"{ROOT}.hydrate").text)) > 0


def test_the_cookie_never_comes_back(house: House, alice: Signed):
    with house.tab(alice, "/cabinet") as tab:
        assert alice.token not in str(tab.boot())


def ended(house: House, alice: Signed) -> None:
    async def end() -> None:
        from cabinet.database import unit_of_work

        async with unit_of_work() as session:
            await residents.end_all_sessions(alice.id, session=session)

    house.run(end)


def blocked(house: House, alice: Signed) -> None:
    house.run(change_person, alice, blocked_at=now())


def idle(house: House, alice: Signed) -> None:
    house.run(change_session, alice, last_seen_at=ago(days=settings.resident_idle_days, seconds=1))


def too_old(house: House, alice: Signed) -> None:
    house.run(change_session, alice, expires_at=ago(seconds=1))


def signed_out(house: House, alice: Signed) -> None:
    assert house.post("/api/logout", alice).json() == {"go": "/"}


@pytest.mark.parametrize("happens", [ended, blocked, idle, too_old, signed_out])
def test_an_open_socket_is_out_at_its_next_event(house: House, alice: Signed, home: Home, happens: Any):
    with house.tab(alice, "/cabinet") as tab:
        assert len(home.is_in(tab.boot().text)) > 0
        happens(house, alice)
        answer = tab.call(full_name("accounts_state.load"))
        assert answer.redirects == ["/login?next=/cabinet"]
        assert home.is_in(answer.text) == []
        again = tab.boot()
        assert home.is_in(again.text) == []
        assert again.var(SESSION, "signed_in") is False


@pytest.mark.parametrize(
    ("role", "rested", "lives"),
    [
        (Role.RESIDENT, timedelta(days=29), True),
        (Role.RESIDENT, timedelta(days=31), False),
        (Role.ADMINISTRATOR, timedelta(minutes=29), True),
        (Role.ADMINISTRATOR, timedelta(minutes=31), False),
    ],
)
def test_how_long_a_session_may_rest(house: House, role: Role, rested: timedelta, lives: bool):
    who = house.move_in("sleeper", role, last_seen_at=now() - rested)
    with house.tab(who, "/cabinet") as tab:
        assert (tab.call(full_name("accounts_state.load")).redirects == []) is lives


def test_an_event_keeps_the_session_alive(house: House):
    who = house.move_in("walker", last_seen_at=ago(days=29))
    with house.tab(who, "/cabinet") as tab:
        tab.boot()

    async def last_seen() -> Any:
        from sqlmodel import select

        from cabinet.database import read_only
        from cabinet.residents.models import LoginSession

        async with read_only() as session:
            query = select(LoginSession.last_seen_at).where(LoginSession.resident_id == who.id)
            return (await session.exec(query)).one()

    assert house.run(last_seen) > ago(minutes=1)


def test_what_watches_a_payment_stops_when_the_session_ends(
    house: House, alice: Signed, home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payment_page, "PAUSES", (0.05,) * 200)
    with house.tab(alice, f"/payments/{home.payment_id}") as tab:
        tab.boot()
        ended(house, alice)
        tab.path = "/login"
        assert tab.waits_for("_redirect")["payload"]["path"] == "/login"
        wiped = tab.rest()
        assert wiped.var("payment_state", "card")["number"] == ""
        house.run(payments.cancel_payment, alice.id, home.payment_id)
        assert "payment_state" not in tab.rest().text


def test_a_payment_that_waits_is_watched(
    house: House, alice: Signed, home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payment_page, "PAUSES", (0.05,) * 200)
    with house.tab(alice, f"/payments/{home.payment_id}") as tab:
        assert tab.boot().var("payment_state", "card")["state"] == "waiting"
        house.run(payments.cancel_payment, alice.id, home.payment_id)
        while tab.waits_for_news("payment_state", "card")["state"] != "unpaid":
            pass


def test_a_background_handler_is_gated_too(house: House, home: Home):
    with house.tab(Guest(), f"/payments/{home.payment_id}") as tab:
        answer = tab.call(full_name("payment_state.watch"))
    assert answer.redirects == [f"/login?next=/payments/{home.payment_id}"]
    assert answer.news == {}


def test_an_unknown_handler_is_nothing(house: House, alice: Signed):
    with house.tab(alice, "/cabinet") as tab:
        for name in (
            f"{ROOT}.invented",
            f"{full_name('pay_state.load')}2",
            "x",
            "",
            "__class__",
            f"{ROOT}._reset",
        ):
            answer = tab.call(name)
            assert (answer.news, answer.redirects) == ({}, []), name
        assert tab.call(full_name("session_state.load")).redirects == []


def test_helpers_of_states_are_no_handlers(house: House, alice: Signed):
    with house.tab(alice, "/pay") as tab:
        prefix = full_name("pay_state.load").removesuffix("load")
        for name in ("_start", "_send_readings", "_change", "_count", "reset", "get_state", "__init__"):
            assert tab.call(prefix + name).news == {}, name


def test_vars_cannot_be_set_from_outside(house: House, alice: Signed):
    session_state = full_name("session_state.load").removesuffix(".load")
    wishes = {f"{session_state}.is_staff": True, f"{session_state}.email_rx_state_": "x@y.z"}
    with house.tab(alice, "/cabinet") as tab:
        tab.boot()
        tab.call(f"{ROOT}.update_vars_internal_state.update_vars_internal", vars=wishes)
        tab.call(full_name("update_vars_internal_state.update_vars_internal"), vars=wishes)
        tab.call(f"{ROOT}.hydrate_and_load", vars=wishes)
        snapshot = tab.call(f"{ROOT}.hydrate")
    assert snapshot.var(SESSION, "is_staff") is False
    assert snapshot.var(SESSION, "email") == alice.email


def test_a_guest_is_not_sent_in_circles(house: House):
    for page in ("/login", "/en/login", "/login/"):
        with house.tab(Guest(), page) as tab:
            assert tab.call(full_name("accounts_state.load")).redirects == []


@pytest.mark.parametrize(
    ("page", "way"),
    [
        ("/pay?account=1&x=2", "/login?next=/pay%3Faccount%3D1%26x%3D2"),
        ("/en/pay", "/en/login?next=/en/pay"),
        ("//evil.example/x", "/login"),
        ("https://evil.example/x", "/login"),
        ("///evil.example", "/login"),
        ("/\\evil.example", "/login"),
        ("javascript:alert(1)", "/login"),
        ("", "/login"),
    ],
)
def test_the_way_to_sign_in_is_our_own_path(house: House, page: str, way: str):
    with house.tab(Guest()) as tab:
        tab.path = page
        assert tab.call(full_name("accounts_state.load")).redirects == [way]


def test_no_snapshot_of_a_guest_holds_anything_of_anyone(house: House, alice: Signed, home: Home):
    with house.tab(alice, "/cabinet") as tab:
        tab.boot()
    for page in (
        "/cabinet",
        f"/accounts/{home.account_id}",
        f"/payments/{home.payment_id}",
        "/admin",
        "/settings",
    ):
        with house.tab(Guest(), page) as tab:
            answer = tab.boot()
            assert home.is_in(answer.text) == []
            assert answer.var(SESSION, "email") == ""
            for state, values in answer.news.items():
                for name, value in values.items():
                    assert name in ("known", "found", "shown") or not _is_personal(value), (
                        state,
                        name,
                        value,
                    )


def _is_personal(value: Any) -> bool:
    """Anything with an @, or a list with something in it."""
    return "@" in str(value) or bool(isinstance(value, list) and value)
