"""Devices that are known, and the letter about one that is not; how devices and places are named."""

from pathlib import Path

import maxminddb
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import use_locale
from cabinet.kit.devices import say_device
from cabinet.kit.tokens import new_token
from cabinet.residents import service as residents
from cabinet.residents import whereabouts
from cabinet.residents.models import KnownDevice, LoginSession
from cabinet.settings import settings

from .people import ADDRESS, ALICE, PASSWORD, confirmed, letters_to

CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
AGENTS = {
    CHROME: "Chrome на Android",
    FIREFOX: "Firefox на Linux",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36": "Яндекс Браузер на Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari на iPhone",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Microsoft Edge на Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15": "Safari на macOS",
    "curl/8.5": "Неизвестное устройство",
    "": "Неизвестное устройство",
}


async def sign_in(browser: str, agent: str = CHROME, *, session: AsyncSession) -> None:
    await residents.sign_in(ALICE, PASSWORD, agent, ADDRESS, session=session, browser=browser)


async def told(session: AsyncSession) -> list[str]:
    return [letter.text for letter in await letters_to(ALICE, session=session) if letter.kind == "new_device"]


async def test_only_a_sign_in_from_another_device_is_told_of(session: AsyncSession):
    await confirmed(session=session)
    phone, laptop = new_token(), new_token()
    await sign_in(phone, session=session)
    await sign_in(phone, session=session)
    assert await told(session) == [], "the first device of all is the one of the sign-up"
    await sign_in(laptop, FIREFOX, session=session)
    await sign_in(laptop, FIREFOX, session=session)
    await sign_in(phone, session=session)
    [letter] = await told(session)
    assert "Firefox на Linux, 203.0.113.*" in letter
    assert "/settings/sessions" in letter
    assert "/password/forgot" in letter
    kept = list(await session.exec(select(KnownDevice.token_hash)))
    assert len(kept) == 2
    assert all(phone.encode() not in one and laptop.encode() not in one for one in kept)


async def test_a_device_is_known_to_one_person_only(session: AsyncSession):
    shared = new_token()
    await confirmed(session=session)
    await sign_in(shared, session=session)
    await confirmed("bob@mail.example", session=session)
    for browser in (new_token(), shared):
        await residents.sign_in(
            "bob@mail.example", PASSWORD, CHROME, ADDRESS, session=session, browser=browser
        )
    kinds = [letter.kind for letter in await letters_to("bob@mail.example", session=session)]
    assert kinds.count("new_device") == 1


@pytest.mark.parametrize(("agent", "letters"), [(CHROME, 0), (FIREFOX, 1)])
async def test_who_signed_in_before_devices_were_remembered(session: AsyncSession, agent: str, letters: int):
    alice = await confirmed(session=session)
    await sign_in("", CHROME, session=session)
    assert await residents.get_profile(alice, session=session)
    assert len(list(await session.exec(select(LoginSession)))) == 1
    await sign_in(new_token(), agent, session=session)
    assert len(await told(session)) == letters


@pytest.mark.parametrize(("agent", "words"), AGENTS.items())
def test_a_device_in_words(agent: str, words: str):
    assert say_device(agent) == words


def test_english_names():
    with use_locale("en"):
        assert (
            say_device("Mozilla/5.0 (Windows NT 10.0) Chrome/138 YaBrowser/25") == "Yandex Browser on Windows"
        )


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.7", "203.0.113.*"),
        ("2001:db8:1:2:3::4", "2001:db8:1::*"),
        ("::ffff:203.0.113.7", "203.0.113.*"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_an_address_is_masked(address: str, masked: str):
    assert whereabouts.mask_address(address) == masked


class Atlas:
    """A database that knows one place, as MaxMind's do."""

    def get(self, address: str) -> object:
        names = {"city": {"names": {"en": "Perm", "ru": "Пермь"}}, "country": {"names": {"en": "Russia"}}}
        return names if address == ADDRESS else None


def test_a_place_is_named_if_the_operator_has_a_database(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(whereabouts, "_database", lambda _path: Atlas())
    assert residents.say_place(ADDRESS) == "203.0.113.*, Пермь, Russia"
    assert residents.say_place("198.51.100.1") == "198.51.100.*"


def test_a_broken_database_stops_no_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no database")
    with pytest.raises(maxminddb.InvalidDatabaseError):
        maxminddb.open_database(broken)
    monkeypatch.setattr(settings, "geoip_database", broken)
    assert residents.say_place(ADDRESS) == "203.0.113.*"
