"""Issuing a bill: its rows, its posting, and a look at whether it adds up."""

import logging
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import providers_of
from cabinet.billing.errors import BillExists
from cabinet.billing.lines import ChargeLine, Figures, gap_of, line_gaps, total_of
from cabinet.billing.models import Bill, Charge
from cabinet.errors import NotFound
from cabinet.kit.dates import month_of
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable

logger = logging.getLogger(__name__)


async def issue_bill(
    account_id: UUID,
    period: date,
    due_on: date,
    lines: Sequence[ChargeLine],
    *,
    session: AsyncSession,
    figures: Figures | None = None,
    tell: bool = True,
) -> Bill:
    """Write the bill and post it: the receivable is debited against clearing, once.

    The provider's own `figures` are kept as they are; what does not add up is noted for staff. A
    letter goes to residents who want one, unless the caller would rather not `tell`. Raises BillExists for a second bill of the period,
    NotFound for an unknown account.
    """
    provider_id = (await providers_of([account_id], session=session)).get(account_id)
    if provider_id is None:
        raise NotFound
    bill = _bill(account_id, month_of(period), due_on, lines, figures or Figures())
    await _add(bill, session)
    session.add_all(charge_row(bill.id, position, line) for position, line in enumerate(lines))
    await session.flush()
    total = total_of(lines)
    posting = [Line(receivable(account_id), total), Line(clearing(provider_id), -total)]
    await post(f"bill:{bill.id}", JournalKind.CHARGE, posting, session=session)
    _note_gaps(bill, lines)
    if tell:
        await _tell_later(bill, session)
    return bill


def charge_row(bill_id: UUID, position: int, line: ChargeLine) -> Charge:
    """The row of a line."""
    return Charge(
        bill_id=bill_id,
        position=position,
        kind=line.kind,
        service=line.service,
        volume=line.volume,
        unit=line.unit,
        tariff=line.tariff,
        recalculation_minor=line.recalculation_minor,
        amount_minor=line.amount_minor,
    )


def _bill(
    account_id: UUID, period: date, due_on: date, lines: Sequence[ChargeLine], figures: Figures
) -> Bill:
    return Bill(
        account_id=account_id,
        period=period,
        due_on=due_on,
        number=figures.number,
        opening_minor=figures.opening_minor,
        paid_minor=figures.paid_minor,
        closing_minor=figures.closing_minor,
        gap_minor=gap_of(figures, total_of(lines)),
    )


async def _add(bill: Bill, session: AsyncSession) -> None:
    try:
        async with session.begin_nested():
            session.add(bill)
    except IntegrityError as error:
        if "uq_bill" not in str(error.orig):
            raise
        raise BillExists(bill.period) from error


def _note_gaps(bill: Bill, lines: Sequence[ChargeLine]) -> None:
    """Staff find the bill on their page; the log tells whoever watches it."""
    wrong = line_gaps(lines)
    if bill.gap_minor or wrong:
        logger.warning(
            "Bill %s does not add up: gap of %s minor units, %s lines", bill.id, bill.gap_minor, len(wrong)
        )


async def _tell_later(bill: Bill, session: AsyncSession) -> None:
    from cabinet.billing.letters import tell_later

    await tell_later(bill, session=session)
