"""Reconciliation: every object of the processor in a period against the ledger, and the other way round."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, delete, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.ledger import service as ledger
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line
from cabinet.payments import processor
from cabinet.payments.disputes import import_disputes
from cabinet.payments.errors import BadPeriod, NotThisDifference, ProcessorDown
from cabinet.payments.keys import excess_key, received_minor
from cabinet.payments.models import (
    DifferenceCause,
    Dispute,
    DisputeState,
    Payment,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationState,
    Refund,
    RefundState,
)
from cabinet.payments.processor import (
    ChargeTruth,
    DisputeTruth,
    ProcessorRefused,
    ProcessorUnavailable,
    RefundTruth,
)
from cabinet.payments.refunds import clean_reason, import_refunds
from cabinet.payments.settlement import UNPAID, settle
from cabinet.residents.person import Permission, Person

logger = logging.getLogger(__name__)

BATCH = 50
NIGHTLY = timedelta(days=3)
"""How far the nightly run looks back: what came late is compared again."""
UNDER_WAY = timedelta(minutes=15)
"""What is younger may still be on its way, and is no difference."""

SETTLE = frozenset({DifferenceCause.PAID_THERE_OPEN_HERE, DifferenceCause.DISPUTE_UNKNOWN_HERE})
IMPORT = frozenset({DifferenceCause.REFUND_UNKNOWN_HERE})


async def start_reconciliation(
    since: datetime, until: datetime, *, by: Person | None, session: AsyncSession, address: str = ""
) -> Reconciliation:
    """Write down a run and let a job do it. Raises Forbidden, BadPeriod."""
    from cabinet.payments.jobs import reconcile

    run = await new_run(since, until, by=by, session=session, address=address)
    await defer(reconcile, session=session, reconciliation_id=str(run.id))
    return run


async def new_run(
    since: datetime, until: datetime, *, by: Person | None, session: AsyncSession, address: str = ""
) -> Reconciliation:
    """Write down a run that the caller then does with `run_reconciliation`. Raises Forbidden, BadPeriod."""
    if by is not None:
        by.require(Permission.RECONCILE)
    if since >= until:
        raise BadPeriod
    run = Reconciliation(since=since, until=until, started_by=by.id if by else None)
    session.add(run)
    await session.flush()
    if by is not None:
        facts = {"since": since, "until": until}
        await record(by.id, "reconcile", "reconciliation", run.id, None, facts, address, session=session)
    return run


@dataclass(slots=True)
class _Work:
    """What one run has seen."""

    run: Reconciliation
    charges: set[str] = field(default_factory=set)
    refunds: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Finding:
    """One compared object: what each side says, and why they differ, if they do."""

    ours_minor: int
    theirs_minor: int
    cause: DifferenceCause | None = None
    payment_id: UUID | None = None
    processor_ref: str = ""


async def run_reconciliation(reconciliation_id: UUID) -> ReconciliationState:
    """Compare, and keep the differences; progress is committed as it goes. Safe to run again.

    Raises NotFound, ProcessorDown (the run is marked as failed).
    """
    work = _Work(await _begin(reconciliation_id))
    try:
        async for findings in _batches(_findings(work)):
            await _keep(reconciliation_id, findings)
    except ProcessorUnavailable:
        await _end(reconciliation_id, ReconciliationState.FAILED)
        raise ProcessorDown from None
    except Exception:
        await _end(reconciliation_id, ReconciliationState.FAILED)
        raise
    return await _end(reconciliation_id, ReconciliationState.DONE)


async def _begin(reconciliation_id: UUID) -> Reconciliation:
    async with unit_of_work() as session:
        run = await session.get(Reconciliation, reconciliation_id, with_for_update=True)
        if run is None:
            raise NotFound
        await session.exec(
            delete(ReconciliationDifference).where(
                col(ReconciliationDifference.reconciliation_id) == run.id,
                col(ReconciliationDifference.resolved_at).is_(None),
            )
        )
        run.state, run.finished_at = ReconciliationState.RUNNING, None
        run.checked = run.ours_minor = run.theirs_minor = 0
        return run


async def _end(reconciliation_id: UUID, state: ReconciliationState) -> ReconciliationState:
    async with unit_of_work() as session:
        run = await session.get_one(Reconciliation, reconciliation_id)
        run.state, run.finished_at = state, now()
    return state


async def _findings(work: _Work) -> AsyncGenerator[_Finding]:
    """Both ways: what the processor has, then what only we have."""
    since, until = work.run.since, work.run.until
    async for charge in processor.charges_between(since, until):
        work.charges.add(charge.charge_ref)
        yield await _compare_charge(charge)
    async for refund in processor.refunds_between(since, until):
        work.refunds.add(refund.refund_ref)
        yield await _compare_refund(refund)
    async for dispute in processor.disputes_between(since, until):
        yield await _compare_dispute(dispute)
    for payment in await _our_payments(work):
        yield await _look_up_payment(payment)
    for refund in await _our_refunds(work):
        yield await _look_up_refund(refund)


async def _batches(findings: AsyncIterator[_Finding]) -> AsyncGenerator[list[_Finding]]:
    batch: list[_Finding] = []
    async for finding in findings:
        batch.append(finding)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


async def _keep(reconciliation_id: UUID, findings: list[_Finding]) -> None:
    async with unit_of_work() as session:
        run = await session.get_one(Reconciliation, reconciliation_id)
        run.checked += len(findings)
        run.ours_minor += sum(one.ours_minor for one in findings)
        run.theirs_minor += sum(one.theirs_minor for one in findings)
        for one in findings:
            if one.cause and not await _is_explained(one, session):
                session.add(
                    ReconciliationDifference(
                        reconciliation_id=run.id,
                        cause=one.cause,
                        payment_id=one.payment_id,
                        processor_ref=one.processor_ref,
                        ours_minor=one.ours_minor,
                        theirs_minor=one.theirs_minor,
                    )
                )


async def _is_explained(one: _Finding, session: AsyncSession) -> bool:
    """Whether staff have settled exactly this before: it is not shown every night again."""
    rows = await session.exec(
        select(ReconciliationDifference.id).where(
            ReconciliationDifference.cause == one.cause,
            ReconciliationDifference.processor_ref == one.processor_ref,
            ReconciliationDifference.ours_minor == one.ours_minor,
            ReconciliationDifference.theirs_minor == one.theirs_minor,
            col(ReconciliationDifference.resolved_at).is_not(None),
        )
    )
    return rows.first() is not None


async def _compare_charge(charge: ChargeTruth) -> _Finding:
    async with unit_of_work() as session:
        payment = await _payment_of(charge.charge_ref, charge.payment_id, session)
        ours = await received_minor(payment.id, session=session) if payment else 0
    cause: DifferenceCause | None = None
    if payment is None:
        cause = DifferenceCause.UNKNOWN_HERE
    elif payment.state in UNPAID:
        cause = DifferenceCause.PAID_THERE_OPEN_HERE
    elif ours != charge.amount_minor:
        cause = DifferenceCause.ANOTHER_SUM
    return _Finding(ours, charge.amount_minor, cause, payment.id if payment else None, charge.charge_ref)


async def _payment_of(charge_ref: str, payment_id: UUID | None, session: AsyncSession) -> Payment | None:
    rows = await session.exec(
        select(Payment).where(or_(col(Payment.charge_ref) == charge_ref, col(Payment.id) == payment_id))
    )
    return rows.first()


async def _compare_refund(truth: RefundTruth) -> _Finding:
    theirs = 0 if truth.status == "failed" else -truth.amount_minor
    async with unit_of_work() as session:
        payment = await _payment_of(truth.charge_ref, None, session)
        refund = (
            await session.exec(
                select(Refund).where(
                    or_(col(Refund.processor_ref) == truth.refund_ref, col(Refund.id) == truth.refund_id)
                )
            )
        ).first()
        booked = await ledger.lines_of([excess_key(truth.refund_ref)], session=session)
    ours = 0 if refund is None or refund.state is RefundState.FAILED else -refund.amount_minor
    ours += sum(line.amount_minor for line in booked[excess_key(truth.refund_ref)] if _is_processor(line))
    cause: DifferenceCause | None = None
    if ours != theirs:
        known = refund is not None and refund.state is not RefundState.FAILED and theirs
        cause = DifferenceCause.ANOTHER_SUM if known else DifferenceCause.REFUND_UNKNOWN_HERE
    elif refund is not None and theirs and refund.state.value != truth.status:
        cause = DifferenceCause.REFUND_UNKNOWN_HERE
    return _Finding(ours, theirs, cause, payment.id if payment else None, truth.refund_ref)


def _is_processor(line: Line) -> bool:
    return line.account == ledger.PROCESSOR


async def _compare_dispute(truth: DisputeTruth) -> _Finding:
    theirs = 0 if truth.status == "won" else -truth.amount_minor
    async with unit_of_work() as session:
        payment = await _payment_of(truth.charge_ref, None, session)
        dispute = (
            await session.exec(select(Dispute).where(Dispute.processor_ref == truth.dispute_ref))
        ).first()
    ours = 0 if dispute is None or dispute.state is DisputeState.WON else -dispute.amount_minor
    differs = dispute is None or ours != theirs or dispute.state.value != truth.status
    cause = DifferenceCause.DISPUTE_UNKNOWN_HERE if differs else None
    return _Finding(ours, theirs, cause, payment.id if payment else None, truth.dispute_ref)


async def _our_payments(work: _Work) -> list[Payment]:
    """Money that we count in the period and the processor did not list."""
    async with unit_of_work() as session:
        rows = await session.exec(
            select(Payment).where(
                col(Payment.charge_ref).is_not(None),
                col(Payment.settled_at) >= work.run.since,
                col(Payment.settled_at) < work.run.until,
                col(Payment.state).not_in(UNPAID),
            )
        )
        return [payment for payment in rows if payment.charge_ref not in work.charges]


async def _look_up_payment(payment: Payment) -> _Finding:
    charge = await processor.fetch_charge(payment.charge_ref or "")
    async with unit_of_work() as session:
        ours = await received_minor(payment.id, session=session)
    theirs = charge.amount_minor if charge else 0
    cause: DifferenceCause | None = None
    if charge is None:
        cause = DifferenceCause.PAID_HERE_UNKNOWN_THERE
    elif ours != theirs:
        cause = DifferenceCause.ANOTHER_SUM
    return _Finding(ours, theirs, cause, payment.id, payment.charge_ref or "")


async def _our_refunds(work: _Work) -> list[Refund]:
    async with unit_of_work() as session:
        rows = await session.exec(
            select(Refund).where(
                col(Refund.processor_ref).is_not(None),
                col(Refund.created_at) >= work.run.since,
                col(Refund.created_at) < work.run.until,
            )
        )
        return [refund for refund in rows if refund.processor_ref not in work.refunds]


async def _look_up_refund(refund: Refund) -> _Finding:
    ours = 0 if refund.state is RefundState.FAILED else -refund.amount_minor
    try:
        truth = await processor.fetch_refund(refund.processor_ref or "")
    except ProcessorRefused:
        cause = DifferenceCause.REFUND_UNKNOWN_THERE if ours else None
        return _Finding(ours, 0, cause, refund.payment_id, refund.processor_ref or "")
    return await _compare_refund(truth)


# What staff do with a difference


async def settle_difference(difference_id: UUID, *, by: Person, address: str = "") -> bool:
    """Do what the cause asks for: settle the payment, take in its refunds or its dispute.

    Returns whether the two sides agree now. Raises Forbidden, NotFound, NotThisDifference, ProcessorDown.
    """
    by.require(Permission.RECONCILE)
    difference = await _open_difference(difference_id)
    if difference.cause not in SETTLE | IMPORT or difference.payment_id is None:
        raise NotThisDifference
    await settle(difference.payment_id)
    if difference.cause in IMPORT:
        await import_refunds(difference.payment_id)
    else:
        await import_disputes(difference.payment_id)
    if await _still_differs(difference):
        return False
    await _resolve(difference_id, "settled", by, address)
    return True


async def _open_difference(difference_id: UUID) -> ReconciliationDifference:
    async with unit_of_work() as session:
        difference = await session.get(ReconciliationDifference, difference_id)
    if difference is None:
        raise NotFound
    if difference.resolved_at is not None:
        raise NotThisDifference
    return difference


async def _still_differs(difference: ReconciliationDifference) -> bool:
    async with unit_of_work() as session:
        payment = await session.get_one(Payment, difference.payment_id)
    charge_ref = payment.charge_ref or ""
    match difference.cause:
        case DifferenceCause.PAID_THERE_OPEN_HERE:
            return payment.state in UNPAID
        case DifferenceCause.REFUND_UNKNOWN_HERE:
            refunds = await processor.refunds_of(charge_ref)
            found = [await _compare_refund(r) for r in refunds if r.refund_ref == difference.processor_ref]
        case _:
            disputes = await processor.disputes_of(charge_ref)
            found = [await _compare_dispute(d) for d in disputes if d.dispute_ref == difference.processor_ref]
    return not found or any(one.cause for one in found)


async def book_excess(difference_id: UUID, reason: str, *, by: Person, address: str = "") -> None:
    """Put a refund that no payment of ours can bear into suspense: the money has left, and is owed to us.

    Raises Forbidden, NotFound, NotThisDifference, ReasonMissing.
    """
    by.require(Permission.RECONCILE)
    reason = clean_reason(reason)
    difference = await _open_difference(difference_id)
    amount = difference.ours_minor - difference.theirs_minor
    if difference.cause is not DifferenceCause.REFUND_UNKNOWN_HERE or amount <= 0:
        raise NotThisDifference
    async with unit_of_work() as session:
        known = await session.exec(select(Refund.id).where(Refund.processor_ref == difference.processor_ref))
        if known.first():
            raise NotThisDifference
        await ledger.post(
            excess_key(difference.processor_ref),
            JournalKind.SUSPENSE,
            [Line(ledger.PROCESSOR, -amount), Line(ledger.SUSPENSE, amount)],
            session=session,
            memo=reason[:200],
        )
    await _resolve(difference_id, reason, by, address)


async def explain_difference(difference_id: UUID, reason: str, *, by: Person, address: str = "") -> None:
    """Mark a difference as understood; it is not shown again. Raises Forbidden, NotFound, ReasonMissing."""
    by.require(Permission.RECONCILE)
    reason = clean_reason(reason)
    await _open_difference(difference_id)
    await _resolve(difference_id, reason, by, address)


async def _resolve(difference_id: UUID, resolution: str, by: Person, address: str) -> None:
    async with unit_of_work() as session:
        difference = await session.get_one(ReconciliationDifference, difference_id, with_for_update=True)
        if difference.resolved_at is not None:
            raise NotThisDifference
        difference.resolved_at, difference.resolved_by = now(), by.id
        difference.resolution = resolution
        facts = {
            "cause": difference.cause.value,
            "processor_ref": difference.processor_ref,
            "resolution": resolution,
        }
        await record(by.id, "resolve", "difference", difference.id, None, facts, address, session=session)


async def runs(*, session: AsyncSession, limit: int = 30, only_open: bool = False) -> list[Reconciliation]:
    """The newest runs, or the newest with differences that nobody has settled."""
    found = select(Reconciliation).order_by(col(Reconciliation.started_at).desc()).limit(limit)
    if only_open:
        still_open = select(ReconciliationDifference.reconciliation_id).where(
            col(ReconciliationDifference.resolved_at).is_(None)
        )
        found = found.where(col(Reconciliation.id).in_(still_open))
    return list(await session.exec(found))


async def differences_of(
    reconciliation_id: UUID, *, session: AsyncSession
) -> list[tuple[ReconciliationDifference, Payment | None]]:
    """The differences of a run with the payments that they are about; the open ones first."""
    rows = await session.exec(
        select(ReconciliationDifference, Payment)
        .outerjoin(Payment, col(Payment.id) == col(ReconciliationDifference.payment_id))
        .where(ReconciliationDifference.reconciliation_id == reconciliation_id)
        .order_by(
            col(ReconciliationDifference.resolved_at).is_not(None),
            col(ReconciliationDifference.cause),
            col(ReconciliationDifference.processor_ref),
        )
    )
    return [(difference, payment) for difference, payment in rows.all()]
