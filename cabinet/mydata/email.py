"""The change of an e-mail, as far as it reaches beyond the resident's own row: invitations and requests follow.

The rest of the program reads the address from that row.
"""

from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.service import move_invitations
from cabinet.residents import email_change
from cabinet.residents.email_change import Came, Step
from cabinet.residents.person import Person
from cabinet.support.owner import move_requests

__all__ = ["Agree", "Came", "agree_for_lost_mailbox", "agree_new", "agree_old"]


class Agree(Protocol):
    """Either of the two that agree by a link."""

    async def __call__(
        self, token: str, *, session: AsyncSession, here: Person | None, whereabouts: tuple[str, str]
    ) -> Came:
        """Agree by the token."""
        ...


async def agree_new(
    token: str, *, session: AsyncSession, here: Person | None = None, whereabouts: tuple[str, str] = ("", "")
) -> Came:
    """The new mailbox agrees. Raises LinkUnknown, LinkUsed, LinkExpired."""
    step = await email_change.agree_new(token, session=session, here=here, whereabouts=whereabouts)
    return await _follow(step, session)


async def agree_old(
    token: str, *, session: AsyncSession, here: Person | None = None, whereabouts: tuple[str, str] = ("", "")
) -> Came:
    """The old mailbox agrees. Raises LinkUnknown, LinkUsed, LinkExpired."""
    step = await email_change.agree_old(token, session=session, here=here, whereabouts=whereabouts)
    return await _follow(step, session)


async def agree_for_lost_mailbox(
    resident_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> Came:
    """Staff agree for the old one. Raises Forbidden, NotFound, NotYourself, WhyClosed, NewMailboxFirst."""
    step = await email_change.agree_for_lost_mailbox(
        resident_id, reason, by=by, session=session, address=address
    )
    return await _follow(step, session)


async def _follow(step: Step, session: AsyncSession) -> Came:
    if step.came is Came.DONE:
        await move_invitations(step.old_email_key, step.mailbox, session=session)
        await move_requests(step.resident_id, step.mailbox.address, session=session)
    return step.came
