"""Bills of a registry: the charges of an account and a month become a bill, or correct the one that there is."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.lines import ChargeLine
from cabinet.billing.models import ChargeKind
from cabinet.exchange.imports.comparing import facts_of
from cabinet.exchange.imports.models import ChangeKind, ImportChange
from cabinet.exchange.imports.runs import Run, report
from cabinet.exchange.imports.sql import ask
from cabinet.kit.outcome import Outcome
from cabinet.payments.bills import bill_said, put_bill

_AT_ONCE = 500
_BILLS = """
SELECT b.line, b.account_id, b.period, r.charges FROM import_bill b
JOIN import_row r ON r.import_id = :import AND r.line = b.line
WHERE NOT b.is_same AND (b.account_id, b.period) > (:account, :period)
ORDER BY b.account_id, b.period LIMIT 500
"""


async def take_bills(run: Run, *, session: AsyncSession) -> None:
    """Put every bill that differs, in the order of the accounts: that is the order in which balances are locked."""
    account, period = UUID(int=0), date.min
    while rows := await ask(_BILLS, facts_of(run) | {"account": account, "period": period}, session):
        for _line, account_id, month, charges in rows:
            await _put(run, account_id, month, lines_of(charges, month), session)
        session.expunge_all()
        account, period = rows[-1][1], rows[-1][2]
        await report(run, 36)


async def _put(
    run: Run, account_id: UUID, month: date, lines: Sequence[ChargeLine], session: AsyncSession
) -> None:
    before = await bill_said(account_id, month, session=session)
    put = await put_bill(run.provider_id, account_id, month, lines, session=session, tell=run.tell_residents)
    if put.outcome is not Outcome.UNCHANGED:
        kind = ChangeKind.BILL_MADE if put.outcome is Outcome.NEW else ChangeKind.BILL_CHANGED
        session.add(ImportChange(import_id=run.id, kind=kind, subject_id=put.id, before=before))
        await session.flush()


def lines_of(charges: list[dict[str, Any]], month: date) -> list[ChargeLine]:
    """The lines of one month, as `staging` keeps them."""
    return [_line(one) for one in charges if one["period"] == month.isoformat()]


def _line(one: dict[str, Any]) -> ChargeLine:
    return ChargeLine(
        one["service"],
        one["amount"],
        ChargeKind.PENALTY if one["penalty"] else ChargeKind.SERVICE,
        volume=_decimal(one.get("volume")),
        unit=one.get("unit") or "",
        tariff=_decimal(one.get("tariff")),
        recalculation_minor=one.get("recalculation") or 0,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
