"""What becomes of a resident's requests when their e-mail changes, or their cabinet is deleted."""

import asyncio
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.text import fold
from cabinet.support.files import remove_files
from cabinet.support.models import Ticket, TicketFile, TicketMessage, TicketPass, TicketRating, TicketStep


async def move_requests(resident_id: UUID, email: str, *, session: AsyncSession) -> None:
    """Let answers go to the new address."""
    own = select(Ticket).where(Ticket.resident_id == resident_id).with_for_update()
    for ticket in await session.exec(own):
        ticket.search_key = ticket.search_key.replace(fold(ticket.email), fold(email))
        ticket.email = email
    await session.flush()


async def delete_requests(resident_id: UUID, email: str, *, session: AsyncSession) -> None:
    """Delete the resident's requests with all that was written in them, and the files; those written from the
    same address without signing in, too.

    The contents of files go first: a row without content is deleted again, a content without row by nobody.
    """
    as_guest = col(Ticket.resident_id).is_(None) & (func.lower(col(Ticket.email)) == email.lower())
    own = select(Ticket.id).where(or_(col(Ticket.resident_id) == resident_id, as_guest))
    tickets = list(await session.exec(own.with_for_update()))
    messages = select(TicketMessage.id).where(col(TicketMessage.ticket_id).in_(tickets))
    files = list(await session.exec(select(TicketFile.id).where(col(TicketFile.message_id).in_(messages))))
    await asyncio.to_thread(remove_files, files)
    await session.exec(delete(TicketFile).where(col(TicketFile.id).in_(files)))
    for table in (TicketPass, TicketRating, TicketStep, TicketMessage):
        await session.exec(delete(table).where(col(table.ticket_id).in_(tickets)))
    await session.exec(update(Ticket).where(col(Ticket.previous_id).in_(tickets)).values(previous_id=None))
    await session.exec(delete(Ticket).where(col(Ticket.id).in_(tickets)))
