"""Support requests (обращения) and their files."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Identity
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class TicketState(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Ticket(Table, table=True):
    """What a resident or a guest asked."""

    id: UUID = random_id()
    number: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_args=(Identity(start=1001),), unique=True, nullable=False
    )
    resident_id: UUID | None = Field(default=None, foreign_key="resident.id", index=True)
    email: str = Field(max_length=254)
    locale: str = Field(default="ru", max_length=2)
    subject: str = Field(max_length=200)
    message: str
    state: TicketState = choice(TicketState, default=TicketState.OPEN)
    search_key: str = Field(default="", index=True)
    created_at: datetime = created_moment()
    closed_at: datetime | None = moment(default=None)


class TicketFile(Table, table=True):
    """A file sent with a request, kept outside the web root under a random name."""

    id: UUID = random_id()
    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    name: str = Field(max_length=200)
    content_type: str = Field(max_length=100)
    size: int
    created_at: datetime = created_moment()
