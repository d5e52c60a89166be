"""Personal accounts (лицевые счета) and who linked them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, found_by_parts, moment, random_id


class Account(Table, table=True):
    """A personal account of one provider: one dwelling, one number."""

    __table_args__ = (UniqueConstraint("provider_id", "number"), found_by_parts("account"))

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    number: str = Field(max_length=32)
    owner_name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)
    els: str = Field(default="", max_length=10)
    """The one account number of ГИС ЖКХ (ЕЛС)."""
    fias: str = Field(default="", max_length=80)
    """The house in ФИАС, and the flat behind a comma."""
    search_key: str = ""
    """Number, owner and address, folded."""
    pin_hash: str = ""
    """Of the code by which a provider lets the owner prove the account; empty if it gave none."""
    created_at: datetime = created_moment()
    closed_at: datetime | None = moment(default=None)
    import_id: UUID | None = None
    """The registry that made it, which is kept; no foreign key, as it would be asked a million times."""


class LinkLevel(StrEnum):
    """How much a link shows."""

    LITE = "lite"
    """After the number alone: debt, own payments, meters; name and address masked."""
    FULL = "full"
    """After a proof of ownership: bills and history too."""


class LinkRole(StrEnum):
    """What the person may do with the account."""

    OWNER = "owner"
    """Linked it by its number: everything, and inviting others once the link is full."""
    HELPER = "helper"
    """Invited: pays and sends readings."""
    VIEWER = "viewer"
    """Invited: looks only."""


class AccountLink(Table, table=True):
    """A resident's access to an account, until it ends or expires."""

    __table_args__ = (
        CheckConstraint("(role = 'owner') = (invited_by IS NULL)", name="helpers_are_invited"),
        Index(
            "ix_account_link_current",
            "resident_id",
            "account_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = random_id()
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    level: LinkLevel = choice(LinkLevel, default=LinkLevel.LITE)
    role: LinkRole = choice(LinkRole, default=LinkRole.OWNER)
    own_name: str = Field(default="", max_length=60)
    invited_by: UUID | None = Field(default=None, foreign_key="account_link.id", index=True)
    """The owner's link that this access comes from, and with which it ends."""
    proved_at: datetime | None = moment(default=None)
    expires_at: datetime | None = moment(default=None)
    created_at: datetime = created_moment()
    ended_at: datetime | None = moment(default=None)


class Invitation(Table, table=True):
    """An owner's letter that lets somebody else into an account; used once."""

    __table_args__ = (CheckConstraint("role <> 'owner'", name="never_an_owner"),)

    id: UUID = random_id()
    link_id: UUID = Field(foreign_key="account_link.id", index=True)
    """The owner's link."""
    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254, index=True)
    role: LinkRole = choice(LinkRole, default=LinkRole.HELPER)
    access_until: datetime | None = moment(default=None)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = created_moment()
    expires_at: datetime = moment()
    accepted_at: datetime | None = moment(default=None)
    accepted_link_id: UUID | None = Field(default=None, foreign_key="account_link.id")
    revoked_at: datetime | None = moment(default=None)
