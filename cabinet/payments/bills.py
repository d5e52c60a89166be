"""Bills as their provider delivers them, again and again: issued the first time, corrected when they differ."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.billing.correcting import checked_lines, correct_bill
from cabinet.billing.errors import BadBill
from cabinet.billing.issuing import issue_bill
from cabinet.billing.lines import ChargeLine, Figures, total_of
from cabinet.billing.models import Bill
from cabinet.errors import NotFound
from cabinet.i18n import _
from cabinet.kit.dates import add_months, month_of, now
from cabinet.kit.outcome import Outcome, Registered
from cabinet.ledger import service as ledger
from cabinet.payments.settlement import allocated
from cabinet.providers.service import get_provider

_FIRST = date(2000, 1, 1)
_AHEAD = timedelta(days=366)


async def put_bill(
    provider_id: UUID,
    account_id: UUID,
    period: date,
    lines: Sequence[ChargeLine],
    *,
    session: AsyncSession,
    due_on: date | None = None,
    figures: Figures | None = None,
) -> Registered:
    """Issue the account's bill of the month of `period`, or correct the one that there is.

    Without `due_on` the day is kept, or follows the provider's rule. Only the difference is posted; what
    payments had paid of a line that became smaller is an advance. Callers answer for the permission and
    write the audit. Raises NotFound (not this provider's account), BadBill.
    """
    if (await accounts.providers_of([account_id], session=session)).get(account_id) != provider_id:
        raise NotFound
    month, kept = _month(period), checked_lines(lines)
    await ledger.hold_balance(account_id, session=session)
    bill = await _find(account_id, month, session)
    if bill is None:
        due = due_on or await _due_day(provider_id, month, session)
        made = await issue_bill(account_id, month, due, kept, session=session, figures=figures)
        return Registered(made.id, Outcome.NEW, {}, {"period": month, "total_minor": total_of(kept)})
    paid = await allocated([account_id], session)
    return await correct_bill(
        bill, provider_id, due_on or bill.due_on, kept, figures or Figures(), paid, session=session
    )


def _month(period: date) -> date:
    if not _FIRST <= period <= now().date() + _AHEAD:
        raise BadBill({"period": _("This month cannot be right: {month}").format(month=f"{period:%m.%Y}")})
    return month_of(period)


async def _due_day(provider_id: UUID, month: date, session: AsyncSession) -> date:
    rule = await get_provider(provider_id, session=session)
    return add_months(month, 1).replace(day=rule.due_day)


async def _find(account_id: UUID, month: date, session: AsyncSession) -> Bill | None:
    """The bill, fresh: the caller holds the balance, so nobody else corrects it meanwhile."""
    rows = await session.exec(
        select(Bill)
        .where(Bill.account_id == account_id, Bill.period == month)
        .execution_options(populate_existing=True)
    )
    return rows.first()
