"""Settling: the one way by which money that arrived is credited, exactly once.

Webhook, return page, status poll and janitor all call `settle`. It asks the processor
for the truth, then writes in one transaction under a lock on the payment.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.service import AccountCard
from cabinet.billing import service as billing
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.mail import service as mail
from cabinet.payments import fiscal, processor
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import (
    Allocation,
    AllocationKind,
    Payment,
    PaymentItem,
    PaymentOrigin,
    PaymentState,
)
from cabinet.payments.processor import CheckoutTruth, ProcessorUnavailable
from cabinet.payments.rows import items_of, lock_payment, taken_back
from cabinet.residents import service as residents

SENT_BACK, CHARGED_BACK = "sent_back", "charged_back"
GIVEN_BACK = frozenset({SENT_BACK, CHARGED_BACK})
"""Canceled because the money came, was not ours to keep, and left again: the processor goes on calling it paid."""
UNPAID = (PaymentState.CREATED, PaymentState.PENDING, PaymentState.FAILED, PaymentState.CANCELED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the processor's truth means for a payment."""

    state: PaymentState
    reason: str = ""


async def settle(payment_id: UUID) -> PaymentState:
    """Bring the payment to the state that the processor's truth asks for; safe to call at any time.

    Returns the state. Raises NotFound, ProcessorDown (nothing has changed then).
    """
    truth = await _truth(payment_id)
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        if truth is not None:
            await _apply(payment, truth, session)
        return payment.state


async def _truth(payment_id: UUID) -> CheckoutTruth | None:
    async with unit_of_work() as session:
        payment = await session.get(Payment, payment_id)
    if payment is None:
        raise NotFound
    try:
        return await (_charge_truth if payment.origin is PaymentOrigin.AUTOPAY else _page_truth)(payment)
    except ProcessorUnavailable:
        raise ProcessorDown from None


async def _page_truth(payment: Payment) -> CheckoutTruth | None:
    if payment.session_ref is None:
        return await processor.find_checkout(payment.id, since=payment.created_at)
    return await processor.fetch_checkout(payment.session_ref)


async def _charge_truth(payment: Payment) -> CheckoutTruth | None:
    """Of a saved card: its charge, or None while the processor knows of none."""
    if payment.charge_ref is None:
        return await processor.find_saved_charge(payment.id, since=payment.created_at)
    return await processor.fetch_saved_charge(payment.charge_ref)


def decide(state: PaymentState, total_minor: int, currency: str, truth: CheckoutTruth) -> Decision:
    """The state that follows; a pure rule.

    Money that arrived wins over any end that was reached without it; a sum that is not
    ours goes to review; nothing leaves succeeded, review, disputed or lost here.
    """
    if state not in UNPAID:
        return Decision(state)
    if truth.payment_status == "paid":
        agrees = truth.amount_minor == total_minor and truth.currency.upper() == currency
        return (
            Decision(PaymentState.SUCCEEDED) if agrees else Decision(PaymentState.REVIEW, "amount_mismatch")
        )
    if truth.status == "expired" and state in (PaymentState.CREATED, PaymentState.PENDING):
        return Decision(PaymentState.CANCELED, truth.failure_code or "expired")
    if truth.status == "failed" and state in (PaymentState.CREATED, PaymentState.PENDING):
        return Decision(PaymentState.FAILED, truth.failure_code or "declined")
    return Decision(state, truth.failure_code or "")


async def _apply(payment: Payment, truth: CheckoutTruth, session: AsyncSession) -> None:
    if payment.reason in GIVEN_BACK:
        return
    decision = decide(payment.state, payment.total_minor, payment.currency, truth)
    if payment.session_ref is None:
        payment.session_ref, payment.checkout_url = truth.session_ref, truth.url
    if payment.origin is PaymentOrigin.AUTOPAY:
        payment.charge_ref = payment.charge_ref or truth.charge_ref
    if decision.state is payment.state:
        payment.reason = decision.reason or payment.reason
        return
    payment.state, payment.reason = decision.state, decision.reason
    if decision.state is PaymentState.SUCCEEDED:
        await _credit(payment, truth, session)
    elif decision.state is PaymentState.REVIEW:
        await _suspend(payment, truth, session)


async def _credit(payment: Payment, truth: CheckoutTruth, session: AsyncSession) -> None:
    payment.charge_ref = truth.charge_ref
    await credit(payment, session=session)


async def credit(payment: Payment, *, session: AsyncSession, source: str = ledger.PROCESSOR) -> None:
    """Credit every item, keep how it was split, and write the letter, all in this transaction.

    `source` is the ledger's account that the money comes from: the processor, or suspense.
    """
    payment.settled_at = now()
    items = (await items_of([payment.id], session=session))[payment.id]
    cards = await accounts.get_accounts([item.account_id for item in items], session=session)
    await _allocate(items, session)
    await ledger.post(
        f"payment:{payment.id}",
        JournalKind.PAYMENT,
        _payment_lines(payment, items, cards, source),
        session=session,
        currency=payment.currency,
    )
    await _write_letter(payment, items, cards, session)
    await fiscal.register_later(payment.id, session=session)


def _payment_lines(
    payment: Payment, items: list[PaymentItem], cards: dict[UUID, AccountCard], source: str
) -> list[Line]:
    """A payment debits the processor and credits the payables; debits clearing and credits the receivables."""
    lines = [Line(source, payment.total_minor), Line(ledger.FEE, -payment.commission_minor)]
    for item in items:
        provider_id = cards[item.account_id].provider_id
        lines += [
            Line(ledger.payable(provider_id), -item.amount_minor),
            Line(ledger.clearing(provider_id), item.amount_minor),
            Line(ledger.receivable(item.account_id), -item.amount_minor),
        ]
    return lines


async def _allocate(items: list[PaymentItem], session: AsyncSession) -> None:
    account_ids = [item.account_id for item in items]
    await ledger.lock_balances(account_ids, session=session)
    open_lines = await billing.open_lines(
        account_ids, allocated=await allocated(account_ids, session), session=session
    )
    for item in items:
        for part in billing.allocate(item.amount_minor, open_lines[item.account_id], item.period):
            session.add(
                Allocation(
                    item_id=item.id,
                    kind=AllocationKind(part.kind.value),
                    charge_id=part.charge_id,
                    amount_minor=part.amount_minor,
                )
            )
    await session.flush()


async def allocated(account_ids: list[UUID], session: AsyncSession) -> dict[UUID, int]:
    """What payments have already given to each charge of these accounts and not taken back, in minor units."""
    taken = taken_back()
    rows = await session.exec(
        select(
            Allocation.charge_id, func.sum(Allocation.amount_minor - func.coalesce(taken.c.amount_minor, 0))
        )
        .join(PaymentItem, col(PaymentItem.id) == col(Allocation.item_id))
        .outerjoin(taken, taken.c.allocation_id == Allocation.id)
        .where(col(PaymentItem.account_id).in_(account_ids), col(Allocation.charge_id).is_not(None))
        .group_by(col(Allocation.charge_id))
    )
    return {charge_id: int(amount) for charge_id, amount in rows.all() if charge_id is not None}


async def _suspend(payment: Payment, truth: CheckoutTruth, session: AsyncSession) -> None:
    """The sum is not ours to credit: it stands in suspense until staff decide."""
    payment.charge_ref = truth.charge_ref
    lines = [Line(ledger.PROCESSOR, truth.amount_minor), Line(ledger.SUSPENSE, -truth.amount_minor)]
    await ledger.post(
        f"suspense:{payment.id}",
        JournalKind.SUSPENSE,
        lines,
        session=session,
        currency=truth.currency.upper(),
    )


async def _write_letter(
    payment: Payment, items: list[PaymentItem], cards: dict[UUID, AccountCard], session: AsyncSession
) -> None:
    profile = await residents.get_profile(payment.resident_id, session=session)
    if not profile.letters_about_payments:
        return
    await mail.write_letter(
        "payment_succeeded",
        profile.email,
        payment.locale,
        session=session,
        about_id=payment.id,
        number=payment.number,
        total_minor=payment.total_minor,
        paid_at=payment.settled_at,
        items=[
            (cards[i.account_id].provider_name_in(payment.locale), cards[i.account_id].number, i.amount_minor)
            for i in items
        ],
        url=mail.link(f"/payments/{payment.id}", payment.locale),
    )
