"""Payments and everything that proves them. The journal itself is in `ledger`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class PaymentOrigin(StrEnum):
    """How a payment came about."""

    HOSTED = "hosted"
    """The resident paid on the processor's page."""
    AUTOPAY = "autopay"
    """A saved card was charged by the resident's standing order."""


class PaymentState(StrEnum):
    """The states of payments.md; the database refuses any other step."""

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REVIEW = "review"
    """The processor's sum differs from ours: nothing is credited, staff decide."""
    DISPUTED = "disputed"
    LOST = "lost"


class Payment(Table, table=True):
    """Money on its way from one resident to one or several accounts; what was agreed is frozen."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("commission_minor >= 0", name="commission_not_negative"),
        Index("ix_payment_settled_at", "settled_at", postgresql_where=text("settled_at IS NOT NULL")),
        Index("ix_payment_amount_minor", "amount_minor"),
        Index("ix_payment_total", text("(amount_minor + commission_minor)")),
        Index("ix_payment_to_check", "state", postgresql_where=text("state IN ('review', 'disputed')")),
    )

    id: UUID = random_id()
    number: int | None = Field(
        default=None,
        sa_type=BigInteger,
        sa_column_args=(Identity(start=100_001),),
        unique=True,
        nullable=False,
    )
    """What support can find: a running number."""
    resident_id: UUID = Field(foreign_key="resident.id", index=True)
    amount_minor: int = minor_units()
    """The sum of the items, without the commission."""
    commission_minor: int = minor_units(default=0)
    currency: str = Field(default="RUB", max_length=3)
    processor: str = Field(max_length=16)
    origin: PaymentOrigin = choice(PaymentOrigin, default=PaymentOrigin.HOSTED)
    state: PaymentState = choice(PaymentState, default=PaymentState.CREATED)
    reason: str = Field(default="", max_length=64)
    """The processor's code of the last decline, or why staff decided."""
    idempotency_key: str = Field(max_length=80, unique=True)
    session_ref: str | None = Field(default=None, max_length=255, unique=True)
    charge_ref: str | None = Field(default=None, max_length=255, unique=True)
    checkout_url: str | None = None
    locale: str = Field(default="ru", max_length=2)
    created_at: datetime = created_moment()
    expires_at: datetime | None = moment(default=None)
    settled_at: datetime | None = moment(default=None)
    """When the money was found to be there."""

    @property
    def total_minor(self) -> int:
        """What the card is charged: amount and commission."""
        return self.amount_minor + self.commission_minor


class PaymentItem(Table, table=True):
    """The part of a payment that goes to one account."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_payment_item_amount_minor", "amount_minor"),
        Index("ix_payment_item_once", "payment_id", "account_id", unique=True),
    )

    id: UUID = random_id()
    payment_id: UUID = Field(foreign_key="payment.id")
    account_id: UUID = Field(foreign_key="account.id", index=True)
    amount_minor: int = minor_units()
    period: date | None = None
    """The period that the resident named; binding for the allocation."""
    payout_id: UUID | None = Field(default=None, foreign_key="payout.id", index=True)
    handed_over_at: datetime | None = moment(default=None)
    posted_at: datetime | None = moment(default=None)
    """When the provider's file or statement was found to contain it."""
    posted_by: UUID | None = Field(default=None, foreign_key="provider_statement.id", index=True)
    """The statement that was found to contain it."""


class AllocationKind(StrEnum):
    """What a part of an item pays."""

    CHARGE = "charge"
    PENALTY = "penalty"
    ADVANCE = "advance"


class Allocation(Table, table=True):
    """How an item was split; append-only, the parts add up to the item."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(kind = 'advance') = (charge_id IS NULL)", name="advance_has_no_charge"),
    )

    id: UUID = random_id()
    item_id: UUID = Field(foreign_key="payment_item.id", index=True)
    kind: AllocationKind = choice(AllocationKind)
    charge_id: UUID | None = Field(default=None, foreign_key="charge.id", index=True)
    amount_minor: int = minor_units()
    created_at: datetime = created_moment()


class RefundState(StrEnum):
    """Pending is not done."""

    CREATED = "created"
    """Wanted; waits for the second person, or for the call to the processor."""
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(Table, table=True):
    """Money on its way back: a row of its own, never a state of the payment."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("approved_by IS NULL OR approved_by <> requested_by", name="second_person"),
        Index(
            "ix_refund_waiting",
            "created_at",
            postgresql_where=text("state = 'created' AND needs_approval AND approved_by IS NULL"),
        ),
    )

    id: UUID = random_id()
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    amount_minor: int = minor_units()
    state: RefundState = choice(RefundState, default=RefundState.CREATED)
    reason: str = Field(max_length=300)
    requested_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """Who of the staff wanted it; empty when it was made at the processor and imported."""
    needs_approval: bool = False
    approved_by: UUID | None = Field(default=None, foreign_key="resident.id")
    failure: str = Field(default="", max_length=64)
    """The processor's code, when it failed."""
    idempotency_key: str = Field(max_length=80, unique=True)
    processor_ref: str | None = Field(default=None, max_length=255, unique=True)
    created_at: datetime = created_moment()
    settled_at: datetime | None = moment(default=None)


class Deallocation(Table, table=True):
    """The part of an allocation that a refund or a lost dispute took back; append-only."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(refund_id IS NULL) <> (dispute_id IS NULL)", name="one_cause"),
    )

    id: UUID = random_id()
    allocation_id: UUID = Field(foreign_key="allocation.id", index=True)
    refund_id: UUID | None = Field(default=None, foreign_key="refund.id", index=True)
    dispute_id: UUID | None = Field(default=None, foreign_key="dispute.id", index=True)
    amount_minor: int = minor_units()
    created_at: datetime = created_moment()


class DisputeState(StrEnum):
    """A chargeback: open until the bank decides."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Table, table=True):
    """The resident's bank wants money back; imported from the processor."""

    id: UUID = random_id()
    payment_id: UUID = Field(foreign_key="payment.id", index=True)
    processor_ref: str = Field(max_length=255, unique=True)
    amount_minor: int = minor_units()
    reason: str = Field(default="", max_length=64)
    state: DisputeState = choice(DisputeState, default=DisputeState.OPEN)
    opened_at: datetime = created_moment()
    closed_at: datetime | None = moment(default=None)


class Payout(Table, table=True):
    """Money handed over to a provider, with the items that it covers."""

    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: UUID = random_id()
    number: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_args=(Identity(start=1),), unique=True, nullable=False
    )
    provider_id: UUID = Field(foreign_key="provider.id", index=True)
    amount_minor: int = minor_units()
    currency: str = Field(default="RUB", max_length=3)
    reference: str = Field(default="", max_length=120)
    """The number of the bank's order."""
    made_by: UUID = Field(foreign_key="resident.id")
    made_at: datetime = created_moment()
    confirmed_on: date | None = None
    """The day on which the provider confirmed that it has taken the payments in."""


class ProcessorEvent(Table, table=True):
    """A webhook, stored once by the processor's id: a trigger, never the truth."""

    __table_args__ = (
        Index("ix_processor_event_open", "received_at", postgresql_where=text("handled_at IS NULL")),
    )

    id: str = Field(max_length=255, primary_key=True)
    kind: str = Field(max_length=80)
    body: dict[str, Any] = Field(sa_type=JSONB)
    received_at: datetime = created_moment()
    handled_at: datetime | None = moment(default=None)


class ProviderStatement(Table, table=True):
    """What a provider says an account owed on a day, and what we made of it."""

    __table_args__ = (
        Index(
            "ix_provider_statement_once",
            "account_id",
            "as_of",
            "source",
            unique=True,
            postgresql_where=text("taken_back_at IS NULL"),
        ),
        Index(
            "ix_provider_statement_import",
            "import_id",
            postgresql_where=text("import_id IS NOT NULL"),
        ),
    )

    id: UUID = random_id()
    account_id: UUID = Field(foreign_key="account.id")
    balance_minor: int = minor_units()
    as_of: date
    source: str = Field(default="", max_length=120)
    """The file or import that delivered it."""
    unposted_minor: int = minor_units(default=0)
    """Our items that the provider had not taken in, and so are not in its balance."""
    doubtful_minor: int = minor_units(default=0)
    """Of these, what was handed over but not confirmed: staff look at it."""
    adjustment_minor: int = minor_units(default=0)
    """What was posted to our balance."""
    import_id: UUID | None = None
    """The registry that delivered it, which is kept; no foreign key, as it would be asked a million times."""
    taken_back_at: datetime | None = moment(default=None)
    """When the import was rolled back: it counts no more."""
    created_at: datetime = created_moment()


class ReconciliationState(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Reconciliation(Table, table=True):
    """One comparison of the ledger with the processor over a period."""

    id: UUID = random_id()
    since: datetime = moment()
    until: datetime = moment()
    state: ReconciliationState = choice(ReconciliationState, default=ReconciliationState.RUNNING)
    started_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """Empty for the nightly run."""
    started_at: datetime = created_moment()
    finished_at: datetime | None = moment(default=None)
    checked: int = 0
    """Objects compared so far, on both sides."""
    ours_minor: int = minor_units(default=0)
    theirs_minor: int = minor_units(default=0)


class DifferenceCause(StrEnum):
    """What a difference is, and so what can be done about it."""

    PAID_THERE_OPEN_HERE = "paid_there_open_here"
    PAID_HERE_UNKNOWN_THERE = "paid_here_unknown_there"
    UNKNOWN_HERE = "unknown_here"
    ANOTHER_SUM = "another_sum"
    REFUND_UNKNOWN_HERE = "refund_unknown_here"
    REFUND_UNKNOWN_THERE = "refund_unknown_there"
    DISPUTE_UNKNOWN_HERE = "dispute_unknown_here"


class ReconciliationDifference(Table, table=True):
    """One thing on which the ledger and the processor do not agree."""

    __table_args__ = (
        Index(
            "ix_reconciliation_difference_open",
            "reconciliation_id",
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: UUID = random_id()
    reconciliation_id: UUID = Field(foreign_key="reconciliation.id", index=True)
    cause: DifferenceCause = choice(DifferenceCause)
    payment_id: UUID | None = Field(default=None, foreign_key="payment.id")
    processor_ref: str = Field(default="", max_length=255)
    ours_minor: int = minor_units(default=0)
    theirs_minor: int = minor_units(default=0)
    resolved_at: datetime | None = moment(default=None)
    resolved_by: UUID | None = Field(default=None, foreign_key="resident.id")
    resolution: str = Field(default="", max_length=300)
