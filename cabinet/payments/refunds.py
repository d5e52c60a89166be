"""Refunds: asked for by staff, approved by a second person, made at the processor, settled by its truth.

As with payments, the idempotency key is stored before the call it protects, and only what the
processor says later moves money in the ledger: a pending refund is not done.
"""

import logging
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.mail import service as mail
from cabinet.payments import announcing, processor
from cabinet.payments.errors import (
    NotRefundable,
    NotWaiting,
    ProcessorDown,
    ReasonMissing,
    RefundTooLarge,
    SamePerson,
)
from cabinet.payments.giving_back import (
    allocate_again,
    deallocate,
    follow_disputes,
    left_of_payment,
    reversal,
    share_out,
)
from cabinet.payments.keys import (
    lost_minor,
    received_minor,
    refund_failed_key,
    refund_key,
    suspense_key,
    suspense_minor,
)
from cabinet.payments.models import Payment, PaymentState, Refund, RefundState
from cabinet.payments.processor import ProcessorRefused, ProcessorUnavailable, RefundTruth
from cabinet.payments.rows import lock_payment
from cabinet.payments.settlement import SENT_BACK
from cabinet.residents import service as residents
from cabinet.residents.person import Permission, Person
from cabinet.settings import settings

logger = logging.getLogger(__name__)

KEY_IS_KNOWN_FOR = timedelta(hours=23)
"""The processor forgets an idempotency key after a day: then what was made is looked up first."""
PATIENCE = timedelta(minutes=5)
LONGEST_REASON = 300
_LETTERS = {RefundState.SUCCEEDED: "refund_succeeded", RefundState.FAILED: "refund_failed"}


async def request_refund(
    payment_id: UUID,
    amount_minor: int | None,
    reason: str,
    *,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> Refund:
    """Want money to go back to the card; None means all that is left. Nothing is sent yet.

    A sum that brings the refunds of the payment above the limit of the settings waits for a second
    person. Raises Forbidden, NotFound, ReasonMissing, NotRefundable, RefundTooLarge.
    """
    by.require(Permission.REFUND)
    payment = await lock_payment(payment_id, session=session)
    if payment.state is not PaymentState.SUCCEEDED:
        raise NotRefundable
    return await want_refund(payment, amount_minor, reason, by=by, session=session, address=address)


async def want_refund(
    payment: Payment,
    amount_minor: int | None,
    reason: str,
    *,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> Refund:
    """The row of a refund of a locked payment, with its key; for services that have checked the rest."""
    reason = clean_reason(reason)
    left = await refundable_minor(payment, session=session)
    amount = left if amount_minor is None else amount_minor
    if not 0 < amount <= left:
        raise RefundTooLarge(left)
    refund_id = uuid4()
    refund = Refund(
        id=refund_id,
        payment_id=payment.id,
        amount_minor=amount,
        reason=reason,
        requested_by=by.id,
        needs_approval=await _given(payment.id, session) + amount > settings.refund_approval_above_minor,
        idempotency_key=refund_key(refund_id),
    )
    session.add(refund)
    await session.flush()
    await _note(by, "request_refund", refund, session, address=address)
    return refund


def clean_reason(reason: str) -> str:
    """The reason on one line. Raises ReasonMissing."""
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing
    return reason


async def refundable_minor(payment: Payment, *, session: AsyncSession) -> int:
    """What can still be refunded: what was received less refunds that have not failed and lost disputes."""
    left = await _unrefunded(payment, session) - await lost_minor(payment.id, session=session)
    return max(0, left)


async def _unrefunded(payment: Payment, session: AsyncSession) -> int:
    """What was received less every refund that has not failed; the processor may refund so much."""
    whole = max(payment.total_minor, await received_minor(payment.id, session=session))
    return whole - await _given(payment.id, session)


async def _given(payment_id: UUID, session: AsyncSession) -> int:
    rows = await session.exec(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment_id, Refund.state != RefundState.FAILED
        )
    )
    return int(rows.one())


async def approve_refund(refund_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """The second person agrees; then `send_refund`. Raises Forbidden, NotFound, NotWaiting, SamePerson."""
    by.require(Permission.APPROVE_REFUND)
    refund = await _waiting(refund_id, session)
    if refund.requested_by == by.id:
        raise SamePerson
    refund.approved_by = by.id
    await session.flush()
    await _note(by, "approve_refund", refund, session, address=address)


async def decline_refund(
    refund_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """The refund is not made; who asked may take it back too. Raises Forbidden, NotWaiting, ReasonMissing."""
    by.require(Permission.APPROVE_REFUND)
    reason = clean_reason(reason)
    refund = await _waiting(refund_id, session)
    refund.state, refund.failure, refund.settled_at = RefundState.FAILED, "declined", now()
    await session.flush()
    await _note(by, "decline_refund", refund, session, reason, address=address)


async def _waiting(refund_id: UUID, session: AsyncSession) -> Refund:
    refund, _payment = await _lock(refund_id, session)
    if not is_waiting(refund):
        raise NotWaiting
    return refund


def is_waiting(refund: Refund) -> bool:
    """Whether a second person has to decide."""
    return refund.state is RefundState.CREATED and refund.needs_approval and refund.approved_by is None


async def send_refund(refund_id: UUID) -> RefundState:
    """Make the refund at the processor, once, and settle what it answers; safe to repeat.

    One that waits for the second person is left alone. Raises NotFound, ProcessorDown (it may have
    been made: the janitor repeats the call with the same key).
    """
    async with unit_of_work() as session:
        refund, payment = await _lock(refund_id, session)
        if refund.state is not RefundState.CREATED or is_waiting(refund):
            return refund.state
    try:
        truth = await _make(refund, payment)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused as no:
        state = await _refuse(refund_id, no.reason)
        await _take_in_what_had_no_room(payment.id)
        return state
    return await _take(refund_id, truth)


async def _take_in_what_had_no_room(payment_id: UUID) -> None:
    """A refund made at the processor may have used up the money that ours, now refused, kept reserved."""
    try:
        await import_refunds(payment_id)
    except ProcessorDown:
        logger.warning("left for the nightly reconciliation: refunds of payment %s", payment_id)


async def _make(refund: Refund, payment: Payment) -> RefundTruth:
    charge_ref = payment.charge_ref or ""
    if refund.created_at < now() - KEY_IS_KNOWN_FOR:
        for known in await processor.refunds_of(charge_ref):
            if known.refund_id == refund.id:
                return known
    return await processor.create_refund(
        charge_ref,
        refund.amount_minor,
        refund_id=refund.id,
        payment_id=payment.id,
        idempotency_key=refund.idempotency_key,
    )


async def _refuse(refund_id: UUID, code: str) -> RefundState:
    """The processor said no: nothing has moved, and the resident was promised nothing."""
    async with unit_of_work() as session:
        refund, _payment = await _lock(refund_id, session)
        if refund.state is RefundState.CREATED and refund.processor_ref is None:
            refund.state, refund.failure, refund.settled_at = RefundState.FAILED, code[:64], now()
        return refund.state


async def settle_refund(refund_id: UUID) -> RefundState:
    """Bring a refund to what the processor says; safe at any time. Raises NotFound, ProcessorDown."""
    async with unit_of_work() as session:
        refund = await session.get(Refund, refund_id)
    if refund is None:
        raise NotFound
    if refund.processor_ref is None:
        return await send_refund(refund_id)
    try:
        truth = await processor.fetch_refund(refund.processor_ref)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused as no:
        logger.error("refund %s is unknown to the processor: %s", refund_id, no.reason)
        return refund.state
    return await _take(refund_id, truth)


async def import_refunds(payment_id: UUID) -> None:
    """Take in every refund that the processor has of a payment, whoever made it. Raises ProcessorDown."""
    async with unit_of_work() as session:
        payment = await session.get_one(Payment, payment_id)
    if payment.charge_ref is None:
        return
    try:
        found = await processor.refunds_of(payment.charge_ref)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    for truth in found:
        await import_refund(payment_id, truth)


async def import_refund(payment_id: UUID, truth: RefundTruth) -> bool:
    """Take in one refund; False when no payment of ours can bear it, and reconciliation has to show it."""
    refund_id = await _known(truth) or await _adopt(payment_id, truth)
    if refund_id is None:
        return False
    await _take(refund_id, truth)
    return True


async def _known(truth: RefundTruth) -> UUID | None:
    async with unit_of_work() as session:
        rows = await session.exec(
            select(Refund.id).where(
                or_(col(Refund.processor_ref) == truth.refund_ref, col(Refund.id) == truth.refund_id)
            )
        )
        return rows.first()


async def _adopt(payment_id: UUID, truth: RefundTruth) -> UUID | None:
    """A row for a refund that was made at the processor; the database refuses what exceeds the payment."""
    refund = Refund(
        payment_id=payment_id,
        amount_minor=truth.amount_minor,
        reason="processor",
        idempotency_key=f"processor:{truth.refund_ref}"[:80],
        processor_ref=truth.refund_ref,
    )
    try:
        async with unit_of_work() as session:
            payment = await lock_payment(payment_id, session=session)
            if payment.settled_at is None and payment.state is not PaymentState.REVIEW:
                return None
            if truth.status != "failed" and truth.amount_minor > await _unrefunded(payment, session):
                logger.error("refund %s at the processor exceeds payment %s", truth.refund_ref, payment_id)
                return None
            session.add(refund)
            await session.flush()
            return refund.id
    except IntegrityError:
        return await _known(truth)


async def _take(refund_id: UUID, truth: RefundTruth) -> RefundState:
    """Move one refund to the processor's truth in one transaction; each step posts under a key of its own."""
    async with unit_of_work() as session:
        refund, payment = await _lock(refund_id, session)
        if truth.amount_minor != refund.amount_minor:
            logger.error("refund %s has another sum at the processor", refund_id)
            return refund.state
        refund.processor_ref = refund.processor_ref or truth.refund_ref
        wanted = RefundState(truth.status)
        if wanted is RefundState.SUCCEEDED and refund.state in (RefundState.CREATED, RefundState.PENDING):
            await _arrive(refund, payment, session)
        elif wanted is RefundState.FAILED and refund.state is not RefundState.FAILED:
            await _come_back(refund, payment, truth.failure, session)
        elif wanted is RefundState.PENDING and refund.state is RefundState.CREATED:
            refund.state = RefundState.PENDING
        return refund.state


async def _arrive(refund: Refund, payment: Payment, session: AsyncSession) -> None:
    refund.state, refund.settled_at = RefundState.SUCCEEDED, now()
    await session.flush()
    lines = await _lines(refund, payment, session)
    await ledger.post(
        refund_key(refund.id),
        JournalKind.REFUND,
        lines,
        session=session,
        currency=await currency_of_payment(payment, session=session),
    )
    if payment.state is PaymentState.REVIEW and await suspense_minor(payment.id, session=session) <= 0:
        payment.state, payment.reason = PaymentState.CANCELED, SENT_BACK
    await follow_disputes(payment, session=session)
    await announcing.tell_refunded(refund, payment, session=session)
    await _write_letter(refund, payment, session)


async def _lines(refund: Refund, payment: Payment, session: AsyncSession) -> list[Line]:
    """Money in suspense goes back first; the rest is taken back from the accounts, pro rata.

    What neither of them has any more (a dispute was lost meanwhile) is a debit in suspense.
    """
    aside = max(0, min(refund.amount_minor, await suspense_minor(payment.id, session=session)))
    credited = min(refund.amount_minor - aside, await left_of_payment(payment, session=session))
    lines = [
        Line(ledger.PROCESSOR, -refund.amount_minor),
        Line(ledger.SUSPENSE, refund.amount_minor - credited),
    ]
    if credited:
        shares = await share_out(payment, credited, session=session)
        await ledger.lock_balances([share.item.account_id for share in shares.items], session=session)
        await deallocate(shares, refund_id=refund.id, session=session)
        lines += reversal(shares)
    return lines


async def currency_of_payment(payment: Payment, *, session: AsyncSession) -> str:
    """The currency in which the money came, which need not be the one agreed."""
    return await ledger.currency_of(suspense_key(payment.id), session=session) or payment.currency


async def _come_back(refund: Refund, payment: Payment, failure: str, session: AsyncSession) -> None:
    """The bank sent the refund back, perhaps after it had arrived: then every line is undone."""
    refund.state, refund.failure, refund.settled_at = RefundState.FAILED, failure[:64], now()
    await session.flush()
    posted = (await ledger.lines_of([refund_key(refund.id)], session=session))[refund_key(refund.id)]
    if posted:
        await allocate_again(refund.id, session=session)
        await ledger.post(
            refund_failed_key(refund.id),
            JournalKind.REFUND,
            [Line(line.account, -line.amount_minor) for line in posted],
            session=session,
            currency=await currency_of_payment(payment, session=session),
        )
        _return_to_staff(payment)
        await follow_disputes(payment, session=session)
    await _write_letter(refund, payment, session)


def _return_to_staff(payment: Payment) -> None:
    """What was sent back and came back stands in suspense again: staff have to decide once more."""
    if payment.state is PaymentState.CANCELED and payment.reason == SENT_BACK:
        payment.state, payment.reason = PaymentState.REVIEW, "refund_failed"


async def _lock(refund_id: UUID, session: AsyncSession) -> tuple[Refund, Payment]:
    """The refund and its payment, the payment locked first, as everywhere."""
    known = await session.get(Refund, refund_id)
    if known is None:
        raise NotFound
    payment = await lock_payment(known.payment_id, session=session)
    await session.refresh(known, with_for_update=True)
    return known, payment


async def _write_letter(refund: Refund, payment: Payment, session: AsyncSession) -> None:
    profile = await residents.get_profile(payment.resident_id, session=session)
    if not profile.letters_about_payments:
        return
    await mail.write_letter(
        _LETTERS[refund.state],
        profile.email,
        payment.locale,
        session=session,
        number=payment.number,
        amount_minor=refund.amount_minor,
        url=mail.link(f"/payments/{payment.id}", payment.locale),
    )


async def _note(
    by: Person, action: str, refund: Refund, session: AsyncSession, reason: str = "", *, address: str
) -> None:
    facts = {
        "payment_id": refund.payment_id,
        "amount_minor": refund.amount_minor,
        "reason": reason or refund.reason,
    }
    await record(by.id, action, "refund", refund.id, None, facts, address, session=session)


async def sweep_refunds() -> int:
    """Repeat what was not finished: calls without an answer, refunds on their way. Returns how many."""
    async with unit_of_work() as session:
        rows = await session.exec(
            select(Refund.id)
            .where(
                col(Refund.created_at) < now() - PATIENCE,
                or_(
                    col(Refund.state) == RefundState.PENDING,
                    (col(Refund.state) == RefundState.CREATED)
                    & (col(Refund.needs_approval).is_(False) | col(Refund.approved_by).is_not(None)),
                ),
            )
            .order_by(col(Refund.created_at))
            .limit(200)
        )
        open_refunds = list(rows.all())
    for refund_id in open_refunds:
        try:
            await settle_refund(refund_id)
        except CabinetError as problem:
            logger.warning("left for the next sweep: refund %s: %s", refund_id, problem.code)
        except Exception:
            logger.exception("left for the next sweep: refund %s", refund_id)
    return len(open_refunds)
