"""An access that ends takes its data away from the tabs that are open."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select, update

from cabinet.access import service as access
from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.residents.models import LoginSession
from tests.app.home import Home, furnish
from tests.app.house import Guest, House, Signed, Tab, ago, change_session
from tests.app.test_handlers import full_name, of

LOOK = "access_state.look"


@pytest.fixture
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture
def home(house: House, alice: Signed) -> Home:
    return furnish(house, alice)


@pytest.fixture
def bob(house: House, alice: Signed, home: Home) -> Signed:
    """Let in by Alice."""
    bob = house.move_in("bob")
    house.run(_let_in, alice, bob, home.account_id)
    return bob


def look(tab: Tab) -> Any:
    """What an open page sends every few seconds."""
    return tab.call(full_name(LOOK))


def test_a_page_that_is_open_loses_what_was_taken_back(house: House, alice: Signed, bob: Signed, home: Home):
    with house.tab(bob, f"/accounts/{home.account_id}") as tab, house.tab(bob, "/cabinet") as other:
        for open_tab, handler in ((tab, "account_state.load"), (other, "accounts_state.load")):
            open_tab.boot()
            assert home.provider in open_tab.call(full_name(handler)).text
        quiet = look(tab)
        assert quiet.news == {}
        house.run(_take_back, alice, bob, home.account_id)
        for open_tab in (tab, other):
            answer = look(open_tab)
            assert home.is_in(answer.text) == []
            assert answer.var("access_state", "loss")
        assert tab.call(full_name("account_state.load")).var("account_state", "found") is False
        assert home.is_in(tab.boot().text) == []


def test_the_snapshot_of_a_reload_holds_nothing_of_it(house: House, alice: Signed, bob: Signed, home: Home):
    with house.tab(bob, f"/accounts/{home.account_id}") as tab:
        tab.boot()
        tab.call(full_name("account_state.load"))
        house.run(_take_back, alice, bob, home.account_id)
        assert home.is_in(tab.boot().text) == []


def test_a_page_loses_what_expires(house: House, bob: Signed, home: Home):
    with house.tab(bob, "/cabinet") as tab:
        tab.boot()
        assert home.provider in tab.call(full_name("accounts_state.load")).text
        house.run(_change_link, bob, expires_at=now() - timedelta(seconds=1))
        assert look(tab).var("access_state", "loss")
        assert home.is_in(tab.boot().text) == []


def test_a_smaller_right_is_noticed_and_a_larger_one_disturbs_nobody(house: House, bob: Signed, home: Home):
    with house.tab(bob, "/cabinet") as tab:
        tab.boot()
        tab.call(full_name("accounts_state.load"))
        house.run(_change_link, bob, role=LinkRole.VIEWER)
        assert look(tab).var("access_state", "loss")
        house.run(_change_link, bob, role=LinkRole.HELPER)
        tab.call(full_name("accounts_state.load"))
        assert look(tab).news == {}


def test_asking_keeps_no_idle_session_alive(house: House, bob: Signed, home: Home):
    with house.tab(bob, "/cabinet") as tab:
        tab.boot()
        house.run(change_session, bob, last_seen_at=ago(minutes=10))
        tab.send(full_name(LOOK))  # `call` would send an event of its own behind it
        house.run(asyncio.sleep, 0.3)
        assert house.run(_last_seen, bob) < now() - timedelta(minutes=9)
        tab.call(full_name("accounts_state.load"))
        assert house.run(_last_seen, bob) > now() - timedelta(minutes=1)


@pytest.mark.parametrize("page", ["/accounts/{account}", "/readings/{account}", "/bills/{bill}", "/cabinet"])
def test_a_stranger_learns_nothing_by_asking(house: House, alice: Signed, bob: Signed, home: Home, page: str):
    """Neither that the account exists, nor that somebody lost the access to it."""
    mallory = house.move_in("mallory")
    with house.tab(mallory, of(home, page)) as tab, house.tab(Guest(), of(home, page)) as of_guest:
        opened = tab.boot()
        assert opened.var("access_state", "loss") == ""
        for _moment in ("before", "after"):
            answer = look(tab)
            assert (answer.news, answer.redirects, answer.failure) == ({}, [], "")
            refused = look(of_guest)
            assert (refused.news, refused.redirects[0].partition("=")[0]) == ({}, "/login?next")
            house.run(access_is_over, bob)


def test_who_takes_over_a_tab_is_told_nothing_of_what_it_lost(
    house: House, alice: Signed, bob: Signed, home: Home
):
    with house.tab(bob, f"/accounts/{home.account_id}") as tab:
        tab.boot()
        assert home.provider in tab.call(full_name("account_state.load")).text
        token = tab.token
    house.run(access_is_over, bob)
    mallory = house.move_in("mallory")
    with house.tab(mallory, f"/accounts/{home.account_id}", token) as tab:
        answer = look(tab)
        assert home.is_in(answer.text) == []
        assert home.is_in(tab.boot().text) == []


@pytest.mark.parametrize("forged", [{"loss": "forged"}, {"self": "forged"}, {"account_id": "forged"}])
def test_the_sign_of_a_loss_cannot_be_forged(house: House, alice: Signed, home: Home, forged: dict[str, str]):
    with house.tab(alice, "/cabinet") as tab:
        tab.boot()
        assert tab.call(full_name(LOOK), **forged).news == {}
        path = f"{full_name(LOOK).rpartition('.')[0]}.loss"
        for name in (path, f"{path}_rx_state_"):
            tab.call(full_name("update_vars_internal_state.update_vars_internal"), vars={name: "forged"})
        assert tab.boot().var("access_state", "loss") == ""


def test_the_sign_of_a_loss_says_only_that_there_is_one(house: House, alice: Signed, bob: Signed, home: Home):
    signs: list[str] = []
    with house.tab(bob, "/cabinet") as one, house.tab(bob, "/cabinet") as other:
        for tab in (one, other):
            tab.boot()
        house.run(access_is_over, bob)
        signs = [look(tab).var("access_state", "loss") for tab in (one, other)]
    assert [bool(re.fullmatch("[0-9a-f]{8}", sign)) for sign in signs] == [True, True]
    assert signs[0] != signs[1], "made up anew each time, of nothing"


async def access_is_over(bob: Signed) -> None:
    """The time is over; the job that ends such links has not run yet."""
    await _change_link(bob, expires_at=now() - timedelta(seconds=1))


async def _let_in(alice: Signed, bob: Signed, account_id: UUID) -> None:
    async with unit_of_work() as session:
        own = (await session.exec(select(AccountLink).where(AccountLink.resident_id == alice.id))).one()
        own.level, own.proved_at = LinkLevel.FULL, now()
        await session.flush()
        await access.invite(
            alice.id, account_id, bob.email, LinkRole.HELPER, None, locale="ru", session=session
        )
        [offer] = await access.offers_to(bob.id, session=session)
        await access.accept_invitation(bob.id, offer.id, session=session)


async def _take_back(alice: Signed, bob: Signed, account_id: UUID) -> None:
    async with unit_of_work() as session:
        [guest] = (await access.people_of(alice.id, account_id, session=session)).guests
        await access.take_back(alice.id, account_id, guest.link_id, session=session)


async def _change_link(bob: Signed, **values: Any) -> None:
    own = col(AccountLink.resident_id) == bob.id
    async with unit_of_work() as session:
        await session.exec(update(AccountLink).where(own).values(values))


async def _last_seen(bob: Signed) -> Any:
    async with unit_of_work() as session:
        own = LoginSession.token_hash == hash_token(bob.token)
        return (await session.exec(select(LoginSession.last_seen_at).where(own))).one()
