"""The end of an access, for whatever reason: the one place where a link ends with all that hangs on it.

Readings, bills, reminders and calendars read the current links and stop by that; standing orders, open
invitations, the links that were given, tokens for programs, the letters and the record are ended here.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.errors import LONGEST_REASON, ReasonMissing
from cabinet.access.letters import say_access_ended
from cabinet.accounts.models import AccountLink, Invitation, LinkRole
from cabinet.accounts.service import linked_account, lock_account, lock_link
from cabinet.audit.service import record
from cabinet.autopay import service as autopay
from cabinet.errors import NotFound
from cabinet.keys.personal import end_with_links
from cabinet.kit.dates import now
from cabinet.residents.person import Permission, Person

HANDED_OVER = "end_links_of_account"
"""The act of staff after which older bills prove nothing."""


class Ended(StrEnum):
    """Why an access ended; the word that the record keeps."""

    UNLINKED = "unlinked"
    """The person's own wish; a guest's is the same."""
    OWNER_LEFT = "owner_left"
    """The owner who had given it has no access any more."""
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"
    BY_STAFF = "by_staff"
    """Staff: one person's access to one account."""
    HANDED_OVER = "handed_over"
    """Staff: the flat has changed hands."""


async def unlink(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> None:
    """End the resident's own access, an invited one too; what was paid stays in their history. Raises NotFound."""
    await lock_account(account_id, session=session)
    link = await lock_link(resident_id, account_id, session=session)
    await access_ended([link], Ended.UNLINKED, by=resident_id, session=session)


async def take_back(resident_id: UUID, account_id: UUID, link_id: UUID, *, session: AsyncSession) -> None:
    """End an access that this owner gave. Raises NotFound."""
    own = await linked_account(resident_id, account_id, session=session)
    if own.role is not LinkRole.OWNER:
        raise NotFound
    given = await _lock([col(AccountLink.id) == link_id, col(AccountLink.invited_by) == own.link_id], session)
    if not given:
        raise NotFound
    await access_ended(given, Ended.TAKEN_BACK, by=resident_id, session=session)


async def end_links_of_account(
    account_id: UUID, *, by: Person | None, reason: str, session: AsyncSession, address: str = ""
) -> int:
    """End everyone's access, when the flat changes hands; returns how many ended.

    `by` is the member of staff, who says why, None the provider's own programme; `address` is where they sit:
    all is kept. All who lost it get a letter. The PIN is forgotten, and bills from before prove nothing any more.
    Raises Forbidden, ReasonMissing, NotFound.
    """
    if by:
        by.require(Permission.MANAGE_ACCESS)
    said = _reason(reason)
    account = await lock_account(account_id, session=session)
    if account is None or (by and not by.serves(account.provider_id)):
        raise NotFound
    actor = by.id if by else None
    account.pin_hash = ""
    links = await _lock([col(AccountLink.account_id) == account_id], session)
    await access_ended(links, Ended.HANDED_OVER, by=actor, session=session)
    facts = {"reason": said, "links": len(links)}
    await record(actor, HANDED_OVER, "account", account_id, after=facts, address=address, session=session)
    return len(links)


async def unlink_for(
    resident_id: UUID, link_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> None:
    """End one access of a resident, whom staff help or stop; the resident gets a letter.

    Raises Forbidden, ReasonMissing, NotFound.
    """
    by.require(Permission.EDIT_RESIDENTS)
    said = _reason(reason)
    seen = await session.get(AccountLink, link_id)
    if seen is None or seen.resident_id != resident_id:
        raise NotFound
    account = await lock_account(seen.account_id, session=session)
    if account is None or not by.serves(account.provider_id):
        raise NotFound
    links = await _lock([col(AccountLink.id) == link_id], session)
    if not links:
        raise NotFound
    await access_ended(links, Ended.BY_STAFF, by=by.id, session=session)
    facts = {"reason": said, "account_id": account.id, "link": link_id}
    await record(by.id, "unlink", "resident", resident_id, None, facts, address, session=session)


async def end_expired(*, session: AsyncSession) -> int:
    """End every access whose last day is over; returns how many."""
    over = await _lock([col(AccountLink.expires_at) <= now()], session)
    await access_ended(over, Ended.EXPIRED, by=None, session=session)
    return len(over)


def _reason(text: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if not said or len(said) > LONGEST_REASON:
        raise ReasonMissing
    return said


async def access_ended(
    links: Sequence[AccountLink], reason: Ended, *, by: UUID | None, session: AsyncSession
) -> None:
    """End these locked links and those that they gave, with everything that hangs on them."""
    ids = {link.id for link in links}
    given = await _lock([col(AccountLink.invited_by).in_(ids), col(AccountLink.id).not_in(ids)], session)
    for link in (*links, *given):
        link.ended_at = now()
    await _revoke_invitations([*ids], session)
    for link in links:
        await _end_all_of(link, reason, by, session)
    for link in given:
        await _end_all_of(link, Ended.OWNER_LEFT, by, session)
    await end_with_links([link.id for link in (*links, *given)], by=by, session=session)


async def _end_all_of(link: AccountLink, reason: Ended, by: UUID | None, session: AsyncSession) -> None:
    await session.flush()
    await autopay.end_for_account(link.resident_id, link.account_id, session=session)
    facts = {
        "reason": reason.value,
        "account_id": link.account_id,
        "resident_id": link.resident_id,
        "role": link.role,
    }
    await record(by, "end_access", "account_link", link.id, after=facts, session=session)
    if link.resident_id != by:
        await say_access_ended(link, reason.value, session=session)


async def _revoke_invitations(link_ids: list[UUID], session: AsyncSession) -> None:
    waiting = update(Invitation).where(
        col(Invitation.link_id).in_(link_ids),
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    await session.exec(waiting.values(revoked_at=now()))


async def _lock(conditions: list[object], session: AsyncSession) -> list[AccountLink]:
    """The rows that have not ended and fit, locked in one order."""
    statement = select(AccountLink).where(col(AccountLink.ended_at).is_(None), *conditions)  # pyright: ignore[reportArgumentType]
    fresh = (
        statement.order_by(col(AccountLink.id)).with_for_update().execution_options(populate_existing=True)
    )
    return list((await session.exec(fresh)).all())
