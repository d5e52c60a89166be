"""The end of a cabinet: afterwards nothing anywhere tells who it was, and what the law wants is still there."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import retention
from cabinet.accounts.models import AccountLink
from cabinet.autopay.models import Autopay, SavedCard
from cabinet.errors import NotFound
from cabinet.factors import service as factors
from cabinet.factors.models import AppFactor, HalfSignIn, KeyChallenge, Passkey, RecoveryCode
from cabinet.kit.dates import now
from cabinet.mail import sending
from cabinet.mail.models import Letter
from cabinet.mail.service import write_letter
from cabinet.meters.models import Reading
from cabinet.mydata.errors import OpenPayments, StaffStay, TypeTheWord
from cabinet.mydata.leaving import GOES, delete_cabinet
from cabinet.mydata.parts import LEFT_OUT
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.residents import service as residents
from cabinet.residents.errors import WrongCurrentPassword, WrongLogin
from cabinet.residents.models import Consent, Resident, Role
from cabinet.support.files import path_of
from tests.residents.people import PASSWORD, confirmed, letters_to, signed_in

from .life import EMAIL, FORMER, NEEDLES, Anna, live
from .test_copy import tables_of_people

STAYS = {
    "resident": "an empty row that names nobody: test_nothing_anywhere_tells_who_it_was",
    "account_link": "ended, without the name that was given: what guests did hangs on it",
    "audit_record": "append-only; of a resident it holds the id",
    "autopay": "the consent that explains payments, kept with them",
    "consent": "to prove that it was given; deleted after `deleted_cabinets`",
    "payment": "402-ФЗ, art. 29: five years",
    "reading": "the provider's",
    "refund": "402-ФЗ, art. 29; names the staff who approved it",
    "saved_card": "the reference, until the processor has forgotten the card",
}
DELETED_BY_THEIR_FEATURE = {
    "processor_customer",
    "ticket",
    "ticket_message",
    "ticket_step",
}


def test_every_table_of_people_goes_or_stays_for_a_reason():
    gone = {str(table.__tablename__) for table in GOES} | DELETED_BY_THEIR_FEATURE
    assert tables_of_people() - gone - LEFT_OUT.keys() == STAYS.keys()


@pytest.fixture
async def anna(session: AsyncSession) -> Anna:
    return await live(session)


async def leave(anna: Anna, *, session: AsyncSession) -> None:
    await delete_cabinet(anna.id, PASSWORD, "удалить ", session=session, device="AnnaBrowser")
    await session.flush()
    session.expire_all()


async def places(needle: str, session: AsyncSession) -> list[str]:
    """Every table of the database in a row of which this stands, in whatever column."""
    connection = await session.connection()
    tables = await connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    )
    found: list[str] = []
    for [table] in tables.all():
        rows = f'SELECT count(*) FROM "{table}" t WHERE strpos(lower(t::text), lower(:needle)) > 0'
        if (await connection.execute(text(rows), {"needle": needle})).scalar():
            found.append(table)
    return found


async def test_nothing_anywhere_tells_who_it_was(session: AsyncSession, anna: Anna):
    before = {needle: await places(needle, session) for needle in NEEDLES}
    assert all(before.values()), "each could be found"
    await leave(anna, session=session)
    [last] = await letters_to(EMAIL, session=session)
    assert last.kind == "cabinet_deleted"
    await sending.send_letter(letter_id=str(last.id))
    session.expire_all()
    assert {needle: await places(needle, session) for needle in NEEDLES} == {one: [] for one in NEEDLES}
    assert not path_of(anna.file_id).exists()


async def test_the_last_letter_goes_even_if_it_cannot_be_sent(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    await session.exec(update(Letter).values(created_at=now() - timedelta(days=3)))
    await retention.RULES["sent_letters"](now() - timedelta(days=365), session=session)
    assert await places(EMAIL, session) == []


async def test_what_the_law_wants_is_still_there(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    payment = await session.get_one(Payment, anna.payment_id)
    assert (payment.resident_id, payment.amount_minor) == (anna.id, 150_000)
    for table in (PaymentItem, Reading, Consent, Autopay):
        assert len(list(await session.exec(select(table)))) >= 1, table
    links = await session.exec(select(AccountLink))
    assert all(link.ended_at for link in links), "the guest's, too"
    order = (await session.exec(select(Autopay))).one()
    assert order.ended_at


async def test_the_processor_is_told_to_forget_the_card(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    card = await session.get_one(SavedCard, anna.card_id)
    assert card.removed_at
    assert (card.brand, card.last4) == ("", "")
    job = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'detach_card' AND args->>'card_id' = :card"
    )
    found = await (await session.connection()).execute(text(job), {"card": str(anna.card_id)})
    assert found.scalar() == 1


async def test_no_second_factor_is_left(session: AsyncSession, anna: Anna):
    tables = (AppFactor, Passkey, RecoveryCode, HalfSignIn, KeyChallenge)
    for table in tables:
        assert (await session.exec(select(table))).first(), table
    await leave(anna, session=session)
    for table in tables:
        assert (await session.exec(select(table))).first() is None, table
    assert (await session.get_one(Resident, anna.id)).second_factor_at is None
    assert not (await factors.factors_of(anna.id, session=session)).any


async def test_nobody_comes_in_any_more_and_the_address_is_free(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    assert await residents.person_behind(anna.token) is None
    for login in (EMAIL, FORMER, f"deleted-{anna.id.hex}"):
        with pytest.raises(WrongLogin):
            await signed_in(login, session=session)
    with pytest.raises(NotFound):
        await residents.open_access(anna.id, by=None, session=session)
    again = await confirmed(EMAIL, session=session)
    assert again != anna.id
    assert await signed_in(EMAIL, session=session)


async def test_nobody_writes_to_who_is_gone(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    profile = await residents.get_profile(anna.id, session=session)
    assert profile.may_enter is False
    url = "http://localhost"
    assert await write_letter("reset_password", profile.email, "ru", session=session, url=url) is None


@pytest.mark.parametrize("state", [PaymentState.CREATED, PaymentState.PENDING, PaymentState.REVIEW])
async def test_money_on_its_way_comes_first(session: AsyncSession, anna: Anna, state: PaymentState):
    session.add(
        Payment(
            resident_id=anna.id, amount_minor=100, processor="sandbox", state=state, idempotency_key="open"
        )
    )
    await session.flush()
    with pytest.raises(OpenPayments) as caught:
        async with session.begin_nested():
            await delete_cabinet(anna.id, PASSWORD, "УДАЛИТЬ", session=session)
    assert "10" in caught.value.message()
    session.expire_all()
    assert await residents.person_behind(anna.token), "nothing has happened"
    assert (await session.get_one(Resident, anna.id)).email == EMAIL


async def test_the_word_and_the_password_are_asked_for(session: AsyncSession, anna: Anna):
    with pytest.raises(TypeTheWord):
        await delete_cabinet(anna.id, PASSWORD, "да", session=session)
    with pytest.raises(WrongCurrentPassword):
        await delete_cabinet(anna.id, "wrong77", "УДАЛИТЬ", session=session)


async def test_staff_stay(session: AsyncSession):
    boss = await residents.create_staff("boss@mail.example", PASSWORD, Role.ADMINISTRATOR, session=session)
    with pytest.raises(StaffStay):
        await delete_cabinet(boss, PASSWORD, "УДАЛИТЬ", session=session)


async def test_twice_at_once_is_once(session: AsyncSession, anna: Anna):
    await leave(anna, session=session)
    with pytest.raises(WrongCurrentPassword):
        await delete_cabinet(anna.id, PASSWORD, "УДАЛИТЬ", session=session)


async def test_after_three_years_the_consent_goes_and_the_row_when_nothing_needs_it(
    session: AsyncSession, anna: Anna
):
    bob = await confirmed("bob@mail.example", session=session)
    await delete_cabinet(bob, PASSWORD, "УДАЛИТЬ", session=session)
    await leave(anna, session=session)
    await session.exec(
        update(Resident)
        .where(col(Resident.id).in_([anna.id, bob]))
        .values(deleted_at=now() - timedelta(days=1097))
    )
    await retention.delete_what_is_old(timestamp=0)
    session.expire_all()
    left = list(await session.exec(select(Consent.resident_id)))
    assert not {anna.id, bob} & set(left)
    assert left, "those of others stay"
    assert await session.get(Resident, anna.id), "her payments name her"
