"""Double entry: journals that are balanced and never changed, and the receivables' summary."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from cabinet.kit.columns import Table, choice, created_moment, minor_units, moment, random_id


class JournalKind(StrEnum):
    """What happened."""

    CHARGE = "charge"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    STATEMENT = "statement"
    PAYOUT = "payout"
    SUSPENSE = "suspense"


class Journal(Table, table=True):
    """One event in money; `key` makes a second posting of the same event impossible."""

    id: UUID = random_id()
    key: str = Field(max_length=120, unique=True)
    kind: JournalKind = choice(JournalKind)
    at: datetime = created_moment()
    memo: str = Field(default="", max_length=200)


class Entry(Table, table=True):
    """One side of a journal: positive debits, negative credits. Append-only."""

    __table_args__ = (CheckConstraint("amount_minor <> 0", name="not_zero"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    journal_id: UUID = Field(foreign_key="journal.id", index=True)
    account: str = Field(max_length=80, index=True)
    """`receivable:<account id>`, `payable:<provider id>`, `clearing:<provider id>`,
    `asset:processor`, `fee`, `suspense`, `payout:<provider id>`."""
    amount_minor: int = minor_units()
    currency: str = Field(default="RUB", max_length=3)


class Balance(Table, table=True):
    """What an account owes (positive) or has in advance (negative): the sum of its receivable entries."""

    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    amount_minor: int = minor_units(default=0)
    currency: str = Field(default="RUB", max_length=3)
    updated_at: datetime = moment()


class RecountState(StrEnum):
    """How far a recount has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Recount(Table, table=True):
    """One proof of the books: every journal and every balance counted again from the entries."""

    __table_args__ = (CheckConstraint("percent BETWEEN 0 AND 100", name="percent_is_a_percentage"),)

    id: UUID = random_id()
    state: RecountState = choice(RecountState, default=RecountState.RUNNING)
    started_by: UUID | None = Field(default=None, foreign_key="resident.id")
    """Empty for the nightly recount."""
    started_at: datetime = created_moment()
    finished_at: datetime | None = moment(default=None)
    percent: int = 0
    journals: int = Field(default=0, sa_type=BigInteger)
    entries: int = Field(default=0, sa_type=BigInteger)
    problems: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    """Empty when the books hold: keys of journals that do not balance, accounts whose balance has drifted."""
