"""Refunds, disputes, and payments whose sum is not the agreed one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_, _
from cabinet.payments import refunds, review
from cabinet.payments.asking import ask_again
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.models import Dispute, Payment, PaymentState, Refund, RefundState
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.settings import settings
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import (
    BASE,
    MoneyView,
    act,
    amount_in,
    done,
    fields_of,
    id_in_path,
)
from cabinet.staff.money_words import (
    BY_PROCESSOR,
    DECLINED,
    DISPUTE_REASONS,
    DISPUTE_STATES,
    REFUND_STATES,
    WAITS,
)
from cabinet.staff.words import PAYMENT_STATES, later

SHOWN = 30


class RefundsView(MoneyView):
    """What waits for a decision, what was refunded, and one payment's money."""

    menu_label = later(N_("Refunds and checks"))
    icon = "fa-solid fa-rotate-left"
    path = "/money/refunds"
    route_name = "money-refunds"
    permission = Permission.SEE_MONEY

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """Everything that waits, and the latest refunds."""
        session = request.state.session
        await note(request, "list", "refund")
        rows = await session.exec(
            select(Refund, Payment)
            .join(Payment, col(Payment.id) == col(Refund.payment_id))
            .order_by(col(Refund.created_at).desc())
            .limit(SHOWN)
        )
        found = list(rows)
        waiting = await session.exec(
            select(Refund, Payment)
            .join(Payment, col(Payment.id) == col(Refund.payment_id))
            .where(
                Refund.state == RefundState.CREATED,
                col(Refund.needs_approval),
                col(Refund.approved_by).is_(None),
            )
            .order_by(col(Refund.created_at))
        )
        waiting = list(waiting)
        return self.render(
            request,
            "money_refunds.html",
            waiting=waiting,
            latest=found,
            checks=await review.payments_in_review(session=session),
            names=await _names([refund for refund, _payment in [*found, *waiting]], session),
            state=say_refund,
        )

    @route("/{payment_id}", name="money-payment")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def payment(self, request: Request) -> Response:
        """The money of one payment."""
        return await self._show(request, id_in_path(request, "payment_id"))

    async def _show(self, request: Request, payment_id: UUID, error: str = "") -> Response:
        session = request.state.session
        payment = await session.get(Payment, payment_id)
        if payment is None:
            raise HTTPException(404)
        await note(request, "view", "payment", payment_id, {"what": "money"})
        rows = await session.exec(
            select(Refund).where(Refund.payment_id == payment_id).order_by(col(Refund.created_at))
        )
        found = list(rows)
        disputed = await session.exec(
            select(Dispute).where(Dispute.payment_id == payment_id).order_by(col(Dispute.opened_at))
        )
        checked = payment.state is PaymentState.REVIEW
        return self.render(
            request,
            "money_payment.html",
            error,
            payment=payment,
            payment_state=_(PAYMENT_STATES[payment.state]),
            refunds=found,
            disputes=list(disputed),
            dispute_states=DISPUTE_STATES,
            why=lambda code: _(DISPUTE_REASONS[code]) if code in DISPUTE_REASONS else code,
            refundable=await refunds.refundable_minor(payment, session=session),
            may_refund=payment.state is PaymentState.SUCCEEDED,
            check=await review.reviewed(payment_id, session=session) if checked else None,
            limit=settings.refund_approval_above_minor,
            names=await _names(found, session),
            state=say_refund,
            is_waiting=refunds.is_waiting,
        )

    @act("/{payment_id}/refund", Permission.REFUND, name="money-refund")
    async def refund(self, request: Request) -> Response:
        """Want a refund, and send it unless a second person has to agree."""
        form, payment_id = await fields_of(request), id_in_path(request, "payment_id")
        return await self._act(request, payment_id, _refund(payment_id, form, desk_of(request)))

    @act("/{payment_id}/approve/{refund_id}", Permission.APPROVE_REFUND, name="money-approve")
    async def approve(self, request: Request) -> Response:
        """The second person agrees."""
        work = _approve(id_in_path(request, "refund_id"), desk_of(request))
        return await self._act(request, id_in_path(request, "payment_id"), work)

    @act("/{payment_id}/decline/{refund_id}", Permission.APPROVE_REFUND, name="money-decline")
    async def decline(self, request: Request) -> Response:
        """The second person does not agree."""
        form = await fields_of(request)
        work = _decline(id_in_path(request, "refund_id"), form.get("reason", ""), desk_of(request))
        return await self._act(request, id_in_path(request, "payment_id"), work)

    @act("/{payment_id}/again", Permission.REFUND, name="money-again")
    async def again(self, request: Request) -> Response:
        """Ask the processor how things stand."""
        desk, payment_id = desk_of(request), id_in_path(request, "payment_id")
        work = ask_again(payment_id, by=desk.person, address=desk.address)
        return await self._act(request, payment_id, work)

    @act("/{payment_id}/credit", Permission.REVIEW_PAYMENTS, name="money-credit")
    async def credit(self, request: Request) -> Response:
        """Credit a payment that was to be checked."""
        form, payment_id = await fields_of(request), id_in_path(request, "payment_id")
        work = _credit(payment_id, form.get("reason", ""), desk_of(request))
        return await self._act(request, payment_id, work)

    @act("/{payment_id}/send-back", Permission.REVIEW_PAYMENTS, name="money-send-back")
    async def send_back(self, request: Request) -> Response:
        """Send back all that arrived."""
        form, payment_id = await fields_of(request), id_in_path(request, "payment_id")
        work = _send_back(payment_id, form.get("reason", ""), desk_of(request))
        return await self._act(request, payment_id, work)

    async def _act(self, request: Request, payment_id: UUID, work: Any) -> Response:
        answer = await done(request, work, f"{BASE}/refunds/{payment_id}")
        return await self._show(request, payment_id, answer) if isinstance(answer, str) else answer


def say_refund(refund: Refund) -> str:
    """The state, truthfully: what waits is not sent, what is on its way is not there."""
    if refunds.is_waiting(refund):
        return _(WAITS)
    if refund.state is RefundState.FAILED and refund.failure == "declined":
        return _(DECLINED)
    return _(REFUND_STATES[refund.state])


async def _refund(payment_id: UUID, form: dict[str, str], desk: Desk) -> None:
    text = form.get("amount", "").strip()
    amount = amount_in(text) if text else None
    async with unit_of_work() as session:
        refund = await refunds.request_refund(
            payment_id,
            amount,
            form.get("reason", ""),
            by=desk.person,
            session=session,
            address=desk.address,
        )
    await _send(refund.id)


async def _approve(refund_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await refunds.approve_refund(refund_id, by=desk.person, session=session, address=desk.address)
    await _send(refund_id)


async def _decline(refund_id: UUID, reason: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        await refunds.decline_refund(refund_id, reason, by=desk.person, session=session, address=desk.address)


async def _credit(payment_id: UUID, reason: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        rest = await review.credit_review(
            payment_id, reason, by=desk.person, session=session, address=desk.address
        )
    if rest is not None:
        await _send(rest.id)


async def _send_back(payment_id: UUID, reason: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        refund = await review.send_back(
            payment_id, reason, by=desk.person, session=session, address=desk.address
        )
    await _send(refund.id)


async def _send(refund_id: UUID) -> None:
    """Send now; a processor that does not answer is asked again by the janitor, and the page says so."""
    try:
        await refunds.send_refund(refund_id)
    except ProcessorDown:
        raise NotSentYet from None


class NotSentYet(CabinetError):
    """The refund is written down; whether the processor has made it is not known yet."""

    code = "not_sent_yet"

    def message(self) -> str:
        """Nobody should ask for it a second time."""
        return _(
            "The payment service does not answer. The refund is written down and will be sent by itself: "
            "do not ask for it again."
        )


async def _names(found: Sequence[Refund], session: Any) -> dict[UUID | None, str]:
    """Who asked and who approved."""
    ids = {one for refund in found for one in (refund.requested_by, refund.approved_by) if one}
    rows = await session.exec(
        select(Resident.id, Resident.full_name, Resident.email).where(col(Resident.id).in_(ids))
    )
    names: dict[UUID | None, str] = {key: name or email for key, name, email in rows}
    return {None: _(BY_PROCESSOR), **names}
