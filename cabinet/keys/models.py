"""Keys by which a provider's program speaks for the provider."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from cabinet.kit.columns import Table, created_moment, moment, random_id


class Scope(StrEnum):
    """What a key may be used for."""

    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    METERS_WRITE = "meters:write"
    BILLS_WRITE = "bills:write"
    BALANCES_WRITE = "balances:write"
    READINGS_READ = "readings:read"
    READINGS_WRITE = "readings:write"
    """Values that the provider read or calculated itself."""
    READINGS_DECIDE = "readings:decide"
    PAYMENTS_READ = "payments:read"
    REGISTRIES_READ = "registries:read"


class ApiKey(Table, table=True):
    """One key of one provider; the key itself is shown once and kept as a hash."""

    __table_args__ = (
        CheckConstraint("cardinality(scopes) > 0", name="has_scopes"),
        CheckConstraint("expires_at > created_at", name="ends_after_it_began"),
    )

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    name: str = Field(max_length=80)
    """What it is for, in the words of who made it."""
    prefix: str = Field(max_length=16)
    """How the key begins: by it people tell keys apart."""
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    created_at: datetime = created_moment()
    created_by: UUID = Field(foreign_key="resident.id")
    expires_at: datetime = moment()
    warned_at: datetime | None = moment(default=None)
    """When the provider was told that the key will expire."""
    last_used_at: datetime | None = moment(default=None)
    """To the minute."""
    revoked_at: datetime | None = moment(default=None)
    revoked_by: UUID | None = Field(default=None, foreign_key="resident.id")


class ApiAnswer(Table, table=True):
    """What was answered to a request that changed something, so that the same request is answered the same."""

    __table_args__ = (CheckConstraint("status BETWEEN 200 AND 299", name="of_a_success"),)

    key_id: UUID = Field(foreign_key="api_key.id", primary_key=True)
    name: str = Field(max_length=255, primary_key=True)
    """The `Idempotency-Key` that was sent."""
    request_hash: bytes = Field(sa_type=LargeBinary)
    """Of method, address and body."""
    status: int
    body: str
    created_at: datetime = created_moment()
