"""What a thread is made of: messages with files, and steps from one state to the next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import CabinetError, NotFound
from cabinet.kit.dates import now
from cabinet.residents.errors import TooLong
from cabinet.support.errors import MessageMissing
from cabinet.support.files import KeptFile
from cabinet.support.models import Author, Ticket, TicketFile, TicketMessage, TicketState, TicketStep

LONGEST_MESSAGE = 5000

Writer: TypeAlias = tuple[Author, UUID | None]
"""Who acts: the kind, and the person's id unless it is a guest or the clock."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is in the thread: its files lie in the data folder already.

    `form_key` names the form that was sent: one that is sent twice becomes one message.
    """

    text: str
    files: Sequence[KeptFile] = ()
    form_key: UUID | None = None


@dataclass(frozen=True, slots=True)
class TicketFileView:
    """A file of a message; size in bytes."""

    id: UUID
    message_id: UUID
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it is read; `author_name` is said to staff only."""

    id: UUID
    author: Author
    text: str
    created_at: datetime
    is_note: bool = False
    author_name: str = ""
    files: tuple[TicketFileView, ...] = field(default=())


async def lock_ticket(ticket_id: UUID, *, session: AsyncSession) -> Ticket:
    """The request, fresh and locked: who writes or moves it waits here. Raises NotFound."""
    ticket = await session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if ticket is None:
        raise NotFound
    return ticket


def clean_text(text: str) -> str:
    """Without NUL, which the database cannot hold, and with one kind of line end."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def problems_with_text(text: str) -> list[CabinetError]:
    """What is wrong with the text of a message, as `clean_text` returns it."""
    if not text:
        return [MessageMissing()]
    return [TooLong("message", LONGEST_MESSAGE)] if len(text) > LONGEST_MESSAGE else []


async def sent_before(ticket_id: UUID, draft: Draft, *, session: AsyncSession) -> bool:
    """Whether this very message was sent already by the same form; ask with the request locked.

    Who goes back and sends other words by the same form writes another message.
    """
    known = await _sent_by(draft.form_key, session)
    return known is not None and known.ticket_id == ticket_id and known.text == clean_text(draft.text)


async def add_message(
    ticket: Ticket, writer: Writer, draft: Draft, *, session: AsyncSession, is_note: bool = False
) -> TicketMessage:
    """Put a message at the end of the locked thread. Raises MessageMissing, TooLong."""
    text = clean_text(draft.text)
    for problem in problems_with_text(text):
        raise problem
    author, author_id = writer
    is_first = await _sent_by(draft.form_key, session) is None
    message = TicketMessage(
        ticket_id=ticket.id,
        author=author,
        author_id=author_id,
        text=text,
        is_note=is_note,
        form_key=draft.form_key if is_first else None,
    )
    session.add(message)
    await session.flush()
    session.add_all(_row(file, message.id) for file in draft.files)
    await session.flush()
    return message


async def take_step(ticket: Ticket, state: TicketState, writer: Writer, *, session: AsyncSession) -> None:
    """Let the locked request begin a state, even the one that it is in: the silence is counted anew."""
    ticket.warned_at = None
    if state is ticket.state:
        await session.flush()
        return
    moment = now()
    ticket.state, ticket.state_since = state, moment
    ticket.closed_at = moment if state is TicketState.CLOSED else None
    await note_step(ticket, writer, session=session)


async def note_step(ticket: Ticket, writer: Writer, *, session: AsyncSession) -> None:
    """Write down the state that the request has now as begun."""
    author, author_id = writer
    session.add(
        TicketStep(
            ticket_id=ticket.id,
            state=ticket.state,
            author=author,
            author_id=author_id,
            created_at=ticket.state_since,
        )
    )
    await session.flush()


async def files_of(
    message_ids: Sequence[UUID], *, session: AsyncSession
) -> dict[UUID, tuple[TicketFileView, ...]]:
    """The files of each message, in the order they were sent."""
    rows = await session.exec(
        select(TicketFile)
        .where(col(TicketFile.message_id).in_(message_ids))
        .order_by(col(TicketFile.created_at), col(TicketFile.name), col(TicketFile.id))
    )
    found: dict[UUID, list[TicketFileView]] = {message_id: [] for message_id in message_ids}
    for row in rows:
        found[row.message_id].append(view_of_file(row))
    return {message_id: tuple(files) for message_id, files in found.items()}


def view_of_file(row: TicketFile) -> TicketFileView:
    """The file as it is shown."""
    return TicketFileView(row.id, row.message_id, row.name, row.content_type, row.size)


async def _sent_by(form_key: UUID | None, session: AsyncSession) -> TicketMessage | None:
    if form_key is None:
        return None
    return (await session.exec(select(TicketMessage).where(TicketMessage.form_key == form_key))).one_or_none()


def _row(file: KeptFile, message_id: UUID) -> TicketFile:
    return TicketFile(
        id=file.id, message_id=message_id, name=file.name, content_type=file.content_type, size=file.size
    )
