"""The days that matter to a resident: windows for readings, days to pay by, ends of verifications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount, linked_accounts
from cabinet.billing.service import OpenLine
from cabinet.kit.dates import add_months, today_in
from cabinet.meters.models import Meter, MeterKind
from cabinet.meters.views import window_of
from cabinet.payments.service import open_debts
from cabinet.providers.service import ProviderView, get_providers

_MONTHS_AHEAD = 3
_PAST = timedelta(days=31)
_FUTURE = timedelta(days=400)


class DayKind(StrEnum):
    """What happens on it."""

    WINDOW = "window"
    DUE = "due"
    VERIFICATION = "verification"


@dataclass(frozen=True, slots=True)
class Day:
    """One entry of a calendar: its days are whole ones, both included."""

    kind: DayKind
    about_id: UUID
    """The account or the meter."""
    account: LinkedAccount
    first: date
    last: date
    month: date
    """The month that it is about."""
    meter: MeterKind | None = None
    strict: bool = False


async def days_of(resident_id: UUID, *, session: AsyncSession) -> list[Day]:
    """What the resident has to do, by account; nothing of accounts that they only look at.

    The same number of statements however many accounts there are.
    """
    linked = await linked_accounts(resident_id, session=session)
    own = [account for account in linked if account.may(Right.SEND_READINGS)]
    providers = await get_providers({account.provider_id for account in own}, session=session)
    meters = await _meters([account.account_id for account in own], session)
    debts = await open_debts([account.account_id for account in own], session=session)
    days: list[Day] = []
    for account in own:
        mine = [meter for meter in meters if meter.account_id == account.account_id]
        days += windows(account, providers[account.provider_id]) if mine else []
        days += due_days(account, debts.get(account.account_id, []))
        days += verifications(account, mine)
    return sorted(days, key=lambda day: (day.first, day.kind, day.about_id))


def windows(account: LinkedAccount, provider: ProviderView) -> list[Day]:
    """The window of this month and those of the next three."""
    window = window_of(provider)
    period = window.period_of(today_in(provider.timezone))
    return [
        Day(
            DayKind.WINDOW,
            account.account_id,
            account,
            window.opens_on(month),
            window.closes_on(month),
            month,
            strict=provider.window_strict,
        )
        for month in (add_months(period, ahead) for ahead in range(_MONTHS_AHEAD + 1))
    ]


def due_days(account: LinkedAccount, debts: Sequence[OpenLine]) -> list[Day]:
    """Until when each month that owes something is to be paid; what is long overdue is left to the page."""
    since = today_in(account.timezone) - _PAST
    owed = {(line.period, line.due_on) for line in debts if line.open_minor > 0 and line.due_on >= since}
    return [
        Day(DayKind.DUE, account.account_id, account, due_on, due_on, period)
        for period, due_on in sorted(owed)
    ]


def verifications(account: LinkedAccount, meters: Iterable[Meter]) -> list[Day]:
    """The last day of each verification that ends within a year or has just ended."""
    today = today_in(account.timezone)
    return [
        Day(DayKind.VERIFICATION, meter.id, account, due, due, due.replace(day=1), meter.kind)
        for meter in meters
        if (due := meter.verification_due) and today - _PAST <= due <= today + _FUTURE
    ]


async def _meters(account_ids: Iterable[UUID], session: AsyncSession) -> list[Meter]:
    rows = await session.exec(
        select(Meter)
        .where(col(Meter.account_id).in_(list(account_ids)), col(Meter.removed_on).is_(None))
        .order_by(col(Meter.id))
    )
    return list(rows.all())
