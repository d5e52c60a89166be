"""Checkout sessions: the hosted page behind a link, open until it is paid or expires."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import clock, events, intents, objects, store
from cabinet.sandbox.cards import Behaviour, Card
from cabinet.sandbox.faults import faults
from cabinet.sandbox.intents import Attempt, check_amount
from cabinet.sandbox.keys import PREFIX
from cabinet.sandbox.models import Body, SandboxObject
from cabinet.sandbox.params import CreateSession, Params
from cabinet.sandbox.problems import invalid, refused
from cabinet.settings import settings

SHORTEST = timedelta(minutes=30)
LONGEST = timedelta(hours=24)
_LEEWAY = timedelta(minutes=1)


class Result(StrEnum):
    """What the hosted page shows next."""

    DONE = "done"
    CHALLENGE = "challenge"
    DECLINED = "declined"
    CLOSED = "closed"


async def api_create(params: CreateSession, *, session: AsyncSession) -> Body:
    """`POST /v1/checkout/sessions`."""
    if params.customer:
        await store.find("customer", params.customer, session=session, param="customer")
    if params.mode == "payment":
        currency = params.line_items[0].price_data.currency
        check_amount(sum(item.amount for item in params.line_items), currency, param="line_items")
    else:
        currency = params.currency
    expires_at = _expiry(params.expires_at)
    body = objects.checkout_session(
        params,
        currency=currency,
        expires_at=expires_at,
        base=(settings.sandbox_url or settings.public_url) + PREFIX,
    )
    private: Body = {
        "line_items": [objects.line_item(item) for item in params.line_items],
        "payment_intent_data": params.payment_intent_data.model_dump(exclude_none=True),
        "setup_intent_data": params.setup_intent_data.model_dump(exclude_none=True),
    }
    row = await store.add(body, session=session, private=private, due_at=expires_at)
    return row.body


def _expiry(asked: int | None) -> datetime:
    if asked is None:
        return clock.now() + LONGEST
    expires_at = datetime.fromtimestamp(asked, UTC) if 0 < asked < 10**11 else clock.now()
    if not clock.now() + SHORTEST - _LEEWAY <= expires_at <= clock.now() + LONGEST + _LEEWAY:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours "
            "from Checkout Session creation.",
            param="expires_at",
        )
    return expires_at


async def locked(ident: str, *, session: AsyncSession) -> SandboxObject:
    """The session, locked, and expired if its time has passed. Raises ApiProblem 404."""
    row = await store.find("checkout.session", ident, session=session, lock=True)
    if row.body["status"] == "open" and row.due_at and row.due_at <= clock.now():
        await expire(row, session=session)
    return row


async def api_retrieve(_params: Params, *, ident: str, session: AsyncSession) -> Body:
    """`GET /v1/checkout/sessions/…`."""
    return (await locked(ident, session=session)).body


async def api_expire(_params: Params, *, ident: str, session: AsyncSession) -> Body:
    """`POST /v1/checkout/sessions/…/expire`: only an open session can be expired."""
    row = await locked(ident, session=session)
    if row.body["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {row.body['status']}.",
            code="resource_invalid_state",
        )
    await expire(row, session=session)
    return row.body


async def expire(row: SandboxObject, *, session: AsyncSession) -> None:
    """Close an unpaid session for good."""
    if row.body["payment_intent"]:
        intent = await store.find("payment_intent", row.body["payment_intent"], session=session, lock=True)
        await intents.cancel(intent, "expired", session=session)
    store.change(row, status="expired", url=None)
    row.due_at = None
    await events.record("checkout.session.expired", row, session=session)


async def pay(ident: str, card: Card, *, session: AsyncSession) -> Result:
    """Charge (or save) the card that was typed on the hosted page; a second submit changes nothing."""
    row = await locked(ident, session=session)
    if row.body["status"] != "open":
        return Result.DONE if row.body["status"] == "complete" else Result.CLOSED
    method = await intents.keep_card(card, customer=_kept_for(row), session=session)
    if row.body["mode"] == "setup":
        return await _save_card(row, method, session=session)
    intent = await _intent(row, session=session)
    return await _finish(row, await intents.attempt(intent, method, session=session), session=session)


def _kept_for(row: SandboxObject) -> str | None:
    """Whose card it becomes: a card is saved only when the session says so."""
    usage = row.private["payment_intent_data"].get("setup_future_usage")
    return row.body["customer"] if row.body["mode"] == "setup" or usage else None


async def answer_challenge(ident: str, *, approved: bool, session: AsyncSession) -> Result:
    """The payer approved or refused at the bank's page (3-D Secure)."""
    row = await locked(ident, session=session)
    if row.body["status"] != "open":
        return Result.DONE if row.body["status"] == "complete" else Result.CLOSED
    if not is_challenged(row):
        return Result.DECLINED
    store.change_private(row, challenge=None)
    if row.body["mode"] == "setup":
        return await _answer_setup(row, approved=approved, session=session)
    intent = await _intent(row, session=session)
    if not approved:
        await intents.fail_authentication(intent, session=session)
        return Result.DECLINED
    method = await store.find("payment_method", intent.body["payment_method"], session=session)
    return await _finish(row, await intents.approve(intent, method, session=session), session=session)


def is_challenged(row: SandboxObject) -> bool:
    """Whether the bank waits for the payer's answer."""
    return bool(row.private.get("challenge"))


async def last_decline(row: SandboxObject, *, session: AsyncSession) -> str | None:
    """Why the latest card was refused: Stripe's decline code, or the error code."""
    kind = "payment_intent" if row.body["mode"] == "payment" else "setup_intent"
    if not row.body[kind]:
        return None
    intent = await store.find(kind, row.body[kind], session=session)
    error = intent.body["last_payment_error" if kind == "payment_intent" else "last_setup_error"]
    return (error.get("decline_code") or error["code"]) if error else None


async def _intent(row: SandboxObject, *, session: AsyncSession) -> SandboxObject:
    """The session's intent: made at the first attempt, as Stripe does."""
    if row.body["payment_intent"]:
        return await store.find("payment_intent", row.body["payment_intent"], session=session, lock=True)
    body = objects.payment_intent(
        amount=row.body["amount_total"] + faults.amount_shift_minor,
        currency=faults.currency or row.body["currency"],
        customer=row.body["customer"],
        **row.private["payment_intent_data"],
    )
    intent = await intents.create(body, session=session, private={"session": row.id})
    store.change(row, payment_intent=intent.id)
    return intent


async def _finish(row: SandboxObject, attempt: Attempt, *, session: AsyncSession) -> Result:
    match attempt:
        case Attempt.SUCCEEDED | Attempt.PROCESSING:
            paid = attempt is Attempt.SUCCEEDED
            await _complete(row, payment_status="paid" if paid else "unpaid", session=session)
            return Result.DONE
        case Attempt.CHALLENGED:
            store.change_private(row, challenge=True)
            return Result.CHALLENGE
        case Attempt.DECLINED:
            return Result.DECLINED


async def _complete(row: SandboxObject, *, payment_status: str, session: AsyncSession) -> None:
    store.change(row, status="complete", payment_status=payment_status, url=None)
    row.due_at = None
    await events.record("checkout.session.completed", row, session=session)


async def settle_later(intent: SandboxObject, *, session: AsyncSession) -> None:
    """The delayed money of a completed session arrives."""
    row = None
    if intent.private.get("session"):
        row = await store.find("checkout.session", intent.private["session"], session=session, lock=True)
    await intents.settle_later(intent, session=session)
    if row:
        store.change(row, payment_status="paid")
        await events.record("checkout.session.async_payment_succeeded", row, session=session)


async def _save_card(row: SandboxObject, method: SandboxObject, *, session: AsyncSession) -> Result:
    setup = await _setup_intent(row, session=session)
    decline = intents.decline_of(method)
    if decline and method.private["behaviour"] != Behaviour.DECLINE_WHEN_CHARGED:
        error = {"code": decline.code, "decline_code": decline.decline_code, "message": decline.message,
                 "type": "card_error", "payment_method": method.body}  # fmt: skip
        store.change(setup, last_setup_error=error)
        store.change(method, customer=None)
        await events.record("setup_intent.setup_failed", setup, session=session)
        return Result.DECLINED
    store.change(setup, payment_method=method.id)
    if method.private["behaviour"] in (Behaviour.AUTHENTICATE_ONCE, Behaviour.AUTHENTICATE_ALWAYS):
        store.change(setup, status="requires_action")
        store.change_private(row, challenge=True)
        return Result.CHALLENGE
    return await _answer_setup(row, approved=True, session=session)


async def _answer_setup(row: SandboxObject, *, approved: bool, session: AsyncSession) -> Result:
    setup = await _setup_intent(row, session=session)
    if not approved:
        error = {"code": "setup_intent_authentication_failure", "message": "Authentication failed.",
                 "type": "invalid_request_error"}  # fmt: skip
        method = await store.find("payment_method", setup.body["payment_method"], session=session, lock=True)
        store.change(method, customer=None)
        store.change(setup, status="requires_payment_method", payment_method=None, last_setup_error=error)
        await events.record("setup_intent.setup_failed", setup, session=session)
        return Result.DECLINED
    store.change(setup, status="succeeded", last_setup_error=None)
    await events.record("setup_intent.succeeded", setup, session=session)
    await _complete(row, payment_status="no_payment_required", session=session)
    return Result.DONE


async def _setup_intent(row: SandboxObject, *, session: AsyncSession) -> SandboxObject:
    if row.body["setup_intent"]:
        return await store.find("setup_intent", row.body["setup_intent"], session=session, lock=True)
    setup = await store.add(
        objects.setup_intent(customer=row.body["customer"], **row.private["setup_intent_data"]),
        session=session,
    )
    store.change(row, setup_intent=setup.id)
    return setup
