"""The side of who asked: their requests, reading one, answering, closing. Internal notes are left out in every query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as select_columns
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import CARDS
from cabinet.audit.service import record
from cabinet.database import run
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.limits.service import count_try
from cabinet.settings import settings
from cabinet.support.asking import begin_thread, opened_by_form
from cabinet.support.errors import LinkExpired
from cabinet.support.models import Author, Ticket, TicketMessage, TicketPass, TicketState, TicketStep
from cabinet.support.thread import (
    Draft,
    MessageView,
    Writer,
    add_message,
    files_of,
    lock_ticket,
    sent_before,
    take_step,
)

LISTED = 100
GUEST_DAYS = 30
"""So long after closing a guest's link still opens the thread."""
_HOUR = timedelta(hours=1)
_REPLIES = 30


@dataclass(frozen=True, slots=True)
class ByResident:
    """A signed-in resident who names one of their requests."""

    resident_id: UUID
    ticket_id: UUID


@dataclass(frozen=True, slots=True)
class ByLink:
    """A guest who came by the link of a letter."""

    token: str


Asker: TypeAlias = ByResident | ByLink
"""Who asked, and what they show for it. Authority over a thread is found from it anew each time."""


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A request in the list of who asked."""

    id: UUID
    number: int
    subject: str
    state: TicketState
    created_at: datetime
    moved_at: datetime
    """When somebody last wrote or closed it."""
    is_unread: bool


@dataclass(frozen=True, slots=True)
class OwnThread:
    """A request as who asked reads it."""

    id: UUID
    number: int
    subject: str
    state: TicketState
    created_at: datetime
    closed_at: datetime | None
    closed_by: Author | None
    account: str
    """The number of the account that it is about; empty: of none."""
    previous: tuple[UUID, int] | None
    """The request that it goes on from: id and number."""
    messages: tuple[MessageView, ...]

    @property
    def can_reopen(self) -> bool:
        """Whether an answer opens this request again; after that it begins a new one."""
        return self.closed_at is None or self.closed_at > _reopens_since()


async def list_own(resident_id: UUID, *, session: AsyncSession) -> list[OwnTicket]:
    """The resident's latest requests: those with news first, then the newest."""
    last_word = (
        select_columns(func.max(col(TicketMessage.created_at)))
        .where(col(TicketMessage.ticket_id) == col(Ticket.id), col(TicketMessage.is_note).is_(False))
        .scalar_subquery()
    )
    moved = func.greatest(last_word, col(Ticket.state_since))
    statement = (
        select_columns(
            col(Ticket.id),
            col(Ticket.number),
            col(Ticket.subject),
            col(Ticket.state),
            col(Ticket.created_at),
            moved,
            _unread(),
        )
        .where(col(Ticket.resident_id) == resident_id)
        .order_by(_unread().desc(), moved.desc(), col(Ticket.id))
        .limit(LISTED)
    )
    return [OwnTicket(*row) for row in await run(statement, session=session)]


async def count_unread(resident_id: UUID, *, session: AsyncSession) -> int:
    """How many of the resident's requests have an answer that was not looked at."""
    statement = select_columns(func.count()).where(col(Ticket.resident_id) == resident_id, _unread())
    [(unread,)] = await run(statement, session=session)
    return unread


async def read_own(asker: Asker, *, session: AsyncSession) -> OwnThread:
    """The whole thread without internal notes. Raises NotFound for a stranger's, LinkExpired."""
    ticket = await _own(asker, session)
    return OwnThread(
        id=ticket.id,
        number=ticket.number or 0,
        subject=ticket.subject,
        state=ticket.state,
        created_at=ticket.created_at,
        closed_at=ticket.closed_at,
        closed_by=await _closed_by(ticket, session),
        account=await _account_number(ticket, session),
        previous=await _previous(ticket, session),
        messages=await public_messages(ticket.id, session=session),
    )


async def pulse(asker: Asker, *, session: AsyncSession) -> str:
    """Changes whenever the thread has something new to show. Raises NotFound, LinkExpired."""
    ticket = await _own(asker, session)
    public = select_columns(func.count()).where(
        col(TicketMessage.ticket_id) == ticket.id, col(TicketMessage.is_note).is_(False)
    )
    [(messages,)] = await run(public, session=session)
    return f"{messages} {ticket.state} {ticket.state_since.timestamp()}"


async def mark_seen(asker: Asker, *, session: AsyncSession) -> None:
    """The thread was looked at. Raises NotFound, LinkExpired."""
    ticket = await _own(asker, session)
    await session.exec(update(Ticket).where(col(Ticket.id) == ticket.id, _unread()).values(seen_at=now()))


async def reply(asker: Asker, draft: Draft, *, session: AsyncSession) -> Ticket:
    """Write back: it is staff's turn again. A request closed for too long is gone on from in a new one.

    Returns the request in which the message stands. Raises NotFound, LinkExpired, MessageMissing, TooLong.
    """
    ticket = await _own(asker, session, lock=True)
    if await sent_before(ticket.id, draft, session=session):
        return ticket
    if ticket.closed_at is not None and ticket.closed_at <= _reopens_since():
        return await _go_on(ticket, draft, session)
    writer = _writer(ticket)
    await add_message(ticket, writer, draft, session=session)
    await take_step(ticket, TicketState.OPEN, writer, session=session)
    return ticket


async def close_own(asker: Asker, *, session: AsyncSession, address: str = "") -> None:
    """The question is settled. Raises NotFound, LinkExpired."""
    ticket = await _own(asker, session, lock=True)
    if ticket.state is TicketState.CLOSED:
        return
    before, (author, author_id) = ticket.state, _writer(ticket)
    await take_step(ticket, TicketState.CLOSED, (author, author_id), session=session)
    states = {"state": before}, {"state": TicketState.CLOSED}
    await record(author_id, "close", "ticket", ticket.id, *states, address, session=session)


async def count_reply(asker: Asker) -> None:
    """Count one message of this asker. Raises TooManyTries; call it before reading the form."""
    subject = asker.token if isinstance(asker, ByLink) else str(asker.resident_id)
    await count_try("support_reply", subject, limit=_REPLIES, within=_HOUR)


async def lock_own(asker: Asker, *, session: AsyncSession) -> Ticket:
    """The asker's request, locked. Raises NotFound, LinkExpired."""
    return await _own(asker, session, lock=True)


async def find_own(asker: Asker, *, session: AsyncSession) -> Ticket:
    """The asker's request. Raises NotFound, LinkExpired."""
    return await _own(asker, session)


async def public_messages(ticket_id: UUID, *, session: AsyncSession) -> tuple[MessageView, ...]:
    """What both sides wrote to each other, the oldest first: never an internal note."""
    rows: Sequence[TicketMessage] = (
        await session.exec(
            select(TicketMessage)
            .where(TicketMessage.ticket_id == ticket_id, col(TicketMessage.is_note).is_(False))
            .order_by(col(TicketMessage.created_at), col(TicketMessage.id))
        )
    ).all()
    files = await files_of([row.id for row in rows], session=session)
    return tuple(
        MessageView(row.id, row.author, row.text, row.created_at, files=files[row.id]) for row in rows
    )


def _unread() -> ColumnElement[bool]:
    """Whether there is an answer that was not looked at: true or false, never unknown."""
    answered, seen = col(Ticket.answered_at), col(Ticket.seen_at)
    return and_(answered.is_not(None), or_(seen.is_(None), answered > seen))


async def _own(asker: Asker, session: AsyncSession, *, lock: bool = False) -> Ticket:
    ticket_id = await _behind_link(asker, session) if isinstance(asker, ByLink) else asker.ticket_id
    ticket = await lock_ticket(ticket_id, session=session) if lock else await session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound
    if isinstance(asker, ByResident) and ticket.resident_id != asker.resident_id:
        raise NotFound
    if isinstance(asker, ByLink) and not _opens(ticket):
        raise LinkExpired
    return ticket


async def _behind_link(asker: ByLink, session: AsyncSession) -> UUID:
    statement = select(TicketPass.ticket_id).where(TicketPass.token_hash == hash_token(asker.token))
    ticket_id = (await session.exec(statement)).one_or_none()
    if ticket_id is None:
        raise LinkExpired
    return ticket_id


def _opens(ticket: Ticket) -> bool:
    """Whether a guest's link still opens it; what became a resident's is read in the cabinet."""
    return ticket.resident_id is None and (
        ticket.closed_at is None or ticket.closed_at > now() - timedelta(days=GUEST_DAYS)
    )


def _writer(ticket: Ticket) -> Writer:
    if ticket.resident_id is None:
        return Author.GUEST, None
    return Author.RESIDENT, ticket.resident_id


def _reopens_since() -> datetime:
    return now() - timedelta(days=settings.support_reopen_days)


async def _go_on(old: Ticket, draft: Draft, session: AsyncSession) -> Ticket:
    """A new request that refers to the old one."""
    if found := await opened_by_form(draft, old.resident_id, session=session):
        return found
    ticket = Ticket(
        email=old.email,
        subject=old.subject,
        resident_id=old.resident_id,
        locale=old.locale,
        account_id=old.account_id,
        previous_id=old.id,
    )
    await begin_thread(ticket, draft, session=session, also_found_by=await _account_number(old, session))
    return ticket


async def _closed_by(ticket: Ticket, session: AsyncSession) -> Author | None:
    if ticket.state is not TicketState.CLOSED:
        return None
    last = (
        select(TicketStep)
        .where(TicketStep.ticket_id == ticket.id)
        .order_by(col(TicketStep.created_at).desc())
        .limit(1)
    )
    step = (await session.exec(last)).first()
    return step.author if step else None


async def _account_number(ticket: Ticket, session: AsyncSession) -> str:
    if ticket.account_id is None:
        return ""
    wanted = select_columns(CARDS.c.number).where(CARDS.c.account_id == ticket.account_id)
    [(number,)] = await run(wanted, session=session)
    return number


async def _previous(ticket: Ticket, session: AsyncSession) -> tuple[UUID, int] | None:
    if ticket.previous_id is None:
        return None
    old = await session.get(Ticket, ticket.previous_id)
    return (old.id, old.number or 0) if old else None
