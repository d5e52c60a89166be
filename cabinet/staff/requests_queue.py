"""The requests that wait for an answer, and one of them with what is known of who asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, tuple_
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.ledger.service import balances
from cabinet.notices.audience import is_current
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.residents.models import Resident
from cabinet.staff.fields import key_contains
from cabinet.support.models import Ticket, TicketMessage, TicketState
from cabinet.support.service import MessageView, files_of

PAGE = 50
BESIDE = 5


class Whose(StrEnum):
    """Whose requests are asked for."""

    ANYBODY = ""
    MINE = "mine"
    NOBODY = "nobody"


class Order(StrEnum):
    """What stands first."""

    LONGEST = "longest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are asked for. `only_provider` narrows all rows for who sees one provider only."""

    me: UUID
    only_provider: UUID | None
    provider_id: UUID | None = None
    whose: Whose = Whose.ANYBODY
    state: TicketState | None = TicketState.OPEN
    words: str = ""
    order: Order = Order.LONGEST
    after: tuple[datetime, UUID] | None = None
    """The last row of the page before."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A request with who asked, what it is about and who answers."""

    ticket: Ticket
    name: str
    account: Account | None
    assignee: str
    assignee_is_blocked: bool


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account of who asked; `balance_minor` is owed if positive."""

    account: Account
    balance_minor: int


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A payment of who asked."""

    id: UUID
    number: int
    amount_minor: int
    state: PaymentState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of who asked, as far as the reader may see it."""

    accounts: list[LinkedAccount] = field(default_factory=list[LinkedAccount])
    payments: list[PaidBefore] = field(default_factory=list[PaidBefore])
    others: list[Ticket] = field(default_factory=list[Ticket])


async def find_tickets(wanted: Wanted, *, session: AsyncSession) -> tuple[list[QueueRow], bool]:
    """A page of requests, and whether there are more; one query."""
    since, tie = col(Ticket.state_since), col(Ticket.id)
    statement = _rows(wanted)
    if wanted.order is Order.LONGEST:
        statement = statement.order_by(since, tie)
        later = tuple_(since, tie) > tuple_(*wanted.after) if wanted.after else None
    else:
        statement = statement.order_by(since.desc(), tie.desc())
        later = tuple_(since, tie) < tuple_(*wanted.after) if wanted.after else None
    if later is not None:
        statement = statement.where(later)
    rows = (await session.exec(statement.limit(PAGE + 1))).all()
    return [_queue_row(row) for row in rows[:PAGE]], len(rows) > PAGE


async def find_ticket(
    ticket_id: UUID, only_provider: UUID | None, *, session: AsyncSession
) -> QueueRow | None:
    """One request, or None if there is none that the person sees."""
    wanted = Wanted(ticket_id, only_provider, state=None)
    rows = (await session.exec(_rows(wanted).where(col(Ticket.id) == ticket_id))).all()
    return _queue_row(rows[0]) if rows else None


async def whole_thread(ticket_id: UUID, *, session: AsyncSession) -> list[MessageView]:
    """All messages with their writers' names, internal notes too; two queries."""
    rows = await session.exec(
        select(TicketMessage, Resident)
        .join(Resident, col(Resident.id) == col(TicketMessage.author_id), isouter=True)
        .where(TicketMessage.ticket_id == ticket_id)
        .order_by(col(TicketMessage.created_at), col(TicketMessage.id))
    )
    found = [(message, _name(writer)) for message, writer in rows]
    files = await files_of([message.id for message, _writer in found], session=session)
    return [
        MessageView(one.id, one.author, one.text, one.created_at, one.is_note, name, files[one.id])
        for one, name in found
    ]


async def linked_accounts(
    ticket: Ticket, only_provider: UUID | None, *, session: AsyncSession
) -> list[LinkedAccount]:
    """The accounts that who asked has linked now, and the one that the request is about."""
    linked = select(AccountLink.account_id).where(AccountLink.resident_id == ticket.resident_id, is_current())
    statement = select(Account).where(or_(col(Account.id).in_(linked), col(Account.id) == ticket.account_id))
    if only_provider is not None:
        statement = statement.where(Account.provider_id == only_provider)
    found = (await session.exec(statement.order_by(col(Account.number), col(Account.id)).limit(20))).all()
    owed = await balances([one.id for one in found], session=session)
    return [LinkedAccount(one, owed[one.id]) for one in found]


async def last_payments(
    ticket: Ticket, only_provider: UUID | None, *, session: AsyncSession
) -> list[PaidBefore]:
    """The latest payments of who asked; for who sees one provider, those with a part for it."""
    if ticket.resident_id is None:
        return []
    statement = select(Payment).where(Payment.resident_id == ticket.resident_id)
    if only_provider is not None:
        own = (
            select(PaymentItem.payment_id)
            .join(Account, col(Account.id) == col(PaymentItem.account_id))
            .where(Account.provider_id == only_provider)
        )
        statement = statement.where(col(Payment.id).in_(own))
    found = await session.exec(statement.order_by(col(Payment.created_at).desc()).limit(BESIDE))
    return [PaidBefore(one.id, one.number or 0, one.amount_minor, one.state, one.created_at) for one in found]


async def other_requests(
    ticket: Ticket, only_provider: UUID | None, *, session: AsyncSession
) -> list[Ticket]:
    """The latest other requests of the same resident, or of the same mailbox for a guest."""
    same = (
        col(Ticket.resident_id) == ticket.resident_id
        if ticket.resident_id is not None
        else and_(col(Ticket.resident_id).is_(None), col(Ticket.email) == ticket.email)
    )
    statement = select(Ticket).where(same, Ticket.id != ticket.id)
    if only_provider is not None:
        statement = statement.where(col(Ticket.account_id).in_(_accounts_of(only_provider)))
    found = await session.exec(statement.order_by(col(Ticket.created_at).desc()).limit(BESIDE))
    return list(found)


_Assignee = aliased(Resident)


def _rows(wanted: Wanted) -> Any:
    statement: Any = (
        select_columns(Ticket, Resident, Account, _Assignee)
        .join(Resident, col(Resident.id) == col(Ticket.resident_id), isouter=True)
        .join(Account, col(Account.id) == col(Ticket.account_id), isouter=True)
        .join(_Assignee, col(_Assignee.id) == col(Ticket.assignee_id), isouter=True)
    )
    for condition in _conditions(wanted):
        statement = statement.where(condition)
    return statement


def _conditions(wanted: Wanted) -> list[Any]:
    conditions: list[Any] = []
    for provider_id in (wanted.only_provider, wanted.provider_id):
        if provider_id is not None:
            conditions.append(col(Account.provider_id) == provider_id)
    if wanted.state is not None:
        conditions.append(col(Ticket.state) == wanted.state)
    if wanted.whose is Whose.MINE:
        conditions.append(col(Ticket.assignee_id) == wanted.me)
    if wanted.whose is Whose.NOBODY:
        gone = col(_Assignee.blocked_at).is_not(None)
        conditions.append(or_(col(Ticket.assignee_id).is_(None), gone))
    if wanted.words:
        conditions.append(key_contains(Ticket, wanted.words.replace("№", " ")))
    return conditions


def _accounts_of(provider_id: UUID) -> Any:
    return select(Account.id).where(Account.provider_id == provider_id)


def _queue_row(row: Sequence[Any]) -> QueueRow:
    ticket, asker, account, assignee = row
    blocked = assignee is not None and assignee.blocked_at is not None
    return QueueRow(ticket, _name(asker) or ticket.email, account, _name(assignee), blocked)


def _name(person: Resident | None) -> str:
    return (person.full_name or person.email) if person else ""
