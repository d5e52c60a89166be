"""Bills and balances: what residents owe, as the provider says."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from cabinet.billing.lines import ChargeLine, Figures
from cabinet.billing.models import ChargeKind
from cabinet.errors import BadFields, CabinetError
from cabinet.http.api.batches import Many, Results, each, one_at_a_time
from cabinet.http.api.bearer import needs
from cabinet.http.api.calls import AnyCall
from cabinet.http.api.numbers import with_accounts
from cabinet.http.api.values import (
    AccountNumber,
    Currency,
    Day,
    Minor,
    Month,
    Name,
    Number,
    PaymentNumber,
    Short,
    Unit,
    Values,
)
from cabinet.i18n import N_, _
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard
from cabinet.kit.dates import now, today_in
from cabinet.kit.outcome import Outcome, Registered
from cabinet.payments.bills import put_bill
from cabinet.payments.statements import take_statement
from cabinet.providers.service import get_provider

router = APIRouter(tags=["bills"])
_MOST_LINES = 200
_SOURCE = "api: "


class LineIn(Values):
    """A line of a bill."""

    service: Name
    amount_minor: Minor = Field(
        description=N_("Kopecks that the line adds to the bill, recalculation included")
    )
    kind: ChargeKind = ChargeKind.SERVICE
    volume: Number | None = None
    unit: Unit | Literal[""] = ""
    tariff: Number | None = Field(default=None, description=N_("Roubles for a unit"))
    recalculation_minor: Minor = Field(default=0, description=N_("The part that corrects earlier months"))


class BillIn(Values):
    """The bill of one account for one month: issued the first time, corrected when it differs."""

    account_number: AccountNumber
    period: Month
    lines: Annotated[list[LineIn], Field(max_length=_MOST_LINES)]
    due_on: Day | None = Field(default=None, description=N_("Left out: by the provider's rule"))
    number: Short = ""
    opening_minor: Minor | None = Field(default=None, description=N_("Kopecks owed when the month began"))
    paid_minor: Minor | None = Field(default=None, description=N_("Kopecks paid since the bill before"))
    closing_minor: Minor | None = Field(default=None, description=N_("Kopecks to be paid in all"))
    currency: Currency = "RUB"


class BillsIn(Values):
    """Bills to be issued or corrected."""

    bills: Many[BillIn]


class BalanceIn(Values):
    """What one account owes by the provider's books."""

    account_number: AccountNumber
    balance_minor: Minor = Field(description=N_("Kopecks: owed if positive, in advance if negative"))
    payments: Annotated[list[PaymentNumber], Field(max_length=1000)] = Field(
        default=[], description=N_("Numbers of payments made here that this balance contains already")
    )


class BalancesIn(Values):
    """The balances of one day, by one document of the provider."""

    as_of: Day = Field(description=N_("The day of the balances; never one to come"))
    document: Name = Field(
        description=N_("Your number of this statement: a corrected one has another number")
    )
    currency: Currency = "RUB"
    balances: Many[BalanceIn]


class DocumentDiffers(CabinetError):
    """The same document says something else about the account than before."""

    code = "document_differs"
    field = "balance_minor"

    def message(self) -> str:
        """What to do."""
        return _("This document named another balance before. Send the corrected one under another number.")


@router.put(
    "/bills",
    summary=N_("Issue or correct bills"),
    response_model=Results,
    description=N_(
        "Only the difference to the bill before is posted; what was paid too much becomes an advance."
    ),
)
async def put_bills(
    sent: BillsIn, key: Annotated[KeyCard, needs(Scope.BILLS_WRITE)], call: AnyCall
) -> Response:
    """Only the difference to the bill before is posted; what was paid too much becomes an advance."""

    async def work(session: AsyncSession) -> Results:
        await one_at_a_time(key.provider_id, session=session)
        steps, refused = await with_accounts(key.provider_id, sent.bills, session=session)

        async def put(step: tuple[UUID, BillIn]) -> Registered:
            account_id, item = step
            return await put_bill(
                key.provider_id,
                account_id,
                item.period,
                [_line(line) for line in item.lines],
                session=session,
                due_on=item.due_on,
                figures=Figures(item.opening_minor, item.paid_minor, item.closing_minor, item.number),
            )

        return await each(steps, put, subject="bill", below="bills", session=session, refused=refused)

    return await call.once(key, work)


@router.put(
    "/balances",
    summary=N_("Hand over balances"),
    response_model=Results,
    description=N_("Our balance moves to yours, less the payments made here that you have not taken in yet."),
)
async def put_balances(
    sent: BalancesIn, key: Annotated[KeyCard, needs(Scope.BALANCES_WRITE)], call: AnyCall
) -> Response:
    """Our balance moves to yours, less the payments made here that you have not taken in yet."""

    async def work(session: AsyncSession) -> Results:
        await _check_day(key.provider_id, sent.as_of, session)
        await one_at_a_time(key.provider_id, session=session)
        steps, refused = await with_accounts(key.provider_id, sent.balances, session=session)

        async def put(step: tuple[UUID, BalanceIn]) -> Registered:
            return await _take(sent, *step, session)

        return await each(steps, put, subject="statement", below="balances", session=session, refused=refused)

    return await call.once(key, work)


async def _check_day(provider_id: UUID, day: date, session: AsyncSession) -> None:
    provider = await get_provider(provider_id, session=session)
    if day > today_in(provider.timezone):
        raise BadFields({"as_of": _("This day has not come yet.")})


async def _take(sent: BalancesIn, account_id: UUID, item: BalanceIn, session: AsyncSession) -> Registered:
    began = now()
    statement = await take_statement(
        account_id, item.balance_minor, sent.as_of, _SOURCE + sent.document, item.payments, session=session
    )
    if statement.balance_minor != item.balance_minor:
        raise DocumentDiffers
    if statement.created_at < began:
        return Registered(statement.id, Outcome.UNCHANGED)
    after = {
        "account_id": account_id,
        "as_of": sent.as_of,
        "balance_minor": item.balance_minor,
        "adjustment_minor": statement.adjustment_minor,
    }
    return Registered(statement.id, Outcome.NEW, {}, after)


def _line(line: LineIn) -> ChargeLine:
    return ChargeLine(
        service=line.service,
        amount_minor=line.amount_minor,
        kind=line.kind,
        volume=line.volume,
        unit=line.unit,
        tariff=line.tariff,
        recalculation_minor=line.recalculation_minor,
    )
