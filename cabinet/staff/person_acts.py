"""What is done to a person, resident or colleague, in a transaction of its own; the services ask for the right."""

from uuid import UUID

from cabinet.database import unit_of_work
from cabinet.factors import service as factors
from cabinet.residents import service
from cabinet.staff.gate import Desk


async def close(person_id: UUID, desk: Desk, reason: str) -> None:
    """Close the access, with a reason."""
    async with unit_of_work() as session:
        await service.close_access(person_id, reason, by=desk.person, session=session, address=desk.address)


async def open_again(person_id: UUID, desk: Desk) -> None:
    """Open it again."""
    async with unit_of_work() as session:
        await service.open_access(person_id, by=desk.person, session=session, address=desk.address)


async def letter(person_id: UUID, desk: Desk) -> None:
    """Send the way in once more."""
    async with unit_of_work() as session:
        await service.send_entry_letter(person_id, by=desk.person, session=session, address=desk.address)


async def end_all(person_id: UUID, desk: Desk) -> None:
    """End all sessions."""
    async with unit_of_work() as session:
        await service.end_sessions(person_id, by=desk.person, session=session, address=desk.address)


async def end_one(person_id: UUID, desk: Desk, session_id: UUID) -> None:
    """End one session."""
    async with unit_of_work() as session:
        await service.end_one_session(
            person_id, session_id, by=desk.person, session=session, address=desk.address
        )


async def reset_factor(person_id: UUID, desk: Desk, reason: str) -> None:
    """Take the second factor off, with a reason."""
    async with unit_of_work() as session:
        await factors.reset(person_id, reason, by=desk.person, session=session, address=desk.address)
