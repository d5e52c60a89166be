"""What staff do for a person, and to one: access closed and opened, letters sent again, sessions ended.

`by` is who does it, None the command line of the machine. Residents are cared for by who may edit residents,
colleagues by who manages staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.residents.errors import (
    LONGEST_REASON,
    LastAdministrator,
    NotYourself,
    OpenAccessFirst,
    TooManyLetters,
    WhyClosed,
)
from cabinet.residents.lookup import idle_limit
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.residents.new_password import send_link_to_password
from cabinet.residents.person import Permission, Person
from cabinet.residents.rows import lock_resident, read_resident
from cabinet.residents.sessions import end_all_sessions, end_session_of
from cabinet.residents.sign_up import send_confirmation


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which the person is signed in."""

    id: UUID
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime


async def close_access(
    resident_id: UUID, reason: str = "", *, session: AsyncSession, by: Person | None = None, address: str = ""
) -> None:
    """Sign the person out everywhere and refuse the next sign-in.

    Raises Forbidden, NotFound, WhyClosed (a person gives a reason), NotYourself, LastAdministrator.
    """
    if by:
        by.require(Permission.EDIT_RESIDENTS)
    await keep_an_administrator(resident_id, session=session)
    resident = await lock_person(resident_id, by=by, session=session)
    refuse_oneself(resident, by)
    said = " ".join(reason.replace("\x00", "").split())
    if (by and not said) or len(said) > LONGEST_REASON:
        raise WhyClosed
    if resident.blocked_at is None:
        resident.blocked_at, resident.blocked_because = now(), said
        facts = {"reason": said} if said else None
        await note(resident, "close_access", by, address, session, facts)
    await end_all_sessions(resident_id, session=session)


async def open_access(
    resident_id: UUID, *, session: AsyncSession, by: Person | None = None, address: str = ""
) -> None:
    """Let the person in again. Raises Forbidden, NotFound."""
    resident = await lock_person(resident_id, by=by, session=session)
    if resident.blocked_at is None:
        return
    before = {"reason": resident.blocked_because, "blocked_at": resident.blocked_at}
    resident.blocked_at, resident.blocked_because = None, ""
    await record(
        _id(by), "open_access", kind_of(resident), resident_id, before, None, address, session=session
    )


async def send_entry_letter(
    resident_id: UUID, *, by: Person, session: AsyncSession, address: str = ""
) -> str:
    """Write the letter that lets the person in: the confirmation, else the way to a new password.

    Returns the kind of the letter. Raises Forbidden, NotFound, OpenAccessFirst, TooManyLetters.
    """
    resident = await lock_person(resident_id, by=by, session=session)
    if resident.blocked_at:
        raise OpenAccessFirst
    if resident.role is Role.RESIDENT and resident.confirmed_at is None:
        letter = await send_confirmation(resident, session=session)
    else:
        invited = resident.role is not Role.RESIDENT and resident.confirmed_at is None
        kind = "staff_invited" if invited else "reset_password"
        letter = await send_link_to_password(resident, kind, session=session)
    if letter is None:
        raise TooManyLetters
    await note(resident, "send_letter", by, address, session, {"kind": letter.kind})
    return letter.kind


async def end_sessions(resident_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Sign the person out on every device. Raises Forbidden, NotFound."""
    resident = await lock_person(resident_id, by=by, session=session)
    await end_all_sessions(resident_id, session=session)
    await note(resident, "end_sessions", by, address, session)


async def end_one_session(
    resident_id: UUID, session_id: UUID, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """Sign the person out on one device. Raises Forbidden, NotFound."""
    resident = await lock_person(resident_id, by=by, session=session)
    if not await end_session_of(resident_id, session_id, session=session):
        raise NotFound
    await note(resident, "end_session", by, address, session, {"session": session_id})


async def open_sessions(resident_id: UUID, role: Role, *, session: AsyncSession) -> list[OpenSession]:
    """Where the person is signed in now; the one that was seen last comes first."""
    moment = now()
    rows = await session.exec(
        select(LoginSession)
        .where(
            LoginSession.resident_id == resident_id,
            col(LoginSession.ended_at).is_(None),
            col(LoginSession.expires_at) > moment,
            col(LoginSession.last_seen_at) > moment - idle_limit(role),
        )
        .order_by(col(LoginSession.last_seen_at).desc())
    )
    return [OpenSession(one.id, one.device, one.address, one.created_at, one.last_seen_at) for one in rows]


async def lock_person(resident_id: UUID, *, by: Person | None, session: AsyncSession) -> Resident:
    """The row, locked, if it is among those that the person cares for. Raises Forbidden, NotFound."""
    resident = await lock_resident(resident_id, session=session)
    if resident.deleted_at:
        raise NotFound
    if by:
        is_staff = resident.role is not Role.RESIDENT
        by.require(Permission.MANAGE_STAFF if is_staff else Permission.EDIT_RESIDENTS)
    return resident


def refuse_oneself(resident: Resident, by: Person | None) -> None:
    """Nobody closes the own access or changes the own role: a second person is to know. Raises NotYourself."""
    if by and by.id == resident.id:
        raise NotYourself


async def keep_an_administrator(leaving_id: UUID, *, session: AsyncSession) -> None:
    """Refuse to lose the last administrator who can sign in. Raises NotFound, LastAdministrator.

    All of them are locked in one order, so that two who remove each other wait, and the second is refused.
    Call it before the person is locked.
    """
    if (await read_resident(leaving_id, session=session)).role is not Role.ADMINISTRATOR:
        return
    working = select(Resident.id).where(
        Resident.role == Role.ADMINISTRATOR,
        col(Resident.blocked_at).is_(None),
        col(Resident.confirmed_at).is_not(None),
    )
    found = await session.exec(working.order_by(col(Resident.id)).with_for_update())
    if set(found) == {leaving_id}:
        raise LastAdministrator


async def note(
    resident: Resident,
    action: str,
    by: Person | None,
    address: str,
    session: AsyncSession,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write down what was done to the person."""
    await record(_id(by), action, kind_of(resident), resident.id, None, after, address, session=session)


def kind_of(resident: Resident) -> str:
    """What the audit calls the person."""
    return "resident" if resident.role is Role.RESIDENT else "staff"


def _id(by: Person | None) -> UUID | None:
    return by.id if by else None
