"""«Уже оплачено, ждёт зачисления»: what a resident should know before paying for an account once more.

A hint, never an obstacle: whoever wants to pay again, pays again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.ledger.models import Balance
from cabinet.payments.giving_back import left_of
from cabinet.payments.models import Payment, PaymentItem, PaymentState, ProviderStatement


class Waits(StrEnum):
    """Where the money of an earlier payment is."""

    BEGUN = "begun"
    """The hosted page may still be paid, or has been and we do not know yet."""
    CHECKED = "checked"
    """It arrived with another sum and waits for staff."""
    UNPOSTED = "unposted"
    """It is credited here, but the provider's balance still shows the debt."""


_STATES = {
    PaymentState.CREATED: Waits.BEGUN,
    PaymentState.PENDING: Waits.BEGUN,
    PaymentState.REVIEW: Waits.CHECKED,
    PaymentState.SUCCEEDED: Waits.UNPOSTED,
}
_FIRST = (Waits.CHECKED, Waits.UNPOSTED, Waits.BEGUN)
"""Which of several is told: money that has left the card before money that may."""


@dataclass(frozen=True, slots=True)
class Warned:
    """An earlier payment that stands against the debt of an account."""

    waits: Waits
    payment_id: UUID
    number: int
    at: datetime
    amount_minor: int
    """What this payment brings to the account."""
    covers: bool
    """Whether all such money together is as much as the debt."""
    checkout_url: str
    """The hosted page of a payment that was begun, else empty."""


async def earlier_payments(
    resident_id: UUID, account_ids: Iterable[UUID], *, session: AsyncSession
) -> dict[UUID, Warned]:
    """For each account in debt, this resident's payment that the debt does not know of yet.

    Nobody else's payments are looked at: they are not this resident's to know. What was credited
    here counts only if a statement of the provider came after it and brought a debt back.
    """
    found = await _waiting(resident_id, list(account_ids), session)
    left = await left_of([item for _payment, item, _debt in found], session=session)
    debts = {item.account_id: debt for _payment, item, debt in found}
    warned: dict[UUID, Warned] = {}
    for waits in _FIRST:
        for account_id, debt in debts.items():
            known = [(p, i) for p, i, _ in found if i.account_id == account_id and _STATES[p.state] is waits]
            money = sum(left[item.id] for _payment, item in known)
            if account_id not in warned and _is_worth_telling(waits, money, debt):
                payment, item = known[-1]
                warned[account_id] = _warning(waits, payment, left[item.id], money >= debt)
    return warned


def _is_worth_telling(waits: Waits, money_minor: int, debt_minor: int) -> bool:
    """A page that is open is always told; money under way only if it would pay the debt."""
    return money_minor > 0 if waits is Waits.BEGUN else money_minor >= debt_minor


def _warning(waits: Waits, payment: Payment, amount_minor: int, covers: bool) -> Warned:
    return Warned(
        waits=waits,
        payment_id=payment.id,
        number=payment.number or 0,
        at=payment.settled_at or payment.created_at,
        amount_minor=amount_minor,
        covers=covers,
        checkout_url=_open_page(payment),
    )


def _open_page(payment: Payment) -> str:
    still_open = payment.expires_at is not None and payment.expires_at > now()
    return payment.checkout_url or "" if payment.state is PaymentState.PENDING and still_open else ""


async def _waiting(
    resident_id: UUID, account_ids: list[UUID], session: AsyncSession
) -> list[tuple[Payment, PaymentItem, int]]:
    """Unfinished payments, and credited ones that the last statement should have contained; oldest first.

    With each of them the debt of its account; accounts that owe nothing are left out.
    """
    told = (
        select(ProviderStatement.account_id, func.max(ProviderStatement.created_at).label("at"))
        .where(
            col(ProviderStatement.account_id).in_(account_ids),
            col(ProviderStatement.taken_back_at).is_(None),
        )
        .group_by(col(ProviderStatement.account_id))
        .subquery()
    )
    unposted = (
        (col(Payment.state) == PaymentState.SUCCEEDED)
        & col(PaymentItem.posted_at).is_(None)
        & (col(Payment.settled_at) < told.c.at)
    )
    unfinished = col(Payment.state).in_([state for state in _STATES if state is not PaymentState.SUCCEEDED])
    rows = await session.exec(
        select(Payment, PaymentItem, col(Balance.amount_minor))
        .join(PaymentItem, col(PaymentItem.payment_id) == col(Payment.id))
        .join(Balance, col(Balance.account_id) == col(PaymentItem.account_id))
        .outerjoin(told, told.c.account_id == PaymentItem.account_id)
        .where(
            Payment.resident_id == resident_id,
            col(PaymentItem.account_id).in_(account_ids),
            col(Balance.amount_minor) > 0,
            unfinished | unposted,
        )
        .order_by(col(Payment.created_at))
    )
    return list(rows.all())
