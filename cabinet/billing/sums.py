"""The sums that stand on an account's last bills, for whoever has to prove that the paper is theirs."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.models import Bill, Charge

LAST_BILLS = 25
"""More than a year: who has watched the debt for a year is asked for an older paper."""


@dataclass(frozen=True, slots=True)
class BillSums:
    """One bill; minor units."""

    period: date
    issued_at: datetime
    charged_minor: int
    """What the month added."""
    sums: frozenset[int]
    """Whatever the paper may call its sum: what the month added, and what was to be paid in all."""


async def sums_of_last_bills(account_id: UUID, *, session: AsyncSession) -> list[BillSums]:
    """The last bills of the account, the newest first; two queries."""
    rows = await session.exec(
        select(Bill).where(Bill.account_id == account_id).order_by(col(Bill.period).desc()).limit(LAST_BILLS)
    )
    bills = list(rows.all())
    totals: defaultdict[UUID, int] = defaultdict(int)
    lines = await session.exec(select(Charge).where(col(Charge.bill_id).in_([bill.id for bill in bills])))
    for line in lines:
        totals[line.bill_id] += line.amount_minor
    return [
        BillSums(bill.period, bill.issued_at, totals[bill.id], _sums(bill, totals[bill.id])) for bill in bills
    ]


def _sums(bill: Bill, total_minor: int) -> frozenset[int]:
    return frozenset(sum_minor for sum_minor in (bill.closing_minor, total_minor) if sum_minor)
