"""The outbox: letters are rows first, so that none is lost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from cabinet.kit.columns import Table, created_moment, moment, random_id


class Letter(Table, table=True):
    """A letter in both forms, and what became of it."""

    __table_args__ = (
        Index("ix_letter_failed_at", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
    )

    id: UUID = random_id()
    kind: str = Field(max_length=40)
    recipient: str = Field(max_length=254)
    recipient_key: str = Field(max_length=254, index=True)
    locale: str = Field(max_length=2)
    subject: str = Field(max_length=250)
    text: str
    html: str
    about_id: UUID | None = None
    """What the letter is about, such as a payment: its files are made from it when it is sent."""
    created_at: datetime = created_moment()
    sent_at: datetime | None = moment(default=None)
    failed_at: datetime | None = moment(default=None)
    resent_at: datetime | None = moment(default=None)
    """When staff last let it leave again; giving up counts from then."""
    attempts: int = 0
    error: str = Field(default="", max_length=300)
