"""Every way in knows the browser again by its cookie, and tells of one that was not seen before."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from pyotp.totp import TOTP
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.residents import service as residents
from tests.factors.authenticator import Authenticator
from tests.factors.people import code_of, connect, forget_steps
from tests.factors.test_http import add_key, browser_named, sign_in, signed
from tests.residents.people import ALICE, confirmed, letters_to


@pytest.fixture
async def phone(session: AsyncSession) -> AsyncGenerator[httpx.AsyncClient]:
    """The browser in which Alice has signed in first."""
    await confirmed(session=session)
    async with browser_named("Chrome/1 (Android)") as client:
        await sign_in(client)
        yield client


class Alice:
    """What she has to prove who she is."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.key = Authenticator()
        self.app = TOTP("A" * 32)
        self.codes: list[str] = []

    async def take_factors(self, browser: httpx.AsyncClient) -> None:
        person = await residents.person_behind(browser.cookies["sid"])
        assert person
        self.app, self.codes = await connect(person.id, session=self.session)
        await add_key(browser, self.key)

    async def come_in(self, way: str, browser: httpx.AsyncClient) -> httpx.Response:
        """The answer to the last step."""
        if way == "key":
            return await signed(browser, self.key)
        first = await sign_in(browser)
        if way == "password":
            return first
        assert "device" not in first.headers["set-cookie"], "the password alone makes no browser known"
        if way == "key after the password":
            return await signed(browser, self.key, second="1")
        if way == "spare code":
            return await browser.post("/api/login/spare", data={"spare": self.codes.pop()})
        await forget_steps(session=self.session)
        return await browser.post("/api/login/code", data={"code": code_of(self.app)})


@pytest.mark.parametrize("way", ["password", "code", "spare code", "key", "key after the password"])
async def test_every_way_in_tells_of_a_new_device_once(
    way: str, phone: httpx.AsyncClient, session: AsyncSession
):
    alice = Alice(session)
    if way != "password":
        await alice.take_factors(phone)
    async with browser_named("Firefox/140 (Windows)") as laptop:
        for _round in range(2):
            answer = await alice.come_in(way, laptop)
            assert answer.status_code == 200, answer.text
            assert await residents.person_behind(laptop.cookies["sid"])
            [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith("device=")]
            assert f"max-age={400 * 24 * 3600}" in cookie.lower()
            assert "httponly" in cookie.lower()
            told = [one.kind for one in await letters_to(ALICE, session=session)]
            assert told.count("new_device") == 1
