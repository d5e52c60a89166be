"""Bills as a resident who has proved the account sees them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount, linked_account, linked_accounts
from cabinet.billing.comparison import Effect, explain
from cabinet.billing.lines import ChargeLine, total_of
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.errors import NotFound
from cabinet.kit.dates import add_months

MONTHS = 13
"""A year and the same month before it: what a list of bills shows at once."""


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill in minor units; a figure that the provider did not give is None."""

    id: UUID
    account_id: UUID
    period: date
    due_on: date
    number: str
    issued_at: datetime
    opening_minor: int | None
    paid_minor: int | None
    closing_minor: int | None
    gap_minor: int
    lines: tuple[ChargeLine, ...]
    """Services and penalties as they stand on the bill."""

    @property
    def services(self) -> tuple[ChargeLine, ...]:
        """The lines that are no penalty."""
        return tuple(line for line in self.lines if line.kind is ChargeKind.SERVICE)

    @property
    def penalty_minor(self) -> int:
        """All penalties together."""
        return total_of(line for line in self.lines if line.kind is ChargeKind.PENALTY)

    @property
    def recalculation_minor(self) -> int:
        """What the bill corrects of earlier months."""
        return sum(line.recalculation_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What was charged for the month, penalty and recalculation included."""
        return total_of(self.lines)

    @property
    def to_pay_minor(self) -> int:
        """What the bill asks for: the closing balance, else its own sum."""
        return self.total_minor if self.closing_minor is None else self.closing_minor


@dataclass(frozen=True, slots=True)
class WholeBill:
    """A bill with its account and the one before it."""

    bill: BillView
    account: LinkedAccount
    before: BillView | None

    @property
    def difference_minor(self) -> int:
        """By how much more was charged than on the bill before."""
        return self.bill.total_minor - (self.before.total_minor if self.before else 0)

    @property
    def effects(self) -> list[Effect]:
        """Why; nothing without a bill before."""
        return explain(self.before.lines, self.bill.lines) if self.before else []


async def read_bill(resident_id: UUID, bill_id: UUID, *, session: AsyncSession) -> WholeBill:
    """One bill of the resident's account. Raises NotFound for a stranger's, NeedsProof for a lite link."""
    bill = await session.get(Bill, bill_id)
    if bill is None:
        raise NotFound
    account = await linked_account(resident_id, bill.account_id, session=session, right=Right.SEE_ALL)
    before = await _bill_before(bill, session)
    views = await _views([bill, *([before] if before else [])], session)
    return WholeBill(views[0], account, views[1] if before else None)


async def account_of_bill(bill_id: UUID, *, session: AsyncSession) -> UUID | None:
    """Whose bill it is; the caller answers for who may know."""
    return (await session.exec(select(Bill.account_id).where(Bill.id == bill_id))).first()


async def list_bills(
    resident_id: UUID,
    account_id: UUID | None = None,
    *,
    session: AsyncSession,
    limit: int = MONTHS,
    before: date | None = None,
) -> list[BillView]:
    """The newest bills of one account, or of every account with a proved link; the newest first.

    At most `limit` of each account, of periods before `before` if given; four queries however many
    accounts there are. Raises NotFound for a stranger's account, NeedsProof for a lite link.
    """
    wanted = await _may_see(resident_id, account_id, session)
    rows = await session.exec(
        select(Bill).where(col(Bill.id).in_(_newest(wanted, limit, before))).order_by(col(Bill.period).desc())
    )
    return await _views(rows.all(), session)


async def lines_of(bill_ids: Iterable[UUID], *, session: AsyncSession) -> dict[UUID, list[ChargeLine]]:
    """The lines of each bill in their order; the caller answers for who may see them."""
    wanted = list(bill_ids)
    rows = await session.exec(
        select(Charge)
        .where(col(Charge.bill_id).in_(wanted))
        .order_by(col(Charge.bill_id), col(Charge.position), col(Charge.id))
    )
    found: dict[UUID, list[ChargeLine]] = {bill_id: [] for bill_id in wanted}
    for charge in rows:
        found[charge.bill_id].append(line_of(charge))
    return found


async def _may_see(resident_id: UUID, account_id: UUID | None, session: AsyncSession) -> list[UUID]:
    if account_id is not None:
        await linked_account(resident_id, account_id, session=session, right=Right.SEE_ALL)
        return [account_id]
    linked = await linked_accounts(resident_id, session=session)
    return [account.account_id for account in linked if account.level is LinkLevel.FULL]


def _newest(account_ids: Sequence[UUID], limit: int, before: date | None) -> Select[tuple[UUID]]:
    place = func.row_number().over(partition_by=col(Bill.account_id), order_by=col(Bill.period).desc())
    wanted = select_columns(col(Bill.id), place.label("place")).where(col(Bill.account_id).in_(account_ids))
    if before is not None:
        wanted = wanted.where(col(Bill.period) < before)
    ranked = wanted.subquery()
    return select_columns(ranked.c.id).where(ranked.c.place <= limit)


async def _bill_before(bill: Bill, session: AsyncSession) -> Bill | None:
    """The bill of the month before, else the last one within half a year."""
    rows = await session.exec(
        select(Bill)
        .where(
            Bill.account_id == bill.account_id,
            Bill.period < bill.period,
            Bill.period >= add_months(bill.period, -6),
        )
        .order_by(col(Bill.period).desc())
        .limit(1)
    )
    return rows.first()


async def _views(bills: Sequence[Bill], session: AsyncSession) -> list[BillView]:
    lines = await lines_of([bill.id for bill in bills], session=session)
    return [_view(bill, lines[bill.id]) for bill in bills]


def _view(bill: Bill, lines: list[ChargeLine]) -> BillView:
    return BillView(
        id=bill.id,
        account_id=bill.account_id,
        period=bill.period,
        due_on=bill.due_on,
        number=bill.number,
        issued_at=bill.issued_at,
        opening_minor=bill.opening_minor,
        paid_minor=bill.paid_minor,
        closing_minor=bill.closing_minor,
        gap_minor=bill.gap_minor,
        lines=tuple(lines),
    )


def line_of(charge: Charge) -> ChargeLine:
    """The line that a row is."""
    return ChargeLine(
        service=charge.service,
        amount_minor=charge.amount_minor,
        kind=charge.kind,
        volume=charge.volume,
        unit=charge.unit,
        tariff=charge.tariff,
        recalculation_minor=charge.recalculation_minor,
    )
