"""Who signs in: residents and staff, their sessions, tokens and consents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, found_by_parts, moment, random_id


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
        found_by_parts("resident"),
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
    search_key: str = ""
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
    deleted_at: datetime | None = moment(default=None)
    """When the cabinet was deleted: what is left of the row names nobody."""


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
    data_until: datetime | None = moment(default=None)
    """Until then the files with one's own data may be fetched: the password was given for it."""


class KnownDevice(Table, table=True):
    """A browser in which the person has signed in; its cookie holds the token, the row its hash."""

    __table_args__ = (UniqueConstraint("resident_id", "token_hash"),)

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", ondelete="CASCADE")
    token_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = created_moment()
    last_used_at: datetime = moment(index=True)


class ChangeEnd(StrEnum):
    """How the change of an e-mail ended."""

    DONE = "done"
    CANCELED = "canceled"
    """By the person, on the page, or by a newer wish."""
    REFUSED = "refused"
    """By the link in the letter to the old address: it was not they."""
    TAKEN = "taken"
    """The address had become somebody else's meanwhile."""


class EmailChange(Table, table=True):
    """The wish for another e-mail: it happens when the new and the old mailbox have both agreed."""

    __table_args__ = (
        Index(
            "ix_email_change_current",
            "resident_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ends_with_a_reason"),
        CheckConstraint("(old_agreed_by IS NULL) = (old_agreed_because = '')", name="staff_say_why"),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254)
    old_email: str = Field(max_length=254)
    old_email_key: str = Field(max_length=254)
    new_token_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    """Empty for an address that is taken: its owner gets a letter without a link."""
    old_token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    new_agreed_at: datetime | None = moment(default=None)
    old_agreed_at: datetime | None = moment(default=None)
    old_agreed_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """The member of staff who agreed for a mailbox that is lost."""
    old_agreed_because: str = Field(default="", max_length=300)
    created_at: datetime = created_moment()
    expires_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)
    ended_because: ChangeEnd | None = choice(ChangeEnd, default=None)


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
