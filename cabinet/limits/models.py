"""Tries that are counted, so that guessing takes longer than a life."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from cabinet.kit.columns import Table, created_moment, moment


class Attempt(Table, table=True):
    """One try of one kind by one subject (login, address, resident), kept as a hash."""

    __table_args__ = (Index("ix_attempt_subject", "kind", "subject_hash", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    kind: str = Field(max_length=32)
    subject_hash: bytes = Field(sa_type=LargeBinary)
    at: datetime = created_moment()


class Allowance(Table, table=True):
    """How much of its requests a subject has used up, as the moment at which all will be free again."""

    subject_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    free_at: datetime = moment(index=True)
