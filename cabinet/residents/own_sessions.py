"""Where a person is signed in, as they see it themselves, and ending that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.residents.lookup import idle_limit
from cabinet.residents.models import LoginSession
from cabinet.residents.person import Person
from cabinet.residents.sessions import end_all_sessions, end_session_of

SHOWN_FOR = timedelta(days=30)
"""So long a session that is over stays in the list."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A sign-in of one's own; `device` and `address` are as they came."""

    id: UUID
    device: str
    address: str
    began_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    """Ended by somebody, by its age or by itself; None while it lives."""
    is_current: bool


async def own_sessions(person: Person, *, session: AsyncSession) -> list[OwnSession]:
    """The living ones, this one first, then those that ended within 30 days; each by its last use."""
    latest = (
        select(LoginSession)
        .where(LoginSession.resident_id == person.id, col(LoginSession.last_seen_at) > now() - SHOWN_FOR)
        .order_by(col(LoginSession.last_seen_at).desc())
        .limit(_MOST)
    )
    found = [_view(row, person) for row in await session.exec(latest)]
    return sorted(found, key=lambda one: (not one.is_current, one.ended_at is not None))


async def end_own_session(person: Person, session_id: UUID, *, session: AsyncSession) -> None:
    """Sign oneself out somewhere else, at once. Raises NotFound, for one that is over or somebody else's too."""
    if not await end_session_of(person.id, session_id, session=session):
        raise NotFound


async def end_other_sessions(person: Person, *, session: AsyncSession) -> None:
    """Sign oneself out everywhere but here."""
    await end_all_sessions(person.id, session=session, but=person.session_id)


def _view(row: LoginSession, person: Person) -> OwnSession:
    idle_at = row.last_seen_at + idle_limit(person.role)
    over = [end for end in (row.ended_at, row.expires_at, idle_at) if end and end <= now()]
    return OwnSession(
        id=row.id,
        device=row.device,
        address=row.address,
        began_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=min(over, default=None),
        is_current=row.id == person.session_id,
    )
