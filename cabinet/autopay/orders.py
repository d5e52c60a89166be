"""Standing orders: given with consent, paused, resumed, and ended for whatever reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.errors import OnlyLooks
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.autopay import letters
from cabinet.autopay.cards import CardView, card_view, lock_card
from cabinet.autopay.consent import ConsentText, consent_text
from cabinet.autopay.detaching import detach_card
from cabinet.autopay.errors import BadDay, BadLimit, ChooseCard, ConsentMissing
from cabinet.autopay.models import Autopay, AutopayMode, AutopayRun, AutopayRunState, SavedCard
from cabinet.autopay.rows import current_orders, finish, lock_order, lock_pair, waiting_run
from cabinet.autopay.schedule import next_by_day
from cabinet.errors import NotFound
from cabinet.jobs import defer
from cabinet.kit.dates import now, today_in
from cabinet.kit.money import BadAmount, parse_amount
from cabinet.payments import service as payments
from cabinet.payments.models import PaymentState
from cabinet.providers import service as providers
from cabinet.residents import service as residents
from cabinet.settings import settings

LAST_DAY = 28
OWN_WISH = "stopped"
REPLACED = "replaced"
RETURNED = "returned"
"""The bank took a charge back after a dispute."""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What a resident fills in: the limit as it was typed."""

    card_id: UUID
    mode: AutopayMode
    day: int
    limit: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last charge of an order ended, as its payment stands now."""

    state: AutopayRunState
    reason: str
    charge_on: date
    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class AutopayView:
    """A standing order as its owner sees it."""

    id: UUID
    account_id: UUID
    card: CardView
    mode: AutopayMode
    day: int
    limit_minor: int
    is_paused: bool
    next_on: date | None
    """The day of the next charge; None when it waits for a bill, or is paused."""
    announced_minor: int | None
    """What the letter named, when it has been written."""
    last: LastRun | None


async def start_autopay(
    resident_id: UUID, account_id: UUID, wish: OrderWish, *, locale: str, session: AsyncSession
) -> UUID:
    """Give a standing order for a linked account; an earlier one for it is replaced.

    Raises NotFound, ChooseCard, BadDay, BadLimit, ConsentMissing.
    """
    linked = await accounts.linked_account(resident_id, account_id, session=session, right=Right.PAY)
    limit_minor = await _check(resident_id, linked, wish, session)
    await lock_pair(resident_id, account_id, session=session)
    await _end_all(resident_id, account_id, REPLACED, session)
    order = _new_order(resident_id, account_id, wish, limit_minor, consent_text(locale))
    session.add(order)
    await session.flush()
    return order.id


async def pause_autopay(resident_id: UUID, autopay_id: UUID, *, session: AsyncSession) -> None:
    """Charge nothing until it is resumed; what is announced is left out. Raises NotFound."""
    order = await _own(resident_id, autopay_id, session)
    order.paused_at = order.paused_at or now()
    run = await waiting_run(order.id, session=session)
    if run and run.state is AutopayRunState.ANNOUNCED:
        finish(run, AutopayRunState.SKIPPED, "paused")
    await session.flush()


async def resume_autopay(resident_id: UUID, autopay_id: UUID, *, session: AsyncSession) -> None:
    """Go on with the next turn. Raises NotFound."""
    order = await _own(resident_id, autopay_id, session)
    order.paused_at = None
    await session.flush()


async def stop_autopay(resident_id: UUID, autopay_id: UUID, *, session: AsyncSession) -> None:
    """End the order at its owner's wish. Raises NotFound."""
    await _end(await _own(resident_id, autopay_id, session), OWN_WISH, session)


async def end_for_account(
    resident_id: UUID, account_id: UUID, *, session: AsyncSession, reason: str = "unlinked"
) -> None:
    """End the resident's order for an account, in the unit of work that unlinks it."""
    await _end_all(resident_id, account_id, reason, session)


async def end_what_lost_its_ground(*, session: AsyncSession) -> int:
    """End every order whose link, card or owner's access is gone; returns how many."""
    ended = 0
    for known in await current_orders(session=session):
        if await why_groundless(known, session=session):
            order = await lock_order(known.id, session=session)
            if order.ended_at is None and (reason := await why_groundless(order, session=session)):
                await _end(order, reason, session)
                ended += 1
    return ended


async def why_groundless(order: Autopay, *, session: AsyncSession) -> str:
    """What the order has lost: `unlinked`, `card_removed`, `blocked`; empty while it stands.

    A link that was made after the consent does not revive an order.
    """
    try:
        linked = await accounts.linked_account(
            order.resident_id, order.account_id, session=session, right=Right.PAY
        )
    except (NotFound, OnlyLooks):
        return "unlinked"
    if linked.linked_at > order.consented_at:
        return "unlinked"
    card = await session.get(SavedCard, order.card_id, populate_existing=True)
    if card is None or card.removed_at is not None:
        return "card_removed"
    profile = await residents.get_profile(order.resident_id, session=session)
    return "" if profile.may_enter else "blocked"


async def remove_card(resident_id: UUID, card_id: UUID, *, session: AsyncSession) -> None:
    """Forget the card here and at the processor, and end the orders that use it, with letters. Raises NotFound."""
    card = await lock_card(resident_id, card_id, session=session)
    card.removed_at = now()
    for known in await current_orders(session=session, resident_id=resident_id):
        if known.card_id == card_id:
            await _end(await lock_order(known.id, session=session), "card_removed", session)
    await session.flush()
    await defer(detach_card, session=session, card_id=str(card.id))


async def autopays_of(resident_id: UUID, *, session: AsyncSession) -> list[AutopayView]:
    """The resident's standing orders; one that has lost its ground is over, whether or not it is marked yet."""
    linked = {a.account_id: a for a in await accounts.linked_accounts(resident_id, session=session)}
    orders = [
        order
        for order in await current_orders(session=session, resident_id=resident_id)
        if order.account_id in linked
        and linked[order.account_id].linked_at <= order.consented_at
        and linked[order.account_id].may(Right.PAY)
    ]
    cards = await _cards([order.card_id for order in orders], session)
    last, waiting = await _runs([order.id for order in orders], session)
    made = await payments.states_of([r.payment_id for r in last.values() if r.payment_id], session=session)
    return [
        _view(
            order, card_view(card), linked[order.account_id], last.get(order.id), waiting.get(order.id), made
        )
        for order in orders
        if (card := cards.get(order.card_id))
    ]


async def _check(resident_id: UUID, linked: LinkedAccount, wish: OrderWish, session: AsyncSession) -> int:
    """The limit in minor units, or the error that belongs at its field."""
    try:
        await lock_card(resident_id, wish.card_id, session=session)
    except NotFound:
        raise ChooseCard from None
    if not 1 <= wish.day <= LAST_DAY:
        raise BadDay
    largest = (await providers.get_provider(linked.provider_id, session=session)).max_payment_minor
    limit_minor = _limit(wish.limit, settings.payment_minimum_minor, largest)
    if not wish.agrees:
        raise ConsentMissing
    return limit_minor


def _limit(text: str, least_minor: int, largest_minor: int) -> int:
    try:
        limit_minor = parse_amount(text)
    except BadAmount:
        raise BadLimit(least_minor, largest_minor) from None
    if not least_minor <= limit_minor <= largest_minor:
        raise BadLimit(least_minor, largest_minor)
    return limit_minor


def _new_order(
    resident_id: UUID, account_id: UUID, wish: OrderWish, limit_minor: int, consent: ConsentText
) -> Autopay:
    return Autopay(
        resident_id=resident_id,
        account_id=account_id,
        card_id=wish.card_id,
        mode=wish.mode,
        day=wish.day,
        limit_minor=limit_minor,
        consent_version=consent.version,
        consent_text=consent.text,
        consent_locale=consent.locale,
        consented_at=now(),
    )


async def _own(resident_id: UUID, autopay_id: UUID, session: AsyncSession) -> Autopay:
    order = await lock_order(autopay_id, session=session)
    if order.resident_id != resident_id or order.ended_at is not None:
        raise NotFound
    return order


async def _end_all(resident_id: UUID, account_id: UUID, reason: str, session: AsyncSession) -> None:
    for known in await current_orders(session=session, resident_id=resident_id, account_id=account_id):
        await _end(await lock_order(known.id, session=session), reason, session)


async def _end(order: Autopay, reason: str, session: AsyncSession) -> None:
    """End a locked order; what is announced is left out, what is being charged is followed to its end."""
    if order.ended_at is not None:
        return
    order.ended_at, order.end_reason = now(), reason
    run = await waiting_run(order.id, session=session)
    if run and run.state is AutopayRunState.ANNOUNCED:
        finish(run, AutopayRunState.SKIPPED, "ended")
    await session.flush()
    if reason != REPLACED:
        await letters.say_ended(order, reason, session=session)


async def _cards(card_ids: Iterable[UUID], session: AsyncSession) -> dict[UUID, SavedCard]:
    rows = await session.exec(
        select(SavedCard).where(col(SavedCard.id).in_(list(card_ids)), col(SavedCard.removed_at).is_(None))
    )
    return {card.id: card for card in rows}


async def _runs(
    autopay_ids: list[UUID], session: AsyncSession
) -> tuple[dict[UUID, AutopayRun], dict[UUID, AutopayRun]]:
    """The newest finished run of each order, and the one that waits."""
    rows = await session.exec(
        select(AutopayRun)
        .where(col(AutopayRun.autopay_id).in_(autopay_ids))
        .order_by(col(AutopayRun.announced_at))
    )
    last: dict[UUID, AutopayRun] = {}
    waiting: dict[UUID, AutopayRun] = {}
    for run in rows:
        (waiting if run.finished_at is None else last)[run.autopay_id] = run
    return last, waiting


def _view(
    order: Autopay,
    card: CardView,
    account: LinkedAccount,
    last: AutopayRun | None,
    waiting: AutopayRun | None,
    made: Mapping[UUID, PaymentState],
) -> AutopayView:
    return AutopayView(
        id=order.id,
        account_id=order.account_id,
        card=card,
        mode=order.mode,
        day=order.day,
        limit_minor=order.limit_minor,
        is_paused=order.paused_at is not None,
        next_on=_next_on(order, today_in(account.timezone), last, waiting),
        announced_minor=waiting.announced_minor if waiting else None,
        last=_last_run(last, made) if last else None,
    )


def _last_run(run: AutopayRun, made: Mapping[UUID, PaymentState]) -> LastRun:
    """What the run noted, unless its payment has moved on: money may come late, and be taken back."""
    state, reason = run.state, run.reason
    match made.get(run.payment_id) if run.payment_id else None:
        case PaymentState.SUCCEEDED | PaymentState.DISPUTED:
            state, reason = AutopayRunState.PAID, ""
        case PaymentState.LOST:
            state, reason = AutopayRunState.FAILED, RETURNED
        case _:
            pass
    return LastRun(state, reason, run.charge_on, run.payment_id)


def _next_on(order: Autopay, today: date, last: AutopayRun | None, waiting: AutopayRun | None) -> date | None:
    if waiting:
        return waiting.charge_on
    if order.paused_at or order.mode is AutopayMode.BILL:
        return None
    return next_by_day(order.day, today, last.period if last else None)
