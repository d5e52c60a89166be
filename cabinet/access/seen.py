"""Which bills somebody has learned by links of their own: their sums prove nothing.

A link by number alone shows the debt, so whoever looks every month reads each new bill from it, also when the
bill is paid later and stands nowhere any more. A guest has seen every bill until the access ended.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.billing.sums import BillSums
from cabinet.kit.dates import now
from cabinet.ledger.service import balance_at


async def unseen(
    bills: Sequence[BillSums], resident_id: UUID, account_id: UUID, *, session: AsyncSession
) -> list[BillSums]:
    """Those of the bills (the newest first) that no link of the resident, past ones too, has told them."""
    told: set[date] = set()
    for link, owed in await _links(resident_id, account_id, session):
        if link.invited_by is not None:
            told |= {bill.period for bill in bills if bill.issued_at <= _end(link)}
        elif link.level is LinkLevel.LITE:
            told |= told_by_debt(bills, link.created_at, _end(link), owed)
    return [bill for bill in bills if bill.period not in told]


def told_by_debt(bills: Sequence[BillSums], since: datetime, until: datetime, owed_minor: int) -> set[date]:
    """The periods of the bills that the debt tells of: those that came meanwhile, and those open at first."""
    told = {bill.period for bill in bills if since <= bill.issued_at <= until}
    for bill in bills:
        if bill.issued_at < since:
            if owed_minor <= 0:
                break
            told.add(bill.period)
            owed_minor -= bill.charged_minor
    return told


def _end(link: AccountLink) -> datetime:
    return min(moment for moment in (link.ended_at, link.expires_at, now()) if moment)


async def _links(
    resident_id: UUID, account_id: UUID, session: AsyncSession
) -> Sequence[tuple[AccountLink, int]]:
    """Every link that there ever was, with what the account owed when it was made; one query."""
    rows = await session.exec(
        select(AccountLink, balance_at(account_id, col(AccountLink.created_at)))
        .where(AccountLink.resident_id == resident_id, AccountLink.account_id == account_id)
        .order_by(col(AccountLink.created_at))
    )
    return rows.all()
