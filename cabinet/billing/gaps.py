"""Bills that do not add up, for staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, func, text, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.billing.lines import LineGap, line_gaps
from cabinet.billing.models import WRONG_LINE, Bill, Charge
from cabinet.billing.views import lines_of
from cabinet.kit.dates import now

_LATELY = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class BillGap:
    """What does not add up in one bill, in minor units."""

    bill_id: UUID
    account_id: UUID
    account_number: str
    provider_id: UUID
    period: date
    number: str
    issued_at: datetime
    gap_minor: int
    """By how much the closing balance exceeds opening + lines − paid."""
    lines: tuple[LineGap, ...]


async def bills_with_gaps(
    *,
    session: AsyncSession,
    provider_id: UUID | None = None,
    since: datetime | None = None,
    limit: int = 200,
) -> list[BillGap]:
    """The bills issued since then (by default in the last hundred days) that do not add up, the newest first.

    Of one provider if asked. Two queries, however many there are.
    """
    statement = (
        select(Bill, Account.number, Account.provider_id)
        .join(Account, col(Account.id) == col(Bill.account_id))
        .where(col(Bill.id).in_(_ids(since or now() - _LATELY)))
        .order_by(col(Bill.issued_at).desc(), col(Bill.id))
        .limit(limit)
    )
    if provider_id is not None:
        statement = statement.where(Account.provider_id == provider_id)
    rows = (await session.exec(statement)).all()
    wrong = await _wrong_lines((bill.id for bill, _number, _provider in rows), session)
    return [_gap(bill, number, provider, wrong[bill.id]) for bill, number, provider in rows]


def count_bills_with_gaps(provider_id: UUID | None) -> Any:
    """How many bills of the last hundred days do not add up, as an expression for a larger statement."""
    found = select(func.count()).select_from(Bill).where(col(Bill.id).in_(_ids(now() - _LATELY)))
    if provider_id is not None:
        found = found.join(Account, col(Account.id) == col(Bill.account_id))
        found = found.where(Account.provider_id == provider_id)
    return found.scalar_subquery()


def _ids(since: datetime) -> CompoundSelect[Any]:
    """The bills with a gap, and those with a wrong line: a partial index answers each."""
    gaps = select(Bill.id).where(col(Bill.issued_at) >= since, col(Bill.gap_minor) != 0)
    wrong = (
        select(Bill.id)
        .join(Charge, col(Charge.bill_id) == col(Bill.id))
        .where(col(Bill.issued_at) >= since, text(WRONG_LINE))
    )
    return union(gaps, wrong)


async def _wrong_lines(bill_ids: Iterable[UUID], session: AsyncSession) -> dict[UUID, tuple[LineGap, ...]]:
    found = await lines_of(bill_ids, session=session)
    return {bill_id: tuple(line_gaps(lines)) for bill_id, lines in found.items()}


def _gap(bill: Bill, number: str, provider_id: UUID, lines: tuple[LineGap, ...]) -> BillGap:
    return BillGap(
        bill_id=bill.id,
        account_id=bill.account_id,
        account_number=number,
        provider_id=provider_id,
        period=bill.period,
        number=bill.number,
        issued_at=bill.issued_at,
        gap_minor=bill.gap_minor,
        lines=lines,
    )
