"""Letters about a request. None of them can hold an internal note: they take what they say from their caller."""

import re
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.tokens import hash_token, new_token
from cabinet.mail.service import link, write_letter
from cabinet.settings import settings
from cabinet.support.models import Ticket, TicketPass

_LINK = re.compile(r"\S*(?:://|www\.|\w\.\w{2,})\S*")


async def tell_received(ticket: Ticket, *, session: AsyncSession) -> None:
    """We have it, and its number. A guest gets no link yet: the mailbox may be somebody else's."""
    path = _own_page(ticket.id) if ticket.resident_id else "/help"
    await write_letter(
        "ticket_received",
        ticket.email,
        ticket.locale,
        session=session,
        number=ticket.number,
        subject=without_links(ticket.subject),
        url=link(path, ticket.locale),
        is_own=ticket.resident_id is not None,
    )


async def tell_answered(
    ticket: Ticket, text: str, files: int, *, session: AsyncSession, closes: bool = False
) -> None:
    """The answer itself, and the way to answer back; one that closes the request asks for a mark too."""
    await write_letter(
        "ticket_answered",
        ticket.email,
        ticket.locale,
        session=session,
        number=ticket.number,
        subject=without_links(ticket.subject),
        text=text,
        files=files,
        closed_days=settings.support_reopen_days if closes else 0,
        url=await _way_to(ticket, session),
    )


async def tell_closing(ticket: Ticket, closes_on: date, *, session: AsyncSession) -> None:
    """It will be closed unless they write."""
    await write_letter(
        "ticket_closing",
        ticket.email,
        ticket.locale,
        session=session,
        number=ticket.number,
        subject=without_links(ticket.subject),
        closes_on=closes_on,
        url=await _way_to(ticket, session),
    )


async def tell_closed(ticket: Ticket, *, session: AsyncSession) -> None:
    """It is closed: what did they think of it, and how to open it again."""
    await write_letter(
        "ticket_closed",
        ticket.email,
        ticket.locale,
        session=session,
        number=ticket.number,
        subject=without_links(ticket.subject),
        days=settings.support_reopen_days,
        url=await _way_to(ticket, session),
    )


def without_links(subject: str) -> str:
    """What our letter may quote: a stranger could have it sent, with a link of theirs, to anybody."""
    return _LINK.sub("…", subject)


async def _way_to(ticket: Ticket, session: AsyncSession) -> str:
    """Where the thread is read: in the cabinet, or by a secret of its own for a guest."""
    if ticket.resident_id is not None:
        return link(_own_page(ticket.id), ticket.locale)
    token = new_token()
    session.add(TicketPass(token_hash=hash_token(token), ticket_id=ticket.id))
    await session.flush()
    return link("/requests/guest", ticket.locale, token=token)


def _own_page(ticket_id: UUID) -> str:
    return f"/requests/{ticket_id}"
