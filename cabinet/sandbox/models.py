"""The sandbox's memory: objects, events and idempotency keys, as the processor itself would keep them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, created_moment, moment

Body = dict[str, Any]
"""A JSON object as it travels over the API."""


def _position() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False, unique=True))


def _json() -> Any:
    return Field(default_factory=dict, sa_type=JSONB, nullable=False)


class SandboxObject(Table, table=True):
    """One object of the API: its public body, and what only the processor knows about it."""

    __table_args__ = (
        Index("ix_sandbox_object_kind_position", "kind", "position"),
        Index(
            "ix_sandbox_object_body",
            "body",
            postgresql_using="gin",
            postgresql_ops={"body": "jsonb_path_ops"},
        ),
    )

    id: str = Field(primary_key=True)
    kind: str
    position: int = _position()
    """Order of creation: lists go by it, as times have whole seconds only."""
    body: Body = _json()
    private: Body = _json()
    due_at: datetime | None = moment(default=None, nullable=True, index=True)
    """When something happens to the object by itself: a session expires, a delayed payment settles."""
    created_at: datetime = created_moment()


class SandboxEvent(Table, table=True):
    """One event: kept for the API, delivered to the webhook until it is accepted."""

    id: str = Field(primary_key=True)
    position: int = _position()
    body: Body = _json()
    deliver_at: datetime | None = moment(nullable=True, index=True)
    """When to try next; empty once it is delivered or given up."""
    delivered_at: datetime | None = moment(default=None, nullable=True)
    attempts: int = 0
    created_at: datetime = created_moment()


class SandboxIdempotency(Table, table=True):
    """The first answer to an idempotency key, replayed for 24 hours."""

    key: str = Field(primary_key=True)
    fingerprint: str
    request_id: str
    status: int
    body: Body = _json()
    created_at: datetime = created_moment()
