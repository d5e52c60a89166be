"""Files of requests: reading one, and forgetting what is old."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.residents.person import Permission, Person
from cabinet.settings import settings
from cabinet.support.answering import is_within
from cabinet.support.files import path_of, remove_files
from cabinet.support.models import Ticket, TicketFile, TicketMessage, TicketPass
from cabinet.support.own import GUEST_DAYS, Asker, ByLink, ByResident, find_own
from cabinet.support.thread import TicketFileView, view_of_file

_CONTENT = re.compile("[0-9a-f]{32}")
"""How contents are named; what has another name is not ours."""


@dataclass(frozen=True, slots=True)
class _Kept:
    file: TicketFile
    message: TicketMessage
    ticket: Ticket


async def file_for_staff(file_id: UUID, *, by: Person, session: AsyncSession) -> TicketFileView:
    """Any file, those of notes too. Raises Forbidden, NotFound."""
    by.require(Permission.SEE_TICKETS)
    kept = await _find(file_id, session)
    if not await is_within(kept.ticket, by, session=session):
        raise NotFound
    return view_of_file(kept.file)


async def file_for_resident(file_id: UUID, resident_id: UUID, *, session: AsyncSession) -> TicketFileView:
    """A file of one of the resident's own requests, never of a note. Raises NotFound."""
    kept = await _find(file_id, session)
    return await _public(kept, ByResident(resident_id, kept.ticket.id), session)


async def file_by_link(file_id: UUID, token: str, *, session: AsyncSession) -> TicketFileView:
    """A file of the request that a guest's link opens, never of a note. Raises NotFound, LinkExpired."""
    return await _public(await _find(file_id, session), ByLink(token), session)


async def forget_closed_files(*, session: AsyncSession) -> int:
    """Delete the files of requests closed long ago (`settings.keep_days.closed_ticket_files`); how many.

    The contents go first: a row without content is deleted by the next run, a content without row by nobody.
    """
    long_ago = now() - timedelta(days=settings.keep_days.closed_ticket_files)
    closed = (
        select(TicketMessage.id)
        .join(Ticket, col(Ticket.id) == col(TicketMessage.ticket_id))
        .where(col(Ticket.closed_at) < long_ago)
    )
    ids = list(await session.exec(select(TicketFile.id).where(col(TicketFile.message_id).in_(closed))))
    await asyncio.to_thread(remove_files, ids)
    await session.exec(delete(TicketFile).where(col(TicketFile.id).in_(ids)))
    return len(ids)


async def forget_lost_files(*, session: AsyncSession) -> int:
    """Delete contents, older than a day, that no row names: left by a process that was killed; how many."""
    on_disk = await asyncio.to_thread(_old_contents)
    known = set(await session.exec(select(TicketFile.id).where(col(TicketFile.id).in_(on_disk))))
    lost = [file_id for file_id in on_disk if file_id not in known]
    await asyncio.to_thread(remove_files, lost)
    return len(lost)


async def forget_links(*, session: AsyncSession) -> None:
    """Delete the links of guests that open nothing any more."""
    ended = select(Ticket.id).where(col(Ticket.closed_at) < now() - timedelta(days=GUEST_DAYS))
    await session.exec(delete(TicketPass).where(col(TicketPass.ticket_id).in_(ended)))


async def _find(file_id: UUID, session: AsyncSession) -> _Kept:
    statement = (
        select(TicketFile, TicketMessage, Ticket)
        .join(TicketMessage, col(TicketMessage.id) == col(TicketFile.message_id))
        .join(Ticket, col(Ticket.id) == col(TicketMessage.ticket_id))
        .where(TicketFile.id == file_id)
    )
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound
    return _Kept(*found)


async def _public(kept: _Kept, asker: Asker, session: AsyncSession) -> TicketFileView:
    ticket = await find_own(asker, session=session)
    if kept.message.is_note or kept.ticket.id != ticket.id:
        raise NotFound
    return view_of_file(kept.file)


def _old_contents() -> list[UUID]:
    folder = path_of(UUID(int=0)).parent
    yesterday = (now() - timedelta(days=1)).timestamp()
    contents = folder.iterdir() if folder.exists() else iter(())
    return [
        UUID(hex=path.name)
        for path in contents
        if _CONTENT.fullmatch(path.name) and path.stat().st_mtime < yesterday
    ]
