"""The copy of one's own data: complete, for who has given the password, and without anybody else's."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import models
from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden
from cabinet.factors.models import AppFactor, RecoveryCode
from cabinet.i18n import use_locale
from cabinet.kit.dates import now
from cabinet.limits.errors import TooManyTries
from cabinet.mydata import copying
from cabinet.mydata.asking import ask_for_copy, fetch_copy
from cabinet.mydata.copying import gather, zip_of
from cabinet.mydata.parts import LEFT_OUT, PARTS
from cabinet.residents.errors import WrongCurrentPassword
from cabinet.residents.models import LoginSession
from tests.residents.people import PASSWORD, letters_to

from .life import CREDENTIAL, EMAIL, GUEST, KEY, NAME, OWN_NAME, TEXT, Anna, behind, live


def tables_of_people() -> set[str]:
    """Every table that refers to a resident, by whatever name."""
    return {
        table.name
        for table in models.metadata.sorted_tables
        if table.name == "resident" or any(key.column.table.name == "resident" for key in table.foreign_keys)
    }


def test_every_table_of_people_is_copied_or_left_out_with_a_reason():
    copied = {str(part.table.__tablename__) for part in PARTS.values()}
    assert tables_of_people() - copied == LEFT_OUT.keys()
    assert not copied & LEFT_OUT.keys()


@pytest.fixture
async def anna(session: AsyncSession) -> Anna:
    return await live(session)


async def test_everything_of_hers_is_in_it_and_nothing_of_others(session: AsyncSession, anna: Anna):
    await ask_for_copy(await behind(anna.token), PASSWORD, session=session)
    copy = await gather(anna.id, session=session)
    assert [name for name, rows in copy.parts.items() if not rows] == []
    whole = copy.as_json().decode()
    for hers in (EMAIL, NAME, OWN_NAME, TEXT, anna.number, "anna-scan.pdf", str(anna.payment_id)):
        assert hers in whole, hers
    assert "Звонила" not in whole, "a note of staff"
    assert "olga@" not in whole
    assert str(anna.helper.id) not in whole
    assert json.loads(whole)["parts"]["profile"][0]["full_name"] == NAME
    guests = (await gather(anna.guest_id, session=session)).as_json().decode()
    assert GUEST in guests
    for hers in (EMAIL, NAME, OWN_NAME, TEXT, str(anna.payment_id)):
        assert hers not in guests


async def test_nothing_in_it_opens_anything(session: AsyncSession, anna: Anna):
    whole = (await gather(anna.id, session=session)).as_json().decode()
    assert "token=" not in whole
    assert "argon2" not in whole
    assert not re.search(r'"\w*(hash|password|secret)\w*":', whole)
    [text] = [one.text for one in await letters_to(EMAIL, session=session) if one.kind == "email_allow_old"]
    assert "token=" in text, "there was one to leave out"


async def test_it_names_the_second_factors_and_shows_none(session: AsyncSession, anna: Anna):
    copy = await gather(anna.id, session=session)
    [key], [app] = copy.parts["sign_in_keys"], copy.parts["second_step_apps"]
    assert key.keys() == {"name", "created_at", "last_used_at"}
    assert key["name"] == KEY
    assert app.keys() == {"created_at", "confirmed_at", "last_used_at"}
    assert len(copy.parts["spare_codes"]) == 10
    whole = copy.as_json()
    secret = (await session.exec(select(AppFactor.secret))).one()
    starts = await session.exec(select(RecoveryCode.start))
    for hidden in (CREDENTIAL, b"public", secret, *(f'"{start}"'.encode() for start in starts)):
        assert hidden not in whole
        assert str(hidden)[2:-1].encode() not in whole


async def test_the_archive_has_tables_files_and_a_word_to_the_reader(session: AsyncSession, anna: Anna):
    with zipfile.ZipFile(await zip_of(await gather(anna.id, session=session))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert archive.read("files/001-anna-scan.pdf") == b"%PDF-1.4 private"
        readme = archive.read("README.txt").decode()
        [head, row] = csv.reader(io.StringIO(archive.read("readings.csv").decode("utf-8-sig")), delimiter=";")
        payments = archive.read("payments.csv").decode("utf-8-sig")
        assert json.loads(archive.read("cabinet.json"))["version"] == 1
    assert sorted(names) == [
        "README.txt",
        "cabinet.json",
        "files/001-anna-scan.pdf",
        "payments.csv",
        "readings.csv",
    ]
    assert "Ваши данные" in readme
    assert head[0] == "Номер лицевого счёта"
    assert row[0] == anna.number
    assert row[4] == "123,500"
    assert anna.number in payments
    with use_locale("en"), zipfile.ZipFile(await zip_of(await gather(anna.id, session=session))) as archive:
        assert "Your data" in archive.read("README.txt").decode()


async def test_what_is_too_much_is_said(session: AsyncSession, anna: Anna, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(copying, "MOST_ROWS", 1)
    monkeypatch.setattr(copying, "MOST_FILE_BYTES", 10)
    copy = await gather(anna.id, session=session)
    assert "letters" in copy.incomplete
    assert "payments" not in copy.incomplete
    with zipfile.ZipFile(await zip_of(copy)) as archive:
        assert not [name for name in archive.namelist() if name.startswith("files/")]
        assert "не поместились: 1" in archive.read("README.txt").decode()


async def test_the_password_opens_it_in_this_session_for_a_while(session: AsyncSession, anna: Anna):
    person = await behind(anna.token)
    with pytest.raises(Forbidden):
        await fetch_copy(person)
    with pytest.raises(WrongCurrentPassword):
        await ask_for_copy(person, "wrong77", session=session)
    with pytest.raises(Forbidden):
        await fetch_copy(person)
    await ask_for_copy(person, PASSWORD, session=session)
    await session.flush()
    assert (await fetch_copy(person)).parts["profile"]
    await session.exec(
        update(LoginSession)
        .where(col(LoginSession.id) == person.session_id)
        .values(data_until=now() - timedelta(seconds=1))
    )
    session.expire_all()
    with pytest.raises(Forbidden):
        await fetch_copy(person)
    assert [one.kind for one in await letters_to(EMAIL, session=session)].count("data_taken") == 1
    [row] = await session.exec(select(AuditRecord).where(AuditRecord.action == "take_data"))
    assert (row.actor_id, row.subject_id) == (anna.id, str(anna.id))


async def test_it_is_asked_for_five_times_a_day(session: AsyncSession, anna: Anna):
    person = await behind(anna.token)
    for _ in range(5):
        await ask_for_copy(person, PASSWORD, session=session)
    with pytest.raises(TooManyTries):
        await ask_for_copy(person, PASSWORD, session=session)
