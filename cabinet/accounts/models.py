"""Personal accounts (лицевые счета) and who linked them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class Account(Table, table=True):
    """A personal account of one provider: one dwelling, one number."""

    __table_args__ = (UniqueConstraint("provider_id", "number"),)

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    number: str = Field(max_length=32)
    owner_name: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)
    search_key: str = Field(default="", index=True)
    """Number, owner and address, folded."""
    created_at: datetime = created_moment()
    closed_at: datetime | None = moment(default=None)


class LinkLevel(StrEnum):
    """How much a link shows."""

    LITE = "lite"
    """After the number alone: debt, own payments, meters; name and address masked."""
    FULL = "full"
    """After a proof of ownership: bills and history too."""


class AccountLink(Table, table=True):
    """A resident's access to an account, until it ends."""

    __table_args__ = (
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
    own_name: str = Field(default="", max_length=60)
    created_at: datetime = created_moment()
    ended_at: datetime | None = moment(default=None)
