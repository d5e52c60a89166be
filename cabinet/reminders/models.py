"""Reminders that were sent, and the private addresses of calendars."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class ReminderKind(StrEnum):
    """What a letter reminds of."""

    WINDOW_OPENS = "window_opens"
    WINDOW_CLOSES = "window_closes"
    """Tomorrow, and nothing was sent."""
    VERIFICATION = "verification"
    NEW_BILL = "new_bill"
    NOTICE = "notice"


class Reminder(Table, table=True):
    """One letter to one resident about one thing: never sent twice."""

    __table_args__ = (UniqueConstraint("resident_id", "kind", "about_id", "about_day"),)

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    kind: ReminderKind = choice(ReminderKind)
    about_id: UUID
    """The account, meter, bill or notice."""
    about_day: date
    """The day or month that it is about."""
    created_at: datetime = created_moment()


class CalendarFeed(Table, table=True):
    """A private address that calendars read; a new one makes the old one worthless."""

    __table_args__ = (
        Index(
            "ix_calendar_feed_current",
            "resident_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    created_at: datetime = created_moment()
    read_at: datetime | None = moment(default=None)
    """When a calendar last read it."""
    revoked_at: datetime | None = moment(default=None)
