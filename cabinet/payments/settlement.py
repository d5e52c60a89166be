"""Settling: the one way by which money that arrived is credited, exactly once.

Webhook, return page, status poll and janitor all call `settle`. It asks the processor
for the truth, then writes in one transaction under a lock on the payment.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing import service as billing
from cabinet.database import read_only, run, unit_of_work
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.mail import service as mail
from cabinet.payments import announcing, counting, fiscal, processor
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import Allocation, Payment, PaymentItem, PaymentOrigin, PaymentState
from cabinet.payments.processor import CheckoutTruth, ProcessorUnavailable
from cabinet.payments.rows import (
    Agreed,
    AgreedItem,
    Standing,
    lock_standing,
    read_agreed,
    taken_back,
    write_standing,
)
from cabinet.watching.context import about_payment

logger = logging.getLogger(__name__)

SENT_BACK, CHARGED_BACK = "sent_back", "charged_back"
GIVEN_BACK = frozenset({SENT_BACK, CHARGED_BACK})
"""Canceled because the money came, was not ours to keep, and left again: the processor goes on calling it paid."""
UNPAID = (PaymentState.CREATED, PaymentState.PENDING, PaymentState.FAILED, PaymentState.CANCELED)
ARRIVED = (PaymentState.SUCCEEDED, PaymentState.REVIEW)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the processor's truth means for a payment."""

    state: PaymentState
    reason: str = ""


async def settle(payment_id: UUID) -> PaymentState:
    """Bring the payment to the state that the processor's truth asks for; safe to call at any time.

    Returns the state. Raises NotFound, ProcessorDown (nothing has changed then).
    """
    async with read_only() as session:
        agreed = await read_agreed(payment_id, session=session)
    with about_payment(agreed.number):
        return await _settle(agreed)


async def _settle(agreed: Agreed) -> PaymentState:
    truth = await _truth(agreed)
    async with unit_of_work() as session:
        standing = await lock_standing(agreed.payment_id, session=session)
        if truth is None or standing.reason in GIVEN_BACK:
            return standing.state
        state = await _follow(agreed, standing, truth, session)
    if state is not standing.state:
        logger.info("the payment went from %s to %s", standing.state.value, state.value)
    return state


async def _truth(agreed: Agreed) -> CheckoutTruth | None:
    try:
        return await (_charge_truth if agreed.origin is PaymentOrigin.AUTOPAY else _page_truth)(agreed)
    except ProcessorUnavailable:
        raise ProcessorDown from None


async def _page_truth(agreed: Agreed) -> CheckoutTruth | None:
    if agreed.session_ref is None:
        return await processor.find_checkout(agreed.payment_id, since=agreed.created_at)
    return await processor.fetch_checkout(agreed.session_ref)


async def _charge_truth(agreed: Agreed) -> CheckoutTruth | None:
    """Of a saved card: its charge, or None while the processor knows of none."""
    if agreed.charge_ref is None:
        return await processor.find_saved_charge(agreed.payment_id, since=agreed.created_at)
    return await processor.fetch_saved_charge(agreed.charge_ref)


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


async def _follow(
    agreed: Agreed, before: Standing, truth: CheckoutTruth, session: AsyncSession
) -> PaymentState:
    """Let the payment stand as the truth asks for, and move the money that this means."""
    after = _standing_after(agreed, before, truth)
    if after != before:
        await write_standing(agreed.payment_id, after, session=session)
    if after.state is before.state:
        return after.state
    counting.count_step(after.state, session=session)
    if after.settled_at and after.state is PaymentState.SUCCEEDED:
        await _credit(agreed, after.settled_at, ledger.PROCESSOR, session)
    elif after.state is PaymentState.REVIEW:
        await _suspend(agreed, truth, session)
    return after.state


def _standing_after(agreed: Agreed, before: Standing, truth: CheckoutTruth) -> Standing:
    decision = decide(before.state, agreed.total_minor, agreed.currency, truth)
    after = replace(before, state=decision.state, reason=decision.reason)
    if before.session_ref is None:
        after = replace(after, session_ref=truth.session_ref, checkout_url=truth.url)
    if agreed.origin is PaymentOrigin.AUTOPAY:
        after = replace(after, charge_ref=before.charge_ref or truth.charge_ref)
    if after.state is before.state:
        return replace(after, reason=decision.reason or before.reason)
    if after.state is PaymentState.SUCCEEDED:
        after = replace(after, settled_at=now())
    return replace(after, charge_ref=truth.charge_ref) if after.state in ARRIVED else after


async def credit(payment: Payment, *, session: AsyncSession, source: str = ledger.PROCESSOR) -> None:
    """Credit every item, keep how it was split, and write the letter, all in this transaction.

    `source` is the ledger's account that the money comes from: the processor, or suspense.
    """
    payment.settled_at = now()
    agreed = await read_agreed(payment.id, session=session)
    await _credit(agreed, payment.settled_at, source, session)


async def _credit(agreed: Agreed, paid_at: datetime, source: str, session: AsyncSession) -> None:
    """Post first: from there on the balances are locked, so nobody else splits over the same charges."""
    await ledger.post(
        f"payment:{agreed.payment_id}",
        JournalKind.PAYMENT,
        _payment_lines(agreed, source),
        session=session,
        currency=agreed.currency,
    )
    counting.count_credited(agreed.total_minor, agreed.currency, session=session)
    await _allocate(agreed.items, session)
    await _write_letter(agreed, paid_at, session)
    await announcing.tell_paid(agreed, paid_at, session=session)
    await fiscal.register_later(agreed.payment_id, session=session)


def _payment_lines(agreed: Agreed, source: str) -> list[Line]:
    """A payment debits the processor and credits the payables; debits clearing and credits the receivables."""
    lines = [Line(source, agreed.total_minor), Line(ledger.FEE, -agreed.commission_minor)]
    for item in agreed.items:
        lines += [
            Line(ledger.payable(item.card.provider_id), -item.amount_minor),
            Line(ledger.clearing(item.card.provider_id), item.amount_minor),
            Line(ledger.receivable(item.card.account_id), -item.amount_minor),
        ]
    return lines


_SPLIT = text("""
INSERT INTO allocation (id, item_id, kind, charge_id, amount_minor, created_at)
SELECT gen_random_uuid(), part.item_id, part.kind, part.charge_id, part.amount_minor, :at
FROM unnest(
    CAST(:items AS uuid[]), CAST(:kinds AS text[]), CAST(:charges AS uuid[]), CAST(:amounts AS bigint[])
) part (item_id, kind, charge_id, amount_minor)
""")


async def _allocate(items: Sequence[AgreedItem], session: AsyncSession) -> None:
    """Split the items, already posted, over what was owed before."""
    posted = {item.card.account_id: item.amount_minor for item in items}
    open_lines = await billing.open_lines(
        posted, allocated=await allocated(list(posted), session), posted=posted, session=session
    )
    split = [
        (item, part)
        for item in items
        for part in billing.allocate(item.amount_minor, open_lines[item.card.account_id], item.period)
    ]
    await run(
        _SPLIT,
        session=session,
        at=now(),
        items=[item.id for item, _ in split],
        kinds=[part.kind.value for _, part in split],
        charges=[part.charge_id for _, part in split],
        amounts=[part.amount_minor for _, part in split],
    )


_TAKEN = taken_back()
_ALLOCATED = (
    select(Allocation.charge_id, func.sum(Allocation.amount_minor - func.coalesce(_TAKEN.c.amount_minor, 0)))
    .join(PaymentItem, col(PaymentItem.id) == col(Allocation.item_id))
    .outerjoin(_TAKEN, _TAKEN.c.allocation_id == Allocation.id)
    .where(
        col(PaymentItem.account_id).in_(bindparam("account_ids", expanding=True)),
        col(Allocation.charge_id).is_not(None),
    )
    .group_by(col(Allocation.charge_id))
)


async def allocated(account_ids: list[UUID], session: AsyncSession) -> dict[UUID, int]:
    """What payments have already given to each charge of these accounts and not taken back, in minor units."""
    rows = await run(_ALLOCATED, session=session, account_ids=account_ids)
    return {charge_id: int(amount_minor) for charge_id, amount_minor in rows}


async def _suspend(agreed: Agreed, truth: CheckoutTruth, session: AsyncSession) -> None:
    """The sum is not ours to credit: it stands in suspense until staff decide."""
    lines = [Line(ledger.PROCESSOR, truth.amount_minor), Line(ledger.SUSPENSE, -truth.amount_minor)]
    await ledger.post(
        f"suspense:{agreed.payment_id}",
        JournalKind.SUSPENSE,
        lines,
        session=session,
        currency=truth.currency.upper(),
    )


async def _write_letter(agreed: Agreed, paid_at: datetime, session: AsyncSession) -> None:
    if agreed.mailbox is None:
        return
    await mail.write_letter(
        "payment_succeeded",
        agreed.mailbox,
        agreed.locale,
        session=session,
        about_id=agreed.payment_id,
        number=agreed.number,
        total_minor=agreed.total_minor,
        paid_at=paid_at,
        items=[
            (item.card.provider_name_in(agreed.locale), item.card.number, item.amount_minor)
            for item in agreed.items
        ],
        url=mail.link(f"/payments/{agreed.payment_id}", agreed.locale),
    )
