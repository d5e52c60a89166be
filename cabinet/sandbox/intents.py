"""Payment intents: one wish to be paid, with as many attempts as it takes."""

from datetime import timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import clock, disputes, events, objects, store
from cabinet.sandbox.cards import GENERIC, Behaviour, Card, Decline
from cabinet.sandbox.faults import faults
from cabinet.sandbox.models import Body, SandboxObject
from cabinet.sandbox.params import CancelIntent, ConfirmIntent, CreateIntent
from cabinet.sandbox.problems import ApiProblem, card_problem, invalid, refused
from cabinet.settings import settings

LARGEST_MINOR = 99_999_999
SETTLES_AFTER = timedelta(seconds=20)

_AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)
_AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


class Attempt(StrEnum):
    """How an attempt to charge a card ended."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    PROCESSING = "processing"


def check_amount(amount: int, currency: str, *, param: str) -> None:
    """Refuse what is below Stripe's minimum or above its maximum."""
    minimum = settings.payment_minimum_minor if currency == "rub" else 50
    if amount < minimum and not faults.lenient:
        raise invalid(
            f"Amount must be at least {minimum // 100}.{minimum % 100:02d} {currency}.",
            code="amount_too_small",
            param=param,
        )
    if amount > LARGEST_MINOR:
        raise invalid("Amount must be no more than 999999.99.", code="amount_too_large", param=param)


async def create(body: Body, *, session: AsyncSession, private: Body | None = None) -> SandboxObject:
    """Keep a new intent."""
    row = await store.add(body, session=session, private=private)
    await events.record("payment_intent.created", row, session=session)
    return row


async def keep_card(card: Card, *, customer: str | None, session: AsyncSession) -> SandboxObject:
    """A payment method for the card: its behaviour is kept, its number is not."""
    decline = card.decline
    private: Body = {
        "behaviour": card.behaviour,
        "decline": [decline.code, decline.decline_code, decline.message] if decline else None,
    }
    method = await store.add(
        objects.payment_method(card, customer=customer), session=session, private=private
    )
    if customer:
        await events.record("payment_method.attached", method, session=session)
    return method


def decline_of(method: SandboxObject) -> Decline | None:
    """How the bank behind a payment method refuses a charge, if it does."""
    if method.private["behaviour"] == Behaviour.DECLINE_WHEN_CHARGED:
        return GENERIC
    return Decline(*method.private["decline"]) if method.private["decline"] else None


async def attempt(intent: SandboxObject, method: SandboxObject, *, session: AsyncSession) -> Attempt:
    """Charge a card with its holder present."""
    behaviour = method.private["behaviour"]
    if decline := decline_of(method):
        await fail(intent, method, decline, session=session)
        return Attempt.DECLINED
    if behaviour in (Behaviour.AUTHENTICATE_ONCE, Behaviour.AUTHENTICATE_ALWAYS):
        await _challenge(intent, method, session=session)
        return Attempt.CHALLENGED
    return await approve(intent, method, session=session)


async def approve(intent: SandboxObject, method: SandboxObject, *, session: AsyncSession) -> Attempt:
    """Take the money, or promise to take it soon."""
    if method.private["behaviour"] == Behaviour.SETTLE_LATER:
        charge = await store.add(
            objects.charge(intent.body, method.body, decline=None, paid=False), session=session
        )
        store.change(
            intent, status="processing", payment_method=method.id, latest_charge=charge.id, next_action=None
        )
        intent.due_at = clock.now() + SETTLES_AFTER
        await events.record("payment_intent.processing", intent, session=session)
        return Attempt.PROCESSING
    charge = await store.add(
        objects.charge(intent.body, method.body, decline=None, paid=True), session=session
    )
    store.change(intent, payment_method=method.id, latest_charge=charge.id)
    store.change_private(charge, behaviour=method.private["behaviour"])
    await _succeed(intent, charge, session=session)
    return Attempt.SUCCEEDED


async def settle_later(intent: SandboxObject, *, session: AsyncSession) -> None:
    """The delayed money of a processing intent arrives."""
    charge = await store.find("charge", intent.body["latest_charge"], session=session, lock=True)
    store.change(charge, status="succeeded", paid=True, captured=True, amount_captured=charge.body["amount"])
    intent.due_at = None
    await _succeed(intent, charge, session=session)


async def _succeed(intent: SandboxObject, charge: SandboxObject, *, session: AsyncSession) -> None:
    money = objects.balance_transaction(
        "charge", amount=charge.body["amount"], currency=charge.body["currency"], source=charge.id
    )
    await store.add(money, session=session)
    store.change(charge, balance_transaction=money["id"])
    store.change(
        intent,
        status="succeeded",
        amount_received=charge.body["amount"],
        last_payment_error=None,
        next_action=None,
        processing=None,
    )
    await events.record("charge.succeeded", charge, session=session)
    await events.record("payment_intent.succeeded", intent, session=session)
    if charge.private.get("behaviour") == Behaviour.DISPUTE:
        await disputes.open_dispute(charge, session=session)


async def fail(
    intent: SandboxObject, method: SandboxObject, decline: Decline, *, session: AsyncSession
) -> None:
    """The bank refuses: the intent waits for another card and tells why."""
    charge = await store.add(
        objects.charge(intent.body, method.body, decline=decline, paid=False), session=session
    )
    await events.record("charge.failed", charge, session=session)
    await _refuse(intent, method, decline, charge.id, session=session)


async def fail_authentication(intent: SandboxObject, *, session: AsyncSession) -> None:
    """The payer did not pass the bank's check: nothing was charged."""
    method = await store.find("payment_method", intent.body["payment_method"], session=session)
    await _refuse(intent, method, _AUTHENTICATION_FAILED, None, session=session)


async def _refuse(
    intent: SandboxObject,
    method: SandboxObject,
    decline: Decline,
    charge: str | None,
    *,
    session: AsyncSession,
) -> None:
    error: Body = {
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": method.body,
        "type": "card_error" if decline.decline_code else "invalid_request_error",
    }
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    if charge:
        error["charge"] = charge
    store.change(
        intent,
        status="requires_payment_method",
        last_payment_error=error,
        latest_charge=charge or intent.body["latest_charge"],
        payment_method=None,
        next_action=None,
    )
    await events.record("payment_intent.payment_failed", intent, session=session)


async def _challenge(intent: SandboxObject, method: SandboxObject, *, session: AsyncSession) -> None:
    action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    store.change(intent, status="requires_action", payment_method=method.id, next_action=action)
    await events.record("payment_intent.requires_action", intent, session=session)


async def cancel(intent: SandboxObject, reason: str | None, *, session: AsyncSession) -> None:
    """Take no more money for this intent."""
    store.change(
        intent,
        status="canceled",
        canceled_at=clock.timestamp(),
        cancellation_reason=reason,
        payment_method=None,
        next_action=None,
    )
    await events.record("payment_intent.canceled", intent, session=session)


async def api_create(params: CreateIntent, *, session: AsyncSession) -> Body | ApiProblem:
    """`POST /v1/payment_intents`: charge a saved card without its holder."""
    check_amount(params.amount, params.currency, param="amount")
    if params.off_session and not params.confirm:
        raise invalid("You can only set `off_session` when `confirm` is true.", param="off_session")
    if params.customer:
        await store.find("customer", params.customer, session=session, param="customer")
    body = objects.payment_intent(
        amount=params.amount,
        currency=params.currency,
        customer=params.customer,
        description=params.description,
        metadata=params.metadata,
        capture_method="automatic",
    )
    if params.payment_method:
        await _saved(params.payment_method, params.customer, session=session)
        body |= {"payment_method": params.payment_method, "status": "requires_confirmation"}
    intent = await create(body, session=session)
    return (
        await _confirm(intent, off_session=params.off_session, session=session)
        if params.confirm
        else intent.body
    )


async def api_confirm(params: ConfirmIntent, *, ident: str, session: AsyncSession) -> Body | ApiProblem:
    """`POST /v1/payment_intents/…/confirm`."""
    intent = await _changeable(ident, ("requires_payment_method", "requires_confirmation"), session=session)
    if params.payment_method:
        await _saved(params.payment_method, intent.body["customer"], session=session)
        store.change(intent, payment_method=params.payment_method)
    return await _confirm(intent, off_session=params.off_session, session=session)


async def api_cancel(params: CancelIntent, *, ident: str, session: AsyncSession) -> Body:
    """`POST /v1/payment_intents/…/cancel`."""
    waiting = ("requires_payment_method", "requires_confirmation", "requires_action")
    intent = await _changeable(ident, waiting, session=session)
    await cancel(intent, params.cancellation_reason, session=session)
    return intent.body


async def _changeable(ident: str, states: tuple[str, ...], *, session: AsyncSession) -> SandboxObject:
    intent = await store.find("payment_intent", ident, session=session, lock=True)
    if intent.private.get("session"):
        raise refused(
            "You cannot perform this action on PaymentIntents created by Checkout. "
            "If you want to cancel it, expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
    if intent.body["status"] not in states:
        raise refused(
            f"This PaymentIntent's status is {intent.body['status']}: the action is not possible.",
            code="payment_intent_unexpected_state",
            payment_intent=intent.body,
        )
    return intent


async def _saved(ident: str, customer: str | None, *, session: AsyncSession) -> SandboxObject:
    method = await store.find("payment_method", ident, session=session, param="payment_method")
    if not method.body["customer"] or method.body["customer"] != customer:
        raise invalid(
            "The provided PaymentMethod does not belong to the Customer.",
            code="resource_missing",
            param="payment_method",
        )
    return method


async def _confirm(intent: SandboxObject, *, off_session: bool, session: AsyncSession) -> Body | ApiProblem:
    if not intent.body["payment_method"]:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = await store.find("payment_method", intent.body["payment_method"], session=session)
    behaviour = method.private["behaviour"]
    decline = decline_of(method)
    if not decline and off_session and behaviour == Behaviour.AUTHENTICATE_ALWAYS:
        decline = _AUTHENTICATION_REQUIRED
    if decline:
        await fail(intent, method, decline, session=session)
        return _declined(intent, decline)
    if not off_session and behaviour == Behaviour.AUTHENTICATE_ALWAYS:
        await _challenge(intent, method, session=session)
    else:
        await approve(intent, method, session=session)
    return intent.body


def _declined(intent: SandboxObject, decline: Decline) -> ApiProblem:
    return card_problem(
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        charge=intent.body["latest_charge"],
        intent=intent.body,
    )
