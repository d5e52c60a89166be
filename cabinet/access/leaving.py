"""The end of everything that somebody has access to, when their cabinet is deleted."""

from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.ending import unlink
from cabinet.accounts.models import AccountLink, Invitation
from cabinet.accounts.service import linked_accounts
from cabinet.kit.dates import now


async def leave_all_accounts(resident_id: UUID, *, session: AsyncSession) -> None:
    """Unlink every account, with the guests that were let in, as the person could do by hand.

    The rows of ended links stay, without the names that the person gave: what guests did hangs on them.
    """
    linked = await linked_accounts(resident_id, session=session)
    for account_id in sorted(account.account_id for account in linked):
        await unlink(resident_id, account_id, session=session)
    of_person = update(AccountLink).where(col(AccountLink.resident_id) == resident_id)
    await session.exec(
        of_person.values(own_name="", ended_at=func.coalesce(col(AccountLink.ended_at), now()))
    )


async def delete_invitations_of(resident_id: UUID, email_key: str, *, session: AsyncSession) -> list[str]:
    """Delete the invitations that the person sent or got; returns the mailboxes to which theirs went."""
    own = select(AccountLink.id).where(AccountLink.resident_id == resident_id)
    sent = select(Invitation.email_key).where(col(Invitation.link_id).in_(own))
    invited = list(await session.exec(sent))
    named = or_(col(Invitation.link_id).in_(own), col(Invitation.email_key) == email_key)
    await session.exec(delete(Invitation).where(named))
    return invited
