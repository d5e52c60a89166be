"""Every handler of every state: who may call it, with what, and what strangers get."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from cabinet.residents.models import Role
from cabinet.ui.gate import FRAMEWORK
from tests.app.home import Home, furnish
from tests.app.house import ROOT, Guest, House, Signed, Tab, fingerprint

ALL, SIGNED_IN = "open to all", "signed in"


@dataclass(frozen=True)
class Handler:
    """Who may call it, on which page, with arguments such as these. `{account}` and the like are alice's."""

    access: str
    page: str
    payload: dict[str, Any] = field(default_factory=dict[str, Any])


ACCESS, PROVE = "/accounts/{account}/access", "/accounts/{account}/prove"
ACCOUNT, PAYMENT, CARDS = "/accounts/{account}", "/payments/{payment}", "/settings/cards"
BILL = "/bills/{bill}"
REQUEST, SESSIONS = "/requests/{request}", "/settings/sessions"
AGREEING = {"card": "{card}", "mode": "day", "day": "10", "limit": "5000", "consent": "on"}
PAYING = {
    "choice-{account}": "debt",
    "own-{account}": "100",
    "reading-{zone}": "5",
}
HANDLERS = {
    "access_state.look": Handler(SIGNED_IN, "/cabinet"),
    "account_state.load": Handler(SIGNED_IN, ACCOUNT),
    "account_state.continue_earlier": Handler(SIGNED_IN, ACCOUNT),
    "account_state.rename": Handler(SIGNED_IN, ACCOUNT, {"form": {"own_name": "Mine now"}}),
    "account_state.ask_to_unlink": Handler(SIGNED_IN, ACCOUNT),
    "account_state.keep_linked": Handler(SIGNED_IN, ACCOUNT),
    "account_state.unlink": Handler(SIGNED_IN, ACCOUNT),
    "accounts_state.load": Handler(SIGNED_IN, "/cabinet"),
    "autopay_state.load": Handler(SIGNED_IN, CARDS),
    "autopay_state.edit": Handler(SIGNED_IN, CARDS, {"account_id": "{account}", "mode": "day"}),
    "autopay_state.choose_mode": Handler(SIGNED_IN, CARDS, {"mode": "bill"}),
    "autopay_state.ask_to_stop": Handler(SIGNED_IN, CARDS, {"account_id": "{account}"}),
    "autopay_state.leave": Handler(SIGNED_IN, CARDS),
    "autopay_state.save": Handler(SIGNED_IN, CARDS, {"form": AGREEING}),
    "autopay_state.pause": Handler(SIGNED_IN, CARDS, {"order_id": "{order}"}),
    "autopay_state.resume": Handler(SIGNED_IN, CARDS, {"order_id": "{order}"}),
    "autopay_state.stop": Handler(SIGNED_IN, CARDS, {"order_id": "{order}"}),
    "bill_state.load": Handler(SIGNED_IN, BILL),
    "bills_state.load": Handler(SIGNED_IN, "/bills?account={account}"),
    "calendar_state.load": Handler(SIGNED_IN, "/settings"),
    "calendar_state.make": Handler(SIGNED_IN, "/settings"),
    "calendar_state.renew": Handler(SIGNED_IN, "/settings"),
    "calendar_state.switch_off": Handler(SIGNED_IN, "/settings"),
    "cards_state.load": Handler(SIGNED_IN, CARDS),
    "cards_state.refresh": Handler(SIGNED_IN, CARDS),
    "cards_state.add": Handler(SIGNED_IN, CARDS),
    "cards_state.ask_to_remove": Handler(SIGNED_IN, CARDS, {"card_id": "{card}"}),
    "cards_state.leave": Handler(SIGNED_IN, CARDS),
    "cards_state.remove": Handler(SIGNED_IN, CARDS),
    "email_state.load": Handler(SIGNED_IN, "/settings/email"),
    "email_state.resend": Handler(SIGNED_IN, "/settings/email", {"to_new": True}),
    "email_state.cancel": Handler(SIGNED_IN, "/settings/email"),
    "failure_state.say": Handler(ALL, "/", {"text": "It rains."}),
    "failure_state.put_aside": Handler(ALL, "/"),
    "front_state.load": Handler(ALL, "/"),
    "history_state.load": Handler(SIGNED_IN, "/payments?account={account}"),
    "history_state.show_earlier": Handler(SIGNED_IN, "/payments?account={account}"),
    "invitation_state.load": Handler(ALL, "/invitation?token=unknown"),
    "invitation_state.accept": Handler(SIGNED_IN, "/invitation?id={account}"),
    "invitation_state.decline": Handler(SIGNED_IN, "/invitation?id={account}"),
    "link_state.load": Handler(SIGNED_IN, "/accounts/link"),
    "link_state.choose_provider": Handler(SIGNED_IN, "/accounts/link", {"provider_id": "{provider}"}),
    "link_state.link": Handler(
        SIGNED_IN, "/accounts/link", {"form": {"provider": "{name}", "number": "37 99 99 99"}}
    ),
    "linked_state.load": Handler(SIGNED_IN, "/settings/accounts"),
    "linked_state.edit": Handler(SIGNED_IN, "/settings/accounts", {"account_id": "{account}"}),
    "linked_state.ask_to_unlink": Handler(SIGNED_IN, "/settings/accounts", {"account_id": "{account}"}),
    "linked_state.leave": Handler(SIGNED_IN, "/settings/accounts"),
    "linked_state.rename": Handler(SIGNED_IN, "/settings/accounts", {"form": {"own_name": "Mine now"}}),
    "linked_state.unlink": Handler(SIGNED_IN, "/settings/accounts"),
    "notices_state.load": Handler(SIGNED_IN, "/cabinet"),
    "notices_state.put_aside": Handler(SIGNED_IN, "/cabinet", {"notice_id": "{account}"}),
    "notices_state.bring_back": Handler(SIGNED_IN, "/cabinet"),
    "pay_state.load": Handler(SIGNED_IN, "/pay?account={account}"),
    "pay_state.choose": Handler(SIGNED_IN, "/pay", {"account_id": "{account}", "choice": "own"}),
    "pay_state.choose_period": Handler(SIGNED_IN, "/pay", {"account_id": "{account}", "period": "2026-09"}),
    "pay_state.type_own": Handler(SIGNED_IN, "/pay", {"account_id": "{account}", "text": "100"}),
    "pay_state.with_readings": Handler(SIGNED_IN, "/pay", {"account_id": "{account}", "wanted": True}),
    "pay_state.pay": Handler(SIGNED_IN, "/pay?account={account}", {"form": PAYING}),
    "pay_state.continue_earlier": Handler(SIGNED_IN, "/pay", {"account_id": "{account}"}),
    "people_state.load": Handler(SIGNED_IN, ACCESS),
    "people_state.invite": Handler(
        SIGNED_IN, ACCESS, {"form": {"email": "eve@mail.example", "role": "helper", "until": ""}}
    ),
    "people_state.resend": Handler(SIGNED_IN, ACCESS, {"invitation_id": "{account}"}),
    "people_state.revoke": Handler(SIGNED_IN, ACCESS, {"invitation_id": "{account}"}),
    "people_state.ask": Handler(SIGNED_IN, ACCESS, {"about": "{account}"}),
    "people_state.take_back": Handler(SIGNED_IN, ACCESS, {"link_id": "{account}"}),
    "people_state.leave": Handler(SIGNED_IN, ACCESS),
    "prove_state.load": Handler(SIGNED_IN, PROVE),
    "prove_state.prove": Handler(SIGNED_IN, PROVE, {"form": {"answer": "1234,56"}}),
    "meters_state.load": Handler(SIGNED_IN, "/readings/{account}"),
    "offers_state.load": Handler(SIGNED_IN, "/cabinet"),
    "payment_state.load": Handler(SIGNED_IN, PAYMENT),
    "payment_state.watch": Handler(SIGNED_IN, PAYMENT),
    "payment_state.continue_paying": Handler(SIGNED_IN, PAYMENT),
    "payment_state.cancel": Handler(SIGNED_IN, PAYMENT),
    "readings_state.load": Handler(SIGNED_IN, "/readings?account={account}"),
    "readings_state.send": Handler(
        SIGNED_IN, "/readings", {"form": {"account": "{account}", "reading-{zone}": "5"}}
    ),
    "readings_state.correct": Handler(
        SIGNED_IN, "/readings", {"account_id": "{account}", "zone_id": "{zone}"}
    ),
    "readings_state.keep": Handler(SIGNED_IN, "/readings", {"account_id": "{account}", "zone_id": "{zone}"}),
    "guest_request_state.load": Handler(ALL, "/requests/guest?token=unknown"),
    "guest_request_state.close": Handler(ALL, "/requests/guest?token=unknown"),
    "guest_request_state.rate": Handler(ALL, "/requests/guest?token=unknown", {"form": {"score": "5"}}),
    "request_state.load": Handler(SIGNED_IN, REQUEST),
    "request_state.watch": Handler(SIGNED_IN, REQUEST),
    "request_state.close": Handler(SIGNED_IN, REQUEST),
    "request_state.rate": Handler(SIGNED_IN, REQUEST, {"form": {"score": "5", "words": "Good."}}),
    "requests_state.load": Handler(SIGNED_IN, "/requests"),
    "session_state.load": Handler(ALL, "/"),
    "sessions_state.load": Handler(SIGNED_IN, SESSIONS),
    "sessions_state.end": Handler(SIGNED_IN, SESSIONS, {"session_id": "{session}"}),
    "sessions_state.ask": Handler(SIGNED_IN, SESSIONS),
    "sessions_state.leave": Handler(SIGNED_IN, SESSIONS),
    "sessions_state.end_others": Handler(SIGNED_IN, SESSIONS),
    "scan_state.load": Handler(SIGNED_IN, "/scan"),
    "scan_state.read_code": Handler(SIGNED_IN, "/scan?for=link", {"form": {"code": "AP/+ST00012|"}}),
    "security_state.load": Handler(SIGNED_IN, "/settings/security"),
    "settings_state.load": Handler(SIGNED_IN, "/settings"),
    "settings_state.save": Handler(
        SIGNED_IN, "/settings", {"form": {"full_name": "New", "phone": "", "locale": "en", "letters": "on"}}
    ),
    "tokens_state.load": Handler(SIGNED_IN, "/settings/tokens"),
    "tokens_state.ask": Handler(SIGNED_IN, "/settings/tokens", {"token_id": "{token}"}),
    "tokens_state.revoke": Handler(SIGNED_IN, "/settings/tokens", {"token_id": "{token}"}),
    "support_state.load": Handler(ALL, "/support"),
    "welcome_state.load": Handler(SIGNED_IN, "/cabinet"),
    "welcome_state.put_aside": Handler(SIGNED_IN, "/cabinet"),
}
"""Whoever adds a handler adds it here, and decides who may call it."""

OPENED_BY = {
    "linked_state.rename": "linked_state.edit",
    "linked_state.unlink": "linked_state.ask_to_unlink",
    "autopay_state.save": "autopay_state.edit",
    "cards_state.remove": "cards_state.ask_to_remove",
}
"""What takes its id from an earlier event."""

OF_REFLEX = {
    "hydrate",
    "hydrate_and_load",
    "set_is_hydrated",
    "setvar",
    "frontend_event_exception_state.handle_frontend_exception",
    "on_load_internal_state.on_load_internal",
    "on_load_internal_state.set_is_hydrated",
    "update_vars_internal_state.update_vars_internal",
}
"""What the framework registers itself: a new version that adds one is looked at first."""

CLOSED = [name for name, handler in HANDLERS.items() if handler.access == SIGNED_IN]
NOT_THEIRS = [None, True, 7, 1.5, "text", [], {}, [[]], {"a": {"b": [1]}}]


@pytest.fixture(scope="module")
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture(scope="module")
def bob(house: House) -> Signed:
    return house.move_in("bob")


@pytest.fixture(scope="module")
def home(house: House, alice: Signed) -> Home:
    """Alice's."""
    return furnish(house, alice)


@pytest.fixture(scope="module")
def home_of_bob(house: House, bob: Signed) -> Home:
    return furnish(house, bob)


def registered() -> dict[str, str]:
    """Full names of all handlers by their short ones."""
    return {_short(name): name for name in RegistrationContext.get().event_handlers}


def _short(full: str) -> str:
    return full.removeprefix(f"{ROOT}.").rpartition("____")[2] if "____" in full else full


def full_name(short: str) -> str:
    return registered()[short]


def of(home: Home, value: Any) -> Any:
    """The value with the ids of this home in place of `{account}` and the like."""
    if isinstance(value, dict):
        return {of(home, name): of(home, inner) for name, inner in value.items()}
    if not isinstance(value, str):
        return value
    for name, found in (
        ("account", home.account_id),
        ("payment", home.payment_id),
        ("zone", home.zone_id),
        ("bill", home.bill_id),
        ("card", home.card_id),
        ("request", home.request_id),
        ("order", home.order_id),
        ("provider", home.provider_id),
        ("token", home.token_id),
        ("session", home.session_id),
        ("name", home.provider),
    ):
        value = value.replace(f"{{{name}}}", str(found))
    return value


def open_first(tab: Tab, home: Home, name: str) -> None:
    """Send the event that a page sends before this one."""
    if opener := OPENED_BY.get(name):
        tab.call(full_name(opener), **of(home, HANDLERS[opener].payload))


def test_every_handler_is_listed_and_nothing_else(house: House):
    names = {_short(full.removeprefix(f"{ROOT}.")) for full in RegistrationContext.get().event_handlers}
    ours = {name for name in names if not name.endswith("setvar")}
    assert ours - OF_REFLEX == HANDLERS.keys()
    assert {name for name in names if name.endswith("setvar")} | ours == names


def test_the_framework_may_do_what_it_needs_and_no_more(house: House):
    allowed = {_short(full.removeprefix(f"{ROOT}.")) for full in FRAMEWORK}
    assert allowed == OF_REFLEX - {"setvar", "frontend_event_exception_state.handle_frontend_exception"}


@pytest.mark.parametrize("name", HANDLERS)
def test_what_is_open_is_marked_so_and_nothing_else(house: House, name: str):
    handler = RegistrationContext.get().event_handlers[full_name(name)].handler
    assert getattr(handler.fn, "open_to_all", False) is (HANDLERS[name].access == ALL)


@pytest.mark.parametrize("name", CLOSED)
def test_a_guest_is_sent_to_sign_in_and_nothing_happens(house: House, home: Home, name: str):
    handler = HANDLERS[name]
    before = house.run(fingerprint)
    with house.tab(Guest(), of(home, handler.page)) as tab:
        answer = tab.call(full_name(name), **of(home, handler.payload))
    [way] = answer.redirects
    assert way.startswith("/login?next=/")
    assert answer.news == {}
    assert house.run(fingerprint) == before


@pytest.mark.parametrize("name", [name for name, handler in HANDLERS.items() if handler.access == ALL])
def test_a_guest_may_call_what_is_open(house: House, home: Home, name: str):
    handler = HANDLERS[name]
    before = house.run(fingerprint)
    with house.tab(Guest(), handler.page) as tab:
        answer = tab.call(full_name(name), **handler.payload)
    assert answer.redirects == []
    assert set(home.is_in(answer.text)) <= {home.words[0]}, "the names of providers are public"
    assert house.run(fingerprint) == before


@pytest.mark.parametrize("name", [name for name, handler in HANDLERS.items() if handler.payload])
def test_wrong_arguments_are_refused(house: House, alice: Signed, home: Home, name: str):
    handler = HANDLERS[name]
    right = of(home, handler.payload)
    wrong = [
        {**right, key: value} for key in right for value in NOT_THEIRS if type(value) is not type(right[key])
    ]
    wrong += [{}, {**right, "self": 1}, {**right, "more": "x"}]
    before = house.run(fingerprint)
    with house.tab(alice, of(home, handler.page)) as tab:
        for payload in wrong:
            answer = tab.call(full_name(name), **payload)
            assert (answer.redirects, answer.failure, answer.news) == ([], "", {}), payload
        for payload in ([], "text", 5):
            tab.raw(
                {"name": full_name(name), "payload": payload, "router_data": {"pathname": "/", "asPath": "/"}}
            )
            assert tab.rest().news == {}
    assert house.run(fingerprint) == before


@pytest.mark.parametrize("name", [name for name, handler in HANDLERS.items() if "form" in handler.payload])
@pytest.mark.parametrize("value", [None, 7, [], {}, "\x00", "x" * 5000, "../../etc", "' OR 1=1 --"])
def test_odd_values_in_a_form_break_nothing(
    house: House, bob: Signed, home_of_bob: Home, name: str, value: Any
):
    handler = HANDLERS[name]
    form = dict.fromkeys(of(home_of_bob, handler.payload["form"]), value)
    if "provider" in form:
        form["provider"] = home_of_bob.provider
    with house.tab(bob, of(home_of_bob, handler.page)) as tab:
        tab.boot()
        open_first(tab, home_of_bob, name)
        answer = tab.call(full_name(name), form=form)
    assert answer.failure == ""


@pytest.mark.parametrize("role", Role)
def test_setvar_is_nobodys(house: House, role: Role):
    who = house.move_in("curious", role) if role is not Role.CLERK else house.move_in("curious")
    with house.tab(who, "/cabinet") as tab:
        tab.boot()
        for name, full in registered().items():
            if not name.endswith("setvar"):
                continue
            answer = tab.call(full, var_name="is_staff", value=True)
            assert (answer.failure, answer.redirects, answer.news) == ("", [], {}), name


def test_errors_of_the_page_do_not_send_a_guest_to_sign_in(house: House):
    with house.tab(Guest(), "/") as tab:
        name = full_name("frontend_event_exception_state.handle_frontend_exception")
        answer = tab.call(name, info="ResizeObserver loop", component_stack="")
    assert (answer.redirects, answer.events) == ([], [])
