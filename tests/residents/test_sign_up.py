"""Sign-up and the confirmation of the mailbox."""

import time
from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.limits.errors import TooManyTries
from cabinet.residents import service as residents
from cabinet.residents.errors import (
    BadEmail,
    ConsentMissing,
    EmailNotConfirmed,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    SeveralProblems,
    WrongLogin,
)
from cabinet.residents.models import Consent, EmailToken, Resident

from .people import (
    ADDRESS,
    ALICE,
    PASSWORD,
    confirmed,
    letters_to,
    newest_token,
    resident,
    sign_up,
    signed_in,
)


async def test_sign_up_writes_a_letter_and_keeps_the_consent_word_for_word(session: AsyncSession):
    await sign_up(session=session)
    alice = await resident(session=session)
    consent = (await session.exec(select(Consent).where(Consent.resident_id == alice.id))).one()
    assert alice.confirmed_at is None
    assert alice.password_hash.startswith("$argon2id$")
    assert (consent.document, consent.locale, consent.address) == ("consent", "ru", ADDRESS)
    assert consent.text
    assert consent.version
    assert [letter.kind for letter in await letters_to(ALICE, session=session)] == ["confirm_email"]


async def test_the_link_confirms_once(session: AsyncSession):
    await sign_up(session=session)
    token = await newest_token(ALICE, session=session)
    await residents.confirm_email(token, session=session)
    assert (await resident(session=session)).confirmed_at
    with pytest.raises(LinkUsed):
        await residents.confirm_email(token, session=session)


async def test_an_old_link_expires_and_an_invented_one_is_unknown(session: AsyncSession):
    await sign_up(session=session)
    token = (await session.exec(select(EmailToken))).one()
    assert token.expires_at - token.created_at > timedelta(hours=23, minutes=59)
    token.expires_at = now() - timedelta(seconds=1)
    with pytest.raises(LinkExpired):
        await residents.confirm_email(await newest_token(ALICE, session=session), session=session)
    with pytest.raises(LinkUnknown):
        await residents.confirm_email("invented", session=session)


async def test_each_link_brings_the_password_of_its_own_sign_up(session: AsyncSession):
    await sign_up(password="garden7", session=session)
    hers = await newest_token(ALICE, session=session)
    await sign_up(password="mallory9", session=session)
    his = await newest_token(ALICE, session=session)
    await residents.confirm_email(hers, session=session)
    with pytest.raises(WrongLogin):
        await signed_in(password="mallory9", session=session)
    assert await signed_in(password="garden7", session=session)
    with pytest.raises(LinkUsed):
        await residents.confirm_email(his, session=session)
    assert await signed_in(password="garden7", session=session)


async def test_a_known_address_gets_a_letter_and_nothing_changes(session: AsyncSession):
    await confirmed(session=session)
    before = (await resident(session=session)).password_hash
    await sign_up(password="mallory9", session=session)
    assert (await resident(session=session)).password_hash == before
    assert (await letters_to(ALICE, session=session))[-1].kind == "already_registered"


async def test_a_known_address_takes_about_as_long(session: AsyncSession):
    await confirmed(session=session)
    await sign_up("warm@mail.example", session=session)
    new = await _seconds("bob@mail.example", session)
    known = await _seconds(ALICE, session)
    assert known > new / 3


async def _seconds(email: str, session: AsyncSession) -> float:
    start = time.perf_counter()
    await sign_up(email, session=session)
    return time.perf_counter() - start


@pytest.mark.parametrize("spelling", ["ALICE@mail.example", " alice@MAIL.example ", "Alice@Mail.Example"])
async def test_one_mailbox_is_one_account(session: AsyncSession, spelling: str):
    await confirmed(session=session)
    await sign_up(spelling, session=session)
    assert len((await session.exec(select(Resident))).all()) == 1
    assert await signed_in(spelling, session=session)


async def test_one_mailbox_in_every_unicode_form(session: AsyncSession):
    await sign_up("жители\u0306@почта.рф", session=session)
    await sign_up("ЖИТЕЛ\u0418\u0306@XN--80A1ACNY.рф".replace("ЛИ\u0306", "ли\u0306"), session=session)
    keys = {r.email_key for r in await session.exec(select(Resident))}
    assert all(key.endswith("@xn--80a1acny.xn--p1ai") for key in keys)


async def test_everything_wrong_is_said_at_once(session: AsyncSession):
    with pytest.raises(SeveralProblems) as caught:
        await residents.sign_up("alice", "пароль", False, "ru", ADDRESS, session=session)
    assert [e.field for e in caught.value.errors] == ["email", "password", "consent"]
    with pytest.raises(ConsentMissing):
        await residents.sign_up(ALICE, PASSWORD, False, "ru", ADDRESS, session=session)
    with pytest.raises(BadEmail):
        await residents.sign_up("a@b@c", PASSWORD, True, "ru", ADDRESS, session=session)


async def test_sign_ups_with_one_address_are_limited(session: AsyncSession):
    for _ in range(5):
        await sign_up(session=session)
    with pytest.raises(TooManyTries) as caught:
        await sign_up(session=session)
    assert timedelta(minutes=59) < caught.value.retry_after <= timedelta(hours=1)


async def test_a_letter_can_be_had_again_and_strangers_learn_nothing(session: AsyncSession):
    await sign_up(session=session)
    await residents.resend_confirmation(ALICE.upper(), session=session)
    await residents.resend_confirmation("nobody@mail.example", session=session)
    letters = await letters_to(ALICE, session=session)
    assert [letter.kind for letter in letters] == ["confirm_email", "confirm_email"]
    assert await letters_to("nobody@mail.example", session=session) == []
    await residents.confirm_email(await newest_token(ALICE, session=session), session=session)
    assert await signed_in(session=session)


async def test_before_the_confirmation_only_the_right_password_is_told_so(session: AsyncSession):
    await sign_up(session=session)
    with pytest.raises(EmailNotConfirmed):
        await signed_in(session=session)
    with pytest.raises(WrongLogin):
        await signed_in(password="other77", session=session)
