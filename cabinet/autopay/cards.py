"""Saved cards: added on the processor's page, kept here by what tells one from another, removed at will."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.autopay.errors import CardNotSaved, CardRefused
from cabinet.autopay.models import ProcessorCustomer, SavedCard
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY
from cabinet.limits.service import count_try
from cabinet.mail.service import link
from cabinet.payments import processor
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.processor import CardDetails, ProcessorRefused, ProcessorUnavailable
from cabinet.settings import settings

PAGE = "/settings/cards"
"""Where residents keep their cards: the processor leads back here."""

_TRIES = 20
_LONGEST_REFERENCE = 255


@dataclass(frozen=True, slots=True)
class CardView:
    """A saved card as its owner sees it."""

    id: UUID
    brand: str
    last4: str
    exp_month: int
    exp_year: int

    @property
    def name(self) -> str:
        """«Мир •••• 4242»."""
        return card_name(self.brand, self.last4)

    def is_expired(self, today: date) -> bool:
        """Whether the month printed on the card is over."""
        return (self.exp_year, self.exp_month) < (today.year, today.month)


def card_name(brand: str, last4: str) -> str:
    """The network as people write it, and the end of the number."""
    known = {"visa": "Visa", "mastercard": "Mastercard", "mir": "Мир", "unionpay": "UnionPay", "jcb": "JCB"}
    return f"{known.get(brand, brand.capitalize())} ••••\u00a0{last4}".strip()


async def cards_of(resident_id: UUID, *, session: AsyncSession) -> list[CardView]:
    """The resident's cards, the first added first."""
    rows = await session.exec(
        select(SavedCard)
        .where(SavedCard.resident_id == resident_id, col(SavedCard.removed_at).is_(None))
        .order_by(col(SavedCard.created_at))
    )
    return [card_view(card) for card in rows]


def card_view(card: SavedCard) -> CardView:
    """What the owner may see of the row."""
    return CardView(card.id, card.brand, card.last4, card.exp_month, card.exp_year)


async def start_adding(resident_id: UUID, *, locale: str) -> str:
    """The address of a hosted page that saves a card and charges nothing.

    Raises TooManyTries, ProcessorDown, CardRefused.
    """
    async with unit_of_work() as session:
        await count_try(
            "add_card", str(resident_id), limit=_TRIES, within=timedelta(hours=1), session=session
        )
    back = link(PAGE, locale)
    try:
        checkout = await processor.create_setup_checkout(
            customer_ref=await _customer(resident_id),
            currency=CURRENCY,
            success_url=f"{back}?added={{CHECKOUT_SESSION_ID}}",
            cancel_url=back,
            expires_at=now() + timedelta(minutes=settings.payment_expiry_minutes, seconds=60),
            locale=locale,
            idempotency_key=f"setup:{uuid4()}",
        )
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused:
        raise CardRefused from None
    return checkout.url


async def finish_adding(resident_id: UUID, session_ref: str) -> CardView:
    """The card that was saved on the hosted page; may be asked for many times.

    Raises CardNotSaved, ProcessorDown, NotFound (another resident's page).
    """
    if (
        not session_ref.startswith("cs_")
        or len(session_ref) > _LONGEST_REFERENCE
        or not session_ref.isascii()
    ):
        raise NotFound
    try:
        truth = await processor.fetch_setup(session_ref)
    except ProcessorUnavailable:
        raise ProcessorDown from None
    except ProcessorRefused:
        raise NotFound from None
    async with unit_of_work() as session:
        if await _owner(truth.customer_ref, session) != resident_id:
            raise NotFound
        if truth.card is None:
            raise CardNotSaved
        card = await _keep(resident_id, truth.card, session)
    if card.removed_at:
        raise CardNotSaved
    return card_view(card)


async def take_event(body: bytes, signature: str) -> None:
    """Keep the card that a signed event tells of; events about anything else are left alone.

    Raises BadSignature, ProcessorDown (the processor sends the event again).
    """
    reference = processor.setup_reference(body, signature)
    if reference is None:
        return
    try:
        truth = await processor.fetch_setup(reference)
    except (ProcessorUnavailable, ProcessorRefused):
        raise ProcessorDown from None
    async with unit_of_work() as session:
        owner = await _owner(truth.customer_ref, session)
        if owner and truth.card:
            await _keep(owner, truth.card, session)


async def customer_ref_of(resident_id: UUID, *, session: AsyncSession) -> str | None:
    """How the processor knows the resident, if it does."""
    found = await session.get(ProcessorCustomer, resident_id)
    return found.customer_ref if found else None


async def lock_card(resident_id: UUID, card_id: UUID, *, session: AsyncSession) -> SavedCard:
    """The resident's card, locked, unless it was removed. Raises NotFound."""
    rows = await session.exec(
        select(SavedCard)
        .where(
            SavedCard.id == card_id,
            SavedCard.resident_id == resident_id,
            col(SavedCard.removed_at).is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if card := rows.first():
        return card
    raise NotFound


async def _customer(resident_id: UUID) -> str:
    async with read_only() as session:
        if known := await customer_ref_of(resident_id, session=session):
            return known
    made = await processor.ensure_customer(resident_id)
    async with unit_of_work() as session:
        await session.exec(
            insert(ProcessorCustomer)
            .values(resident_id=resident_id, customer_ref=made, created_at=now())
            .on_conflict_do_nothing()
        )
        return await customer_ref_of(resident_id, session=session) or made


async def _owner(customer_ref: str | None, session: AsyncSession) -> UUID | None:
    rows = await session.exec(
        select(ProcessorCustomer.resident_id).where(ProcessorCustomer.customer_ref == customer_ref)
    )
    return rows.first()


async def _keep(resident_id: UUID, details: CardDetails, session: AsyncSession) -> SavedCard:
    """The row of the card: made once, whoever comes first; a removed one stays removed."""
    await session.exec(
        insert(SavedCard)
        .values(
            id=uuid4(),
            resident_id=resident_id,
            method_ref=details.method_ref,
            brand=details.brand,
            last4=details.last4,
            exp_month=details.exp_month,
            exp_year=details.exp_year,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["method_ref"])
    )
    rows = await session.exec(select(SavedCard).where(SavedCard.method_ref == details.method_ref))
    return rows.one()
