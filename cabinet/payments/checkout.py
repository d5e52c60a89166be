"""Making a payment: what is agreed is frozen first, then the processor is asked, then the answer is kept.

Every step can be repeated after a crash: the idempotency key is stored before the call it protects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.rights import Right, require
from cabinet.accounts.service import AccountCard, LinkedAccount
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import _, current_locale, use_locale
from cabinet.kit.dates import now
from cabinet.mail import service as mail
from cabinet.payments import processor
from cabinet.payments.errors import AlreadyPaid, NotOpen, PaymentRefused, ProcessorDown
from cabinet.payments.models import Payment, PaymentItem, PaymentOrigin, PaymentState
from cabinet.payments.plan import PlannedItem, Terms, Wish, plan_items
from cabinet.payments.processor import Checkout, CheckoutLine, ProcessorRefused, ProcessorUnavailable
from cabinet.payments.rows import items_of, lock_payment, lock_payments_of
from cabinet.payments.settlement import settle
from cabinet.providers import service as providers
from cabinet.settings import settings

OPEN = (PaymentState.CREATED, PaymentState.PENDING)


@dataclass(frozen=True, slots=True)
class Started:
    """A payment whose hosted page is open."""

    payment_id: UUID
    url: str


async def start_payment(resident_id: UUID, wishes: Sequence[Wish], *, attempt: str, locale: str) -> Started:
    """Open a hosted page for these wishes; the same `attempt` always means the same payment.

    An open payment of this resident for the same accounts and sums is offered again; another
    open one for any of these accounts is closed first. Raises NotFound, BadWishes, NothingChosen,
    AlreadyPaid, ProcessorDown, PaymentRefused.
    """
    for rival_id in await _rivals(resident_id, wishes, attempt):
        await _give_way(rival_id)
    async with unit_of_work() as session:
        payment_id = await _agree(resident_id, wishes, attempt, locale, session)
    return Started(payment_id, await open_checkout(payment_id))


async def _rivals(resident_id: UUID, wishes: Sequence[Wish], attempt: str) -> list[UUID]:
    """Open payments for any of these accounts that are not this very one."""
    async with unit_of_work() as session:
        planned = await _plan(resident_id, wishes, session)
        found = await _open_payments(resident_id, [item.account_id for item in planned], session)
        return [
            payment.id
            for payment, items in found
            if payment.idempotency_key != _key(resident_id, attempt) and not _same(items, planned)
        ]


async def _give_way(payment_id: UUID) -> None:
    """Close an open payment, or say that it has been paid meanwhile."""
    try:
        state = await cancel_checkout(payment_id)
    except NotOpen:
        return
    if state is PaymentState.SUCCEEDED:
        raise AlreadyPaid(payment_id)


async def _agree(
    resident_id: UUID, wishes: Sequence[Wish], attempt: str, locale: str, session: AsyncSession
) -> UUID:
    """The id of the payment that is frozen for these wishes: new, or the same one again."""
    await lock_payments_of(resident_id, session=session)
    known = await session.exec(select(Payment).where(Payment.idempotency_key == _key(resident_id, attempt)))
    if payment := known.first():
        return payment.id
    planned = await _plan(resident_id, wishes, session)
    for payment, items in await _open_payments(resident_id, [item.account_id for item in planned], session):
        if _same(items, planned):
            return payment.id
    return await _freeze(resident_id, planned, attempt, locale, session)


async def _freeze(
    resident_id: UUID, planned: Sequence[PlannedItem], attempt: str, locale: str, session: AsyncSession
) -> UUID:
    payment = Payment(
        resident_id=resident_id,
        amount_minor=sum(item.amount_minor for item in planned),
        commission_minor=sum(item.commission_minor for item in planned),
        processor="sandbox" if settings.uses_sandbox else "stripe",
        idempotency_key=_key(resident_id, attempt),
        locale=locale,
        expires_at=now() + timedelta(minutes=settings.payment_expiry_minutes, seconds=60),
    )
    session.add(payment)
    await session.flush()
    for item in planned:
        session.add(
            PaymentItem(
                payment_id=payment.id,
                account_id=item.account_id,
                amount_minor=item.amount_minor,
                period=item.period,
            )
        )
    await session.flush()
    return payment.id


async def _plan(resident_id: UUID, wishes: Sequence[Wish], session: AsyncSession) -> list[PlannedItem]:
    linked = {
        account.account_id: account
        for account in await accounts.linked_accounts(resident_id, session=session)
    }
    if any(wish.account_id not in linked for wish in wishes):
        raise NotFound
    chosen = [linked[wish.account_id] for wish in wishes]
    for account in chosen:
        require(Right.PAY, role=account.role, level=account.level)
    return plan_items(wishes, await _terms(chosen, session), settings.payment_minimum_minor)


async def _terms(chosen: Sequence[LinkedAccount], session: AsyncSession) -> Mapping[UUID, Terms]:
    known = await providers.get_providers({account.provider_id for account in chosen}, session=session)
    return {
        account.account_id: Terms(
            account.balance_minor,
            known[account.provider_id].max_payment_minor,
            known[account.provider_id].commission_bp,
            known[account.provider_id].min_payment_minor,
        )
        for account in chosen
    }


async def _open_payments(
    resident_id: UUID, account_ids: Sequence[UUID], session: AsyncSession
) -> list[tuple[Payment, list[PaymentItem]]]:
    touching = select(PaymentItem.payment_id).where(col(PaymentItem.account_id).in_(account_ids))
    payments = await session.exec(
        select(Payment)
        .where(
            Payment.resident_id == resident_id,
            Payment.origin == PaymentOrigin.HOSTED,
            col(Payment.state).in_(OPEN),
            col(Payment.id).in_(touching),
        )
        .order_by(col(Payment.created_at))
    )
    found = list(payments.all())
    items = await items_of([payment.id for payment in found], session=session)
    return [(payment, items[payment.id]) for payment in found]


def _same(items: Sequence[PaymentItem], planned: Sequence[PlannedItem]) -> bool:
    return [(item.account_id, item.amount_minor, item.period) for item in items] == [
        (item.account_id, item.amount_minor, item.period) for item in planned
    ]


def _key(resident_id: UUID, attempt: str) -> str:
    """One key for one attempt of one resident: what protects the call from being made twice."""
    return f"{resident_id}:{attempt}"


async def open_checkout(payment_id: UUID) -> str:
    """The address of the hosted page of a payment, opened now if it was not yet."""
    async with unit_of_work() as session:
        payment = await session.get_one(Payment, payment_id)
        lines = await _lines(payment, session)
    if payment.checkout_url and payment.state is PaymentState.PENDING:
        return payment.checkout_url
    if payment.state is not PaymentState.CREATED or payment.origin is not PaymentOrigin.HOSTED:
        raise NotOpen
    return await _ask_processor(payment, lines)


async def _ask_processor(payment: Payment, lines: list[CheckoutLine]) -> str:
    back = _page_of(payment)
    try:
        checkout = await processor.create_checkout(
            payment_id=payment.id,
            amount_minor=payment.total_minor,
            currency=payment.currency,
            lines=lines,
            success_url=back,
            cancel_url=back,
            expires_at=payment.expires_at or now() + timedelta(minutes=settings.payment_expiry_minutes),
            locale=payment.locale,
            customer_email=None,
            idempotency_key=payment.idempotency_key,
        )
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused:
        await _close(payment.id, "refused")
        raise PaymentRefused from None
    if await _keep(payment.id, checkout) is PaymentState.PENDING:
        return checkout.url
    await processor.expire_checkout(checkout.session_ref)
    raise NotOpen


async def _keep(payment_id: UUID, checkout: Checkout) -> PaymentState:
    """Keep the open page with the payment; one that was given up meanwhile stays as it is."""
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        payment.session_ref, payment.checkout_url = checkout.session_ref, checkout.url
        if payment.state is PaymentState.CREATED:
            payment.state, payment.expires_at = PaymentState.PENDING, checkout.expires_at
        return payment.state


async def _lines(payment: Payment, session: AsyncSession) -> list[CheckoutLine]:
    """What the hosted page lists: provider and the end of the number; no name, no address."""
    items = (await items_of([payment.id], session=session))[payment.id]
    cards = await accounts.get_accounts([item.account_id for item in items], session=session)
    with use_locale(payment.locale):
        lines = [CheckoutLine(_line_name(cards[item.account_id]), item.amount_minor) for item in items]
        if payment.commission_minor:
            lines.append(CheckoutLine(_("Commission"), payment.commission_minor))
    return lines


def _line_name(card: AccountCard) -> str:
    return f"{card.provider_name_in(current_locale())}, №\u00a0…{card.number[-4:]}"


def _page_of(payment: Payment) -> str:
    return mail.link(f"/payments/{payment.id}", payment.locale)


async def cancel_payment(resident_id: UUID, payment_id: UUID) -> PaymentState:
    """The resident gives up; returns the state that the payment then has (paid meanwhile: succeeded)."""
    async with unit_of_work() as session:
        payment = await session.get(Payment, payment_id)
        if not payment or payment.resident_id != resident_id:
            raise NotFound
    return await cancel_checkout(payment_id)


async def cancel_checkout(payment_id: UUID) -> PaymentState:
    """Close the hosted page and settle what came of it. Raises NotOpen, ProcessorDown."""
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        if payment.state not in OPEN or payment.origin is not PaymentOrigin.HOSTED:
            raise NotOpen
        session_ref = payment.session_ref
        if session_ref is None:
            payment.state, payment.reason = PaymentState.CANCELED, "abandoned"
            return payment.state
    try:
        await processor.expire_checkout(session_ref)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    return await settle(payment_id)


async def _close(payment_id: UUID, reason: str) -> None:
    async with unit_of_work() as session:
        payment = await lock_payment(payment_id, session=session)
        if payment.state is PaymentState.CREATED:
            payment.state, payment.reason = PaymentState.FAILED, reason
