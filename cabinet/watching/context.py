"""What a log line, a report and a metric may say about the work they come from.

Set where the work begins (a request, an event, a job, a payment), read where a line is written.
"""

import hmac
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex
from uuid import UUID

from cabinet.settings import settings

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""One for each request and each event: all lines of one cause have the same."""
who: ContextVar[UUID | None] = ContextVar("who", default=None)
"""The person behind the request or event; leaves this process as a pseudonym only."""

_payment: ContextVar[str] = ContextVar("payment", default="")
_job: ContextVar[tuple[int, str] | None] = ContextVar("job", default=None)
_OURS = re.compile(r"[\w.-]{8,64}", re.ASCII)


def new_request_id() -> str:
    """48 random bits, as the framework's own ids of events."""
    return token_hex(6)


def request_id_from(heard: str) -> str:
    """What our own proxy says if it is an id, else a new one; without a proxy of ours anybody could say it."""
    if settings.trusted_proxy_hops and _OURS.fullmatch(heard):
        return heard
    return new_request_id()


@contextmanager
def about_payment(number: int | None) -> Generator[None]:
    """Lines written inside name the payment's number, which support can find."""
    before = _payment.set(str(number or ""))
    try:
        yield
    finally:
        _payment.reset(before)


@contextmanager
def about_job(ident: int, task: str) -> Generator[None]:
    """Lines written inside name the job and its task."""
    before = _job.set((ident, task))
    try:
        yield
    finally:
        _job.reset(before)


def facts() -> dict[str, str | int]:
    """What is known of the work under way: request, who, payment, job, task; without what is not."""
    found: dict[str, str | int] = {}
    if ident := request_id.get():
        found["request"] = ident
    if person := who.get():
        found["who"] = pseudonym(person)
    if number := _payment.get():
        found["payment"] = int(number)
    if job := _job.get():
        found["job"], found["task"] = job
    return found


def pseudonym(person_id: UUID) -> str:
    """The same eight signs for the same person; without the secret key nobody can tell whose."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.digest(key, b"log:" + person_id.bytes, "sha256").hex()[:8]
