"""Disputes: the cardholder's bank takes money back, until evidence decides."""

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import events, objects, store
from cabinet.sandbox.models import Body, SandboxObject
from cabinet.sandbox.params import Params, UpdateDispute
from cabinet.sandbox.problems import refused


async def open_dispute(
    charge: SandboxObject, *, amount: int | None = None, session: AsyncSession
) -> SandboxObject:
    """Dispute a charge, the whole or a part; so much leaves our balance. A charge may be disputed again."""
    wanted = charge.body["amount"] if amount is None else amount
    dispute = await store.add(objects.dispute(charge.body) | {"amount": wanted}, session=session)
    await _move(dispute, -wanted, session=session)
    store.change(charge, disputed=True)
    await events.record("charge.dispute.created", dispute, session=session)
    await events.record("charge.dispute.funds_withdrawn", dispute, session=session)
    return dispute


async def api_update(params: UpdateDispute, *, ident: str, session: AsyncSession) -> Body:
    """`POST /v1/disputes/…`: `winning_evidence` wins, `losing_evidence` loses, as at Stripe."""
    dispute = await _undecided(ident, session=session)
    text = params.evidence.uncategorized_text
    store.change(
        dispute,
        evidence={"uncategorized_text": text},
        metadata={**dispute.body["metadata"], **params.metadata},
    )
    if not params.submit or not text:
        return dispute.body
    if text in ("winning_evidence", "losing_evidence"):
        await close(dispute, won=text == "winning_evidence", session=session)
    else:
        store.change(dispute, status="under_review")
        await events.record("charge.dispute.updated", dispute, session=session)
    return dispute.body


async def api_close(_params: Params, *, ident: str, session: AsyncSession) -> Body:
    """`POST /v1/disputes/…/close`: accept that it is lost."""
    dispute = await _undecided(ident, session=session)
    await close(dispute, won=False, session=session)
    return dispute.body


async def close(dispute: SandboxObject, *, won: bool, session: AsyncSession) -> None:
    """Decide: the money comes back, or stays away."""
    store.change(dispute, status="won" if won else "lost")
    if won:
        await _move(dispute, dispute.body["amount"], session=session)
        await events.record("charge.dispute.funds_reinstated", dispute, session=session)
    await events.record("charge.dispute.closed", dispute, session=session)


async def _undecided(ident: str, *, session: AsyncSession) -> SandboxObject:
    dispute = await store.find("dispute", ident, session=session, lock=True)
    if dispute.body["status"] in ("won", "lost"):
        raise refused("This dispute is already closed.", code="dispute_already_closed")
    return dispute


async def _move(dispute: SandboxObject, amount: int, *, session: AsyncSession) -> None:
    money = objects.balance_transaction(
        "adjustment", amount=amount, currency=dispute.body["currency"], source=dispute.id
    )
    await store.add(money, session=session)
    store.change(dispute, balance_transactions=[*dispute.body["balance_transactions"], money])
