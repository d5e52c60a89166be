"""Bills as their provider delivers them, again and again: issued the first time, corrected when they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.billing.correcting import checked_lines, correct_bill, said_lines
from cabinet.billing.errors import BadBill, BillIsPaid
from cabinet.billing.issuing import issue_bill
from cabinet.billing.lines import ChargeLine, Figures, total_of
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.errors import NotFound
from cabinet.i18n import _
from cabinet.kit.dates import add_months, month_of, now
from cabinet.kit.outcome import Outcome, Registered
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
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
    tell: bool = True,
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
        made = await issue_bill(account_id, month, due, kept, session=session, figures=figures, tell=tell)
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


async def bill_said(account_id: UUID, month: date, *, session: AsyncSession) -> dict[str, Any]:
    """The bill of that month as its provider said it last, for JSON; empty where there is none."""
    bill = await _find(account_id, month, session)
    if bill is None:
        return {}
    lines = said_lines(await _charges(bill.id, session))
    return {
        "due_on": bill.due_on.isoformat(),
        "figures": asdict(Figures(bill.opening_minor, bill.paid_minor, bill.closing_minor, bill.number)),
        "lines": [_as_json(line) for line in lines],
    }


async def put_back(
    provider_id: UUID, bill_id: UUID, said: Mapping[str, Any], *, session: AsyncSession
) -> None:
    """Correct a bill to what `bill_said` before, or withdraw it if there was none.

    Raises NotFound, BillIsPaid for one to withdraw that payments of ours have paid something of.
    """
    bill = await session.get(Bill, bill_id, populate_existing=True)
    if bill is None:
        raise NotFound
    if not said:
        return await _withdraw(provider_id, bill, session)
    lines = [_from_json(line) for line in said["lines"]]
    due_on, figures = date.fromisoformat(said["due_on"]), Figures(**said["figures"])
    await put_bill(
        provider_id, bill.account_id, bill.period, lines, due_on=due_on, figures=figures, session=session
    )
    return None


async def _withdraw(provider_id: UUID, bill: Bill, session: AsyncSession) -> None:
    await ledger.hold_balance(bill.account_id, session=session)
    charges = await _charges(bill.id, session)
    given = await allocated([bill.account_id], session)
    if any(charge.id in given for charge in charges):
        raise BillIsPaid(bill.period)
    total = sum(charge.amount_minor for charge in charges)
    lines = [Line(ledger.receivable(bill.account_id), -total), Line(ledger.clearing(provider_id), total)]
    await ledger.post(f"bill:{bill.id}:withdrawn", JournalKind.CHARGE, lines, session=session)
    for charge in sorted(charges, key=lambda one: one.corrects_id is None):
        await session.delete(charge)
    await session.flush()
    await session.delete(bill)
    await session.flush()


async def _charges(bill_id: UUID, session: AsyncSession) -> list[Charge]:
    rows = await session.exec(
        select(Charge)
        .where(Charge.bill_id == bill_id)
        .order_by(col(Charge.position), col(Charge.id))
        .execution_options(populate_existing=True)
    )
    return list(rows.all())


def _as_json(line: ChargeLine) -> dict[str, Any]:
    numbers = {
        name: None if value is None else str(value)
        for name, value in (("volume", line.volume), ("tariff", line.tariff))
    }
    return asdict(line) | numbers


def _from_json(line: Mapping[str, Any]) -> ChargeLine:
    return ChargeLine(
        line["service"],
        line["amount_minor"],
        ChargeKind(line["kind"]),
        volume=line["volume"] and Decimal(line["volume"]),
        unit=line["unit"],
        tariff=line["tariff"] and Decimal(line["tariff"]),
        recalculation_minor=line["recalculation_minor"],
    )
