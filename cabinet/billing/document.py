"""The PDF of a bill, for the resident who may see it."""

import asyncio
import logging
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.paper import PaperBill, draw_bill
from cabinet.billing.views import BillView, WholeBill, read_bill
from cabinet.i18n import use_locale
from cabinet.providers.payee import Payee, get_payee
from cabinet.qr.errors import CannotWrite
from cabinet.qr.gost import GostPayment, write

_UTILITIES = "02"

logger = logging.getLogger(__name__)


async def paper_of(resident_id: UUID, bill_id: UUID, *, session: AsyncSession) -> PaperBill:
    """The facts of the paper. Raises NotFound for a stranger's bill, NeedsProof for a lite link."""
    whole = await read_bill(resident_id, bill_id, session=session)
    payee = await get_payee(whole.account.provider_id, session=session)
    return PaperBill(
        bill=whole.bill,
        payee=payee,
        account_number=whole.account.number,
        owner=whole.account.owner_name,
        address=whole.account.masked_address,
        code=_code(whole, payee),
    )


async def pdf_of(paper: PaperBill, locale: str) -> bytes:
    """The PDF, drawn in a thread."""
    return await asyncio.to_thread(_draw, paper, locale)


def code_of(bill: BillView, payee: Payee, account_number: str) -> GostPayment:
    """What the QR code says (ГОСТ Р 56042-2014): the same in both languages, and nothing of the owner."""
    return GostPayment(
        name=payee.name,
        personal_acc=payee.bank_account,
        bank_name=payee.bank_name,
        bic=payee.bic,
        corresp_acc=payee.correspondent_account,
        sum_minor=bill.to_pay_minor,
        purpose=f"Оплата по лицевому счёту {account_number} за {bill.period:%m.%Y}",
        payee_inn=payee.inn,
        kpp=payee.kpp,
        pers_acc=account_number,
        period=bill.period,
        quitt_id=bill.number,
        tech_code=_UTILITIES,
    )


def _code(whole: WholeBill, payee: Payee) -> bytes | None:
    if whole.bill.to_pay_minor <= 0:
        return None
    try:
        return write(code_of(whole.bill, payee, whole.account.number))
    except CannotWrite as problem:
        logger.info("Bill %s has no code: %s", whole.bill.id, problem)
        return None


def _draw(paper: PaperBill, locale: str) -> bytes:
    with use_locale(locale):
        return draw_bill(paper)
