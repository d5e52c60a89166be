"""The page of a payment follows it by itself while it is open, and no longer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import anyio
import pytest
from sqlmodel import col, update

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentItem, PaymentState
from cabinet.sandbox import clock, intents, timers
from cabinet.sandbox.keys import MORE_CARDS, TEST_CARDS
from cabinet.settings import settings
from cabinet.ui import payment as payment_page
from tests.app.home import Home, furnish
from tests.app.house import ROOT, House, Signed, Tab
from tests.app.test_handlers import full_name

QUICK = (0.03,) * 100
STATE = "payment_state"


@pytest.fixture
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture
def home(house: House, alice: Signed) -> Home:
    return furnish(house, alice)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[UUID | None]:
    """The pages look again at once; which payment each look was for."""
    seen: list[UUID | None] = []
    look: Callable[[UUID | None], Any] = payment_page._mark  # pyright: ignore[reportPrivateUsage]

    async def noted(payment_id: UUID | None) -> str:
        seen.append(payment_id)
        return await look(payment_id)

    monkeypatch.setattr(payment_page, "_mark", noted)
    monkeypatch.setattr(payment_page, "PAUSES", QUICK)
    monkeypatch.setattr(payment_page, "SLOW_PAUSES", QUICK)
    return seen


def page_of(home: Home) -> str:
    return f"/payments/{home.payment_id}"


def enter_card(house: House, home: Home, number: str) -> None:
    """Pay on the hosted page, and do not come back from it."""
    path = home.payment_url.removeprefix(settings.public_url)
    assert house.post(path, number=number, expiry="12/34", cvc="123").status_code == 303


def shows(tab: Tab, state: str) -> None:
    """The page moves to this state, without being asked."""
    while tab.waits_for_news(STATE, "card")["state"] != state:
        pass


def test_a_delayed_success_moves_the_open_page(
    house: House, alice: Signed, home: Home, looks: list[UUID | None]
):
    enter_card(house, home, MORE_CARDS["delayed"])
    with house.tab(alice, page_of(home)) as tab:
        opened = tab.boot()
        assert opened.var(STATE, "card")["state"] == "waiting"
        assert [step["state"] for step in opened.var(STATE, "steps")][:2] == ["done", "coming"]
        clock.advance(intents.SETTLES_AFTER + timedelta(seconds=1))
        try:
            house.run(timers.run_due)
        finally:
            clock.reset()
        assert house.run(payments.settle, home.payment_id) is PaymentState.SUCCEEDED
        shows(tab, "paid")


def test_the_way_of_the_money_goes_on_under_a_paid_page(
    house: House, alice: Signed, home: Home, looks: list[UUID | None]
):
    enter_card(house, home, TEST_CARDS["success"])
    with house.tab(alice, page_of(home)) as tab:
        assert tab.boot().var(STATE, "card")["state"] == "paid"
        for column, done in (("handed_over_at", 4), ("posted_at", 5)):
            house.run(_reach, home.payment_id, column)
            while _done(tab.waits_for_news(STATE, "steps")) != done:
                pass


def _done(steps: list[dict[str, str]]) -> int:
    return [step["state"] for step in steps].count("done")


async def _reach(payment_id: UUID, column: str) -> None:
    own = col(PaymentItem.payment_id) == payment_id
    async with unit_of_work() as session:
        await session.exec(update(PaymentItem).where(own).values({column: now()}))


def test_another_payments_page_never_shows_what_was_read_before(
    house: House, alice: Signed, home: Home, looks: list[UUID | None]
):
    other = furnish(house, alice)
    with house.tab(alice, page_of(home)) as tab:
        assert tab.boot().var(STATE, "address") == page_of(home)
        tab.path = page_of(other)
        snapshot = tab.call(f"{ROOT}.hydrate")
        assert snapshot.var(STATE, "card")["id"] == str(home.payment_id), "the state still holds it"
        assert snapshot.var(STATE, "address") == page_of(home), "so the page waits"
        opened = tab.boot()
        assert opened.var(STATE, "card")["id"] == str(other.payment_id)
        assert opened.var(STATE, "address") == page_of(other)


def test_one_watch_goes_on_however_often_the_page_is_opened(
    house: House, alice: Signed, home: Home, looks: list[UUID | None]
):
    with house.tab(alice, page_of(home)) as tab:
        for _opening in range(3):
            tab.boot()
        house.run(anyio.sleep, QUICK[0] * 3)
        looks.clear()
        house.run(anyio.sleep, QUICK[0] * 20)
        assert 0 < len(looks) <= 20


def test_a_page_that_was_left_is_not_watched(
    house: House, alice: Signed, home: Home, looks: list[UUID | None]
):
    with house.tab(alice, page_of(home)) as tab:
        tab.boot()
        tab.path = "/cabinet"
        tab.call(full_name("session_state.load"))
        house.run(anyio.sleep, QUICK[0] * 5)
        looks.clear()
        house.run(anyio.sleep, QUICK[0] * 10)
        assert looks == []
