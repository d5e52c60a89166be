"""The figures of the start page: what came in by day, and what waits for somebody.

Each figure names the page that shows exactly its rows. The number of statements is fixed, each looks at an index:
a figure by day reads the last 30 days only, the waiting ones read partial indexes of what waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing.gaps import count_bills_with_gaps
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.exchange.imports.service import failed_lately
from cabinet.i18n import N_
from cabinet.kit.dates import today_in
from cabinet.mail.models import Letter
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.payments.models import (
    Payment,
    PaymentItem,
    PaymentState,
    ReconciliationDifference,
    Refund,
    RefundState,
)
from cabinet.queue.service import count_failed
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Permission, Person
from cabinet.staff.gate import Desk
from cabinet.support.models import Ticket, TicketState

DAYS = 30
"""How far back the charts look, today included."""
_WEEK = 7
PAID = (PaymentState.SUCCEEDED, PaymentState.DISPUTED, PaymentState.LOST)
"""The states of payments whose money came."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that comes in by day; `rows` builds what to count in the provider (None: all)."""

    name: str
    label: str
    title: str
    """What the chart says it shows."""
    permission: Permission
    rows: Callable[[UUID | None], Any]
    """A selection of (moment, minor units or 0)."""
    link: Callable[[date], str]
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day's count, and for payments the sum in minor units, with the address of its rows."""

    day: date
    count: int
    sum_minor: int
    link: str


@dataclass(frozen=True, slots=True)
class Series:
    """The last 30 days of one kind, the oldest first."""

    kind: Kind
    days: tuple[Day, ...]

    @property
    def today(self) -> Day:
        """The day that is not over yet."""
        return self.days[-1]

    @property
    def week_ago(self) -> Day:
        """The same day of the week before."""
        return self.days[-1 - _WEEK]

    def values(self) -> list[int]:
        """What the chart draws: sums where it is money, else counts."""
        return [one.sum_minor if self.kind.is_money else one.count for one in self.days]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for somebody, with the page that shows it."""

    name: str
    label: str
    permission: Permission
    count: Callable[[UUID | None], Any]
    link: str


def listed(key: str, condition: str) -> str:
    """The address of a table with a filter that is already set."""
    return f"/admin/{key}/list?{urlencode({'filter': condition}, quote_via=quote)}"


def _on(day: date, column: str = "created_at") -> str:
    return f"{column}__between={day}..{day}"


def _sign_ups(_provider_id: UUID | None) -> Any:
    return select(col(Resident.created_at), literal(0)).where(col(Resident.role) == Role.RESIDENT)


def _links(provider_id: UUID | None) -> Any:
    rows = select(col(AccountLink.created_at), literal(0))
    if provider_id is None:
        return rows
    joined = rows.join(Account, col(Account.id) == col(AccountLink.account_id))
    return joined.where(col(Account.provider_id) == provider_id)


def _payments(provider_id: UUID | None) -> Any:
    if provider_id is None:
        rows = select(col(Payment.settled_at), col(Payment.amount_minor))
    else:
        rows = (
            select(col(Payment.settled_at), func.sum(col(PaymentItem.amount_minor)))
            .join(PaymentItem, col(PaymentItem.payment_id) == col(Payment.id))
            .join(Account, col(Account.id) == col(PaymentItem.account_id))
            .where(col(Account.provider_id) == provider_id)
            .group_by(col(Payment.id))
        )
    return rows.where(col(Payment.state).in_(PAID))


def _readings(provider_id: UUID | None) -> Any:
    rows = select(col(Reading.created_at), literal(0)).where(col(Reading.source) == ReadingSource.RESIDENT)
    return rows if provider_id is None else _of_provider(rows, provider_id)


def _of_provider(rows: Any, provider_id: UUID) -> Any:
    return (
        rows.join(TariffZone, col(TariffZone.id) == col(Reading.zone_id))
        .join(Meter, col(Meter.id) == col(TariffZone.meter_id))
        .join(Account, col(Account.id) == col(Meter.account_id))
        .where(col(Account.provider_id) == provider_id)
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        "sign_ups",
        N_("New residents"),
        N_("Residents who signed up, by day"),
        Permission.SEE_RESIDENTS,
        _sign_ups,
        lambda day: listed("residents", _on(day)),
    ),
    Kind(
        "links",
        N_("Accounts linked"),
        N_("Accounts linked, by day"),
        Permission.SEE_ACCESS,
        _links,
        lambda day: listed("links", _on(day)),
    ),
    Kind(
        "payments",
        N_("Payments received"),
        N_("Payments received, by day"),
        Permission.SEE_PAYMENTS,
        _payments,
        lambda day: listed("payments", f"state__in={','.join(PAID)} AND {_on(day, 'settled_at')}"),
        is_money=True,
    ),
    Kind(
        "readings",
        N_("Readings sent"),
        N_("Readings that residents sent, by day"),
        Permission.SEE_METERS,
        _readings,
        lambda day: f"/admin/readings?state=any&source={ReadingSource.RESIDENT.value}&day={day}",
    ),
)


def _count(model: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()


def _undecided(provider_id: UUID | None) -> Any:
    rows = select(func.count()).select_from(Reading).where(col(Reading.state) == ReadingState.SUBMITTED)
    return (rows if provider_id is None else _of_provider(rows, provider_id)).scalar_subquery()


def _second_person(_provider_id: UUID | None) -> Any:
    return _count(
        Refund,
        col(Refund.state) == RefundState.CREATED,
        col(Refund.needs_approval),
        col(Refund.approved_by).is_(None),
    )


def _failed_registries(provider_id: UUID | None) -> Any:
    own = () if provider_id is None else (col(RegistryImport.provider_id) == provider_id,)
    return _count(RegistryImport, *failed_lately(), *own)


def _in_state(state: PaymentState) -> Callable[[UUID | None], Any]:
    return lambda _provider_id: _count(Payment, col(Payment.state) == state)


WAITING: tuple[Waiting, ...] = (
    Waiting(
        "requests",
        N_("Requests without an answer"),
        Permission.SEE_TICKETS,
        lambda _provider_id: _count(Ticket, col(Ticket.state) == TicketState.OPEN),
        listed("requests", f"state__in={TicketState.OPEN}"),
    ),
    Waiting("undecided", N_("Readings to decide"), Permission.SEE_METERS, _undecided, "/admin/readings"),
    Waiting(
        "gaps",
        N_("Bills that do not add up"),
        Permission.SEE_BILLS,
        count_bills_with_gaps,
        "/admin/gaps",
    ),
    Waiting(
        "review",
        N_("Payments whose sum differs"),
        Permission.SEE_MONEY,
        _in_state(PaymentState.REVIEW),
        listed("payments", f"state__in={PaymentState.REVIEW}"),
    ),
    Waiting(
        "refunds",
        N_("Refunds that wait for a second person"),
        Permission.SEE_MONEY,
        _second_person,
        "/admin/money/refunds",
    ),
    Waiting(
        "disputes",
        N_("Payments under dispute"),
        Permission.SEE_MONEY,
        _in_state(PaymentState.DISPUTED),
        listed("payments", f"state__in={PaymentState.DISPUTED}"),
    ),
    Waiting(
        "differences",
        N_("Differences from the processor"),
        Permission.SEE_MONEY,
        lambda _provider_id: _count(
            ReconciliationDifference, col(ReconciliationDifference.resolved_at).is_(None)
        ),
        "/admin/money/reconciliation?open=1",
    ),
    Waiting(
        "letters",
        N_("Letters that could not be sent"),
        Permission.SEE_LETTERS,
        lambda _provider_id: _count(Letter, col(Letter.failed_at).is_not(None)),
        listed("letters", "failed_at__is_set"),
    ),
    Waiting(
        "registries",
        N_("Registries that failed in the last seven days"),
        Permission.SEE_REGISTRIES,
        _failed_registries,
        f"/admin/imports?state={ImportState.FAILED}",
    ),
    Waiting(
        "jobs",
        N_("Jobs that failed"),
        Permission.SEE_JOBS,
        lambda _provider_id: count_failed(),
        "/admin/jobs?state=failed",
    ),
)
"""What waits. A feature whose failures somebody has to look at adds a line."""


async def find_series(desk: Desk, *, session: AsyncSession) -> list[Series]:
    """The last 30 days of what the person may see, in the desk's days; one statement for each kind."""
    return [await _series(kind, desk, session=session) for kind in KINDS if desk.person.may(kind.permission)]


async def _series(kind: Kind, desk: Desk, *, session: AsyncSession) -> Series:
    today = today_in(desk.timezone)
    first = today - timedelta(days=DAYS - 1)
    rows = kind.rows(_provider(desk.person))
    moment = rows.selected_columns[0]
    begins = datetime.combine(first, time(), ZoneInfo(desk.timezone))
    inside = rows.where(moment >= begins).subquery()
    at, amount = inside.c[0], inside.c[1]
    day = func.date(func.timezone(desk.timezone, at)).label("day")
    statement = select(day, func.count(), func.coalesce(func.sum(amount), 0)).group_by(day)
    found = {row[0]: (row[1], int(row[2])) for row in (await session.exec(statement)).all()}  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType, reportUnknownMemberType]
    days = (first + timedelta(days=step) for step in range(DAYS))
    return Series(kind, tuple(Day(one, *found.get(one, (0, 0)), kind.link(one)) for one in days))


async def find_waiting(
    desk: Desk, *, session: AsyncSession
) -> tuple[list[tuple[Waiting, int]], datetime | None]:
    """What waits, of what the person may see, and since when the oldest request does; one statement."""
    kinds = [one for one in WAITING if desk.person.may(one.permission)]
    counts = [one.count(_provider(desk.person)).label(one.name) for one in kinds]
    oldest = select(func.min(col(Ticket.created_at))).where(col(Ticket.state) == TicketState.OPEN)
    asks = desk.person.may(Permission.SEE_TICKETS)
    columns = [*counts, oldest.scalar_subquery()] if asks else [*counts, literal(None)]
    row: Sequence[Any] = (await session.exec(select(*columns))).one()  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownMemberType, reportUnknownVariableType]
    return list(zip(kinds, row[:-1], strict=True)), row[-1]


def _provider(person: Person) -> UUID | None:
    return None if person.may(Permission.SEE_ALL_PROVIDERS) else person.provider_id
