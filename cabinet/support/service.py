"""Requests to support: opening one, moving it on, forgetting its files."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import CabinetError, NotFound
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.limits.service import count_try
from cabinet.mail.service import link, write_letter
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import BadEmail, SeveralProblems, TooLong
from cabinet.settings import settings
from cabinet.support.errors import MessageMissing, SubjectMissing
from cabinet.support.files import KeptFile, path_of, remove_files
from cabinet.support.models import Ticket, TicketFile, TicketState

_SUBJECT_LENGTH = 200
_MESSAGE_LENGTH = 5000
_HOUR = timedelta(hours=1)
_BY_ADDRESS = 30
_BY_EMAIL = 5
_LINK = re.compile(r"\S*(?:://|www\.|\w\.\w{2,})\S*")


@dataclass(frozen=True, slots=True)
class TicketFileView:
    """A file as staff see it; size in bytes."""

    id: UUID
    ticket_id: UUID
    name: str
    content_type: str
    size: int


async def count_sender(address: str) -> None:
    """Count one form sent from a network address. Raises TooManyTries; call it before reading the form."""
    await count_try("support_address", address, limit=_BY_ADDRESS, within=_HOUR)


async def count_mailbox(email: str) -> None:
    """Count one request that makes us write to this mailbox. Raises TooManyTries; call it first."""
    await count_try("support_email", read_mailbox(email).key, limit=_BY_EMAIL, within=_HOUR)


def check_ticket(email: str, subject: str, message: str) -> tuple[str, str, str]:
    """The three texts as they are stored. Raises SeveralProblems with an error for each wrong field."""
    subject, message = " ".join(_clean(subject).split()), _clean(message).strip()
    problems: list[CabinetError] = []
    try:
        email = read_mailbox(email).address
    except BadEmail as error:
        problems.append(error)
    problems += _problems_with("subject", subject, _SUBJECT_LENGTH, SubjectMissing())
    problems += _problems_with("message", message, _MESSAGE_LENGTH, MessageMissing())
    if problems:
        raise SeveralProblems(problems)
    return email, subject, message


async def open_ticket(
    email: str,
    subject: str,
    message: str,
    files: Sequence[KeptFile],
    resident_id: UUID | None,
    locale: str,
    *,
    session: AsyncSession,
) -> Ticket:
    """Save a request with its files and write the letter with its number.

    The files lie in the data folder already; whoever put them there removes them if the transaction
    fails. Raises SeveralProblems.
    """
    email, subject, message = check_ticket(email, subject, message)
    ticket = Ticket(email=email, subject=subject, message=message, resident_id=resident_id, locale=locale)
    session.add(ticket)
    await session.flush()
    await session.refresh(ticket, ["number"])
    ticket.search_key = fold(f"{ticket.number} {email} {subject}")
    session.add_all(_row(file, ticket.id) for file in files)
    await session.flush()
    await write_letter(
        "ticket_received",
        email,
        locale,
        session=session,
        number=ticket.number,
        subject=_without_links(subject),
        url=link("/help", locale),
    )
    return ticket


async def move_ticket(ticket_id: UUID, state: TicketState, *, session: AsyncSession) -> TicketState:
    """Set whose turn it is; returns the state before. Raises NotFound."""
    ticket = await session.get(Ticket, ticket_id, with_for_update=True)
    if ticket is None:
        raise NotFound
    before = ticket.state
    if state is not before:
        ticket.state = state
        ticket.closed_at = now() if state is TicketState.CLOSED else None
        session.add(ticket)
        await session.flush()
    return before


async def files_of(ticket_ids: Sequence[UUID], *, session: AsyncSession) -> dict[UUID, list[TicketFileView]]:
    """The files of each request, in the order they were sent."""
    rows = await session.exec(
        select(TicketFile)
        .where(col(TicketFile.ticket_id).in_(ticket_ids))
        .order_by(col(TicketFile.created_at), col(TicketFile.name))
    )
    found: dict[UUID, list[TicketFileView]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in rows:
        found[row.ticket_id].append(_view(row))
    return found


async def get_file(file_id: UUID, *, session: AsyncSession) -> TicketFileView:
    """One file. Raises NotFound."""
    row = await session.get(TicketFile, file_id)
    if row is None:
        raise NotFound
    return _view(row)


async def forget_closed_files(*, session: AsyncSession) -> int:
    """Delete the files of requests closed long ago (`settings.keep_days.closed_ticket_files`); how many.

    The contents go first: a row without content is deleted by the next run, a content without row by nobody.
    """
    long_ago = now() - timedelta(days=settings.keep_days.closed_ticket_files)
    closed = select(Ticket.id).where(col(Ticket.closed_at) < long_ago)
    ids = list(await session.exec(select(TicketFile.id).where(col(TicketFile.ticket_id).in_(closed))))
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


def _old_contents() -> list[UUID]:
    folder = path_of(UUID(int=0)).parent
    yesterday = (now() - timedelta(days=1)).timestamp()
    contents = folder.iterdir() if folder.exists() else iter(())
    return [UUID(hex=path.name) for path in contents if path.stat().st_mtime < yesterday]


def _clean(text: str) -> str:
    """Without NUL, which the database cannot hold, and with one kind of line end."""
    return text.replace("\x00", "").replace("\r\n", "\n")


def _problems_with(field: str, text: str, longest: int, missing: CabinetError) -> list[CabinetError]:
    if not text:
        return [missing]
    return [TooLong(field, longest)] if len(text) > longest else []


def _without_links(subject: str) -> str:
    """What our letter may quote: a stranger could have it sent, with a link of theirs, to anybody."""
    return _LINK.sub("…", subject)


def _row(file: KeptFile, ticket_id: UUID) -> TicketFile:
    return TicketFile(
        id=file.id, ticket_id=ticket_id, name=file.name, content_type=file.content_type, size=file.size
    )


def _view(row: TicketFile) -> TicketFileView:
    return TicketFileView(row.id, row.ticket_id, row.name, row.content_type, row.size)
