"""Bills: issuing them and telling what is still owed, line by line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import providers_of
from cabinet.billing.allocation import OpenLine, Part, PartKind, allocate, open_lines_within
from cabinet.billing.errors import BillExists
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.errors import NotFound
from cabinet.kit.dates import month_of
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, balances, clearing, post, receivable

__all__ = ["ChargeLine", "OpenLine", "Part", "PartKind", "allocate", "issue_bill", "next_due", "open_lines"]


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A line of a bill to be issued; tariff in roubles, amount in minor units."""

    service: str
    amount_minor: int
    kind: ChargeKind = ChargeKind.SERVICE
    volume: Decimal | None = None
    unit: str = ""
    tariff: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChargeName:
    """What a line of a bill is called: its month, its kind and its service."""

    period: date
    kind: ChargeKind
    service: str


async def issue_bill(
    account_id: UUID, period: date, due_on: date, lines: Sequence[ChargeLine], *, session: AsyncSession
) -> Bill:
    """Write the bill and post it: the receivable is debited against clearing, once.

    Raises BillExists for a second bill of the period, NotFound for an unknown account.
    """
    provider_id = (await providers_of([account_id], session=session)).get(account_id)
    if provider_id is None:
        raise NotFound
    bill = Bill(account_id=account_id, period=month_of(period), due_on=due_on)
    await _add(bill, session)
    session.add_all(_charge(bill, position, line) for position, line in enumerate(lines))
    await session.flush()
    total = sum(line.amount_minor for line in lines)
    posting = [Line(receivable(account_id), total), Line(clearing(provider_id), -total)]
    await post(f"bill:{bill.id}", JournalKind.CHARGE, posting, session=session)
    return bill


async def open_lines(
    account_ids: Iterable[UUID], allocated: Mapping[UUID, int] | None = None, *, session: AsyncSession
) -> dict[UUID, list[OpenLine]]:
    """What is still owed of each charge, the oldest period first; two queries for any number of accounts.

    `allocated` says how much of a charge payments of ours have paid, by charge. The lines of an
    account never owe more together than its balance: payments made elsewhere paid the oldest first.
    """
    wanted = list(account_ids)
    owed = await balances(wanted, session=session)
    found: dict[UUID, list[OpenLine]] = {account_id: [] for account_id in wanted}
    for account_id, line in await _lines(wanted, allocated or {}, session):
        found[account_id].append(line)
    return {account_id: open_lines_within(owed[account_id], lines) for account_id, lines in found.items()}


async def next_due(account_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, date]:
    """Until when the latest bill is to be paid; accounts that owe nothing are left out."""
    wanted = list(account_ids)
    owed = await balances(wanted, session=session)
    in_debt = [account_id for account_id in wanted if owed[account_id] > 0]
    statement = (
        select(Bill.account_id, func.max(Bill.due_on))
        .where(col(Bill.account_id).in_(in_debt))
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


async def _add(bill: Bill, session: AsyncSession) -> None:
    try:
        async with session.begin_nested():
            session.add(bill)
    except IntegrityError as error:
        if "uq_bill" not in str(error.orig):
            raise
        raise BillExists(bill.period) from error


def _charge(bill: Bill, position: int, line: ChargeLine) -> Charge:
    return Charge(
        bill_id=bill.id,
        position=position,
        kind=line.kind,
        service=line.service,
        volume=line.volume,
        unit=line.unit,
        tariff=line.tariff,
        amount_minor=line.amount_minor,
    )


async def _lines(
    account_ids: list[UUID], allocated: Mapping[UUID, int], session: AsyncSession
) -> list[tuple[UUID, OpenLine]]:
    statement = (
        select(Bill, Charge)
        .join(Charge, col(Charge.bill_id) == col(Bill.id))
        .where(col(Bill.account_id).in_(account_ids))
        .order_by(col(Bill.period), col(Charge.position), col(Charge.id))
    )
    rows = (await session.exec(statement)).all()
    return [(bill.account_id, _open(bill, charge, allocated.get(charge.id, 0))) for bill, charge in rows]


def _open(bill: Bill, charge: Charge, paid_minor: int) -> OpenLine:
    return OpenLine(
        charge_id=charge.id,
        period=bill.period,
        due_on=bill.due_on,
        kind=charge.kind,
        service=charge.service,
        open_minor=charge.amount_minor - paid_minor,
    )
