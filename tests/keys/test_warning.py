"""A provider is told once that a key will end."""

from datetime import timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.keys.jobs import WARNED_AHEAD, warn_of_ending_keys
from cabinet.mail.models import Letter
from tests.http.api.conftest import make_key, make_town


async def test_two_weeks_ahead_and_once(session: AsyncSession):
    town = await make_town(session)
    town.gas.support_email = "it@gas.example"
    session.add(town.gas)
    await make_key(session, town.gas.id, town.clerk, life=WARNED_AHEAD - timedelta(hours=1))
    await make_key(session, town.gas.id, town.clerk, life=WARNED_AHEAD + timedelta(days=1))
    await warn_of_ending_keys(timestamp=0)
    await warn_of_ending_keys(timestamp=0)
    letter = (await session.exec(select(Letter))).one()
    assert (letter.kind, letter.recipient, letter.failed_at) == ("key_expires", "it@gas.example", None)
    assert "1С" in letter.subject
