"""What is kept no longer than the settings say."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet import retention
from cabinet.kit.dates import now
from cabinet.limits.models import Attempt
from cabinet.limits.service import count_try
from cabinet.mail.models import Letter
from cabinet.residents.models import Consent, EmailToken, LoginSession, Resident
from cabinet.settings import settings
from tests.residents.people import ALICE, confirmed, sign_up, signed_in

OLD = now() - timedelta(days=400)


@pytest.fixture
async def kept(session: AsyncSession) -> AsyncSession:
    """Alice is confirmed and signed in; Bob never confirmed; everything is new."""
    await confirmed(session=session)
    await signed_in(session=session)
    await sign_up("bob@mail.example", session=session)
    await count_try("link", "x", limit=9, within=timedelta(hours=1))
    await session.flush()
    return session


async def emails(session: AsyncSession) -> set[str]:
    return set(await session.exec(select(Resident.email)))


async def test_what_is_new_stays(kept: AsyncSession):
    before = [
        len((await kept.exec(select(table))).all()) for table in (Resident, EmailToken, LoginSession, Letter)
    ]
    await retention.delete_what_is_old(timestamp=0)
    after = [
        len((await kept.exec(select(table))).all()) for table in (Resident, EmailToken, LoginSession, Letter)
    ]
    assert before == after
    assert min(after) > 0


async def test_what_is_old_goes(kept: AsyncSession):
    for table, column in (
        ("resident", "created_at"),
        ("email_token", "created_at"),
        ("email_token", "expires_at"),
        ("email_token", "used_at"),
        ("login_session", "expires_at"),
        ("attempt", "at"),
        ("letter", "created_at"),
    ):
        await (await kept.connection()).execute(text(f"UPDATE {table} SET {column} = :old"), {"old": OLD})
    await retention.delete_what_is_old(timestamp=0)
    assert await emails(kept) == {ALICE}
    for model in (EmailToken, LoginSession, Attempt, Letter):
        assert (await kept.exec(select(model))).all() == []
    assert len((await kept.exec(select(Consent))).all()) == 1


async def test_a_sign_up_with_a_recent_letter_stays(kept: AsyncSession):
    await (await kept.connection()).execute(text("UPDATE resident SET created_at = :old"), {"old": OLD})
    await retention.delete_what_is_old(timestamp=0)
    assert await emails(kept) == {ALICE, "bob@mail.example"}


async def test_finished_jobs_go_and_waiting_ones_stay(kept: AsyncSession):
    connection = await kept.connection()
    await connection.execute(
        text(
            "UPDATE procrastinate_jobs SET status = 'doing' "
            "WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
        )
    )
    await connection.execute(
        text("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'doing'")
    )
    before = (await connection.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one()
    await connection.execute(text("UPDATE procrastinate_events SET at = :old"), {"old": OLD})
    await retention.delete_what_is_old(timestamp=0)
    after = await connection.execute(
        text("SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FROM procrastinate_jobs")
    )
    assert after.one() == (before - 1, before - 1)


async def test_old_files_go(kept: AsyncSession):
    for folder, name in (("logs", "cabinet.log.1"), ("mail", "x.eml")):
        (settings.data_dir / folder).mkdir(exist_ok=True)
        for path in (settings.data_dir / folder / name, settings.data_dir / folder / f"new-{name}"):
            path.write_text("x")
        os.utime(settings.data_dir / folder / name, (OLD.timestamp(), OLD.timestamp()))
    await retention.delete_what_is_old(timestamp=0)
    assert not (settings.data_dir / "logs" / "cabinet.log.1").exists()
    assert not (settings.data_dir / "mail" / "x.eml").exists()
    assert (settings.data_dir / "logs" / "new-cabinet.log.1").exists()


async def test_one_rule_that_fails_does_not_hold_up_the_others(
    kept: AsyncSession, monkeypatch: pytest.MonkeyPatch
):
    async def fail(_moment: object, *, session: AsyncSession) -> None:
        raise RuntimeError

    monkeypatch.setitem(retention.RULES, "used_tokens", fail)
    await (await kept.connection()).execute(text("UPDATE attempt SET at = :old"), {"old": OLD})
    await retention.delete_what_is_old(timestamp=0)
    assert (await kept.exec(select(Attempt))).all() == []
