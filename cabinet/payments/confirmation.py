"""«Подтверждение платежа»: the facts of a credited payment, for the paper that a resident keeps."""

import asyncio
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.mail.attachments import AttachedFile, attach
from cabinet.payments import fiscal
from cabinet.payments.models import Payment
from cabinet.payments.paper import Confirmation, ConfirmedItem, draw_confirmation
from cabinet.payments.preview import SplitPart, stored_splits
from cabinet.payments.views import ItemView, PaymentView, payment_of
from cabinet.providers import service as providers


async def confirmation_of(
    resident_id: UUID, payment_id: UUID, locale: str, *, session: AsyncSession
) -> Confirmation:
    """The facts of a payment of this resident. Raises NotFound for a stranger's, or for one without money."""
    view = await payment_of(resident_id, payment_id, session=session)
    if not view.is_credited or view.settled_at is None:
        raise NotFound
    return Confirmation(
        number=view.number,
        paid_at=view.settled_at,
        items=await _items(view, locale, session),
        commission_minor=view.commission_minor,
        total_minor=view.total_minor,
        refunded_minor=view.refunded_minor,
        currency=view.currency,
        is_fiscal=fiscal.gives_receipts(),
    )


async def confirmation_file(confirmation: Confirmation, locale: str) -> AttachedFile:
    """The paper as a PDF, drawn in a thread."""
    return await asyncio.to_thread(_draw, confirmation, locale)


def _draw(confirmation: Confirmation, locale: str) -> AttachedFile:
    with use_locale(locale):
        body = draw_confirmation(confirmation)
    return AttachedFile(f"payment-{confirmation.number}.pdf", "application/pdf", body)


async def _file_of_letter(payment_id: UUID, locale: str) -> AttachedFile | None:
    """What the letter about a payment carries; nothing if the money is gone again."""
    async with read_only() as session:
        payment = await session.get_one(Payment, payment_id)
        try:
            found = await confirmation_of(payment.resident_id, payment_id, locale, session=session)
        except NotFound:
            return None
    return await confirmation_file(found, locale)


attach("payment_succeeded", _file_of_letter)


async def _items(view: PaymentView, locale: str, session: AsyncSession) -> tuple[ConfirmedItem, ...]:
    payees = await providers.get_providers({i.account.provider_id for i in view.items}, session=session)
    splits = await stored_splits([item.id for item in view.items], session=session)
    return tuple(
        _item(item, payees[item.account.provider_id].inn, splits[item.id], locale) for item in view.items
    )


def _item(item: ItemView, inn: str, parts: list[SplitPart], locale: str) -> ConfirmedItem:
    return ConfirmedItem(
        payee=item.account.provider_name_in(locale),
        inn=inn,
        account_number=item.account.number,
        amount_minor=item.amount_minor,
        parts=tuple(parts),
    )
