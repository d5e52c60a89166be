"""The job that sends letters, with retries for a day."""

import asyncio
import logging
import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job
from sqlalchemy import func
from sqlmodel import col, select

from cabinet.database import unit_of_work
from cabinet.jobs import defer, jobs
from cabinet.kit.dates import now
from cabinet.mail.attachments import files_of
from cabinet.mail.message import message_of
from cabinet.mail.models import Letter
from cabinet.mail.service import FORGOTTEN
from cabinet.settings import settings
from cabinet.watching.metrics import LETTERS

logger = logging.getLogger(__name__)

_FIRST_WAIT = 30
_LONGEST_WAIT = 4 * 3600
_GIVE_UP_AFTER = timedelta(days=1)
_FORGOTTEN_AFTER = timedelta(minutes=10)
_TIMEOUT = 30
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TOKEN = re.compile(r"(token=)[\w.~%-]+")


class NotSent(Exception):
    """The letter could not be sent now; it is tried again later."""


class Patience(BaseRetryStrategy):
    """Try again after 30 s, 1, 2, 4 minutes…, at most 4 hours apart; the letter knows when to give up."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try next; a bug is not tried again for ever."""
        if not isinstance(exception, NotSent) and job.attempts > 5:
            return None
        return RetryDecision(
            retry_in={"seconds": min(_FIRST_WAIT * 2 ** min(job.attempts, 20), _LONGEST_WAIT)}
        )


@jobs.task(name="send_letter", retry=Patience(), lock="letter:{letter_id}")
async def send_letter(letter_id: str) -> None:
    """Send one letter of the outbox, unless it was sent or given up."""
    letter = await _take(UUID(letter_id))
    if letter is None:
        return
    try:
        await _deliver(letter)
    except (aiosmtplib.SMTPException, OSError) as error:
        await _note_failure(letter, error)
    else:
        await _note_success(letter)


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="send_forgotten_letters", queueing_lock="send_forgotten_letters")
async def send_forgotten_letters(timestamp: int) -> None:
    """Queue the letters that nobody tried to send: the queue was out of order when they were written."""
    waiting = select(Letter).where(
        col(Letter.sent_at).is_(None),
        col(Letter.failed_at).is_(None),
        col(Letter.attempts) == 0,
        func.coalesce(col(Letter.resent_at), col(Letter.created_at)) < now() - _FORGOTTEN_AFTER,
    )
    async with unit_of_work() as session:
        for letter in await session.exec(waiting):
            await defer(send_letter, session=session, letter_id=str(letter.id))


async def _take(letter_id: UUID) -> Letter | None:
    async with unit_of_work() as session:
        letter = await session.get(Letter, letter_id, with_for_update=True)
        if letter is None or letter.sent_at or letter.failed_at:
            return None
        letter.attempts += 1
        return letter


async def _deliver(letter: Letter) -> None:
    message = message_of(letter, await files_of(letter))
    if settings.is_development:
        await asyncio.to_thread(_keep_file, settings.data_dir / "mail", letter, bytes(message))
    if settings.smtp_url:
        await _send(message)


async def _send(message: EmailMessage) -> None:
    url = urlsplit(settings.smtp_url)
    username = unquote(url.username) if url.username else None
    tls = url.scheme == "smtps"
    await aiosmtplib.send(
        message,
        hostname=url.hostname,
        port=url.port or (465 if tls else 25),
        username=username,
        password=unquote(url.password) if url.password else None,
        use_tls=tls,
        start_tls=start_tls(tls, username, url.hostname),
        timeout=_TIMEOUT,
    )


def start_tls(tls: bool, username: str | None, host: str | None) -> bool | None:
    """STARTTLS where the server offers it; demanded before a password leaves this machine."""
    if tls:
        return False
    return True if username and host not in _LOOPBACK else None


async def _note_success(letter: Letter) -> None:
    async with unit_of_work() as session:
        fresh = await session.get_one(Letter, letter.id, with_for_update=True)
        fresh.sent_at, fresh.error = now(), ""
        if fresh.kind in FORGOTTEN:
            await session.delete(fresh)
        if settings.smtp_url:
            # The link now lives in the recipient's mailbox only: who reads the outbox cannot follow it.
            fresh.text, fresh.html = _TOKEN.sub(r"\1…", fresh.text), _TOKEN.sub(r"\1…", fresh.html)
    LETTERS.labels("sent").inc()


async def _note_failure(letter: Letter, error: Exception) -> None:
    """Write down why; raise NotSent while there is hope."""
    hopeless = _is_refused(error) or now() - (letter.resent_at or letter.created_at) > _GIVE_UP_AFTER
    async with unit_of_work() as session:
        fresh = await session.get_one(Letter, letter.id, with_for_update=True)
        fresh.error = _reason(error)
        if hopeless:
            fresh.failed_at = now()
    LETTERS.labels("given_up" if hopeless else "later").inc()
    logger.warning("Letter %s not sent (%s)%s", letter.id, _reason(error), ", given up" if hopeless else "")
    if not hopeless:
        raise NotSent(_reason(error)) from None


def _is_refused(error: Exception) -> bool:
    """Whether the server says that this recipient will never do (5xx)."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500


def _reason(error: Exception) -> str:
    """The kind of failure and the server's code; its words may hold addresses."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _keep_file(folder: Path, letter: Letter, raw: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    stamp = letter.created_at.strftime("%Y%m%d-%H%M%S")
    (folder / f"{stamp}-{letter.kind}-{letter.id}.eml").write_bytes(raw)
