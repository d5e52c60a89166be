"""A letter leaves again when staff want it: once, not with a link that is over, and written down."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden
from cabinet.kit.dates import now
from cabinet.mail.errors import LetterIsEmpty, LetterWaits, LinkIsOver
from cabinet.mail.models import Letter
from cabinet.mail.resending import resend_failed, resend_letter
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person


def letter(kind: str = "notice", body: str = "Добрый день", **more: Any) -> Letter:
    more.setdefault("failed_at", now())
    shared: dict[str, Any] = {
        "recipient": "a@b.example",
        "recipient_key": "a@b.example",
        "locale": "ru",
        "subject": "Тема",
    }
    return Letter(kind=kind, text=body, html=body, attempts=7, error="SMTPDataError 550", **shared, **more)


async def agent(session: AsyncSession, role: Role = Role.SUPPORT) -> Person:
    email = f"{role}-{uuid4().hex}@mail.example"
    row = Resident(email=email, email_key=email, password_hash="x", role=role)
    session.add(row)
    await session.flush()
    return Person(row.id, uuid4(), email, "", role, None, "ru")


async def jobs_of(session: AsyncSession, one: Letter) -> int:
    found = text("SELECT count(*) FROM procrastinate_jobs WHERE args->>'letter_id' = :id AND status = 'todo'")
    return (await (await session.connection()).execute(found, {"id": str(one.id)})).scalar_one()


async def test_a_failed_letter_leaves_again_and_it_is_written_down(session: AsyncSession) -> None:
    by, one = await agent(session), letter()
    session.add(one)
    await session.flush()
    await resend_letter(one.id, by=by, address="192.0.2.7", session=session)
    assert (one.failed_at, one.error, one.attempts) == (None, "", 0)
    assert one.resent_at is not None
    assert await jobs_of(session, one) == 1
    (record,) = (await session.exec(select(AuditRecord))).all()
    assert (record.actor_id, record.action, record.subject_id) == (by.id, "resend", str(one.id))
    assert record.before["error"] == "SMTPDataError 550"
    assert "a@b.example" not in str((record.before, record.after))


async def test_a_letter_on_its_way_does_not_leave_twice(session: AsyncSession) -> None:
    by, one = await agent(session), letter(sent_at=now(), failed_at=None)
    session.add(one)
    await session.flush()
    await resend_letter(one.id, by=by, session=session)
    with pytest.raises(LetterWaits):
        await resend_letter(one.id, by=by, session=session)
    assert await jobs_of(session, one) == 1


@pytest.mark.parametrize(
    ("kind", "body", "age"),
    [
        ("confirm_email", "…/confirm?token=abc", timedelta(days=3)),
        ("reset_password", "…?token=abc", timedelta(hours=3)),
        ("staff_invited", "…?token=abc", timedelta(days=3)),
        ("invitation", "…?token=abc", timedelta(days=8)),
        ("invitation", "…?token=…", timedelta(0)),
    ],
)
async def test_a_letter_whose_link_is_over_stays(
    kind: str, body: str, age: timedelta, session: AsyncSession
) -> None:
    by, one = await agent(session), letter(kind, body, created_at=now() - age)
    session.add(one)
    await session.flush()
    with pytest.raises(LinkIsOver):
        await resend_letter(one.id, by=by, session=session)
    told = await resend_failed(by=by, session=session)
    assert (told.sent, told.left) == (0, 1)
    assert one.failed_at is not None


async def test_a_letter_that_could_not_be_made_has_nothing_to_send(session: AsyncSession) -> None:
    by, one = await agent(session), letter(body="")
    session.add(one)
    await session.flush()
    with pytest.raises(LetterIsEmpty):
        await resend_letter(one.id, by=by, session=session)


async def test_the_failed_ones_leave_together(session: AsyncSession) -> None:
    by = await agent(session)
    fresh = letter("confirm_email", "…?token=abc")
    session.add_all([letter(), fresh, letter(sent_at=now(), failed_at=None), letter("notice", "")])
    await session.flush()
    told = await resend_failed(by=by, session=session)
    assert (told.sent, told.left) == (2, 1)
    assert await jobs_of(session, fresh) == 1


async def test_who_may_only_look_sends_nothing(session: AsyncSession) -> None:
    auditor = await agent(session, Role.AUDITOR)
    with pytest.raises(Forbidden):
        await resend_failed(by=auditor, session=session)
    with pytest.raises(Forbidden):
        await resend_letter(uuid4(), by=auditor, session=session)


async def test_two_at_once_send_one_letter(committed: str) -> None:
    async with unit_of_work() as session:
        by, one = await agent(session), letter()
        session.add(one)

    async def resend() -> str:
        try:
            async with unit_of_work() as session:
                await resend_letter(one.id, by=by, session=session)
        except LetterWaits:
            return "waits"
        return "sent"

    assert sorted(await asyncio.gather(*(resend() for _ in range(5)))) == ["sent", *["waits"] * 4]
    async with read_only() as session:
        assert await jobs_of(session, one) == 1
