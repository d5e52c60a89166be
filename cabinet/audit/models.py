"""Who of the staff changed or looked at what. Append-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, created_moment


class AuditRecord(Table, table=True):
    """One act of one person on one row. Each index ends as the log is read, so that any page of it is quick."""

    __table_args__ = tuple(
        Index(f"ix_audit_record_by_{name}", name, "at", "id")
        for name in ("actor_id", "action", "subject", "subject_id", "address")
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = created_moment()
    actor_id: UUID | None = Field(default=None, foreign_key="resident.id")
    key_id: UUID | None = Field(default=None, foreign_key="api_key.id", index=True)
    """The provider's key, where a program did it."""
    action: str = Field(max_length=40)
    subject: str = Field(max_length=40)
    subject_id: str = Field(max_length=64)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    after: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    address: str = Field(default="", max_length=64)
