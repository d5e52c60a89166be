"""The janitor's rounds, and the nightly proofs."""

import logging
from uuid import UUID

from procrastinate import RetryStrategy

from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.jobs import jobs
from cabinet.kit.dates import now
from cabinet.ledger.verification import Proof
from cabinet.payments import fiscal
from cabinet.payments.janitor import sweep
from cabinet.payments.reconciliation import NIGHTLY, UNDER_WAY, run_reconciliation, start_reconciliation
from cabinet.payments.recounts import new_recount, run_recount
from cabinet.payments.refunds import sweep_refunds

logger = logging.getLogger(__name__)

_WHILE_IT_IS_DOWN = RetryStrategy(max_attempts=30, wait=30, linear_wait=60)
"""A night's comparison that the processor or the database broke off begins again, for about seven hours."""


@jobs.periodic(cron="* * * * *")
@jobs.task(queueing_lock="sweep_payments", name="sweep_payments")
async def sweep_payments(timestamp: int) -> None:
    """Look after payments that nobody came back to."""
    await sweep()


@jobs.task(
    name="register_sale", retry=RetryStrategy(max_attempts=30, exponential_wait=2), lock="sale:{payment_id}"
)
async def register_sale(payment_id: str) -> None:
    """Hand a credited payment to the fiscal service."""
    async with unit_of_work() as session:
        sale = await fiscal.sale_of(UUID(payment_id), session=session)
    if sale is not None:
        await fiscal.register(sale)


@jobs.periodic(cron="*/2 * * * *")
@jobs.task(queueing_lock="sweep_refunds", name="sweep_refunds")
async def sweep_unfinished_refunds(timestamp: int) -> None:
    """Repeat refunds whose outcome is unknown, and look after those on their way."""
    await sweep_refunds()


@jobs.task(name="reconcile", retry=_WHILE_IT_IS_DOWN, lock="reconcile:{reconciliation_id}")
async def reconcile(reconciliation_id: str) -> None:
    """One run of the reconciliation."""
    try:
        await run_reconciliation(UUID(reconciliation_id))
    except NotFound:
        logger.warning("the reconciliation %s is gone", reconciliation_id)


@jobs.periodic(cron="30 0 * * *")
@jobs.task(queueing_lock="reconcile_nightly", name="reconcile_nightly")
async def reconcile_nightly(timestamp: int) -> None:
    """Compare the last days with the processor."""
    until = now() - UNDER_WAY
    async with unit_of_work() as session:
        await start_reconciliation(until - NIGHTLY, until, by=None, session=session)


@jobs.task(name="recount", lock="recount")
async def recount(recount_id: str) -> None:
    """One recount that staff asked for; what does not hold is an error in the log too."""
    try:
        _complain(await run_recount(UUID(recount_id)))
    except NotFound:
        logger.warning("the recount %s is gone", recount_id)


@jobs.periodic(cron="45 0 * * *")
@jobs.task(queueing_lock="verify_ledger", name="verify_ledger", lock="recount")
async def verify_ledger(timestamp: int) -> None:
    """Recount the books; what does not hold is an error in the log, and the job fails."""
    async with unit_of_work() as session:
        recount_id = (await new_recount(session=session)).id
    _complain(await run_recount(recount_id))


def _complain(proof: Proof) -> None:
    if not proof.holds:
        logger.critical(
            "the ledger does not hold: unbalanced %s, drifted %s", proof.unbalanced, proof.drifted
        )
        raise RuntimeError("the ledger does not hold")
    logger.info("the ledger holds: %s journals, %s entries", proof.journals, proof.entries)
