"""Who signs in: residents and staff, their sessions, tokens and consents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class Role(StrEnum):
    """What a person is to us; what a role may do stands in `permissions`."""

    RESIDENT = "resident"
    CLERK = "clerk"
    """Of one provider: sees that provider's rows only."""
    SUPPORT = "support"
    """Of the operator: answers residents, and moves no money."""
    AUDITOR = "auditor"
    """Of the operator: reads everything and changes nothing."""
    ADMINISTRATOR = "administrator"
    """Of the operator: sees all providers."""


class Resident(Table, table=True):
    """A person with an e-mail and a password."""

    __table_args__ = (
        CheckConstraint("(role = 'clerk') = (provider_id IS NOT NULL)", name="clerk_has_provider"),
    )

    id: UUID = random_id()
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254, unique=True)
    """One value for one mailbox, whatever the case or Unicode form."""
    password_hash: str
    role: Role = choice(Role, default=Role.RESIDENT)
    provider_id: UUID | None = Field(default=None, foreign_key="provider.id")
    full_name: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=32)
    locale: str = Field(default="ru", max_length=2)
    theme: str = Field(default="system", max_length=8)
    letters_about_payments: bool = True
    letters_about_bills: bool = True
    letters_about_readings: bool = True
    letters_about_notices: bool = True
    search_key: str = Field(default="", index=True)
    """E-mail, name and phone, folded."""
    created_at: datetime = created_moment()
    confirmed_at: datetime | None = moment(default=None)
    welcomed_at: datetime | None = moment(default=None)
    """When the first steps were put aside."""
    blocked_at: datetime | None = moment(default=None)
    second_factor_at: datetime | None = moment(default=None)
    """Since when signing in takes more than the password; kept by `factors`, which has the factors themselves."""
    blocked_because: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    """For staff alone: what they wrote when they closed the access."""


class LoginSession(Table, table=True):
    """A signed-in browser; the cookie holds the token, the row its hash."""

    id: UUID = random_id()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    created_at: datetime = created_moment()
    last_seen_at: datetime = moment()
    expires_at: datetime = moment()
    """The absolute end; the idle limit ends it earlier."""
    ended_at: datetime | None = moment(default=None)
    device: str = Field(default="", max_length=300)
    address: str = Field(default="", max_length=64)


class TokenPurpose(StrEnum):
    """What a link in a letter is for."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105


class EmailToken(Table, table=True):
    """A link sent by letter; used once."""

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    purpose: TokenPurpose = choice(TokenPurpose)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    password_hash: str | None = None
    """Of a confirmation: the password of the very sign-up that this link confirms."""
    created_at: datetime = created_moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(default=None)


class Consent(Table, table=True):
    """What was agreed to, word for word, when and from where (152-ФЗ, art. 9)."""

    __table_args__ = (
        Index(
            "ix_consent_current",
            "resident_id",
            "document",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    document: str = Field(max_length=32)
    version: str = Field(max_length=32)
    locale: str = Field(max_length=2)
    text: str
    address: str = Field(default="", max_length=64)
    given_at: datetime = created_moment()
    withdrawn_at: datetime | None = moment(default=None)
