"""Signing in with a second factor."""

from datetime import timedelta

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.factors import service as factors
from cabinet.factors.errors import BeginAgain, LastFactor, NoAppBegun, NoFactor, WrongCode, WrongSpareCode
from cabinet.factors.models import AppFactor, HalfSignIn, RecoveryCode
from cabinet.kit.dates import now
from cabinet.limits.errors import TooManyTries
from cabinet.residents import service as residents
from cabinet.residents.errors import SecondFactorNeeded, WrongCurrentPassword, WrongLogin
from cabinet.residents.models import Role
from cabinet.residents.person import Permission
from cabinet.settings import StaffSecondFactor, settings
from tests.factors.people import DEVICE, code_of, connect, forget_steps, with_app
from tests.residents.people import ADDRESS, ALICE, PASSWORD, confirmed, letters_to, newest_token, resident


async def half_of(password: str = PASSWORD, *, session: AsyncSession) -> str:
    entrance = await factors.enter(ALICE, password, DEVICE, ADDRESS, session=session)
    assert entrance.session == ""
    return entrance.half


async def test_without_a_factor_the_password_suffices(session: AsyncSession):
    alice = await confirmed(session=session)
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    person = await residents.person_behind(entrance.session)
    assert person
    assert (person.id, entrance.half) == (alice, "")


async def test_the_password_alone_opens_nothing(session: AsyncSession):
    await with_app(session=session)
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    assert (entrance.session, entrance.has_app, entrance.has_keys) == ("", True, False)
    assert await residents.person_behind(entrance.half) is None
    with pytest.raises(SecondFactorNeeded):
        await residents.sign_in(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)


async def test_a_wrong_password_says_nothing_of_factors(session: AsyncSession):
    await with_app(session=session)
    for email in (ALICE, "nobody@mail.example"):
        with pytest.raises(WrongLogin):
            await factors.enter(email, "wrong77", DEVICE, ADDRESS, session=session)


async def test_a_code_finishes_the_sign_in_once(session: AsyncSession):
    alice, app, _codes = await with_app(session=session)
    half = await half_of(session=session)
    token = await factors.enter_by_code(half, code_of(app), DEVICE, ADDRESS, session=session)
    person = await residents.person_behind(token)
    assert person
    assert person.id == alice
    with pytest.raises(BeginAgain):
        await factors.enter_by_code(half, code_of(app, 1), DEVICE, ADDRESS, session=session)


async def test_a_code_is_accepted_once_and_no_earlier_one_after_it(session: AsyncSession):
    _alice, app, _codes = await with_app(session=session)
    await factors.enter_by_code(
        await half_of(session=session), code_of(app), DEVICE, ADDRESS, session=session
    )
    half = await half_of(session=session)
    for steps in (0, -1):
        with pytest.raises(WrongCode):
            await factors.enter_by_code(half, code_of(app, steps), DEVICE, ADDRESS, session=session)


async def test_the_code_that_switched_the_app_on_is_used_up(session: AsyncSession):
    alice = await confirmed(session=session)
    made = await factors.apps.begin(alice, PASSWORD, session=session)
    from pyotp.totp import TOTP

    code = code_of(TOTP(made.secret))
    await factors.apps.confirm(alice, code, session=session)
    half = await half_of(session=session)
    with pytest.raises(WrongCode):
        await factors.enter_by_code(half, code, DEVICE, ADDRESS, session=session)


async def test_another_browser_cannot_finish(session: AsyncSession):
    _alice, app, _codes = await with_app(session=session)
    half = await half_of(session=session)
    with pytest.raises(BeginAgain):
        await factors.enter_by_code(half, code_of(app), "Chrome/2 (Linux)", ADDRESS, session=session)
    with pytest.raises(BeginAgain):
        await factors.enter_by_code("", code_of(app), DEVICE, ADDRESS, session=session)


async def test_it_waits_ten_minutes(session: AsyncSession):
    _alice, app, _codes = await with_app(session=session)
    half = await half_of(session=session)
    await session.exec(update(HalfSignIn).values(expires_at=now()))
    with pytest.raises(BeginAgain):
        await factors.enter_by_code(half, code_of(app), DEVICE, ADDRESS, session=session)
    [row] = await session.exec(select(HalfSignIn))
    assert timedelta(minutes=9) < factors.PATIENCE <= timedelta(minutes=10)
    assert row.used_at is None


async def test_a_new_password_ends_what_waits_and_takes_no_factor_off(session: AsyncSession):
    _alice, app, _codes = await with_app(session=session)
    half = await half_of(session=session)
    await residents.ask_for_new_password(ALICE, ADDRESS, session=session)
    await residents.set_new_password(await newest_token(ALICE, session=session), "meadow8", session=session)
    with pytest.raises(BeginAgain):
        await factors.enter_by_code(half, code_of(app), DEVICE, ADDRESS, session=session)
    fresh = await half_of("meadow8", session=session)
    assert await factors.enter_by_code(fresh, code_of(app), DEVICE, ADDRESS, session=session)


async def test_wrong_codes_wait_as_wrong_passwords_do(session: AsyncSession):
    _alice, app, codes = await with_app(session=session)
    half = await half_of(session=session)
    for _try in range(5):
        with pytest.raises(WrongCode):
            await factors.enter_by_code(half, "000000", DEVICE, ADDRESS, session=session)
    with pytest.raises(TooManyTries):
        await factors.enter_by_code(half, code_of(app), DEVICE, ADDRESS, session=session)
    with pytest.raises(TooManyTries):
        await factors.enter_by_spare_code(half, codes[0], DEVICE, ADDRESS, session=session)
    again = await half_of(session=session)
    with pytest.raises(TooManyTries):
        await factors.enter_by_code(again, code_of(app), DEVICE, ADDRESS, session=session)


async def test_a_spare_code_opens_once_and_a_letter_tells(session: AsyncSession):
    _alice, _app, codes = await with_app(session=session)
    half = await half_of(session=session)
    typed = codes[3].upper().replace("-", " ")
    assert await factors.enter_by_spare_code(half, typed, DEVICE, ADDRESS, session=session)
    letter = (await letters_to(ALICE, session=session))[-1]
    assert letter.kind == "recovery_code_used"
    assert "9" in letter.text
    half = await half_of(session=session)
    with pytest.raises(WrongSpareCode):
        await factors.enter_by_spare_code(half, codes[3], DEVICE, ADDRESS, session=session)
    assert await factors.enter_by_spare_code(half, codes[4], DEVICE, ADDRESS, session=session)


@pytest.mark.parametrize(
    "typed", ["", "abcd", "----", "x" * 500, "абвг-деёж-зиклм", "\x00", "aaaa-aaaa-aaaa"]
)
async def test_what_is_no_spare_code_is_refused(typed: str, session: AsyncSession):
    await with_app(session=session)
    half = await half_of(session=session)
    with pytest.raises(WrongSpareCode):
        await factors.enter_by_spare_code(half, typed, DEVICE, ADDRESS, session=session)


async def test_new_codes_end_the_old_ones_and_are_kept_as_hashes(session: AsyncSession):
    alice, _app, old = await with_app(session=session)
    new = await factors.renew_codes(alice, PASSWORD, session=session)
    assert len(set(new)) == len(new) == 10
    assert not set(new) & set(old)
    rows = list(await session.exec(select(RecoveryCode)))
    assert len(rows) == 10
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)
    half = await half_of(session=session)
    with pytest.raises(WrongSpareCode):
        await factors.enter_by_spare_code(half, old[0], DEVICE, ADDRESS, session=session)
    assert await factors.enter_by_spare_code(half, new[0], DEVICE, ADDRESS, session=session)


async def test_a_code_of_somebody_else_opens_nothing(session: AsyncSession):
    _alice, _app, _codes = await with_app(session=session)
    bob = await confirmed("bob@mail.example", session=session)
    app_of_bob, codes_of_bob = await connect(bob, session=session)
    half = await half_of(session=session)
    with pytest.raises(WrongCode):
        await factors.enter_by_code(half, code_of(app_of_bob), DEVICE, ADDRESS, session=session)
    with pytest.raises(WrongSpareCode):
        await factors.enter_by_spare_code(half, codes_of_bob[0], DEVICE, ADDRESS, session=session)


async def test_every_change_asks_for_the_password(session: AsyncSession):
    alice, _app, _codes = await with_app(session=session)
    for change in (factors.apps.begin, factors.apps.remove, factors.renew_codes):
        with pytest.raises(WrongCurrentPassword):
            await change(alice, "wrong77", session=session)
    with pytest.raises(WrongCurrentPassword):
        await factors.keys.begin(alice, "Phone", "wrong77", "holder", session=session)
    assert (await factors.factors_of(alice, session=session)).app_since


async def test_a_new_phone_replaces_the_old_one_at_its_first_code(session: AsyncSession):
    alice, old, _codes = await with_app(session=session)
    made = await factors.apps.begin(alice, PASSWORD, session=session)
    half = await half_of(session=session)
    assert await factors.enter_by_code(half, code_of(old), DEVICE, ADDRESS, session=session)
    from pyotp.totp import TOTP

    new = TOTP(made.secret)
    assert await factors.apps.confirm(alice, code_of(new), session=session) == []
    await forget_steps(session=session)
    half = await half_of(session=session)
    with pytest.raises(WrongCode):
        await factors.enter_by_code(half, code_of(old, 1), DEVICE, ADDRESS, session=session)
    assert await factors.enter_by_code(half, code_of(new), DEVICE, ADDRESS, session=session)


async def test_a_first_code_that_comes_too_late_switches_nothing_on(session: AsyncSession):
    alice = await confirmed(session=session)
    with pytest.raises(NoAppBegun):
        await factors.apps.confirm(alice, "123456", session=session)
    await factors.apps.begin(alice, PASSWORD, session=session)
    with pytest.raises(WrongCode):
        await factors.apps.confirm(alice, "12345", session=session)
    await session.exec(update(AppFactor).values(created_at=now() - timedelta(hours=2)))
    session.expire_all()
    with pytest.raises(NoAppBegun):
        await factors.apps.confirm(alice, "123456", session=session)
    assert (await resident(session=session)).second_factor_at is None


async def test_the_secret_stands_nowhere_in_clear(session: AsyncSession):
    alice = await confirmed(session=session)
    made = await factors.apps.begin(alice, PASSWORD, session=session)
    [row] = await session.exec(select(AppFactor))
    assert made.secret.encode() not in row.secret


async def test_switched_off_nothing_is_left_and_letters_told_of_it(session: AsyncSession):
    alice, _app, _codes = await with_app(session=session)
    await factors.apps.remove(alice, PASSWORD, session=session, address=ADDRESS)
    assert list(await session.exec(select(RecoveryCode))) == []
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    assert entrance.session
    letters = [one for one in await letters_to(ALICE, session=session) if one.kind == "factor_changed"]
    assert [one.subject for one in letters] == [
        "Второй шаг входа включён: приложение",
        "Второй шаг входа выключен: приложение",
    ]
    assert ADDRESS in letters[-1].text
    with pytest.raises(NoFactor):
        await factors.renew_codes(alice, PASSWORD, session=session)


async def test_staff_who_need_a_factor_may_nothing_before_and_lose_the_last_never(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    boss = await residents.create_staff(ALICE, PASSWORD, Role.ADMINISTRATOR, session=session)
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    person = await residents.person_behind(entrance.session)
    assert person
    assert person.may(Permission.MANAGE_STAFF)
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    person = await residents.person_behind(entrance.session)
    assert person
    assert person.must_enrol
    assert not any(person.may(one) for one in Permission)
    await connect(boss, session=session)
    person = await residents.person_behind(entrance.session)
    assert person
    assert all(person.may(one) for one in Permission)
    with pytest.raises(LastFactor):
        await factors.apps.remove(boss, PASSWORD, session=session)


async def test_residents_need_none(session: AsyncSession, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    await confirmed(session=session)
    entrance = await factors.enter(ALICE, PASSWORD, DEVICE, ADDRESS, session=session)
    person = await residents.person_behind(entrance.session)
    assert person
    assert not person.must_enrol


async def test_what_has_ended_is_forgotten(session: AsyncSession):
    await with_app(session=session)
    await half_of(session=session)
    await factors.delete_sign_ins_before(now(), session=session)
    assert len(list(await session.exec(select(HalfSignIn)))) == 1
    await factors.delete_sign_ins_before(now() + timedelta(days=1), session=session)
    assert list(await session.exec(select(HalfSignIn).where(col(HalfSignIn.used_at).is_(None)))) == []
