"""Addresses: one key for one mailbox."""

import asyncio
import time

import pytest
from email_validator import EmailUndeliverableError

from cabinet.residents import emails
from cabinet.residents.emails import check_mail_server, read_mailbox
from cabinet.residents.errors import BadEmail, NoSuchMailServer
from cabinet.settings import settings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ivan@Mail.RU", "ivan@mail.ru"),
        (" ivan@mail.ru\n", "ivan@mail.ru"),
        ("ivan@ПОЧТА.рф", "ivan@xn--80a1acny.xn--p1ai"),
        ("й@mail.ru", "и\u0306@mail.ru"),
        ("STRASSE@mail.ru", "straße@mail.ru"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str):
    assert read_mailbox(one).key == read_mailbox(other).key


@pytest.mark.parametrize(
    "text", ["", "ivan", "ivan@", "@mail.ru", "a b@mail.ru", "ivan@mail", "i@m.ru\r\nBcc: x@y.ru"]
)
def test_what_no_letter_can_reach_is_refused(text: str):
    with pytest.raises(BadEmail):
        read_mailbox(text)


async def test_the_dns_check_is_off_by_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(emails, "_ask_dns", lambda _: pytest.fail("asked"))
    await check_mail_server(read_mailbox("ivan@no-such-domain.example"))


async def test_the_dns_check_refuses_a_domain_without_mail(monkeypatch: pytest.MonkeyPatch):
    def refuse(_address: str) -> None:
        raise EmailUndeliverableError("no MX")

    monkeypatch.setattr(settings, "email_dns_check", True)
    monkeypatch.setattr(emails, "_ask_dns", refuse)
    with pytest.raises(NoSuchMailServer) as caught:
        await check_mail_server(read_mailbox("ivan@no-such-domain.example"))
    assert "no-such-domain.example" in caught.value.message()


async def test_a_slow_name_server_does_not_hold_up_a_sign_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "email_dns_check", True)
    monkeypatch.setattr(emails, "_DNS_SECONDS", 0.1)
    monkeypatch.setattr(emails, "_ask_dns", lambda _: time.sleep(0.6))
    start = asyncio.get_running_loop().time()
    await check_mail_server(read_mailbox("ivan@mail.ru"))
    assert asyncio.get_running_loop().time() - start < 0.4
