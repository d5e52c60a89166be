"""What survives when the memory is gone: the truth is in the database, and every step can be repeated."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, func, select

from cabinet.accounts.models import AccountLink
from cabinet.database import read_only
from cabinet.meters.models import Reading
from cabinet.payments import processor
from cabinet.payments import service as payments
from cabinet.payments.models import Payment, PaymentState
from cabinet.payments.service import Wish
from cabinet.residents.models import Resident
from tests.app.home import Home, furnish
from tests.app.house import House, Signed
from tests.app.test_handlers import full_name


@pytest.fixture
def alice(house: House) -> Signed:
    return house.move_in("alice")


@pytest.fixture
def home(house: House, alice: Signed) -> Home:
    return furnish(house, alice)


def one(house: House, query: Any) -> Any:
    """The first value of a query."""

    async def ask() -> Any:
        async with read_only() as session:
            return (await session.exec(query)).first()

    return house.run(ask)


def test_a_name_is_kept_though_the_state_is_lost(house: House, alice: Signed, home: Home):
    with house.tab(alice, f"/accounts/{home.account_id}") as tab:
        answer = tab.call(full_name("account_state.rename"), form={"own_name": "Grandmother's"})
    assert answer.var("account_state", "renamed") is True
    assert (
        one(house, select(AccountLink.own_name).where(AccountLink.account_id == home.account_id))
        == "Grandmother's"
    )


def test_an_account_is_unlinked_though_the_state_is_lost(house: House, alice: Signed, home: Home):
    with house.tab(alice, f"/accounts/{home.account_id}") as tab:
        assert tab.call(full_name("account_state.unlink")).redirects == ["/cabinet"]
    assert (
        one(house, select(AccountLink.ended_at).where(AccountLink.account_id == home.account_id)) is not None
    )


def test_the_profile_is_saved_though_the_state_is_lost(house: House, alice: Signed):
    form = {"full_name": "Alice Liddell", "phone": "", "locale": "en", "letters": "on"}
    with house.tab(alice, "/settings") as tab:
        tab.call(full_name("settings_state.save"), form=form)
    assert one(house, select(Resident.full_name).where(Resident.id == alice.id)) == "Alice Liddell"


def test_an_account_is_linked_though_the_state_is_lost(house: House, home: Home):
    bob = house.move_in("bob")
    form = {"provider": home.provider, "number": home.number}
    with house.tab(bob, "/accounts/link") as tab:
        assert tab.call(full_name("link_state.link"), form=form).redirects == ["/cabinet"]


def test_a_payment_is_started_though_the_state_is_lost(house: House, alice: Signed, home: Home):
    form = {
        f"choice-{home.account_id}": "own",
        f"own-{home.account_id}": "77,50",
        f"reading-{home.zone_id}": "12",
    }
    with house.tab(alice, f"/pay?account={home.account_id}") as tab:
        answer = tab.call(full_name("pay_state.pay"), form=form)
    assert "/sandbox/pay/" in answer.var("pay_state", "leaving_to")
    newest = select(Payment.amount_minor).where(Payment.resident_id == alice.id)
    assert one(house, newest.order_by(col(Payment.created_at).desc())) == 77_50
    assert one(house, select(func.count()).select_from(Reading).where(Reading.zone_id == home.zone_id)) == 1


def test_a_payment_is_given_up_though_the_state_is_lost(house: House, alice: Signed, home: Home):
    with house.tab(alice, f"/payments/{home.payment_id}") as tab:
        answer = tab.call(full_name("payment_state.cancel"))
    assert answer.var("payment_state", "card")["state"] == "unpaid"
    assert one(house, select(Payment.state).where(Payment.id == home.payment_id)) is PaymentState.CANCELED


def test_one_goes_on_paying_though_the_state_is_lost(house: House, alice: Signed, home: Home):
    with house.tab(alice, f"/payments/{home.payment_id}") as tab:
        answer = tab.call(full_name("payment_state.continue_paying"))
    assert answer.var("payment_state", "leaving_to").endswith(f" {home.payment_url}")


def test_pressing_again_after_a_lost_answer_is_the_same_payment(house: House, alice: Signed, home: Home):
    """The state's write is lost, as when a lock on it has expired: the second press finds the first one's page."""
    form = {f"choice-{home.account_id}": "own", f"own-{home.account_id}": "88"}
    found: list[str] = []
    for _press in range(2):
        with house.tab(alice, f"/pay?account={home.account_id}") as tab:
            tab.boot()
            wish = tab.call(full_name("pay_state.pay"), form=form).var("pay_state", "leaving_to")
            found.append(wish.partition(" ")[2])
    assert found[0] == found[1]
    count = (
        select(func.count())
        .select_from(Payment)
        .where(Payment.resident_id == alice.id, Payment.amount_minor == 88_00)
    )
    assert one(house, count) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_stops_in_mid_payment_takes_nothing_twice(
    house: House, alice: Signed, home: Home, monkeypatch: pytest.MonkeyPatch, when: str
):
    """A handler that runs at a stop is cancelled at once: here before or after the processor was asked."""
    real, attempt = processor.create_checkout, uuid4().hex

    async def stops(**wanted: Any) -> Any:
        if when == "after":
            await real(**wanted)
        raise asyncio.CancelledError

    async def start() -> UUID:
        wish = Wish(home.account_id, own_amount="99")
        return (await payments.start_payment(alice.id, [wish], attempt=attempt, locale="ru")).payment_id

    async def interrupted() -> bool:
        task = asyncio.create_task(start())
        await asyncio.wait([task])
        return task.cancelled()

    monkeypatch.setattr(processor, "create_checkout", stops)
    assert house.run(interrupted)
    monkeypatch.undo()
    created = one(
        house, select(Payment).where(Payment.resident_id == alice.id, Payment.amount_minor == 99_00)
    )
    assert created.state is PaymentState.CREATED
    assert house.run(start) == created.id
    again = one(house, select(Payment).where(Payment.id == created.id))
    assert again.state is PaymentState.PENDING
    assert again.idempotency_key == created.idempotency_key
