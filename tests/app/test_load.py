"""What must not grow or wait: statements by the number of accounts, health by the number of sign-ins."""

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from cabinet.database import engine, unit_of_work
from cabinet.pages import PAGES
from cabinet.payments import service as payments
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.service import Wish
from cabinet.residents import passwords
from cabinet.ui import payment as payment_page
from tests.accounts.making import make_meter, make_provider
from tests.app.home import add_account
from tests.app.house import House, Signed
from tests.app.test_handlers import full_name


@contextmanager
def counted() -> Generator[list[str]]:
    """The statements that are sent to the database within the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    target = engine().sync_engine
    event.listen(target, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(target, "before_cursor_execute", note)


@dataclass(frozen=True)
class Household:
    """A resident with that many accounts, each with a meter, and payments for each."""

    who: Signed
    account_id: UUID
    payment_id: UUID


def settle(house: House, accounts: int) -> Household:
    """Make one."""
    who = house.move_in(f"owner-of-{accounts}")

    async def furnish() -> Household:
        ids: list[UUID] = []
        async with unit_of_work() as session:
            for number in range(accounts):
                provider = await make_provider(session)
                ids.append(await add_account(session, provider.id, who.id, f"37{number:06d}"))
                await make_meter(session, ids[-1], serial=str(number), zones=2)
        made = [
            await payments.start_payment(who.id, [Wish(one)], attempt=uuid4().hex, locale="ru") for one in ids
        ]
        return Household(who, ids[0], made[0].payment_id)

    return house.run(furnish)


@pytest.fixture(scope="module")
def small(house: House) -> Household:
    return settle(house, 1)


@pytest.fixture(scope="module")
def large(house: House) -> Household:
    return settle(house, 50)


@pytest.fixture(autouse=True)
def nothing_else_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page looks again by itself while statements are counted."""
    monkeypatch.setattr(payment_page, "PAUSES", (60,))


LOADING = [page.path for page in PAGES if page.load]


def statements(house: House, home: Household, path: str) -> list[str]:
    """What a page asks of the database when it is opened."""
    where = path.replace("[account_id]", str(home.account_id)).replace("[payment_id]", str(home.payment_id))
    with house.tab(home.who, where) as tab, counted() as seen:
        answer = tab.boot()
        assert (answer.redirects, answer.failure) == ([], "")
        return list(seen)


@pytest.mark.parametrize("path", LOADING)
def test_statements_of_a_page_do_not_grow_with_the_accounts(
    house: House, small: Household, large: Household, path: str
):
    few, many = statements(house, small, path), statements(house, large, path)
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= 16, "\n".join(many)


def test_all_linked_accounts_are_shown(house: House, large: Household):
    with house.tab(large.who, "/cabinet") as tab:
        assert len(tab.boot().var("accounts_state", "cards")) == 50


def test_sign_ins_do_not_keep_others_waiting(house: House, monkeypatch: pytest.MonkeyPatch):
    def slow(_hash: str, _password: str) -> bool:
        time.sleep(0.4)
        return False

    monkeypatch.setattr(passwords, "_verify", slow)
    waited: list[float] = []
    with ThreadPoolExecutor(5) as threads:
        began = time.monotonic()
        pending = [
            threads.submit(house.post, "/api/login", email=f"{uuid4().hex}@mail.example", password="garden7")
            for _ in range(5)
        ]
        while not all(one.done() for one in pending):
            asked = time.monotonic()
            assert house.client.get("/healthz").status_code == 200
            waited.append(time.monotonic() - asked)
        took = time.monotonic() - began
    assert {one.result().status_code for one in pending} == {401}
    assert took > 0.8, "the sign-ins took their time"
    assert len(waited) > 5
    assert max(waited) < 0.35


def test_a_slow_processor_keeps_no_other_event_of_the_tab_waiting(
    house: House, small: Household, monkeypatch: pytest.MonkeyPatch
):
    """The lock of a state in Redis lasts 10 s: whoever asks the processor must not hold it."""
    asked, may_answer = threading.Event(), threading.Event()

    async def slow(*_args: object, **_values: object) -> object:
        asked.set()
        await asyncio.to_thread(may_answer.wait, 10)
        raise ProcessorDown

    monkeypatch.setattr(payments, "start_payment", slow)
    with house.tab(small.who, f"/pay?account={small.account_id}") as tab:
        tab.boot()
        try:
            tab.send(full_name("pay_state.pay"), form={f"choice-{small.account_id}": "debt"})
            assert asked.wait(10)
            tab.send(full_name("pay_state.choose"), account_id=str(small.account_id), choice="nothing")
            while tab.waits_for_news("pay_state", "lines")[0]["choice"] != "nothing":
                pass
        finally:
            may_answer.set()
        assert tab.rest().var("pay_state", "problem")
