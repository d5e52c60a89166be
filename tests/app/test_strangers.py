"""Who knows the real id of what is somebody else's learns nothing by it and changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update
from starlette.routing import BaseRoute, Mount, Route

from cabinet.accounts import service as accounts
from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.autopay import service as autopay
from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentState
from cabinet.payments.service import Wish
from cabinet.reminders.feeds import address_of, make_feed
from cabinet.residents.models import Role
from cabinet.sandbox.keys import TEST_CARDS
from cabinet.settings import settings
from cabinet.support.files import SentFile, keep_files
from cabinet.support.service import open_ticket
from tests.app.home import Home, add_account, furnish
from tests.app.house import Guest, House, Signed, Tab, rows_of
from tests.app.test_handlers import CARDS, CLOSED, HANDLERS, full_name, of, open_first

OF_ONES_OWN = {
    "settings_state.save",
    "welcome_state.put_aside",
    "cards_state.add",
    "calendar_state.make",
    "calendar_state.renew",
    "calendar_state.switch_off",
}
"""Handlers that take no id and change a row of the caller's own."""


@dataclass(frozen=True)
class Estate:
    """Real ids of what is Alice's besides her home."""

    home: Home
    paid_id: UUID
    """A payment that has succeeded: there is a confirmation to take."""
    saving: str
    """The hosted page on which she has just saved a card; she has not come back from it yet."""
    file_id: UUID
    """What she sent to support."""


@pytest.fixture(scope="module")
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture(scope="module")
def estate(house: House, alice: Signed) -> Estate:
    home = furnish(house, alice)
    paid = house.run(_start, alice, home.provider_id)
    enter_card(house, paid.url)
    assert house.run(payments.settle, paid.payment_id) is PaymentState.SUCCEEDED
    saving = house.run(autopay.start_adding, alice.id, locale="ru")
    enter_card(house, saving)
    return Estate(home, paid.payment_id, saving.rpartition("/")[2], house.run(_ask_for_help, alice))


@pytest.fixture
def mallory(house: House) -> Signed:
    """A resident with a home of her own."""
    return house.move_in("mallory")


@pytest.fixture
def her_home(house: House, mallory: Signed) -> Home:
    return furnish(house, mallory)


def enter_card(house: House, url: str) -> None:
    """Fill in a hosted page, and do not come back from it."""
    path = url.removeprefix(settings.public_url)
    answer = house.post(path, number=TEST_CARDS["success"], expiry="12/34", cvc="123")
    assert answer.status_code == 303, answer.text


async def _start(who: Signed, provider_id: UUID) -> payments.Started:
    async with unit_of_work() as session:
        account_id = await add_account(session, provider_id, who.id, f"38{who.id.int % 10**6:06d}")
    return await payments.start_payment(who.id, [Wish(account_id)], attempt=who.token, locale="ru")


async def _ask_for_help(who: Signed) -> UUID:
    [kept] = await keep_files([SentFile("scan.pdf", BytesIO(b"%PDF-1.4 private"), 16)])
    async with unit_of_work() as session:
        await open_ticket(who.email, "Мой счёт", "Это личное.", [kept], who.id, "ru", session=session)
    return kept.id


def leaks(estate: Estate, text: str) -> list[str]:
    """What of Alice's stands in the text; the names of providers are public."""
    return [word for word in estate.home.is_in(text) if word != estate.home.words[0]]


@pytest.mark.parametrize("name", CLOSED)
def test_every_handler_with_real_ids(
    house: House, alice: Signed, estate: Estate, mallory: Signed, her_home: Home, name: str
):
    handler, home = HANDLERS[name], estate.home
    hers, theirs = house.run(rows_of, mallory), house.run(rows_of, alice)
    with house.tab(mallory, of(home, handler.page)) as tab:
        said = tab.boot().text
        open_first(tab, home, name)
        said += tab.call(full_name(name), **of(home, handler.payload)).text
        said += tab.call(full_name(name), **of(home, handler.payload)).text
    assert leaks(estate, said) == []
    assert home.words[0] not in said or name.startswith("link_state")
    assert house.run(rows_of, alice) == theirs
    if name not in OF_ONES_OWN:
        assert house.run(rows_of, mallory) == hers


@pytest.mark.parametrize("name", [name for name in HANDLERS if name.startswith("payment_state")])
def test_a_payment_that_was_made(house: House, alice: Signed, estate: Estate, mallory: Signed, name: str):
    before = house.run(rows_of, alice)
    with house.tab(mallory, f"/payments/{estate.paid_id}") as tab:
        assert tab.boot().var("payment_state", "found") is False
        answer = tab.call(full_name(name))
    assert (answer.news.get("payment_state", {}), leaks(estate, answer.text)) == ({}, [])
    assert house.run(rows_of, alice) == before


def test_a_card_that_somebody_else_has_just_saved(
    house: House, alice: Signed, estate: Estate, mallory: Signed
):
    before = house.run(rows_of, alice)
    page = f"{CARDS}?added={estate.saving}"
    with house.tab(mallory, page) as tab:
        answer = tab.boot()
    assert (answer.var("cards_state", "cards"), answer.var("cards_state", "said")) == ([], "")
    assert answer.var("cards_state", "problem") != ""
    assert house.run(rows_of, mallory)["saved_card"] == []
    assert house.run(rows_of, alice) == before
    with house.tab(alice, page) as tab:
        assert "4242" in tab.boot().var("cards_state", "said"), "it was there to be taken"


def test_autopay_takes_neither_somebody_elses_card_nor_account(
    house: House, alice: Signed, estate: Estate, mallory: Signed, her_home: Home
):
    form = {"mode": "day", "day": "10", "limit": "5000", "consent": "on"}
    hers, theirs = house.run(rows_of, mallory), house.run(rows_of, alice)
    for account, card in (
        (her_home.account_id, estate.home.card_id),
        (estate.home.account_id, her_home.card_id),
        (estate.home.account_id, estate.home.card_id),
    ):
        with house.tab(mallory, CARDS) as tab:
            tab.boot()
            tab.call(full_name("autopay_state.edit"), account_id=str(account), mode="day")
            answer = tab.call(full_name("autopay_state.save"), form={**form, "card": str(card)})
        assert leaks(estate, answer.text) == []
    assert house.run(rows_of, mallory) == hers
    assert house.run(rows_of, alice) == theirs


def test_a_payment_form_pays_and_reads_ones_own_only(
    house: House, alice: Signed, estate: Estate, mallory: Signed, her_home: Home
):
    theirs = house.run(rows_of, alice)
    form = of(estate.home, HANDLERS["pay_state.pay"].payload["form"])
    own = {f"choice-{her_home.account_id}": "own", f"own-{her_home.account_id}": "77"}
    with house.tab(mallory, "/pay") as tab:
        tab.boot()
        answer = tab.call(full_name("pay_state.pay"), form={**form, **own})
    assert leaks(estate, answer.text) == []
    assert house.run(rows_of, alice) == theirs
    assert all(str(estate.home.account_id) not in row for row in house.run(rows_of, mallory)["payment_item"])


# Whose link has ended


@dataclass(frozen=True)
class Moved:
    """Carol moved out: the account was hers, its ids are in her browser's history."""

    who: Signed
    home: Home
    open_tab: Tab


TOUCHES: dict[str, dict[str, Any]] = {
    "account_state.rename": {"form": {"own_name": "Mine still"}},
    "account_state.continue_earlier": {},
    "account_state.unlink": {},
    "linked_state.rename": {"form": {"own_name": "Mine still"}},
    "linked_state.unlink": {},
    "pay_state.pay": {"form": {"choice-{account}": "own", "own-{account}": "100", "reading-{zone}": "5"}},
    "autopay_state.save": HANDLERS["autopay_state.save"].payload,
    "autopay_state.resume": {"order_id": "{order}"},
    "readings_state.send": HANDLERS["readings_state.send"].payload,
    "people_state.invite": HANDLERS["people_state.invite"].payload,
    "prove_state.prove": HANDLERS["prove_state.prove"].payload,
}
"""What would change something, or take money, on an account."""


@pytest.mark.parametrize("ends", ["by staff", "by herself", "by time"])
@pytest.mark.parametrize("name", TOUCHES)
def test_a_tab_left_open_touches_nothing_once_the_link_has_ended(house: House, name: str, ends: str):
    carol = house.move_in("carol")
    home = furnish(house, carol)
    house.run(_change_link, carol, level=LinkLevel.FULL)
    house.run(payments.cancel_payment, carol.id, home.payment_id)
    with house.tab(carol, of(home, HANDLERS[name].page)) as tab:
        tab.boot()
        open_first(tab, home, name)
        house.run(_end_link, carol, home.account_id, ends)
        before = house.run(rows_of, carol)
        tab.call(full_name(name), **of(home, TOUCHES[name]))
        assert {**house.run(rows_of, carol), "letter": []} == {**before, "letter": []}


@pytest.mark.parametrize("ends", ["by staff", "by time"])
@pytest.mark.parametrize("name", [name for name in CLOSED if not name.startswith("payment_state")])
def test_a_page_opened_after_the_link_has_ended_tells_nothing_new(house: House, name: str, ends: str):
    carol = house.move_in("carol")
    home = furnish(house, carol)
    house.run(_change_link, carol, level=LinkLevel.FULL)
    house.run(_end_link, carol, home.account_id, ends)
    handler = HANDLERS[name]
    with house.tab(carol, of(home, handler.page)) as tab:
        said = tab.boot().text
        open_first(tab, home, name)
        said += tab.call(full_name(name), **of(home, handler.payload)).text
    own_name, serial = home.words[1:3]
    assert own_name not in said
    assert serial not in said
    if not name.startswith("history_state"):  # what she paid stays in her history
        assert home.words[3] not in said


FILES = ("/api/readings/{account}/readings.csv", "/api/bills/{bill}/bill.pdf")
"""What is made of an account for who has proved it."""


@pytest.mark.parametrize("ends", ["by staff", "by herself", "by time"])
@pytest.mark.parametrize("path", FILES)
def test_no_file_of_an_account_whose_link_has_ended(house: House, path: str, ends: str):
    carol = house.move_in("carol")
    home = furnish(house, carol)
    house.run(_change_link, carol, level=LinkLevel.FULL)
    assert house.client.get(of(home, path), headers=carol.headers).status_code == 200, "it is there to take"
    house.run(_end_link, carol, home.account_id, ends)
    answer = house.client.get(of(home, path), headers=carol.headers)
    assert (answer.status_code, home.is_in(answer.text)) == (404, [])


@pytest.mark.parametrize("ends", ["by staff", "by herself", "by time"])
def test_a_calendar_says_nothing_of_an_account_whose_link_has_ended(house: House, ends: str):
    carol = house.move_in("carol")
    home = furnish(house, carol)
    address = house.run(_calendar_of, carol)
    assert "BEGIN:VEVENT" in house.client.get(address).text, "there were days to tell"
    house.run(_end_link, carol, home.account_id, ends)
    answer = house.client.get(address)
    assert (answer.status_code, "BEGIN:VEVENT" in answer.text) == (200, False)


async def _end_link(who: Signed, account_id: UUID, how: str) -> None:
    if how == "by time":  # the job that ends what has expired has not run yet
        await _change_link(who, expires_at=now() - timedelta(seconds=1))
        return
    async with unit_of_work() as session:
        if how == "by staff":
            await accounts.end_links_of_account(account_id, session=session)
        else:
            await accounts.unlink_account(who.id, account_id, session=session)


async def _change_link(who: Signed, **values: Any) -> None:
    own = col(AccountLink.resident_id) == who.id
    async with unit_of_work() as session:
        await session.exec(update(AccountLink).where(own).values(values))


async def _calendar_of(who: Signed) -> str:
    async with unit_of_work() as session:
        return address_of(await make_feed(who.id, session=session))


# Routes


def test_every_route_that_takes_an_id_is_known(house: House):
    from cabinet.cabinet import _routes  # pyright: ignore[reportPrivateUsage]

    assert set(_with_ids(_routes().routes)) == {
        "/api/payments/{payment_id:uuid}/confirmation.pdf",
        "/api/files/{file_id:uuid}",
        "/api/bills/{bill_id:uuid}/bill.pdf",
        "/api/readings/{account_id:uuid}/readings.csv",
        "/calendar/{name}.ics",  # strangers: tests/reminders
        "/dev/mail/{letter_id:uuid}",
        "/dev/mail/{letter_id:uuid}/html",
        "/api/requests/{ticket_id:uuid}/reply",  # strangers: tests/support/test_replies.py
        "/w/{token}",  # strangers: tests/keys/test_waterius.py
        "/logos/{provider_id:uuid}.png",  # for everyone
    }, "whoever adds one says below what a stranger gets; the mailbox exists in development only"


def _with_ids(routes: Iterable[BaseRoute]) -> Iterable[str]:
    for route in routes:
        if isinstance(route, Route) and "{" in route.path:
            yield route.path
        if isinstance(route, Mount) and route.path != "/sandbox":
            yield from (route.path + path for path in _with_ids(route.routes))


@pytest.mark.parametrize("role", [None, Role.RESIDENT, Role.ADMINISTRATOR])
def test_the_confirmation_of_somebody_elses_payment(
    house: House, alice: Signed, estate: Estate, role: Role | None
):
    path = f"/api/payments/{estate.paid_id}/confirmation.pdf"
    assert house.client.get(path, headers=alice.headers).content.startswith(b"%PDF"), "there is one to take"
    who = someone(house, role)
    answer = house.client.get(path, headers=who.headers)
    assert answer.status_code == 404
    assert leaks(estate, answer.text) == []
    made_up = house.client.get(path.replace(str(estate.paid_id), str(UUID(int=7))), headers=who.headers)
    assert made_up.text == answer.text, "nobody learns that it exists"


@pytest.mark.parametrize("role", [None, Role.RESIDENT, Role.ADMINISTRATOR])
@pytest.mark.parametrize("path", FILES)
def test_the_bills_and_readings_of_somebody_elses_account(
    house: House, alice: Signed, estate: Estate, path: str, role: Role | None
):
    house.run(_change_link, alice, level=LinkLevel.FULL)
    here = of(estate.home, path)
    assert house.client.get(here, headers=alice.headers).status_code == 200, "it is there to take"
    house.run(_change_link, alice, level=LinkLevel.LITE)
    who = someone(house, role)
    answer = house.client.get(here, headers=who.headers)
    assert (answer.status_code, leaks(estate, answer.text)) == (404, [])
    made_up = path.replace("{account}", str(UUID(int=7))).replace("{bill}", str(UUID(int=7)))
    assert house.client.get(made_up, headers=who.headers).text == answer.text, "nobody learns that it exists"


@pytest.mark.parametrize("role", [None, Role.RESIDENT])
def test_a_file_sent_to_support(house: House, alice: Signed, estate: Estate, role: Role | None):
    path = f"/api/files/{estate.file_id}"
    boss = house.move_in("boss", Role.ADMINISTRATOR)
    for who in (boss, alice):
        assert house.client.get(path, headers=who.headers).content == b"%PDF-1.4 private", (
            "it is there to take"
        )
    who, refusal = someone(house, role), 404 if role else 403
    answer = house.client.get(path, headers=who.headers)
    assert (answer.status_code, b"private" in answer.content) == (refusal, False)
    made_up = house.client.get(f"/api/files/{UUID(int=7)}", headers=who.headers)
    assert (made_up.status_code, made_up.text) == (refusal, answer.text), "nobody learns that it exists"


def test_the_history_of_somebody_elses_account(house: House, alice: Signed, estate: Estate, mallory: Signed):
    path = f"/api/payments.csv?account={estate.home.account_id}"
    assert estate.home.number in house.client.get(path, headers=alice.headers).text, "it is there to take"
    answer = house.client.get(path, headers=mallory.headers)
    assert estate.home.number not in answer.text
    assert len(answer.text.splitlines()) == 1
    assert house.client.get(path).status_code == 404


@pytest.mark.parametrize("view", ["residents", "accounts", "payments", "tickets"])
def test_the_admins_page_of_a_row(house: House, alice: Signed, estate: Estate, mallory: Signed, view: str):
    ids = {"residents": alice.id, "accounts": estate.home.account_id, "payments": estate.paid_id}
    path = f"/admin/{view}/detail/{ids.get(view, estate.file_id)}"
    for who, status in ((Guest(), 303), (mallory, 403), (alice, 403)):
        answer = house.client.get(path, headers=who.headers, follow_redirects=False)
        assert (answer.status_code, leaks(estate, answer.text)) == (status, [])


def someone(house: House, role: Role | None) -> Guest:
    """A guest, or somebody of that role."""
    return house.move_in("mallory", role) if role else Guest()
