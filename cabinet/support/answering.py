"""The side of staff: answering, notes, who answers, whose turn it is. Every act is audited."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.text import fold
from cabinet.residents.models import Resident
from cabinet.residents.person import GRANTED, Permission, Person
from cabinet.support.errors import CannotAssign, SomethingNew
from cabinet.support.letters import tell_answered, tell_closed
from cabinet.support.models import Author, Ticket, TicketMessage, TicketState
from cabinet.support.thread import Draft, Writer, add_message, lock_ticket, sent_before, take_step

_ANSWERERS = [role for role, granted in GRANTED.items() if Permission.EDIT_TICKETS in granted]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may answer requests."""

    id: UUID
    name: str


async def answer(
    ticket_id: UUID,
    draft: Draft,
    *,
    by: Person,
    session: AsyncSession,
    seen: UUID | None = None,
    closes: bool = False,
    address: str = "",
) -> None:
    """Answer by letter and in the cabinet; nobody's request becomes the answerer's own.

    `seen` is the latest message that stood on the page. Raises Forbidden, NotFound, MessageMissing,
    TooLong, SomethingNew when somebody else wrote after it.
    """
    ticket = await _to_write(ticket_id, by, session)
    if await sent_before(ticket.id, draft, session=session):
        return
    await _refuse_unseen(ticket.id, seen, by, session)
    message = await add_message(ticket, _staff(by), draft, session=session)
    ticket.answered_at = message.created_at
    ticket.first_answered_at = ticket.first_answered_at or message.created_at
    ticket.assignee_id = ticket.assignee_id or by.id
    before, after = ticket.state, TicketState.CLOSED if closes else TicketState.ANSWERED
    await take_step(ticket, after, _staff(by), session=session)
    await tell_answered(ticket, message.text, len(draft.files), session=session, closes=closes)
    said = {"state": after, "message": message.id, "files": len(draft.files), "assignee": ticket.assignee_id}
    await record(by.id, "answer", "ticket", ticket.id, {"state": before}, said, address, session=session)


async def add_note(
    ticket_id: UUID, draft: Draft, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Write for colleagues only; it changes nobody's turn. Raises Forbidden, NotFound, MessageMissing, TooLong."""
    ticket = await _to_write(ticket_id, by, session)
    if await sent_before(ticket.id, draft, session=session):
        return
    message = await add_message(ticket, _staff(by), draft, session=session, is_note=True)
    said = {"message": message.id, "files": len(draft.files)}
    await record(by.id, "note", "ticket", ticket.id, None, said, address, session=session)


async def assign_ticket(
    ticket_id: UUID, assignee_id: UUID | None, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Say who answers, or that nobody does yet. Raises Forbidden, NotFound, CannotAssign."""
    ticket = await _to_write(ticket_id, by, session)
    if assignee_id is not None and assignee_id not in {one.id for one in await colleagues(session=session)}:
        raise CannotAssign
    before = ticket.assignee_id
    if before == assignee_id:
        return
    ticket.assignee_id = assignee_id
    await session.flush()
    people = {"assignee": before}, {"assignee": assignee_id}
    await record(by.id, "assign", "ticket", ticket.id, *people, address, session=session)


async def move_ticket(
    ticket_id: UUID, state: TicketState, *, by: Person, session: AsyncSession, address: str = ""
) -> TicketState:
    """Set whose turn it is without writing; returns the state before. Raises Forbidden, NotFound."""
    ticket = await _to_write(ticket_id, by, session)
    before = ticket.state
    if state is before:
        return before
    await take_step(ticket, state, _staff(by), session=session)
    if state is TicketState.CLOSED:
        await tell_closed(ticket, session=session)
    states = {"state": before}, {"state": state}
    await record(by.id, "edit", "ticket", ticket.id, *states, address, session=session)
    return before


async def colleagues(*, session: AsyncSession) -> list[Colleague]:
    """Who may answer requests and may sign in, by name."""
    rows = await session.exec(
        select(Resident).where(
            col(Resident.role).in_(_ANSWERERS),
            col(Resident.blocked_at).is_(None),
            col(Resident.confirmed_at).is_not(None),
        )
    )
    found = [Colleague(row.id, row.full_name or row.email) for row in rows]
    return sorted(found, key=lambda one: fold(one.name))


async def is_within(ticket: Ticket, person: Person, *, session: AsyncSession) -> bool:
    """Whether the request is any of the person's business: who works for one provider sees those about its accounts."""
    if person.may(Permission.SEE_ALL_PROVIDERS):
        return True
    if ticket.account_id is None or person.provider_id is None:
        return False
    account = await session.get(Account, ticket.account_id)
    return account is not None and account.provider_id == person.provider_id


async def latest_message(ticket_id: UUID, *, session: AsyncSession) -> TicketMessage | None:
    """The last message of the thread, be it a note."""
    statement = (
        select(TicketMessage)
        .where(TicketMessage.ticket_id == ticket_id)
        .order_by(col(TicketMessage.created_at).desc(), col(TicketMessage.id).desc())
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def _to_write(ticket_id: UUID, by: Person, session: AsyncSession) -> Ticket:
    by.require(Permission.EDIT_TICKETS)
    ticket = await lock_ticket(ticket_id, session=session)
    if not await is_within(ticket, by, session=session):
        raise NotFound
    return ticket


async def _refuse_unseen(ticket_id: UUID, seen: UUID | None, by: Person, session: AsyncSession) -> None:
    """Raise SomethingNew when somebody else wrote after the message that the person saw last."""
    if seen is None:
        return
    seen_at = (
        select(TicketMessage.created_at)
        .where(TicketMessage.id == seen, TicketMessage.ticket_id == ticket_id)
        .scalar_subquery()
    )
    newer = select(TicketMessage.id).where(
        TicketMessage.ticket_id == ticket_id,
        or_(seen_at.is_(None), col(TicketMessage.created_at) > seen_at),
        col(TicketMessage.author_id).is_distinct_from(by.id),
    )
    if (await session.exec(newer.limit(1))).first() is not None:
        raise SomethingNew


def _staff(by: Person) -> Writer:
    return Author.STAFF, by.id
