"""Letters: written, laid out, kept."""

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.mail.kinds import CONTENTS, Content
from cabinet.mail.message import message_of, to_ascii
from cabinet.mail.models import Letter
from cabinet.mail.render import render
from cabinet.mail.service import link, write_letter
from cabinet.settings import settings

ALICE = "alice@mail.example"
URL = "https://cabinet.example/confirm?token=abc"
WHERE = "Chrome / <Android>, 203.0.113.*"
PAID_AT = datetime(2026, 11, 22, 11, 5, tzinfo=UTC)
ITEMS = [("Газ <Север> & Ко", "370012345678", 123456), ("Вода", "12345", 50000)]
AUTOPAY: dict[str, Any] = {"provider": "Газ", "number": "370012345678", "total_minor": 123456, "url": URL}
WINDOW: dict[str, Any] = {
    "provider": "Gas",
    "accounts": [("Дача <у реки>", "370012345678"), ("Gas", "370012345679")],
    "period": date(2026, 11, 1),
    "opens": date(2026, 11, 15),
    "closes": date(2026, 11, 25),
    "strict": True,
    "url": URL,
}
FACTS: dict[str, dict[str, Any]] = {
    "confirm_email": {"url": URL},
    "already_registered": {"url": URL, "forgot_url": URL},
    "reset_password": {"url": URL},
    "staff_invited": {"url": URL},
    "factor_changed": {
        "change": "key_added",
        "name": "Phone <1>",
        "changed_at": PAID_AT,
        "address": "203.0.113.7",
        "url": URL,
    },
    "recovery_code_used": {"left": 3, "used_at": PAID_AT, "address": "", "url": URL},
    "password_changed": {"url": URL, "changed_at": PAID_AT, "where": WHERE, "sessions_url": URL},
    "new_device": {"signed_in_at": PAID_AT, "where": WHERE, "url": URL, "forgot_url": URL},
    "email_confirm_new": {"url": URL, "old_email": ALICE},
    "email_allow_old": {"url": URL, "new_email": ALICE, "asked_at": PAID_AT, "where": WHERE},
    "email_taken": {"url": URL},
    "email_changed": {"new_email": ALICE, "changed_at": PAID_AT, "where": WHERE, "url": URL, "is_new": True},
    "data_taken": {"taken_at": PAID_AT, "where": WHERE, "url": URL, "forgot_url": URL},
    "cabinet_deleted": {"deleted_at": PAID_AT, "where": WHERE, "url": URL},
    "payment_succeeded": {"number": 7, "total_minor": 173456, "paid_at": PAID_AT, "items": ITEMS, "url": URL},
    "payment_failed": {"number": 7, "total_minor": 173456, "url": URL},
    "autopay_announced": {**AUTOPAY, "day": date(2026, 12, 10), "card": "Visa •••• 4242"},
    "autopay_failed": {**AUTOPAY, "reason": "Не вышло."},
    "autopay_needs_you": AUTOPAY,
    "autopay_ended": {"provider": "Gas", "number": "370012345678", "reason": "Отвязан.", "url": URL},
    "refund_succeeded": {"number": 7, "amount_minor": 60000, "url": URL},
    "refund_failed": {"number": 7, "amount_minor": 60000, "url": URL},
    "invitation": {
        "inviter": "Анна <Ёлкина>",
        "provider": "Gas",
        "may_pay": True,
        "until": date(2026, 12, 10),
        "url": URL,
    },
    "access_ended": {"provider": "Gas", "number": "370012345678", "reason": "Отозван.", "url": URL},
    "token_created": {
        "name": "Home",
        "accounts": [("Gas <North>", "370012345678")],
        "may_look": True,
        "may_send": True,
        "made_at": PAID_AT,
        "expires_at": None,
        "address": "203.0.113.7",
        "url": URL,
    },
    "token_ended": {"name": "Home", "reason": "Unlinked.", "url": URL},
    "device_needs_you": {"name": "Bathroom", "values": [("Water, No. 1", "90.5", "Lower.")], "url": URL},
    "new_bill": {
        "account": "Gas",
        "number": "370012345678",
        "period": date(2026, 10, 1),
        "due_on": date(2026, 11, 15),
        "total_minor": 123456,
        "to_pay_minor": 150000,
        "url": URL,
    },
    "notice": {
        "is_outage": True,
        "title": "No water",
        "text": "Store some.\n\nSorry.",
        "provider": "Water",
        "when": "tomorrow, from 10:00 to 16:00",
        "url": URL,
    },
    "reading_declined": {
        "provider": "Water",
        "number": "370012345678",
        "serial": "12345678",
        "value": "1234.5 m³",
        "day": date(2026, 11, 20),
        "reason": "Показание меньше контрольного <снимка>.",
        "url": URL,
    },
    "window_opens": WINDOW,
    "window_closes_tomorrow": WINDOW,
    "verification_due": {
        "provider": "Gas",
        "meters": [("Gas", "12345678", "370012345678", date(2027, 1, 20))],
        "must": True,
        "phone": "8 800 000-00-00",
        "url": URL,
    },
    "ticket_received": {"number": 1001, "subject": "Не видно <платёж>"},
    "ticket_answered": {
        "number": 1001,
        "subject": "Payment <missing>",
        "text": "It came.\n\n<b>Look</b> again.",
        "files": 2,
        "closed_days": 14,
        "url": URL,
    },
    "ticket_closing": {
        "number": 1001,
        "subject": "Payment",
        "closes_on": date(2027, 1, 20),
        "url": URL,
    },
    "ticket_closed": {"number": 1001, "subject": "Payment", "days": 14, "url": URL},
    "webhook_switched_off": {"provider": "Water", "host": "told.example", "url": URL},
    "key_expires": {
        "provider": "Water",
        "name": "1C",
        "prefix": "ck_Hj-gAK",
        "day": date(2026, 12, 20),
        "url": URL,
    },
}


def test_every_kind_is_tested():
    assert FACTS.keys() == CONTENTS.keys()


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("kind", FACTS)
def test_both_parts_say_it_in_the_readers_language(kind: str, locale: str):
    subject, plain, html = render(kind, locale, FACTS[kind])
    has_russian = any("а" <= c <= "я" for c in subject)
    assert has_russian == (locale == "ru")
    assert f'<html lang="{locale}">' in html
    assert subject
    assert "{" not in subject + plain
    own_words = str(FACTS[kind].get("name", ""))
    assert "<" not in subject.replace(own_words, ""), "markup; a name that somebody typed is plain text"
    for url in (value for name, value in FACTS[kind].items() if name.endswith("url")):
        assert url in plain
        assert f'href="{url}"' in html
    assert html.count('class="button"') == (1 if "url" in FACTS[kind] else 0)
    assert "<img" not in html
    assert "prefers-color-scheme: dark" in html


def test_the_sum_stands_in_the_subject_and_providers_cannot_write_html():
    subject, plain, html = render("payment_succeeded", "ru", FACTS["payment_succeeded"])
    assert "1\u202f734,56\u202f₽" in subject
    assert "Газ <Север> & Ко" in plain
    assert "Газ &lt;Север&gt; &amp; Ко" in html
    assert "3700 1234 5678" in plain
    assert "22 ноября 2026, 14:05" in plain


async def test_a_letter_waits_in_the_outbox_with_its_job(session: AsyncSession):
    letter = await write_letter("confirm_email", "Alice@Mail.Example", "ru", session=session, url=URL)
    assert letter
    assert letter.recipient_key == ALICE
    assert letter.sent_at is None
    jobs = await (await session.connection()).execute(
        text("SELECT task_name, args::text FROM procrastinate_jobs")
    )
    assert [(name, args) for name, args in jobs] == [("send_letter", f'{{"letter_id": "{letter.id}"}}')]


async def test_a_letter_that_cannot_be_rendered_loses_nothing(session: AsyncSession):
    letter = await write_letter("confirm_email", ALICE, "ru", session=session, wrong="fact")
    assert letter
    assert letter.failed_at
    assert letter.error == "render: TypeError"
    unknown = await write_letter("no_such_kind", ALICE, "ru", session=session)
    assert unknown
    assert unknown.error == "render: KeyError"


async def test_a_queue_out_of_order_loses_neither_action_nor_letter(session: AsyncSession):
    await (await session.connection()).execute(text("ALTER TABLE procrastinate_jobs RENAME TO away"))
    letter = await write_letter("confirm_email", ALICE, "ru", session=session, url=URL)
    assert letter
    assert (await session.exec(select(Letter))).one().failed_at is None


async def test_letters_to_one_recipient_are_limited(session: AsyncSession):
    for _ in range(6):
        assert await write_letter("confirm_email", ALICE, "ru", session=session, url=URL)
    assert await write_letter("confirm_email", ALICE.upper(), "ru", session=session, url=URL) is None
    assert await write_letter("reset_password", ALICE, "ru", session=session, url=URL)
    assert await write_letter("confirm_email", "bob@mail.example", "ru", session=session, url=URL)


def test_the_message_has_both_parts_and_sensible_headers():
    subject, plain, html = render("payment_succeeded", "ru", FACTS["payment_succeeded"])
    letter = Letter(
        kind="payment_succeeded",
        recipient="житель@почта.рф",
        recipient_key="",
        locale="ru",
        subject=subject,
        text=plain,
        html=html,
    )
    letter.recipient = "alice@почта.рф"
    raw = bytes(message_of(letter))
    read = message_from_bytes(raw, policy=default)
    assert read["To"] == "alice@xn--80a1acny.xn--p1ai"
    assert read["Subject"] == subject
    assert read["Message-ID"] == f"<{letter.id}@{settings.mail_from.partition('@')[2]}>"
    assert read["Date"].datetime == letter.created_at.replace(microsecond=0)
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["List-Unsubscribe"] == f"<{settings.public_url}/settings>"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    body = read.get_body(("plain",))
    assert body
    assert "1\u202f734,56" in body.get_content()
    assert raw.isascii()
    assert max(len(line) for line in raw.splitlines()) < 998


def test_a_subject_cannot_bring_a_header_along(monkeypatch: pytest.MonkeyPatch):
    smuggled = Content("Привет\r\nBcc: eve@mail.example\u2028x", "h", "p", ["x"])
    monkeypatch.setitem(CONTENTS, "confirm_email", lambda: smuggled)
    subject, plain, html = render("confirm_email", "ru", {})
    letter = Letter(
        kind="x", recipient=ALICE, recipient_key=ALICE, locale="ru", subject=subject, text=plain, html=html
    )
    assert message_of(letter)["Bcc"] is None
    assert "\n" not in subject


def test_links_stand_on_our_own_origin():
    assert link("/confirm", "en", token="a b") == f"{settings.public_url}/en/confirm?token=a+b"
    assert link("/login", "ru") == f"{settings.public_url}/login"


@pytest.mark.parametrize(
    ("given", "travels"), [("i@почта.рф", "i@xn--80a1acny.xn--p1ai"), ("i@mail.ru", "i@mail.ru")]
)
def test_domains_travel_in_ascii(given: str, travels: str):
    assert to_ascii(given) == travels
