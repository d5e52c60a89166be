"""Guessing and flooding, through the real doors."""

from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import func, select

from cabinet.accounts.service import TRIES_OF_RESIDENT
from cabinet.database import read_only, unit_of_work
from cabinet.limits.models import Attempt
from cabinet.limits.service import BY_ADDRESS, count_guess
from cabinet.mail.models import Letter
from tests.accounts.making import make_provider
from tests.app.house import House
from tests.app.test_handlers import full_name

OUR_ADDRESS = "testclient"


@pytest.fixture(autouse=True)
def fresh(house: House) -> None:
    async def forget() -> None:
        from sqlmodel import delete

        async with unit_of_work() as session:
            await session.exec(delete(Attempt))

    house.run(forget)


def new_mailbox() -> str:
    return f"{uuid4().hex}@mail.example"


def letters_to(house: House, recipient: str) -> int:
    async def count() -> int:
        async with read_only() as session:
            query = select(func.count()).select_from(Letter).where(Letter.recipient_key == recipient)
            return (await session.exec(query)).one()

    return house.run(count)


@pytest.mark.parametrize("spelling", [str, str.upper, lambda text: f" {text} "])
def test_guesses_for_one_login(house: House, spelling: Any):
    email = new_mailbox()
    answers = [house.post("/api/login", email=email, password="wrong77").status_code for _ in range(5)]
    assert answers == [401] * 5
    locked = house.post("/api/login", email=spelling(email), password="wrong77")
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) > 0
    assert house.post("/api/login", email=new_mailbox(), password="wrong77").status_code == 401


def test_guesses_from_one_address(house: House):
    async def guess() -> None:
        await count_guess("sign_in_from", OUR_ADDRESS, ())

    for _ in range(BY_ADDRESS[0][0]):
        house.run(guess)
    assert house.post("/api/login", email=new_mailbox(), password="wrong77").status_code == 429


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/api/signup", {"password": "garden7", "consent": "on"}),
        ("/api/signup/resend", {}),
        ("/api/password/forgot", {}),
    ],
)
def test_letters_to_one_recipient(house: House, path: str, more: dict[str, str]):
    email = new_mailbox()
    house.post("/api/signup", email=email, password="garden7", consent="on")
    form: dict[str, Any] = {"email": email, **more}
    codes = [house.post(path, **form).status_code for _ in range(8)]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert letters_to(house, email) <= 6


def test_tries_of_account_numbers(house: House):
    async def provider() -> str:
        async with unit_of_work() as session:
            return (await make_provider(session, name_en=f"Spring {uuid4().hex}")).name_en

    mallory, name = house.move_in("mallory"), house.run(provider)
    said: list[Any] = []
    with house.tab(mallory, "/en/accounts/link") as tab:
        for number in range(TRIES_OF_RESIDENT + 1):
            form = {"provider": name, "number": f"37{number:06d}"}
            said.append(tab.call(full_name("link_state.link"), form=form))
    assert said[-2].var("link_state", "number_error")
    assert not any("problem" in values for values in said[-2].news.values() if values.get("problem"))
    assert said[-1].var("link_state", "problem")


def test_requests_to_support(house: House):
    email = new_mailbox()

    def send() -> int:
        form = {"email": email, "subject": "Help", "message": "It does not work."}
        headers = {"origin": "http://localhost:8000", "accept": "application/json"}
        parts = {name: (None, value) for name, value in form.items()}
        return house.client.post("/api/support", files=parts, headers=headers).status_code

    codes = [send() for _ in range(6)]
    assert codes == [200] * 5 + [429]
