"""The place of the fiscal receipt (54-ФЗ): an interface, and the service that does nothing.

Whoever connects a cash register as a service writes a `FiscalService` and hands it to `use` where
the app and the worker start. Settling then defers a job, so a silent register holds up no payment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.jobs import defer
from cabinet.payments.models import Payment
from cabinet.payments.rows import items_of


@dataclass(frozen=True, slots=True)
class SaleLine:
    """What was paid for one account, in minor units."""

    account_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A payment as a fiscal service needs it. Its id is the key: the same sale twice is one receipt."""

    payment_id: UUID
    number: int
    paid_at: datetime
    lines: tuple[SaleLine, ...]
    commission_minor: int
    currency: str


class FiscalService(Protocol):
    """Gives out fiscal receipts."""

    connected: bool
    """Whether receipts really come: papers say so, or say that they are none."""

    async def register(self, sale: Sale) -> None:
        """Register the sale; called again after a failure, with the same payment id."""
        ...


class NoFiscalService:
    """The provider gives the receipt: nothing to do here."""

    connected = False

    async def register(self, sale: Sale) -> None:
        """Nothing."""


_service: FiscalService = NoFiscalService()


def use(service: FiscalService) -> None:
    """Let this service give the receipts of this process."""
    global _service
    _service = service


def gives_receipts() -> bool:
    """Whether a fiscal service is connected."""
    return _service.connected


async def register_later(payment_id: UUID, *, session: AsyncSession) -> None:
    """Have the sale registered after the transaction commits, if there is a service."""
    if not _service.connected:
        return
    from cabinet.payments.jobs import register_sale

    await defer(register_sale, session=session, payment_id=str(payment_id))


async def sale_of(payment_id: UUID, *, session: AsyncSession) -> Sale | None:
    """The sale to register; None for a payment that was not credited."""
    payment = await session.get_one(Payment, payment_id)
    if payment.settled_at is None:
        return None
    items = (await items_of([payment.id], session=session))[payment.id]
    return Sale(
        payment_id=payment.id,
        number=payment.number or 0,
        paid_at=payment.settled_at,
        lines=tuple(SaleLine(item.account_id, item.amount_minor) for item in items),
        commission_minor=payment.commission_minor,
        currency=payment.currency,
    )


async def register(sale: Sale) -> None:
    """Hand the sale to the service that is connected."""
    await _service.register(sale)
