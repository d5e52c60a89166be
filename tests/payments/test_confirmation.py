"""The confirmation of a payment: on paper, in the letter, for its owner only."""

import io
import logging
from email import message_from_bytes
from email.policy import default
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.mail import attachments
from cabinet.mail.attachments import files_of
from cabinet.mail.message import message_of
from cabinet.mail.models import Letter
from cabinet.payments import fiscal
from cabinet.payments import service as payments
from cabinet.payments.fiscal import NoFiscalService, Sale
from cabinet.payments.jobs import register_sale
from cabinet.payments.models import Payment, PaymentState
from cabinet.payments.service import Wish
from cabinet.settings import settings
from tests.payments.conftest import FakeProcessor, Neighbours, settle_in


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    people = await settle_in(session)
    people.gas_company.commission_bp = 100
    session.add(people.gas_company)
    await session.commit()
    return people


async def pay(people: Neighbours, fake: FakeProcessor) -> UUID:
    wishes = [Wish(people.gas.id, own_amount="1 600"), Wish(people.water.id, own_amount="50")]
    started = await payments.start_payment(people.alice.id, wishes, attempt="a", locale="ru")
    fake.pay("cs_0")
    await payments.settle(started.payment_id)
    return started.payment_id


async def text_of(people: Neighbours, payment_id: UUID, session: AsyncSession, locale: str = "ru") -> str:
    facts = await payments.confirmation_of(people.alice.id, payment_id, locale, session=session)
    return extract((await payments.confirmation_file(facts, locale)).body)


def extract(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


async def test_the_paper_says_everything(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    payment_id = await pay(people, fake)
    number = (await session.get_one(Payment, payment_id)).number
    text = await text_of(people, payment_id, session)
    for said in (
        f"Подтверждение платежа № {number}",
        settings.operator_name,
        settings.operator_inn,
        "Газ",
        "Вода",
        "7700000008",
        "100 200 300",
        "сентябрь 2026 1 000,00 ₽",
        "октябрь 2026 500,00 ₽",
        "100,00 ₽",
        "16,00 ₽",
        "1 666,00 ₽",
        "не кассовый чек",
    ):
        assert said in text, (said, text)


async def test_the_paper_in_english(people: Neighbours, session: AsyncSession, fake: FakeProcessor) -> None:
    text = await text_of(people, await pay(people, fake), session, "en")
    assert "Confirmation of payment No." in text
    assert "₽1,666.00" in text
    assert "not a fiscal receipt" in text


async def test_the_font_is_embedded(people: Neighbours, session: AsyncSession, fake: FakeProcessor) -> None:
    facts = await payments.confirmation_of(people.alice.id, await pay(people, fake), "ru", session=session)
    body = (await payments.confirmation_file(facts, "ru")).body
    assert body.count(b"/FontFile2") == 2
    assert len(body) < 200_000


async def test_only_the_owner_and_only_for_money_that_came(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    payment_id = await pay(people, fake)
    for resident_id, wanted in ((people.bob.id, payment_id), (people.alice.id, uuid4())):
        with pytest.raises(NotFound):
            await payments.confirmation_of(resident_id, wanted, "ru", session=session)
    open_one = await payments.start_payment(
        people.alice.id, [Wish(people.water.id, own_amount="77")], attempt="b", locale="ru"
    )
    with pytest.raises(NotFound):
        await payments.confirmation_of(people.alice.id, open_one.payment_id, "ru", session=session)


async def test_a_payment_that_the_bank_took_back_is_not_confirmed(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    payment_id = await pay(people, fake)
    payment = await session.get_one(Payment, payment_id)
    for state in (PaymentState.DISPUTED, PaymentState.LOST):
        payment.state = state
        session.add(payment)
        await session.commit()
    with pytest.raises(NotFound):
        await payments.confirmation_of(people.alice.id, payment_id, "ru", session=session)


async def test_the_letter_carries_the_paper(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor
) -> None:
    await pay(people, fake)
    letter = (await session.exec(select(Letter).where(Letter.kind == "payment_succeeded"))).one()
    message = message_from_bytes(bytes(message_of(letter, await files_of(letter))), policy=default)
    [file] = list(message.iter_attachments())
    assert file.get_content_type() == "application/pdf"
    assert file.get_filename() == f"payment-{100_001}.pdf" or str(file.get_filename()).endswith(".pdf")
    assert "Подтверждение платежа" in extract(file.get_content())


async def test_a_paper_that_cannot_be_made_holds_up_no_letter(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(payment_id: UUID, locale: str) -> None:
        raise ValueError(payment_id)

    await pay(people, fake)
    letter = (await session.exec(select(Letter).where(Letter.kind == "payment_succeeded"))).one()
    monkeypatch.setitem(attachments.makers, "payment_succeeded", broken)
    logging.disable(logging.ERROR)
    try:
        assert await files_of(letter) == []
    finally:
        logging.disable(logging.NOTSET)


class Register:
    """A fiscal service that remembers."""

    connected = True

    def __init__(self) -> None:
        self.sales: list[Sale] = []

    async def register(self, sale: Sale) -> None:
        self.sales.append(sale)


async def test_a_connected_fiscal_service_gets_the_sale(
    people: Neighbours, session: AsyncSession, fake: FakeProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, deferred = Register(), list[str]()

    async def note(task: object, *, session: AsyncSession, payment_id: str) -> None:
        assert task is register_sale
        deferred.append(payment_id)

    monkeypatch.setattr(fiscal, "defer", note)
    fiscal.use(register)
    try:
        payment_id = await pay(people, fake)
        assert deferred == [str(payment_id)]
        assert "не кассовый чек" not in await text_of(people, payment_id, session)
        await register_sale(str(payment_id))
    finally:
        fiscal.use(NoFiscalService())
    [sale] = register.sales
    assert (sale.payment_id, sum(line.amount_minor for line in sale.lines)) == (payment_id, 165_000)
    assert sale.commission_minor == 1_600
