"""Support requests (обращения): threads of messages with files, whose turn it is, and what people thought of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, found_by_parts, moment, random_id
from cabinet.kit.dates import now


class TicketState(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    """Staff's."""
    ANSWERED = "answered"
    """The resident's: after some days of silence it is closed."""
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote a message or made a step."""

    RESIDENT = "resident"
    GUEST = "guest"
    """Without an account; comes by the link of a letter."""
    STAFF = "staff"
    CLOCK = "clock"
    """The daily job, which closes what nobody answers any more."""


class Ticket(Table, table=True):
    """What a resident or a guest asked: one thread."""

    __table_args__ = (Index("ix_ticket_queue", "state", "state_since", "id"), found_by_parts("ticket"))

    id: UUID = random_id()
    number: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_args=(Identity(start=1001),), unique=True, nullable=False
    )
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    email: str = Field(max_length=254)
    locale: str = Field(default="ru", max_length=2)
    subject: str = Field(max_length=200)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    """The personal account that it is about, one of the resident's own."""
    previous_id: UUID | None = Field(default=None, foreign_key="ticket.id", index=True)
    """The request that this one goes on from: it had been closed for too long to be opened again."""
    state: TicketState = choice(TicketState, default=TicketState.OPEN)
    state_since: datetime = moment(default_factory=now)
    assignee_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    """The member of staff who answers."""
    first_answered_at: datetime | None = moment(default=None)
    answered_at: datetime | None = moment(default=None)
    """The latest answer; unread while the resident looked before it."""
    seen_at: datetime | None = moment(default=None)
    """When the resident last looked."""
    warned_at: datetime | None = moment(default=None)
    """When the letter left that it will be closed; of the silence that lasts."""
    search_key: str = ""
    created_at: datetime = created_moment()
    closed_at: datetime | None = moment(default=None)


class TicketMessage(Table, table=True):
    """What somebody wrote in a thread; the first one is the request. Never changed: a trigger refuses it."""

    __table_args__ = (
        CheckConstraint("author <> 'clock'", name="people_write"),
        CheckConstraint("(author = 'guest') = (author_id IS NULL)", name="author_is_known"),
        CheckConstraint("NOT is_note OR author = 'staff'", name="notes_are_of_staff"),
        Index("ix_ticket_message_thread", "ticket_id", "created_at", "id"),
    )

    id: UUID = random_id()
    ticket_id: UUID = Field(foreign_key="ticket.id")
    author: Author = choice(Author)
    author_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    text: str
    is_note: bool = False
    """Between members of staff: no resident ever sees it, nor its files."""
    form_key: UUID | None = Field(default=None, unique=True)
    """Of the form that it was sent with: the same form sent twice is one message."""
    created_at: datetime = created_moment()


class TicketFile(Table, table=True):
    """A file sent with a message, kept outside the web root under a random name."""

    id: UUID = random_id()
    message_id: UUID = Field(foreign_key="ticket_message.id", index=True)
    name: str = Field(max_length=200)
    content_type: str = Field(max_length=100)
    size: int
    created_at: datetime = created_moment()


class TicketStep(Table, table=True):
    """A state that began, and by whom: how long each state took is told by the next step. Append-only."""

    id: UUID = random_id()
    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    state: TicketState = choice(TicketState)
    author: Author = choice(Author)
    author_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    created_at: datetime = created_moment()


class TicketRating(Table, table=True):
    """What the resident thought of the help, once for each time that the request was closed."""

    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score_is_one_to_five"),)

    id: UUID = random_id()
    step_id: UUID = Field(foreign_key="ticket_step.id", unique=True)
    """The closing."""
    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    score: int
    words: str = Field(default="", max_length=500)
    created_at: datetime = created_moment()


class TicketPass(Table, table=True):
    """A link from a letter that opens one thread to a guest; the letter has the token, the row its hash."""

    id: UUID = random_id()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    created_at: datetime = created_moment()


class CannedAnswer(Table, table=True):
    """An answer kept ready by staff, with places such as {name} and {number}."""

    id: UUID = random_id()
    title: str = Field(max_length=100)
    text_ru: str
    text_en: str = ""
    created_at: datetime = created_moment()
    withdrawn_at: datetime | None = moment(default=None)
