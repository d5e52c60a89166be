"""Notices of a provider, or of the operator, to residents: news and outages."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class NoticeKind(StrEnum):
    """How loud it is."""

    NEWS = "news"
    OUTAGE = "outage"
    """Something does not flow, or will not, at the hours that it names."""


class Notice(Table, table=True):
    """What a provider tells its residents, from a moment until another."""

    __table_args__ = (
        CheckConstraint("shown_until > shown_from", name="ends_after_it_begins"),
        Index("ix_notice_shown", "provider_id", "shown_from", "shown_until"),
    )

    id: UUID = random_id()
    provider_id: UUID | None = Field(default=None, foreign_key="provider.id")
    """None: of the operator, to everybody."""
    kind: NoticeKind = choice(NoticeKind, default=NoticeKind.NEWS)
    title_ru: str = Field(max_length=120)
    title_en: str = Field(default="", max_length=120)
    text_ru: str = Field(max_length=4000)
    text_en: str = Field(default="", max_length=4000)
    address_part: str = Field(default="", max_length=120)
    """Only for accounts whose address holds this, folded; empty: for all."""
    happens_from: datetime | None = moment(default=None)
    """Of an outage: when it begins, as foreseen."""
    happens_until: datetime | None = moment(default=None)
    shown_from: datetime = moment()
    shown_until: datetime = moment()
    by_letter: bool = False
    created_at: datetime = created_moment()
    created_by: UUID | None = Field(default=None, foreign_key="resident.id")
    withdrawn_at: datetime | None = moment(default=None)
    letters_at: datetime | None = moment(default=None)
    """When the last of its letters was queued."""


class NoticeDismissal(Table, table=True):
    """A resident has put a notice aside."""

    notice_id: UUID = Field(foreign_key="notice.id", primary_key=True, ondelete="CASCADE")
    resident_id: UUID = Field(foreign_key="resident.id", primary_key=True, index=True)
    dismissed_at: datetime = created_moment()
