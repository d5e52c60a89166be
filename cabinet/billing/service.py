"""Bills: issuing them and telling what is still owed, line by line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.allocation import OpenLine, Part, PartKind, allocate, net_of_credits, open_lines_within
from cabinet.billing.comparison import Cause, Effect, explain
from cabinet.billing.gaps import BillGap, bills_with_gaps
from cabinet.billing.issuing import issue_bill
from cabinet.billing.lines import ChargeLine, Figures, LineGap
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.billing.views import BillView, account_of_bill, list_bills, read_bill
from cabinet.database import run
from cabinet.ledger.models import Balance

__all__ = [
    "BillGap",
    "BillView",
    "Cause",
    "ChargeLine",
    "Effect",
    "Figures",
    "LineGap",
    "OpenLine",
    "Part",
    "PartKind",
    "account_of_bill",
    "allocate",
    "bills_with_gaps",
    "charge_names",
    "explain",
    "issue_bill",
    "list_bills",
    "next_due",
    "open_lines",
    "periods_billed_since",
    "periods_of",
    "read_bill",
]


@dataclass(frozen=True, slots=True)
class ChargeName:
    """What a line of a bill is called: its month, its kind and its service."""

    period: date
    kind: ChargeKind
    service: str


async def open_lines(
    account_ids: Iterable[UUID],
    allocated: Mapping[UUID, int] | None = None,
    *,
    session: AsyncSession,
    posted: Mapping[UUID, int] | None = None,
) -> dict[UUID, list[OpenLine]]:
    """What is still owed of each charge, the oldest period first; one query for any number of accounts,
    two where a debt is older than a year.

    `allocated` says how much of a charge payments of ours have paid, by charge. Negative lines
    have reduced the others of their bill. The lines of an account never owe more together than its
    balance: payments made elsewhere paid the oldest first. `posted` is what the balances have been
    credited with already and is only about to be allocated.
    """
    wanted, least = list(account_ids), 0 if posted is None else _ANY
    found = await _read(wanted, least, _RECENT, allocated or {}, posted or {}, session)
    longer = [account_id for account_id in wanted if found[account_id].needs_more]
    if longer:
        found |= await _read(longer, least, _ALL, allocated or {}, posted or {}, session)
    return {account_id: open_lines_within(one.owed_minor, one.lines) for account_id, one in found.items()}


async def next_due(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, date]:
    """Until when the latest bill is to be paid; accounts that owe nothing are left out."""
    statement = (
        select(Bill.account_id, func.max(Bill.due_on))
        .join(Balance, col(Balance.account_id) == col(Bill.account_id))
        .where(col(Bill.account_id).in_(list(account_ids)), col(Balance.amount_minor) > 0)
        .group_by(col(Bill.account_id))
    )
    return dict((await session.exec(statement)).all())


async def periods_of(charge_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, date]:
    """The period that each of these charges belongs to."""
    rows = await session.exec(
        select(Charge.id, col(Bill.period))
        .join(Bill, col(Bill.id) == col(Charge.bill_id))
        .where(col(Charge.id).in_(list(charge_ids)))
    )
    return dict(rows.all())


async def periods_billed_since(moment: datetime, account_id: UUID, *, session: AsyncSession) -> list[date]:
    """The periods of the account's bills that were issued after the moment, the earliest first."""
    rows = await session.exec(
        select(col(Bill.period))
        .where(Bill.account_id == account_id, Bill.issued_at > moment)
        .order_by(col(Bill.period))
    )
    return list(rows.all())


async def charge_names(charge_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, ChargeName]:
    """What each of these charges is for; one query."""
    rows = await session.exec(
        select(Charge.id, col(Bill.period), col(Charge.kind), Charge.service)
        .join(Bill, col(Bill.id) == col(Charge.bill_id))
        .where(col(Charge.id).in_(list(charge_ids)))
    )
    return {charge_id: ChargeName(period, kind, service) for charge_id, period, kind, service in rows.all()}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a bill as it is read: columns and no rows of tables, since ten years may be read.

    A bill without lines is a row without a charge: it counts among the newest, and owes nothing.
    """

    account_id: UUID
    balance_minor: int
    bills: int
    bill_id: UUID
    period: date
    due_on: date
    charge_id: UUID | None
    kind: ChargeKind
    service: str
    amount_minor: int


@dataclass(slots=True)
class _Debt:
    """What the bills of an account that were read leave open, and what it owes in all."""

    owed_minor: int = 0
    bills: int = 0
    most: int = 0
    lines: list[OpenLine] = field(default_factory=list[OpenLine])

    @property
    def needs_more(self) -> bool:
        """Whether bills that were not read may owe something: the newest ones do not explain the debt."""
        return (
            self.bills > self.most and sum(max(line.open_minor, 0) for line in self.lines) < self.owed_minor
        )


_ANY = -(2**62)
_RECENT, _ALL = 13, 10**6
"""How many of the newest bills are read: nearly always a year explains the debt."""
_RANKED = (
    select_columns(
        *(col(Bill.account_id), col(Balance.amount_minor).label("balance_minor")),
        func.count().over(partition_by=col(Bill.account_id)).label("bills"),
        *(col(Bill.id), col(Bill.period), col(Bill.due_on)),
        func.row_number()
        .over(partition_by=col(Bill.account_id), order_by=col(Bill.period).desc())
        .label("place"),
    )
    .join(Balance, col(Balance.account_id) == col(Bill.account_id))
    .where(
        col(Bill.account_id).in_(bindparam("account_ids", expanding=True)),
        col(Balance.amount_minor) > bindparam("least"),
    )
    .subquery()
)
_LINES = (
    select_columns(
        *(_RANKED.c.account_id, _RANKED.c.balance_minor, _RANKED.c.bills),
        *(_RANKED.c.id, _RANKED.c.period, _RANKED.c.due_on),
        *(col(Charge.id), col(Charge.kind), col(Charge.service), col(Charge.amount_minor)),
    )
    .outerjoin(Charge, col(Charge.bill_id) == _RANKED.c.id)
    .where(_RANKED.c.place <= bindparam("most"))
    .order_by(_RANKED.c.period, _RANKED.c.id, col(Charge.position), col(Charge.id))
)
"""Built once: payments settle through it. Accounts without a debt have nothing to read."""


async def _read(
    account_ids: list[UUID],
    least: int,
    most: int,
    allocated: Mapping[UUID, int],
    posted: Mapping[UUID, int],
    session: AsyncSession,
) -> dict[UUID, _Debt]:
    """The debts of the accounts that owe more than `least`, by so many of their newest bills."""
    found = {account_id: _Debt(most=most) for account_id in account_ids}
    rows = await run(_LINES, session=session, account_ids=account_ids, least=least, most=most)
    for _bill, same in groupby((_Row(*row) for row in rows), key=lambda row: row.bill_id):
        bill = list(same)
        account_id = bill[0].account_id
        debt = found[account_id]
        debt.owed_minor = bill[0].balance_minor + posted.get(account_id, 0)
        debt.bills = bill[0].bills
        debt.lines += _open_lines(bill, allocated)
    return found


def _open_lines(rows: list[_Row], allocated: Mapping[UUID, int]) -> list[OpenLine]:
    """What is owed of each line of one bill; its negative lines are taken off before what was paid."""
    lines = [(row, row.charge_id) for row in rows if row.charge_id]
    net = net_of_credits([(row.kind, row.amount_minor) for row, _charge_id in lines])
    return [
        OpenLine(
            charge_id=charge_id,
            period=row.period,
            due_on=row.due_on,
            kind=row.kind,
            service=row.service,
            open_minor=owed - allocated.get(charge_id, 0),
        )
        for (row, charge_id), owed in zip(lines, net, strict=True)
    ]
