"""Tokens by which a resident's own programs and devices reach the resident's accounts."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id

LONGEST_NAME = 60


class TokenKind(StrEnum):
    """What the token is for, and so where it may stand in a request."""

    PROGRAM = "program"
    """Home Assistant or the like: sends it in a header."""
    WATERIUS = "waterius"
    """A device that can only be given an address: the token is a part of it, and sends readings, no more."""


class TokenEnd(StrEnum):
    """Why a token ended."""

    REVOKED = "revoked"
    """By the resident."""
    STAFF = "staff"
    LINKS = "links"
    """The resident has lost every account that it was for."""


class PersonalToken(Table, table=True):
    """A secret of one resident, kept as a hash; what it opens is decided by the links as they are now."""

    __table_args__ = (
        CheckConstraint("may_look OR may_send", name="may_something"),
        CheckConstraint("kind <> 'waterius' OR (may_send AND NOT may_look)", name="device_only_sends"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ends_with_a_reason"),
        Index("ix_personal_token_current", "resident_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    kind: TokenKind = choice(TokenKind, default=TokenKind.PROGRAM)
    name: str = Field(max_length=LONGEST_NAME)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    prefix: str = Field(max_length=12)
    """How the token begins: enough to tell two of them apart."""
    may_look: bool = False
    """Balances, readings, and bills where the link shows them."""
    may_send: bool = False
    """Readings."""
    created_at: datetime = created_moment()
    expires_at: datetime | None = moment(default=None)
    last_used_at: datetime | None = moment(default=None)
    last_used_from: str = Field(default="", max_length=64)
    told_of: date | None = None
    """The month for which the resident was last told that a value of this device waits for them."""
    ended_at: datetime | None = moment(default=None)
    ended_because: TokenEnd | None = choice(TokenEnd, default=None)


class PersonalTokenLink(Table, table=True):
    """An access that the token was made for: a later link to the same account does not revive it."""

    token_id: UUID = Field(foreign_key="personal_token.id", primary_key=True, ondelete="CASCADE")
    link_id: UUID = Field(foreign_key="account_link.id", primary_key=True, index=True)
