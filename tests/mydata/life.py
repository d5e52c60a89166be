"""Anna: a resident who has used everything, so that a row of hers stands in every table that can name one."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import service as access
from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.autopay import service as autopay
from cabinet.autopay.models import AutopayMode, AutopayRun, ProcessorCustomer
from cabinet.autopay.service import OrderWish
from cabinet.factors import challenges
from cabinet.factors import service as factors
from cabinet.factors.models import KeyPurpose, Passkey
from cabinet.keys import personal
from cabinet.keys.personal import TokenWish
from cabinet.kit.dates import now
from cabinet.kit.tokens import new_token
from cabinet.meters.models import Reading, ReadingSource
from cabinet.mydata import email as mydata_email
from cabinet.notices.models import Notice, NoticeDismissal
from cabinet.payments.models import (
    Allocation,
    AllocationKind,
    Dispute,
    Payment,
    PaymentItem,
    PaymentState,
    Refund,
)
from cabinet.reminders.feeds import make_feed
from cabinet.reminders.models import Reminder, ReminderKind
from cabinet.residents import email_change
from cabinet.residents import service as residents
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.support import service as support
from cabinet.support.files import SentFile, keep_files
from cabinet.support.service import ByResident, Draft
from tests.accounts.making import make_account, make_meter, make_provider
from tests.app.home import add_card
from tests.factors.people import connect
from tests.residents.people import ADDRESS, PASSWORD, confirmed, letters_to

FORMER, EMAIL = "anna.former@mail.example", "anna.now@post.example"
NAME, PHONE, DIGITS = "Анна Ёлочкина", "+7 912 555-44-33", "79125554433"
OWN_NAME, SUBJECT, TEXT = "Дача Анны", "Потерян чек Анны", "Пишет Анна Ёлочкина, anna.now@post.example"
GUEST = "gleb@mail.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 AnnaBrowser"
KEY, CREDENTIAL = "Телефон Анны", b"anna-credential"
NEEDLES = (
    FORMER,
    EMAIL,
    NAME,
    PHONE,
    DIGITS,
    OWN_NAME,
    SUBJECT,
    "AnnaBrowser",
    "anna-scan.pdf",
    "Дом Анны",
    KEY,
)
"""What tells of her."""


@dataclass(frozen=True, slots=True)
class Anna:
    """Ids of what is hers."""

    id: UUID
    token: str
    """Of a living session."""
    account_id: UUID
    number: str
    payment_id: UUID
    file_id: UUID
    card_id: UUID
    guest_id: UUID
    helper: Person


async def live(session: AsyncSession) -> Anna:
    """Her whole life with us, one table after the other."""
    who = await confirmed(FORMER, session=session)
    helper = await _staff(session)
    await residents.save_profile(who, NAME, PHONE, "ru", "dark", True, session=session)
    await _changes_email(who, session)
    token = await _signs_in(session)
    account_id, number, zone_id = await _links(who, session)
    guest_id = await _lets_in(who, account_id, session)
    payment_id = await _pays(who, account_id, session)
    session.add(
        Reading(
            zone_id=zone_id,
            value=Decimal("123.5"),
            taken_on=date(2026, 11, 20),
            period=date(2026, 11, 1),
            source=ReadingSource.RESIDENT,
            resident_id=who,
        )
    )
    card_id = await _saves_card(who, account_id, payment_id, session)
    await _wants_programs(who, account_id, session)
    file_id = await _asks(who, helper, session)
    await email_change.ask_for_change(who, "anna.next@post.example", PASSWORD, session=session)
    await _takes_second_factors(who, token, session)
    await session.flush()
    return Anna(who, token, account_id, number, payment_id, file_id, card_id, guest_id, helper)


async def behind(token: str) -> Person:
    person = await residents.person_behind(token)
    assert person
    return person


async def _staff(session: AsyncSession) -> Person:
    await residents.create_staff("olga@mail.example", PASSWORD, Role.SUPPORT, session=session)
    return await behind(await residents.sign_in("olga@mail.example", PASSWORD, session=session))


async def _changes_email(who: UUID, session: AsyncSession) -> None:
    await email_change.ask_for_change(who, EMAIL, PASSWORD, session=session, device=AGENT, address=ADDRESS)
    for mailbox, agree in ((EMAIL, mydata_email.agree_new), (FORMER, mydata_email.agree_old)):
        text = (await letters_to(mailbox, session=session))[-1].text
        await agree(text.partition("token=")[2].split()[0], session=session)


async def _signs_in(session: AsyncSession) -> str:
    for _round in range(2):
        token = await residents.sign_in(EMAIL, PASSWORD, AGENT, ADDRESS, session=session, browser=new_token())
    await residents.ask_for_new_password(EMAIL, session=session)
    return token  # pyright: ignore[reportPossiblyUnboundVariable]


async def _links(who: UUID, session: AsyncSession) -> tuple[UUID, str, UUID]:
    provider = await make_provider(session, window_from=1, window_to=31)
    account_id = await make_account(session, provider, "37123456")
    link = AccountLink(resident_id=who, account_id=account_id, own_name=OWN_NAME, level=LinkLevel.FULL)
    session.add(link)
    [zone_id] = await make_meter(session, account_id)
    moment = now()
    notice = Notice(
        title_ru="Вода", text_ru="Нет.", shown_from=moment, shown_until=moment + timedelta(days=1)
    )
    session.add(notice)
    await session.flush()
    session.add(NoticeDismissal(notice_id=notice.id, resident_id=who))
    day = date(2026, 11, 15)
    session.add(Reminder(resident_id=who, kind=ReminderKind.WINDOW_OPENS, about_id=account_id, about_day=day))
    await make_feed(who, session=session)
    return account_id, "37123456", zone_id


async def _lets_in(who: UUID, account_id: UUID, session: AsyncSession) -> UUID:
    guest = await confirmed(GUEST, session=session)
    await access.invite(who, account_id, GUEST, LinkRole.HELPER, None, locale="ru", session=session)
    [offer] = await access.offers_to(guest, session=session)
    await access.accept_invitation(guest, invitation_id=offer.id, session=session)
    await access.invite(
        who, account_id, "zoya@mail.example", LinkRole.VIEWER, None, locale="ru", session=session
    )
    return guest


async def _pays(who: UUID, account_id: UUID, session: AsyncSession) -> UUID:
    values: dict[str, Any] = {"resident_id": who, "amount_minor": 150_000, "processor": "sandbox"}
    paid = Payment(state=PaymentState.SUCCEEDED, idempotency_key=uuid4().hex, settled_at=now(), **values)
    session.add(paid)
    await session.flush()
    item = PaymentItem(payment_id=paid.id, account_id=account_id, amount_minor=150_000)
    session.add(item)
    await session.flush()
    session.add(Allocation(item_id=item.id, kind=AllocationKind.ADVANCE, amount_minor=150_000))
    session.add(
        Refund(payment_id=paid.id, amount_minor=100, reason="По просьбе", idempotency_key=uuid4().hex)
    )
    session.add(Dispute(payment_id=paid.id, processor_ref=uuid4().hex, amount_minor=100))
    await session.flush()
    return paid.id


async def _saves_card(who: UUID, account_id: UUID, payment_id: UUID, session: AsyncSession) -> UUID:
    card = await add_card(session, who, "4242")
    session.add(ProcessorCustomer(resident_id=who, customer_ref="cus_anna"))
    wish = OrderWish(card.id, AutopayMode.DAY, 10, "5000", agrees=True)
    order = await autopay.start_autopay(who, account_id, wish, locale="ru", session=session)
    day = date(2026, 11, 10)
    session.add(AutopayRun(autopay_id=order, period=date(2026, 11, 1), charge_on=day, payment_id=payment_id))
    return card.id


async def _takes_second_factors(who: UUID, token: str, session: AsyncSession) -> None:
    await connect(who, session=session)
    session.add(Passkey(resident_id=who, credential_id=CREDENTIAL, public_key=b"public", name=KEY))
    entrance = await factors.enter(EMAIL, PASSWORD, AGENT, ADDRESS, session=session)
    for purpose, holder in ((KeyPurpose.ADD, token), (KeyPurpose.SECOND, entrance.half)):
        await challenges.ask(purpose, holder, session=session)


async def _wants_programs(who: UUID, account_id: UUID, session: AsyncSession) -> None:
    wish = TokenWish("Дом Анны", [account_id])
    await personal.make_token(who, wish, PASSWORD, session=session, address=ADDRESS)


async def _asks(who: UUID, helper: Person, session: AsyncSession) -> UUID:
    [kept] = await keep_files([SentFile("anna-scan.pdf", BytesIO(b"%PDF-1.4 private"), 16)])
    ticket = await support.open_ticket(EMAIL, SUBJECT, TEXT, [kept], who, "ru", session=session)
    await support.add_note(ticket.id, Draft(f"Звонила {NAME}"), by=helper, session=session)
    draft = Draft(f"Здравствуйте, {NAME}!")
    await support.answer(ticket.id, draft, by=helper, session=session, closes=True)
    await support.rate(ByResident(who, ticket.id), 5, f"Спасибо! {NAME}", session=session)
    await support.open_ticket(EMAIL.upper(), "Как гость", TEXT, [], None, "ru", session=session)
    return kept.id
