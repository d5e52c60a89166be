"""Refunds: never more than was charged, and not done before they are done."""

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import clock, events, objects, store
from cabinet.sandbox.cards import Behaviour
from cabinet.sandbox.faults import faults
from cabinet.sandbox.models import Body, SandboxObject
from cabinet.sandbox.params import CreateRefund
from cabinet.sandbox.problems import invalid, refused

DECIDED_AFTER = timedelta(seconds=20)


async def api_create(params: CreateRefund, *, session: AsyncSession) -> Body:
    """`POST /v1/refunds`: the whole rest when no amount is given."""
    charge = await _charge(params, session=session)
    rest = charge.body["amount_captured"] - charge.body["amount_refunded"]
    amount = rest if params.amount is None else params.amount
    if not faults.lenient:
        _check(charge, amount, rest)
    behaviour = charge.private.get("behaviour")
    status = "pending" if behaviour == Behaviour.REFUND_LATER else "succeeded"
    body = objects.refund(
        charge.body, amount=amount, reason=params.reason, metadata=params.metadata, status=status
    )
    due = (
        clock.now() + DECIDED_AFTER if behaviour in (Behaviour.REFUND_LATER, Behaviour.REFUND_FAILS) else None
    )
    refund = await store.add(body, session=session, private={"behaviour": behaviour}, due_at=due)
    await _move(refund, -amount, "refund", "balance_transaction", session=session)
    await _count(charge, amount, session=session)
    await events.record("refund.created", refund, session=session)
    return refund.body


async def decide(refund: SandboxObject, *, session: AsyncSession) -> None:
    """A pending refund arrives; one that the bank sends back fails."""
    refund.due_at = None
    if refund.private["behaviour"] == Behaviour.REFUND_LATER:
        store.change(refund, status="succeeded")
        await events.record("refund.updated", refund, session=session)
        return
    charge = await store.find("charge", refund.body["charge"], session=session, lock=True)
    store.change(refund, status="failed", failure_reason="expired_or_canceled_card")
    await _move(
        refund, refund.body["amount"], "refund_failure", "failure_balance_transaction", session=session
    )
    await _count(charge, -refund.body["amount"], session=session)
    await events.record("refund.failed", refund, session=session)


async def _charge(params: CreateRefund, *, session: AsyncSession) -> SandboxObject:
    if bool(params.charge) == bool(params.payment_intent):
        raise invalid("One of the following params should be provided: charge or payment_intent.")
    ident = params.charge
    if params.payment_intent:
        intent = await store.find(
            "payment_intent", params.payment_intent, session=session, param="payment_intent"
        )
        ident = intent.body["latest_charge"]
    charge = await store.find("charge", ident or "", session=session, param="charge", lock=True)
    if not charge.body["paid"]:
        raise refused(f"Charge {charge.id} has not been paid.", code="charge_not_refundable")
    return charge


def _check(charge: SandboxObject, amount: int, rest: int) -> None:
    if charge.body["disputed"]:
        raise refused(
            f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if rest == 0:
        raise refused(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount > rest:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})", param="amount"
        )


async def _count(charge: SandboxObject, amount: int, *, session: AsyncSession) -> None:
    refunded = charge.body["amount_refunded"] + amount
    store.change(charge, amount_refunded=refunded, refunded=refunded >= charge.body["amount_captured"])
    await events.record("charge.refunded" if amount > 0 else "charge.updated", charge, session=session)


async def _move(refund: SandboxObject, amount: int, kind: str, name: str, *, session: AsyncSession) -> None:
    money = objects.balance_transaction(
        kind, amount=amount, currency=refund.body["currency"], source=refund.id
    )
    await store.add(money, session=session)
    store.change(refund, **{name: money["id"]})
