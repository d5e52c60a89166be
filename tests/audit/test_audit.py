from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.audit.service import changes, record
from cabinet.support.models import TicketState
from tests.raw import run_sql


async def test_an_act_is_kept_without_secrets(session: AsyncSession) -> None:
    some_id = uuid4()
    after = {
        "password_hash": "$argon2id$",
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "state": TicketState.OPEN,
        "n": 1,
    }
    await record(None, "edit", "resident", some_id, {"n": 0}, after, "2001:db8::1", session=session)
    kept = (await session.exec(select(AuditRecord).where(AuditRecord.subject_id == str(some_id)))).one()
    assert kept.before == {"n": 0}
    assert kept.after == {"at": "2026-01-02T00:00:00+00:00", "state": "open", "n": 1}
    assert kept.address == "2001:db8::1"


@pytest.mark.parametrize("statement", ["UPDATE audit_record SET action = 'x'", "DELETE FROM audit_record"])
async def test_what_was_written_down_stays(statement: str, session: AsyncSession) -> None:
    await record(None, "view", "account", uuid4(), session=session)
    with pytest.raises(DBAPIError, match="append-only"):
        await run_sql(statement, session)


def test_changes_name_what_differs() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})
