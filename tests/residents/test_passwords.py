"""Which passwords may be chosen, and how long it takes to check one."""

import asyncio

import pytest

from cabinet.residents.errors import CommonPassword, WrongPasswordForm
from cabinet.residents.passwords import check_password, common_passwords, hash_password, verify_password
from cabinet.settings import PasswordPolicy, settings


@pytest.mark.parametrize("password", ["abqd7", "Garden2026", "rainyq", "Kx92mQ"])
def test_letters_and_digits_of_five_to_ten_are_welcome(password: str):
    check_password(password)


@pytest.mark.parametrize(
    "password", ["", "abc1", "elevenchars", "пароль7", "with space", "semi;1", "abc１２"]
)
def test_anything_else_is_refused_in_words(password: str):
    with pytest.raises(WrongPasswordForm) as caught:
        check_password(password)
    assert "5" in caught.value.message()
    assert "10" in caught.value.message()


@pytest.mark.parametrize(
    "password", ["qwerty123", "QWERTY123", "Parol123", "12345", "aaaaa", "gfhjkm", "alice"]
)
def test_the_commonest_are_refused(password: str):
    with pytest.raises(CommonPassword):
        check_password(password, email_key="alice@mail.example")


@pytest.mark.parametrize("password", ["kabinet", "Cabinet26", "2026zhkh", "ADMIN777", "example123"])
def test_what_anybody_would_try_here_first_is_refused(password: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "public_url", "https://lk.example")
    with pytest.raises(CommonPassword):
        check_password(password)


def test_the_list_is_long_and_fits_the_policy():
    fitting = [
        word for word in common_passwords() if word.isascii() and word.isalnum() and 5 <= len(word) <= 10
    ]
    assert len(fitting) > 20_000


def test_a_stronger_policy_can_be_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "password_policy", PasswordPolicy.LONG)
    check_password("кот спит на подоконнике")
    with pytest.raises(WrongPasswordForm):
        check_password("Garden2026")


async def test_only_the_right_password_fits():
    made = await hash_password("garden7")
    assert await verify_password(made, "garden7")
    assert not await verify_password(made, "Garden7")
    assert not await verify_password(None, "nobody")


async def test_hashing_does_not_hold_up_the_event_loop():
    work = asyncio.gather(*(hash_password("garden7") for _ in range(6)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    await work
    assert turns > 6, "the loop stood still while passwords were hashed"
