"""The turns of standing orders: announced two days ahead, charged once, followed to their end.

Every step is one transaction or one call under a stored key, so a crash between any two leaves
something that the next round takes up. Locks are taken in one order: the order, its run, the balance.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.autopay import letters
from cabinet.autopay.cards import customer_ref_of
from cabinet.autopay.models import Autopay, AutopayMode, AutopayRun, AutopayRunState, SavedCard
from cabinet.autopay.orders import end_what_lost_its_ground, why_groundless
from cabinet.autopay.rows import current_orders, finish, lock_order, lock_run, waiting_run
from cabinet.autopay.schedule import BILL_LOOK_BACK, Turn, is_too_late, turn_by_bill, turn_by_day
from cabinet.billing import service as billing
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.kit.dates import now, today_in
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentState
from cabinet.payments.saved import ChargeTerms
from cabinet.residents import service as residents
from cabinet.settings import settings

logger = logging.getLogger(__name__)

AUTHENTICATION = ("authentication_required", "payment_intent_authentication_failure")
"""The bank's answers that mean: the holder must be there."""


async def announce_turns() -> int:
    """End what has lost its ground, then write the letters of the turns that are two days ahead."""
    async with unit_of_work() as session:
        await end_what_lost_its_ground(session=session)
    async with read_only() as session:
        orders = [order.id for order in await current_orders(session=session)]
    return await _each(orders, announce_turn)


async def charge_turns() -> int:
    """Charge the announced turns whose day has come in the provider's zone."""
    async with read_only() as session:
        rows = await session.exec(
            select(AutopayRun.id)
            .where(AutopayRun.state == AutopayRunState.ANNOUNCED)
            .order_by(col(AutopayRun.charge_on))
        )
        due = list(rows.all())
    return await _each(due, charge_turn)


async def follow_turns() -> int:
    """Bring every charge that was begun to its end."""
    async with read_only() as session:
        rows = await session.exec(select(AutopayRun.id).where(AutopayRun.state == AutopayRunState.CHARGING))
        begun = list(rows.all())
    return await _each(begun, follow_turn)


async def announce_turn(autopay_id: UUID) -> None:
    """Plan the order's next charge and write its letter, in one transaction, if its time has come."""
    async with unit_of_work() as session:
        order = await lock_order(autopay_id, session=session)
        if order.ended_at or order.paused_at or await waiting_run(order.id, session=session):
            return
        if turn := await _turn(order, session):
            await _announce(order, turn, session)


async def charge_turn(run_id: UUID) -> None:
    """Freeze the payment of an announced turn, if it still is to be made, then ask for it."""
    async with unit_of_work() as session:
        order, run = await _lock(run_id, session)
        frozen = run.state is AutopayRunState.ANNOUNCED and await _freeze(order, run, session)
    if frozen:
        await _charge(run_id)


async def follow_turn(run_id: UUID) -> None:
    """Settle a charge that was begun: look it up, and only if the processor knows nothing of it, ask again."""
    async with read_only() as session:
        run = await session.get_one(AutopayRun, run_id)
    if run.state is not AutopayRunState.CHARGING or run.payment_id is None:
        return
    state = await payments.settle(run.payment_id)
    if state is not PaymentState.CREATED:
        await _finish(run_id, state)
        return
    await _charge(run_id)


async def _charge(run_id: UUID) -> None:
    """Ask for the frozen charge under its key; one that may not be made any more is given up."""
    async with read_only() as session:
        run = await session.get_one(AutopayRun, run_id)
        order = await session.get_one(Autopay, run.autopay_id)
        card = await session.get_one(SavedCard, order.card_id)
        customer_ref = await customer_ref_of(order.resident_id, session=session)
        stands = await _stands(order, session)
    if run.payment_id is None:
        return
    if stands and customer_ref:
        state = await payments.charge_saved_card(
            run.payment_id, customer_ref=customer_ref, method_ref=card.method_ref
        )
    else:
        state = await payments.give_up_charge(run.payment_id)
    await _finish(run_id, state)


async def _stands(order: Autopay, session: AsyncSession) -> bool:
    return not (order.ended_at or order.paused_at or await why_groundless(order, session=session))


async def _turn(order: Autopay, session: AsyncSession) -> Turn | None:
    """The turn that is to be announced now and has not had its run."""
    today = await _today(order, session)
    if order.mode is AutopayMode.DAY:
        turns = [turn] if (turn := turn_by_day(order.day, today)) else []
    else:
        since = max(order.consented_at, now() - BILL_LOOK_BACK)
        billed = await billing.periods_billed_since(since, order.account_id, session=session)
        turns = [turn_by_bill(period, today) for period in billed]
    for turn in turns:
        if not await _had_its_run(order.id, turn.period, session):
            return turn
    return None


async def _had_its_run(autopay_id: UUID, period: date, session: AsyncSession) -> bool:
    rows = await session.exec(
        select(AutopayRun.id).where(AutopayRun.autopay_id == autopay_id, AutopayRun.period == period)
    )
    return rows.first() is not None


async def _announce(order: Autopay, turn: Turn, session: AsyncSession) -> None:
    terms = await payments.terms_of_charge(order.account_id, session=session)
    problem = _why_not(order, terms)
    if problem in ("nothing_owed", "below_minimum") and order.mode is AutopayMode.DAY:
        return
    total = terms.total(max(terms.debt_minor, 0))
    run = AutopayRun(autopay_id=order.id, period=turn.period, charge_on=turn.charge_on, announced_minor=total)
    session.add(run)
    await session.flush()
    if problem:
        await _skip(order, run, problem, total, session)
    else:
        await letters.announce(order, total, turn.charge_on, session=session)


async def _freeze(order: Autopay, run: AutopayRun, session: AsyncSession) -> bool:
    """Whether a payment now exists for the turn; if not, it was left out, or waits."""
    today = await _today(order, session)
    if order.ended_at or order.paused_at or await why_groundless(order, session=session):
        finish(run, AutopayRunState.SKIPPED, "paused" if order.paused_at else "ended")
        return False
    if today < run.charge_on:
        return False
    terms = await payments.terms_of_charge(order.account_id, session=session)
    problem = "late" if is_too_late(run.charge_on, today) else _why_not(order, terms)
    if problem:
        await _skip(order, run, problem, terms.total(max(terms.debt_minor, 0)), session)
        return False
    if await payments.has_money_under_way(order.account_id, session=session):
        return False
    await _agree(order, run, terms, session)
    return True


async def _agree(order: Autopay, run: AutopayRun, terms: ChargeTerms, session: AsyncSession) -> None:
    """Freeze the debt of now, but never more than the letter named."""
    amount = min(terms.debt_minor, terms.amount_within(run.announced_minor))
    profile = await residents.get_profile(order.resident_id, session=session)
    run.payment_id = await payments.agree_charge(
        order.resident_id,
        order.account_id,
        amount,
        commission_minor=terms.total(amount) - amount,
        key=f"autopay:{run.id}",
        locale=profile.locale,
        session=session,
    )
    run.state = AutopayRunState.CHARGING
    await session.flush()


def _why_not(order: Autopay, terms: ChargeTerms) -> str:
    """Why the debt cannot be charged by this order; empty if it can."""
    if terms.debt_minor <= 0:
        return "nothing_owed"
    if terms.debt_minor < settings.payment_minimum_minor:
        return "below_minimum"
    if terms.total(terms.debt_minor) > order.limit_minor:
        return "above_limit"
    return "above_largest" if terms.debt_minor > terms.largest_minor else ""


async def _skip(
    order: Autopay, run: AutopayRun, problem: str, total_minor: int, session: AsyncSession
) -> None:
    finish(run, AutopayRunState.SKIPPED, problem)
    await session.flush()
    if problem in ("above_limit", "above_largest", "late"):
        await letters.say_failed(order, total_minor, problem, session=session)


async def _finish(run_id: UUID, state: PaymentState) -> None:
    """End the run as its payment ended, with the letter that belongs to it; what is open stays open."""
    async with unit_of_work() as session:
        order, run = await _lock(run_id, session)
        if run.state is not AutopayRunState.CHARGING or run.payment_id is None:
            return
        match state:
            case PaymentState.SUCCEEDED | PaymentState.DISPUTED | PaymentState.LOST:
                finish(run, AutopayRunState.PAID)
            case PaymentState.FAILED | PaymentState.CANCELED:
                await _fail(order, run, run.payment_id, session)
            case _:
                pass


async def _fail(order: Autopay, run: AutopayRun, payment_id: UUID, session: AsyncSession) -> None:
    payment = await payments.payment_of(order.resident_id, payment_id, session=session)
    if payment.reason in AUTHENTICATION:
        finish(run, AutopayRunState.NEEDS_RESIDENT, payment.reason)
        await letters.ask_resident(order, payment.total_minor, session=session)
    else:
        finish(run, AutopayRunState.FAILED, payment.reason)
        await letters.say_failed(order, payment.total_minor, payment.reason, session=session)


async def _lock(run_id: UUID, session: AsyncSession) -> tuple[Autopay, AutopayRun]:
    run = await session.get_one(AutopayRun, run_id)
    order = await lock_order(run.autopay_id, session=session)
    return order, await lock_run(run_id, session=session)


async def _today(order: Autopay, session: AsyncSession) -> date:
    account = (await accounts.get_accounts([order.account_id], session=session))[order.account_id]
    return today_in(account.timezone)


async def _each(ids: list[UUID], step: Callable[[UUID], Awaitable[None]]) -> int:
    """Take the step for each; what fails is logged and left for the next round. Returns how many went well."""
    done = 0
    for id in ids:
        try:
            await step(id)
            done += 1
        except (CabinetError, letters.LetterNotWritten) as problem:
            logger.warning("left for the next round: autopay %s: %s", id, problem)
        except Exception:
            logger.exception("left for the next round: autopay %s", id)
    return done
