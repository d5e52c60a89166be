"""Charging a saved card: frozen first, then asked for once under its key, then settled like any payment.

An unknown outcome is looked up or asked for again under the same key; it never becomes another charge.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.payments import processor
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import Payment, PaymentItem, PaymentOrigin, PaymentState
from cabinet.payments.plan import commission
from cabinet.payments.processor import CheckoutTruth, ProcessorRefused, ProcessorUnavailable
from cabinet.payments.rows import lock_payment, lock_payments_of
from cabinet.payments.settlement import settle
from cabinet.providers import service as providers
from cabinet.settings import settings

KEY_LIVES = timedelta(hours=20)
"""How long the call may be repeated under its key: the processor remembers keys for a day."""

UNDER_WAY = (PaymentState.CREATED, PaymentState.PENDING, PaymentState.REVIEW)


@dataclass(frozen=True, slots=True)
class ChargeTerms:
    """What holds for a charge on one account, in minor units."""

    debt_minor: int
    largest_minor: int
    """The provider's limit for one payment."""
    commission_bp: int

    def total(self, amount_minor: int) -> int:
        """What the card gives for this amount: with the commission."""
        return amount_minor + commission(amount_minor, self.commission_bp)

    def amount_within(self, total_minor: int) -> int:
        """The largest amount whose total, commission included, fits."""
        amount = total_minor * 10_000 // (10_000 + self.commission_bp) + 1
        while self.total(amount) > total_minor:
            amount -= 1
        return amount


async def terms_of_charge(account_id: UUID, *, session: AsyncSession) -> ChargeTerms:
    """The debt of the account now, held until the transaction ends, and its provider's terms."""
    await ledger.lock_balances([account_id], session=session)
    debt = (await ledger.balances([account_id], session=session))[account_id]
    provider_id = (await accounts.providers_of([account_id], session=session))[account_id]
    provider = await providers.get_provider(provider_id, session=session)
    return ChargeTerms(debt, provider.max_payment_minor, provider.commission_bp)


async def has_money_under_way(account_id: UUID, *, session: AsyncSession) -> bool:
    """Whether anybody's unfinished payment may still pay something on this account."""
    rows = await session.exec(
        select(Payment.id)
        .join(PaymentItem, col(PaymentItem.payment_id) == col(Payment.id))
        .where(PaymentItem.account_id == account_id, col(Payment.state).in_(UNDER_WAY))
        .limit(1)
    )
    return rows.first() is not None


async def agree_charge(
    resident_id: UUID,
    account_id: UUID,
    amount_minor: int,
    *,
    commission_minor: int,
    key: str,
    locale: str,
    session: AsyncSession,
) -> UUID:
    """Freeze the payment that a saved card is to make, with its key; the same key is the same payment."""
    await lock_payments_of(resident_id, session=session)
    known = await session.exec(select(Payment.id).where(Payment.idempotency_key == key))
    if payment_id := known.first():
        return payment_id
    payment = Payment(
        resident_id=resident_id,
        amount_minor=amount_minor,
        commission_minor=commission_minor,
        processor="sandbox" if settings.uses_sandbox else "stripe",
        origin=PaymentOrigin.AUTOPAY,
        idempotency_key=key,
        locale=locale,
        expires_at=now() + KEY_LIVES,
    )
    session.add(payment)
    await session.flush()
    session.add(PaymentItem(payment_id=payment.id, account_id=account_id, amount_minor=amount_minor))
    await session.flush()
    return payment.id


async def charge_saved_card(payment_id: UUID, *, customer_ref: str, method_ref: str) -> PaymentState:
    """Ask for the frozen charge and settle what came of it; may be repeated while the key lives.

    Raises ProcessorDown: the outcome is unknown, the payment stays as it is.
    """
    async with read_only() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.state is not PaymentState.CREATED or payment.charge_ref or _is_too_old(payment):
        return payment.state
    try:
        truth = await processor.charge_saved(
            payment_id=payment.id,
            amount_minor=payment.total_minor,
            currency=payment.currency,
            customer_ref=customer_ref,
            method_ref=method_ref,
            idempotency_key=payment.idempotency_key,
        )
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused as refusal:
        return await _give_up(payment_id, PaymentState.FAILED, refusal.reason)
    await _keep(payment_id, truth)
    return await settle(payment_id)


async def give_up_charge(payment_id: UUID) -> PaymentState:
    """Cancel a charge that the processor knows nothing of; returns the state that the payment has."""
    return await _give_up(payment_id, PaymentState.CANCELED, "never_charged")


def _is_too_old(payment: Payment) -> bool:
    return payment.expires_at is None or payment.expires_at <= now()


async def _keep(payment_id: UUID, truth: CheckoutTruth) -> None:
    """Keep the processor's reference, whatever has become of the payment meanwhile."""
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        payment.charge_ref = payment.charge_ref or truth.charge_ref
        if payment.state is PaymentState.CREATED:
            payment.state = PaymentState.PENDING


async def _give_up(payment_id: UUID, state: PaymentState, reason: str) -> PaymentState:
    """Close the payment, unless an earlier call under its key turns out to have made the charge."""
    known = await settle(payment_id)
    if known is not PaymentState.CREATED:
        return known
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        if payment.state is PaymentState.CREATED and payment.charge_ref is None:
            payment.state, payment.reason = state, reason[:64]
        return payment.state
