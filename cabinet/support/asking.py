"""Opening a request: what its form says, its first message, the letter with its number."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import linked_account
from cabinet.errors import CabinetError, NotFound
from cabinet.kit.text import fold
from cabinet.limits.service import count_try
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import BadEmail, SeveralProblems, TooLong
from cabinet.support.errors import AccountNotYours, SubjectMissing
from cabinet.support.files import KeptFile
from cabinet.support.letters import tell_received
from cabinet.support.models import Author, Ticket, TicketMessage
from cabinet.support.thread import (
    Draft,
    Writer,
    add_message,
    clean_text,
    note_step,
    problems_with_text,
)

_SUBJECT_LENGTH = 200
_HOUR = timedelta(hours=1)
_BY_ADDRESS = 30
_BY_EMAIL = 5


async def count_sender(address: str) -> None:
    """Count one form sent from a network address. Raises TooManyTries; call it before reading the form."""
    await count_try("support_address", address, limit=_BY_ADDRESS, within=_HOUR)


async def count_mailbox(email: str) -> None:
    """Count one request that makes us write to this mailbox. Raises TooManyTries; call it first."""
    await count_try("support_email", read_mailbox(email).key, limit=_BY_EMAIL, within=_HOUR)


def check_ticket(email: str, subject: str, message: str) -> tuple[str, str, str]:
    """The three texts as they are stored. Raises SeveralProblems with an error for each wrong field."""
    subject, message = " ".join(clean_text(subject).split()), clean_text(message)
    problems: list[CabinetError] = []
    try:
        email = read_mailbox(email).address
    except BadEmail as error:
        problems.append(error)
    problems += _problems_with_subject(subject) + problems_with_text(message)
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
    account_id: UUID | None = None,
    form_key: UUID | None = None,
) -> Ticket:
    """Save a request with its first message and write the letter with its number.

    The files lie in the data folder already; whoever put them there removes them if the transaction
    fails. Raises SeveralProblems, AccountNotYours.
    """
    email, subject, message = check_ticket(email, subject, message)
    number = await _number_of(account_id, resident_id, session)
    ticket = Ticket(
        email=email, subject=subject, resident_id=resident_id, locale=locale, account_id=account_id
    )
    await begin_thread(ticket, Draft(message, files, form_key), session=session, also_found_by=number)
    return ticket


async def begin_thread(
    ticket: Ticket, draft: Draft, *, session: AsyncSession, also_found_by: str = ""
) -> None:
    """Save a new request with its first message and write the letter with its number."""
    session.add(ticket)
    await session.flush()
    await session.refresh(ticket, ["number"])
    ticket.search_key = fold(f"{ticket.number} {ticket.email} {ticket.subject} {also_found_by}")
    writer: Writer = (
        (Author.RESIDENT, ticket.resident_id) if ticket.resident_id is not None else (Author.GUEST, None)
    )
    await note_step(ticket, writer, session=session)
    await add_message(ticket, writer, draft, session=session)
    await tell_received(ticket, session=session)


async def opened_by_form(draft: Draft, resident_id: UUID | None, *, session: AsyncSession) -> Ticket | None:
    """The request that this very form has opened already with the same words, if the same person sent it."""
    if draft.form_key is None:
        return None
    statement = (
        select(Ticket)
        .join(TicketMessage, col(TicketMessage.ticket_id) == col(Ticket.id))
        .where(
            TicketMessage.form_key == draft.form_key,
            TicketMessage.text == clean_text(draft.text),
            col(Ticket.resident_id).is_not_distinct_from(resident_id),
        )
    )
    return (await session.exec(statement)).one_or_none()


async def _number_of(account_id: UUID | None, resident_id: UUID | None, session: AsyncSession) -> str:
    """The number of an account that the request is about; it must be the resident's own."""
    if account_id is None:
        return ""
    if resident_id is None:
        raise AccountNotYours
    try:
        return (await linked_account(resident_id, account_id, session=session)).number
    except NotFound:
        raise AccountNotYours from None


def _problems_with_subject(subject: str) -> list[CabinetError]:
    if not subject:
        return [SubjectMissing()]
    return [TooLong("subject", _SUBJECT_LENGTH)] if len(subject) > _SUBJECT_LENGTH else []
