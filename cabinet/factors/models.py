"""Second factors: the app that counts codes, the keys, the spare codes; and sign-ins that wait for one of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id

LONGEST_NAME = 60


class AppFactor(Table, table=True):
    """An app that counts codes (RFC 6238). Unconfirmed until its first code came: a new phone replaces the old one."""

    __table_args__ = (
        Index(
            "ix_app_factor_current",
            "resident_id",
            unique=True,
            postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
        Index(
            "ix_app_factor_pending", "resident_id", unique=True, postgresql_where=text("confirmed_at IS NULL")
        ),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", ondelete="CASCADE")
    secret: bytes = Field(sa_type=LargeBinary)
    """Encrypted (factors/sealing.py)."""
    created_at: datetime = created_moment()
    confirmed_at: datetime | None = moment(default=None)
    last_step: int = Field(default=0, sa_type=BigInteger)
    """The 30 seconds whose code was accepted last: it and all before it are used up."""
    last_used_at: datetime | None = moment(default=None)


class Passkey(Table, table=True):
    """A key of the browser, the phone or a token (WebAuthn): we have its public half only."""

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    credential_id: bytes = Field(sa_type=LargeBinary, unique=True)
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_count: int = Field(default=0, sa_type=BigInteger)
    name: str = Field(max_length=LONGEST_NAME)
    created_at: datetime = created_moment()
    last_used_at: datetime | None = moment(default=None)


class RecoveryCode(Table, table=True):
    """A spare code, used once. It is found by its first characters; the rest is kept as a password is."""

    __table_args__ = (Index("uq_recovery_code_start", "resident_id", "start", unique=True),)

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", ondelete="CASCADE")
    start: str = Field(max_length=8)
    code_hash: str
    created_at: datetime = created_moment()
    used_at: datetime | None = moment(default=None)


class HalfSignIn(Table, table=True):
    """A sign-in whose password was right and whose second factor is awaited; the cookie holds the token."""

    id: UUID = random_id()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    resident_id: UUID = Field(foreign_key="resident.id", index=True, ondelete="CASCADE")
    password_mark: bytes = Field(sa_type=LargeBinary)
    """Of the password that was right: after a change of it the sign-in begins anew."""
    device: str = Field(default="", max_length=300)
    created_at: datetime = created_moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(default=None)


class KeyPurpose(StrEnum):
    """What a key was asked to sign for."""

    ADD = "add"
    SECOND = "second"
    """After the password."""
    ENTER = "enter"
    """Instead of the password."""


class KeyChallenge(Table, table=True):
    """What a key has to sign: once, within minutes, in the browser that asked."""

    id: UUID = random_id()
    challenge: bytes = Field(sa_type=LargeBinary, unique=True)
    purpose: KeyPurpose = choice(KeyPurpose)
    holder_hash: bytes = Field(sa_type=LargeBinary)
    """Of the cookie that the browser had when it asked."""
    created_at: datetime = created_moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(default=None)
