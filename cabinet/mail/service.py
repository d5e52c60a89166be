"""Writing letters: rendered at once, kept in the outbox, sent by a job of the same transaction."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import bindparam, func, insert, inspect, or_
from sqlalchemy import select as select_columns
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.i18n import path_in
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.mail.render import render
from cabinet.settings import settings

__all__ = [
    "FORGOTTEN",
    "delete_last_letters_before",
    "delete_letters_before",
    "delete_letters_to",
    "link",
    "write_letter",
]

logger = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
_LIMITS = {
    "payment_succeeded": 60,
    "payment_failed": 60,
    "refund_succeeded": 60,
    "refund_failed": 60,
    "autopay_announced": 60,
    "autopay_failed": 60,
    "autopay_needs_you": 60,
    "autopay_ended": 60,
    "reading_declined": 60,
    "token_created": 60,
    "factor_changed": 60,
    "recovery_code_used": 60,
    "token_ended": 60,
    "device_needs_you": 60,
    "access_ended": 60,
    "new_bill": 60,
    "window_opens": 60,
    "window_closes_tomorrow": 60,
    "verification_due": 60,
    "notice": 60,
    "ticket_answered": 60,
    "ticket_closing": 60,
    "ticket_closed": 60,
}
FORGOTTEN = frozenset({"cabinet_deleted"})
"""Kinds of which no copy stays once they have left."""
_LIMIT = 6
"""Letters of one kind to one mailbox within an hour; who asks for more of them has enough."""


_COLUMNS = inspect(Letter).columns
_LATELY = (
    select(func.count())
    .where(
        col(Letter.recipient_key) == bindparam("recipient_key"),
        col(Letter.kind) == bindparam("kind"),
        col(Letter.created_at) > bindparam("an_hour_ago"),
    )
    .scalar_subquery()
)
_WRITE = (
    insert(Letter)
    .from_select(
        [column.name for column in _COLUMNS],
        select_columns(*(bindparam(column.name, type_=column.type) for column in _COLUMNS)).where(
            bindparam("limit") > _LATELY
        ),
    )
    .returning(col(Letter.id))
)
"""Of a whole letter, unless the recipient had enough of the kind within an hour."""


async def write_letter(
    kind: str,
    recipient: str,
    locale: str,
    *,
    session: AsyncSession,
    about_id: UUID | None = None,
    **facts: Any,
) -> Letter | None:
    """Put a letter into the outbox; it leaves after the session's transaction commits.

    Never fails the action that causes it: a letter that cannot be rendered is kept as failed, one
    above the recipient's limit is not written (None). What `about_id` names may add files when it
    is sent (mail/attachments.py).
    """
    if "@" not in recipient:
        return None  # the cabinet was deleted: there is nobody to write to
    letter = _draw(kind, recipient, locale, about_id, facts)
    written = await run(
        _WRITE,
        session=session,
        limit=_LIMITS.get(kind, _LIMIT),
        an_hour_ago=letter.created_at - _HOUR,
        **letter.model_dump(),
    )
    if not written:
        logger.warning("Letter %s not written: the recipient's limit is reached", kind)
        return None
    if letter.failed_at is None:
        await _send_later(letter, session=session)
    return letter


def _draw(kind: str, recipient: str, locale: str, about_id: UUID | None, facts: dict[str, Any]) -> Letter:
    letter = Letter(
        kind=kind,
        recipient=recipient,
        recipient_key=recipient.casefold(),
        locale=locale,
        subject="",
        text="",
        html="",
        about_id=about_id,
    )
    try:
        letter.subject, letter.text, letter.html = render(kind, locale, facts)
    except Exception as error:
        logger.error("Letter %s cannot be rendered: %s", kind, type(error).__name__)
        letter.failed_at, letter.error = now(), f"render: {type(error).__name__}"
    return letter


def link(path: str, locale: str, **query: str) -> str:
    """The full address of a page in that language; always on our own origin, whatever a client says."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{settings.public_url}{path_in(path, locale)}{asked}"


async def delete_letters_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete letters written before `moment`, sent or not."""
    await session.exec(delete(Letter).where(col(Letter.created_at) < moment))


async def delete_letters_to(
    mailboxes: Iterable[str], *, session: AsyncSession, naming: Sequence[str] | None = None
) -> None:
    """Delete the letters to these mailboxes; with `naming` only those in which one of these texts stands."""
    which = col(Letter.recipient_key).in_({mailbox.casefold() for mailbox in mailboxes})
    if naming is not None:
        which &= or_(*(col(Letter.text).contains(name, autoescape=True) for name in naming))
    await session.exec(delete(Letter).where(which))


async def delete_last_letters_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the last letters of deleted cabinets that could not be sent until `moment`."""
    last = col(Letter.kind).in_(FORGOTTEN) & (col(Letter.created_at) < moment)
    await session.exec(delete(Letter).where(last))


async def _send_later(letter: Letter, *, session: AsyncSession) -> None:
    """Queue the sending; if the queue is out of order, the sweep for forgotten letters finds the row."""
    from cabinet.mail.sending import send_letter

    try:
        async with session.begin_nested():
            await defer(send_letter, session=session, letter_id=str(letter.id))
    except Exception as error:
        logger.error("Letter %s cannot be queued: %s", letter.kind, type(error).__name__)
