"""Counting the steps of payments and the money credited, after they are committed."""

from typing import Any

from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import Mapper, Session, object_session
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import after_commit
from cabinet.payments.models import Payment, PaymentState
from cabinet.watching.metrics import PAYMENT_STEPS, SETTLED


def count_step(state: PaymentState, *, session: AsyncSession | Session) -> None:
    """A payment has come into this state."""
    after_commit(PAYMENT_STEPS.labels(state.value).inc, session=session)


def count_credited(amount_minor: int, currency: str, *, session: AsyncSession) -> None:
    """So much was credited, commission included."""
    after_commit(lambda: SETTLED.labels(currency).inc(amount_minor), session=session)


@event.listens_for(Payment, "after_insert")
@event.listens_for(Payment, "after_update")
def _count_written(_mapper: Mapper[Any], _connection: Connection, payment: Payment) -> None:
    """Steps that are made on the object; the quick path (`write_standing`) counts its own."""
    session = object_session(payment)
    if session is not None and inspect(payment).attrs.state.history.added:
        count_step(payment.state, session=session)
