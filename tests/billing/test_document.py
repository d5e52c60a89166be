from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import NeedsProof
from cabinet.accounts.models import LinkLevel
from cabinet.billing.document import code_of, paper_of, pdf_of
from cabinet.billing.lines import ChargeLine
from cabinet.billing.paper import PaperBill
from cabinet.billing.views import BillView
from cabinet.errors import NotFound
from cabinet.providers.payee import Payee
from cabinet.qr.gost import write
from cabinet.qr.reading import read
from tests.accounts.making import make_resident
from tests.billing.making import bill, gas, make_home

PAYEE = Payee(
    "Родник", "Spring", "7700000016", "770001001", "Банк (АО)", "044525225",
    "40702810200000000104", "30101810400000000225", "8 800 000-00-00",
)  # fmt: skip
BILL = BillView(
    id=uuid4(),
    account_id=uuid4(),
    period=date(2026, 10, 1),
    due_on=date(2026, 11, 15),
    number="ВК-1",
    issued_at=datetime(2026, 11, 1, tzinfo=UTC),
    opening_minor=100,
    paid_minor=0,
    closing_minor=123_456,
    gap_minor=0,
    lines=(gas("10"), ChargeLine("Очень длинное название услуги " * 4, 115_356)),
)


def test_the_code_says_whom_what_and_for_which_month() -> None:
    found = read(write(code_of(BILL, PAYEE, "63ВК052923"))).payment
    assert (found.name, found.personal_acc, found.bic) == (PAYEE.name, PAYEE.bank_account, PAYEE.bic)
    assert (found.pers_acc, found.sum_minor, found.period) == ("63ВК052923", 123_456, BILL.period)
    assert found.last_name == found.payer_address == "", "nothing of the owner"


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_the_paper_is_a_pdf_of_one_page(locale: str) -> None:
    code = write(code_of(BILL, PAYEE, "63ВК052923"))
    body = await pdf_of(PaperBill(BILL, PAYEE, "63ВК052923", "Ёлкин", "ул. Садовая", code), locale)
    assert body.startswith(b"%PDF-")
    assert body.count(b"/Type /Page\n") == 1


async def test_only_who_may_see_the_bill_gets_the_paper(session: AsyncSession) -> None:
    alice, account_id = await make_home(session)
    bill_id = await bill(session, account_id, gas("100"))
    assert (await paper_of(alice, bill_id, session=session)).code is None, "the payee's bank is not known"
    with pytest.raises(NotFound):
        await paper_of(await make_resident(session, "bob"), bill_id, session=session)
    lite, other = await make_home(session, LinkLevel.LITE, "37000009")
    hidden = await bill(session, other, gas("100"))
    with pytest.raises(NeedsProof):
        await paper_of(lite, hidden, session=session)
