"""What providers' servers are told: where, and each telling."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, moment, random_id


class WebhookEvent(StrEnum):
    """What a provider's server can be told."""

    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_DISPUTED = "payment.disputed"
    DISPUTE_LOST = "payment.dispute_lost"
    READING_SUBMITTED = "reading.submitted"
    READING_CORRECTED = "reading.corrected"
    REGISTRY_MADE = "registry.made"
    TEST = "test"
    """Sent by staff to see whether it arrives; every address gets it."""


class WebhookEndpoint(Table, table=True):
    """An address of a provider's server. Its secrets are derived from the seeds and stand nowhere."""

    __table_args__ = (CheckConstraint("cardinality(events) > 0", name="has_events"),)

    id: UUID = random_id()
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    url: str = Field(max_length=500)
    events: list[str] = Field(sa_type=ARRAY(Text))
    seed: str = Field(max_length=64)
    old_seed: str = Field(default="", max_length=64)
    """Of the secret before, which signs too until `old_seed_until`."""
    old_seed_until: datetime | None = moment(default=None)
    created_at: datetime = created_moment()
    created_by: UUID = Field(foreign_key="resident.id")
    failing_since: datetime | None = moment(default=None)
    """Nothing has arrived since; empty while all is well."""
    disabled_at: datetime | None = moment(default=None)
    disabled_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """Empty: it was switched off because it failed for long."""


class DeliveryState(StrEnum):
    """How far a telling has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookDelivery(Table, table=True):
    """One telling to one address: written with its cause, sent by a job, tried again for about a day."""

    __table_args__ = (
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered"),
        Index("ix_webhook_delivery_due", "next_at", postgresql_where=text("state = 'pending'")),
        Index("ix_webhook_delivery_latest", "endpoint_id", "created_at"),
    )

    id: UUID = random_id()
    """What the receiver recognises a repeated one by."""
    endpoint_id: UUID = Field(foreign_key="webhook_endpoint.id")
    event: WebhookEvent = choice(WebhookEvent)
    data: dict[str, Any] = Field(sa_type=JSONB)
    state: DeliveryState = choice(DeliveryState, default=DeliveryState.PENDING)
    attempts: int = 0
    created_at: datetime = created_moment()
    next_at: datetime = moment()
    """When it is tried next; while it is being sent: when somebody else may try."""
    delivered_at: datetime | None = moment(default=None)
    last_tried_at: datetime | None = moment(default=None)
    last_status: int | None = None
    last_error: str = Field(default="", max_length=60)
    last_ms: int | None = None
