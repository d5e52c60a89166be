"""Sending over real SMTP, with retries."""

import asyncio
import contextlib
import socket
from collections.abc import Generator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.jobs import run_jobs, run_jobs_once
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.mail.sending import NotSent, send_forgotten_letters, send_letter, start_tls
from cabinet.mail.service import write_letter
from cabinet.settings import settings

ALICE = "alice@mail.example"
URL = "https://cabinet.example/confirm?token=s3cret"


class Mailbox:
    """Takes every letter, or answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer = "250 OK"
        self.answer_to_recipient = ""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answer_to_recipient:
            return self.answer_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer == "250 OK":
            assert isinstance(envelope.content, bytes)
            self.received.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Generator[Mailbox]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setattr(settings, "smtp_url", f"smtp://127.0.0.1:{controller.port}")
    yield handler
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def written(*, session: AsyncSession) -> Letter:
    letter = await write_letter("confirm_email", ALICE, "ru", session=session, url=URL)
    assert letter
    return await fresh(letter, session=session)


async def fresh(letter: Letter, *, session: AsyncSession) -> Letter:
    query = select(Letter).where(Letter.id == letter.id).execution_options(populate_existing=True)
    return (await session.exec(query)).one()


async def test_a_letter_arrives_whole(session: AsyncSession, mailbox: Mailbox):
    letter = await written(session=session)
    await send_letter(str(letter.id))
    [message] = mailbox.received
    assert message["To"] == ALICE
    assert message["Subject"] == letter.subject
    html = message.get_body(("html",))
    plain = message.get_body(("plain",))
    assert html
    assert plain
    assert URL in html.get_content()
    assert URL in plain.get_content()
    sent = await fresh(letter, session=session)
    assert sent.sent_at
    assert "s3cret" not in sent.text + sent.html


async def test_a_job_that_runs_twice_sends_once(session: AsyncSession, mailbox: Mailbox):
    letter = await written(session=session)
    await send_letter(str(letter.id))
    await send_letter(str(letter.id))
    assert len(mailbox.received) == 1


async def test_a_busy_server_is_tried_again(session: AsyncSession, mailbox: Mailbox):
    letter = await written(session=session)
    mailbox.answer = "451 try later, alice@mail.example"
    with pytest.raises(NotSent):
        await send_letter(str(letter.id))
    waiting = await fresh(letter, session=session)
    assert (waiting.sent_at, waiting.failed_at, waiting.attempts) == (None, None, 1)
    assert waiting.error == "SMTPDataError 451"
    mailbox.answer = "250 OK"
    await send_letter(str(letter.id))
    assert (await fresh(letter, session=session)).sent_at


async def test_no_server_at_all_is_tried_again(session: AsyncSession, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "smtp_url", f"smtp://127.0.0.1:{free_port()}")
    letter = await written(session=session)
    with pytest.raises(NotSent):
        await send_letter(str(letter.id))


async def test_a_mailbox_that_does_not_exist_is_given_up(session: AsyncSession, mailbox: Mailbox):
    letter = await written(session=session)
    mailbox.answer_to_recipient = "550 no such mailbox"
    await send_letter(str(letter.id))
    assert (await fresh(letter, session=session)).failed_at


async def test_after_a_day_it_is_given_up(session: AsyncSession, mailbox: Mailbox):
    letter = await written(session=session)
    letter.created_at = now() - timedelta(hours=25)
    await session.flush()
    mailbox.answer = "451 try later"
    await send_letter(str(letter.id))
    assert (await fresh(letter, session=session)).failed_at


async def test_retries_wait_longer_and_longer_over_a_day():
    waits = [_wait(attempt) for attempt in range(20)]
    assert waits[:3] == pytest.approx([30, 60, 120], abs=2)
    assert max(waits) <= 4 * 3600 + 2
    assert sum(waits) > 24 * 3600


def _wait(attempts: int) -> float:
    from procrastinate.jobs import Job

    job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="t", attempts=attempts)
    strategy = send_letter.retry_strategy
    assert strategy
    decision = strategy.get_retry_decision(exception=NotSent(), job=job)
    assert decision
    assert decision.retry_at
    return (decision.retry_at - now()).total_seconds()


async def test_without_a_server_the_letter_is_a_file(session: AsyncSession, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "smtp_url", "")
    letter = await written(session=session)
    await send_letter(str(letter.id))
    [path] = (settings.data_dir / "mail").glob(f"*{letter.id}.eml")
    assert message_from_bytes(path.read_bytes(), policy=default)["To"] == ALICE
    kept = await fresh(letter, session=session)
    assert kept.sent_at
    assert "s3cret" in kept.text


async def test_a_password_travels_over_loopback_or_tls_only(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    handler = Mailbox()

    def check(server: SMTP, _s: Session, _e: Envelope, _m: str, data: Any) -> AuthResult:
        fits = isinstance(data, LoginPassword) and (data.login, data.password) == (b"us@er", b"p:w/d")
        return AuthResult(success=fits)

    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=check,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    try:
        monkeypatch.setattr(settings, "smtp_url", f"smtp://us%40er:p%3Aw%2Fd@127.0.0.1:{controller.port}")
        await send_letter(str((await written(session=session)).id))
    finally:
        controller.stop()
    assert len(handler.received) == 1
    assert start_tls(False, "user", "mail.example") is True
    assert start_tls(False, None, "mail.example") is None
    assert start_tls(True, "user", "mail.example") is False


async def test_the_worker_sends_what_was_committed_and_nothing_else(committed: str, mailbox: Mailbox):
    async with unit_of_work() as session:
        await written(session=session)
    with contextlib.suppress(ZeroDivisionError):
        async with unit_of_work() as session:
            await write_letter("confirm_email", "bob@mail.example", "ru", session=session, url=URL)
            raise ZeroDivisionError
    await run_jobs_once()
    assert [message["To"] for message in mailbox.received] == [ALICE]


async def test_a_running_worker_sends_at_once(committed: str, mailbox: Mailbox):
    async with run_jobs():
        await asyncio.sleep(0.5)
        async with unit_of_work() as session:
            await written(session=session)
        for _ in range(80):
            await asyncio.sleep(0.05)
            if mailbox.received:
                break
    assert len(mailbox.received) == 1


async def test_a_letter_without_a_job_is_found(committed: str, mailbox: Mailbox):
    async with unit_of_work() as session:
        letter = await written(session=session)
        letter.created_at = now() - timedelta(minutes=11)
        await (await session.connection()).execute(text("DELETE FROM procrastinate_jobs"))
    await send_forgotten_letters(timestamp=0)
    await run_jobs_once()
    assert len(mailbox.received) == 1
