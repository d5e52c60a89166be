"""The code on the bill that we print: independent readers read it, and so do we."""

from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.billing.document import paper_of, pdf_of
from cabinet.kit.requisites import bank_account, inn_of_company
from cabinet.portal.scan.bill import recognise
from cabinet.providers.checks import correspondent_key
from cabinet.qr.reading import read
from tests.accounts.making import make_account, make_provider, make_resident
from tests.billing.making import LAST, bill, gas
from tests.qr.test_drawing import read_elsewhere

BIC = "044525000"
TIMES_72_DPI = 2


def photographed(pdf: bytes) -> Image.Image:
    """The first page as a printer would put it on paper."""
    return pypdfium2.PdfDocument(BytesIO(pdf))[0].render(scale=TIMES_72_DPI).to_pil()


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_the_code_on_the_paper_leads_back_to_the_account(session: AsyncSession, locale: str) -> None:
    account = bank_account(BIC, "40702810", "00000000905")
    at_the_bank_of_russia = bank_account(BIC[:6] + correspondent_key(BIC), "30101810", "00000000000")
    provider = await make_provider(
        session,
        inn=inn_of_company("770000905"),
        bank_name="Учебный банк (АО)",
        bic=BIC,
        bank_account=account,
        correspondent_account=at_the_bank_of_russia,
    )
    alice, account_id = await make_resident(session), await make_account(session, provider)
    session.add(AccountLink(resident_id=alice, account_id=account_id, level=LinkLevel.FULL))
    bill_id = await bill(session, account_id, gas("12.5"))
    paper = await paper_of(alice, bill_id, session=session)

    found = read(read_elsewhere(photographed(await pdf_of(paper, locale))))
    assert (found.payment.sum_minor, found.payment.period) == (10_000, LAST)
    assert not found.oddities
    scanned = await recognise(found.payment, alice, session=session)
    assert scanned.linked and scanned.linked.account_id == account_id
