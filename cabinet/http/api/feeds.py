"""Payments and readings, pulled with a cursor: every row once, in an order that never changes."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from cabinet.audit.service import acting_by_key, record
from cabinet.database import unit_of_work
from cabinet.exchange.exports.feed import FeedRow, payments_page, readings_page
from cabinet.exchange.exports.models import RowCause
from cabinet.exchange.rows import PaymentRow, ReadingRow
from cabinet.http.api.bearer import needs
from cabinet.http.api.calls import turn_of
from cabinet.http.api.values import Currency, Month, Number, Values
from cabinet.http.requests import client_address
from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard
from cabinet.meters.models import MeterKind

router = APIRouter(tags=["feeds"])
MOST_IN_PAGE = 500
_AFTER = N_("The cursor of the page before; left out: from the start")


class PageAsked(Values):
    """Which page is asked for."""

    after: Annotated[int, Field(ge=0, le=10**15, description=_AFTER)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_IN_PAGE)] = 100


Asked = Annotated[PageAsked, Query()]


class PaymentOut(BaseModel):
    """Money that came for an account, or went back from one."""

    position: int = Field(description=N_("Its place among your rows, from 1, without gaps; it never changes"))
    item_id: UUID = Field(description=N_("The part of the payment that went to this account"))
    cause: RowCause
    payment_number: int = Field(description=N_("The number that the resident knows"))
    account_number: str
    amount_minor: int = Field(description=N_("Kopecks; negative for what went back"))
    currency: Currency = "RUB"
    period: Month | None = Field(description=N_("The month that the resident paid for, if one was named"))
    happened_at: datetime
    registry_number: int | None = Field(
        description=N_("The registry that has the row; null while it is in none")
    )


class ReadingOut(BaseModel):
    """A reading that a resident sent."""

    position: int = Field(description=N_("Its place among your rows, from 1, without gaps; it never changes"))
    reading_id: UUID = Field(description=N_("Decisions name it"))
    account_number: str
    kind: MeterKind
    serial: str
    zone: int
    zones: int
    value: Number
    taken_on: date
    period: Month
    registry_number: int | None = Field(
        description=N_("The registry that has the row; null while it is in none")
    )


class PaymentsPage(BaseModel):
    """Payments in the order of their positions."""

    payments: list[PaymentOut]
    cursor: int = Field(description=N_("Send it as `after` to go on"))
    has_more: bool


class ReadingsPage(BaseModel):
    """Readings in the order of their positions."""

    readings: list[ReadingOut]
    cursor: int = Field(description=N_("Send it as `after` to go on"))
    has_more: bool


@router.get(
    "/payments",
    summary=N_("Pull payments, refunds and lost disputes"),
    description=N_("Keep the cursor with what you have taken in, and go on from it."),
)
async def list_payments(
    key: Annotated[KeyCard, needs(Scope.PAYMENTS_READ)],
    request: Request,
    asked: Asked,
) -> PaymentsPage:
    """Keep the cursor with what you have taken in, and go on from it."""
    async with turn_of(key.provider_id), unit_of_work() as session:
        page = await payments_page(key.provider_id, after=asked.after, limit=asked.limit, session=session)
        if page.rows:
            with acting_by_key(key.id, client_address(request)):
                told = {"after": asked.after, "rows": len(page.rows)}
                await record(None, "pull", "payment", "", None, told, session=session)
    return PaymentsPage(
        payments=[_payment(row) for row in page.rows], cursor=page.cursor, has_more=page.has_more
    )


@router.get(
    "/readings",
    summary=N_("Pull readings that residents sent"),
    description=N_("A reading that was corrected later comes again, as a row of its own with another id."),
)
async def list_readings(
    key: Annotated[KeyCard, needs(Scope.READINGS_READ)],
    request: Request,
    asked: Asked,
) -> ReadingsPage:
    """A reading that was corrected later comes again, as a row of its own with another id."""
    async with turn_of(key.provider_id), unit_of_work() as session:
        page = await readings_page(key.provider_id, after=asked.after, limit=asked.limit, session=session)
        if page.rows:
            with acting_by_key(key.id, client_address(request)):
                told = {"after": asked.after, "rows": len(page.rows)}
                await record(None, "pull", "reading", "", None, told, session=session)
    return ReadingsPage(
        readings=[_reading(row) for row in page.rows], cursor=page.cursor, has_more=page.has_more
    )


def _payment(row: FeedRow[PaymentRow]) -> PaymentOut:
    return PaymentOut(
        position=row.position,
        item_id=row.subject_id,
        cause=row.cause,
        payment_number=row.row.payment_number,
        account_number=row.row.number,
        amount_minor=row.row.amount_minor,
        period=row.row.period and f"{row.row.period:%Y-%m}",  # pyright: ignore[reportArgumentType]
        happened_at=row.row.paid_at,
        registry_number=row.registry_number,
    )


def _reading(row: FeedRow[ReadingRow]) -> ReadingOut:
    return ReadingOut(
        position=row.position,
        reading_id=row.subject_id,
        account_number=row.row.number,
        kind=MeterKind(row.row.meter_kind),
        serial=row.row.meter_serial,
        zone=row.row.zone,
        zones=row.row.zones,
        value=f"{row.row.value:f}",  # pyright: ignore[reportArgumentType]
        taken_on=row.row.taken_on,
        period=f"{row.row.period:%Y-%m}",  # pyright: ignore[reportArgumentType]
        registry_number=row.registry_number,
    )
