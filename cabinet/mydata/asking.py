"""Who may fetch the copy: who has just given the password in this very session, for a quarter of an hour."""

from datetime import timedelta

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import read_only
from cabinet.errors import Forbidden
from cabinet.kit.dates import now
from cabinet.limits.service import count_try
from cabinet.mydata.copying import Copy, gather
from cabinet.residents.care import kind_of
from cabinet.residents.models import LoginSession
from cabinet.residents.new_password import check_current_password
from cabinet.residents.owner_letters import tell_data_taken
from cabinet.residents.person import Person
from cabinet.residents.rows import lock_resident

OPEN_FOR = timedelta(minutes=15)
_ASKED = 5
"""Times a day."""
_FETCHED = 10
"""Times an hour."""


async def ask_for_copy(
    person: Person, password: str, *, session: AsyncSession, device: str = "", address: str = ""
) -> None:
    """Let this session fetch the copy for a while; the owner gets a letter.

    Raises WrongCurrentPassword, TooManyTries.
    """
    await check_current_password(person.id, password)
    await count_try("ask_for_data", str(person.id), limit=_ASKED, within=timedelta(days=1))
    resident = await lock_resident(person.id, session=session)
    this = update(LoginSession).where(
        col(LoginSession.id) == person.session_id, col(LoginSession.ended_at).is_(None)
    )
    await session.exec(this.values(data_until=now() + OPEN_FOR))
    await record(person.id, "take_data", kind_of(resident), person.id, address=address, session=session)
    await tell_data_taken(resident, device, address, session=session)


async def fetch_copy(person: Person) -> Copy:
    """The copy. Raises Forbidden when this session has not asked for it lately, TooManyTries."""
    async with read_only() as session:
        current = await session.get(LoginSession, person.session_id)
    if current is None or current.data_until is None or current.data_until <= now():
        raise Forbidden
    await count_try("fetch_data", str(person.id), limit=_FETCHED, within=timedelta(hours=1))
    async with read_only() as session:
        return await gather(person.id, session=session)
