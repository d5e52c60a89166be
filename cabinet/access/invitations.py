"""Invitations: an owner lets a household member into an account, by a letter that works once.

The letter proves the mailbox, and so does being signed in with it: the token opens an invitation to nobody
but the person whose confirmed address it went to.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.errors import (
    BadUntil,
    CannotInviteSelf,
    HasAccessAlready,
    InvitationForAnother,
    InvitationOver,
    OwnsAlready,
    TooManyPeople,
)
from cabinet.access.letters import last_day, send_invitation
from cabinet.accounts.models import AccountLink, Invitation, LinkLevel, LinkRole
from cabinet.accounts.rights import Right
from cabinet.accounts.service import (
    AccountCard,
    LinkedAccount,
    end_expired_row,
    get_accounts,
    linked_account,
    lock_account,
    lock_link,
)
from cabinet.audit.service import record
from cabinet.database import read_only
from cabinet.errors import NotFound
from cabinet.kit.dates import now, today_in
from cabinet.kit.tokens import hash_token, new_token
from cabinet.limits.service import count_try
from cabinet.residents.emails import Mailbox, read_mailbox
from cabinet.residents.models import Resident
from cabinet.residents.rows import read_resident

WORKS_FOR = timedelta(days=7)
MOST_PEOPLE = 10
LONGEST_DAYS = 5 * 366
TRY_KIND = "invite"
LETTERS_A_DAY = 20
LETTERS_TO_ONE = 3
"""Within an hour."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody whom the owner let in."""

    link_id: UUID
    name: str
    """As they call themselves, else their e-mail."""
    email: str
    role: LinkRole
    since: datetime
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invitation that nobody has answered yet."""

    id: UUID
    email: str
    role: LinkRole
    sent_at: datetime
    expires_at: datetime
    last_day: date | None

    @property
    def is_expired(self) -> bool:
        """Whether the letter has grown too old to be accepted."""
        return self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class People:
    """Who has access to an account through its owner, and who is invited."""

    guests: list[Guest]
    waiting: list[Waiting]


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as the person reads it to whom it went."""

    id: UUID
    inviter: str
    account: AccountCard
    role: LinkRole
    last_day: date | None
    replaces: bool
    """The person has the account already, by its number or from before: this takes its place."""


async def invite(
    resident_id: UUID,
    account_id: UUID,
    email: str,
    role: LinkRole,
    until: date | None,
    *,
    locale: str,
    session: AsyncSession,
) -> None:
    """Write to that address, whether or not it has a cabinet; `until` is the last day, in the provider's zone.

    An earlier invitation of the address is replaced. Raises NotFound, NeedsOwner, NeedsProof, BadEmail, BadUntil,
    CannotInviteSelf, HasAccessAlready, TooManyPeople, TooManyTries.
    """
    mailbox = read_mailbox(email)
    await _count_letter(resident_id, mailbox.key)
    account = await linked_account(resident_id, account_id, session=session, right=Right.INVITE)
    ends_at = _end_of(until, account.timezone)
    await lock_link(resident_id, account_id, session=session)
    await _check_guest(resident_id, account, mailbox, session)
    for earlier in await _waiting(account.link_id, session):
        if earlier.email_key == mailbox.key:
            earlier.revoked_at = now()
    invitation, token = _new_invitation(account, mailbox, _guest_role(role), ends_at)
    session.add(invitation)
    await session.flush()
    await _send(resident_id, account, invitation, token, locale, session)


async def resend_invitation(
    resident_id: UUID, account_id: UUID, invitation_id: UUID, *, locale: str, session: AsyncSession
) -> None:
    """Write again with a new link, which works for seven days from now; the old link dies.

    Raises NotFound, NeedsOwner, NeedsProof, TooManyTries.
    """
    await _count_letter(resident_id, await _mailbox_of(resident_id, account_id, invitation_id))
    account = await linked_account(resident_id, account_id, session=session, right=Right.INVITE)
    invitation = await _own_waiting(account, invitation_id, session)
    token = new_token()
    invitation.token_hash, invitation.expires_at = hash_token(token), now() + WORKS_FOR
    await session.flush()
    await _send(resident_id, account, invitation, token, locale, session)


async def revoke_invitation(
    resident_id: UUID, account_id: UUID, invitation_id: UUID, *, session: AsyncSession
) -> None:
    """Make the letter worthless. Raises NotFound, NeedsOwner, NeedsProof."""
    account = await linked_account(resident_id, account_id, session=session, right=Right.INVITE)
    invitation = await _own_waiting(account, invitation_id, session)
    invitation.revoked_at = now()
    await _note(resident_id, "revoke_invitation", invitation, session)


async def people_of(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> People:
    """Who has access through this owner, and who is invited. Raises NotFound, NeedsOwner, NeedsProof."""
    account = await linked_account(resident_id, account_id, session=session, right=Right.INVITE)
    guests = [
        Guest(
            link.id,
            resident.full_name or resident.email,
            resident.email,
            link.role,
            link.created_at,
            last_day(link.expires_at, account.timezone),
        )
        for link, resident in await _guests(account.link_id, session)
    ]
    waiting = [
        Waiting(
            row.id,
            row.email,
            row.role,
            row.created_at,
            row.expires_at,
            last_day(row.access_until, account.timezone),
        )
        for row in await _waiting(account.link_id, session)
    ]
    return People(guests, waiting)


async def inviter_of(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> str:
    """Who let this guest in, by name or e-mail; empty for an owner. Raises NotFound."""
    own = await linked_account(resident_id, account_id, session=session)
    link = await session.get_one(AccountLink, own.link_id)
    return await _name_of_owner(link.invited_by, session) if link.invited_by else ""


async def offer_of(resident_id: UUID, token: str, *, session: AsyncSession) -> Offer:
    """What the link of a letter offers to whom it went. Raises InvitationOver, InvitationForAnother."""
    return await _offer(resident_id, await _by_token(resident_id, token, session), session)


async def offers_to(resident_id: UUID, *, session: AsyncSession) -> list[Offer]:
    """The invitations that wait for this resident's confirmed address: for whoever signed up to accept one."""
    resident = await read_resident(resident_id, session=session)
    rows = await session.exec(
        select(Invitation)
        .where(
            Invitation.email_key == resident.email_key,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
            Invitation.expires_at > now(),
        )
        .order_by(col(Invitation.created_at))
    )
    return [
        await _offer(resident_id, row, session)
        for row in rows.all()
        if await _owner_link(row, session) is not None
    ]


async def accept_invitation(resident_id: UUID, invitation_id: UUID, *, session: AsyncSession) -> UUID:
    """Take the access; returns the account's id. Raises InvitationOver, OwnsAlready.

    Only the person with the invited, confirmed address finds the invitation by its id.
    """
    owner = await _lock_owner(invitation_id, session)
    invitation = await _for_person(resident_id, invitation_id, session)
    if owner is None or (invitation.access_until and invitation.access_until <= now()):
        raise InvitationOver
    link = await _give(resident_id, owner, invitation, session)
    invitation.accepted_at, invitation.accepted_link_id = now(), link.id
    await session.flush()
    await _note(resident_id, "accept_invitation", invitation, session)
    return owner.account_id


async def decline_invitation(resident_id: UUID, invitation_id: UUID, *, session: AsyncSession) -> None:
    """Refuse; the owner sees that it does not wait any more. Raises InvitationOver."""
    invitation = await _for_person(resident_id, invitation_id, session)
    invitation.revoked_at = now()
    await _note(resident_id, "decline_invitation", invitation, session)


async def _count_letter(resident_id: UUID, to: str) -> None:
    """Neither one resident nor all together fill a mailbox; below the limit that the mail itself keeps."""
    await count_try(TRY_KIND, str(resident_id), limit=LETTERS_A_DAY, within=timedelta(days=1))
    await count_try(TRY_KIND, to, limit=LETTERS_TO_ONE, within=timedelta(hours=1))


async def _mailbox_of(resident_id: UUID, account_id: UUID, invitation_id: UUID) -> str:
    """Where a letter that is sent again goes: the mailbox is counted, by whatever invitation it is written to."""
    async with read_only() as session:
        account = await linked_account(resident_id, account_id, session=session, right=Right.INVITE)
        return (await _own_waiting(account, invitation_id, session)).email_key


def _end_of(until: date | None, timezone: str) -> datetime | None:
    """The first moment after the last day."""
    if until is None:
        return None
    today = today_in(timezone)
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        raise BadUntil
    return datetime.combine(until + timedelta(days=1), time(), ZoneInfo(timezone))


def _guest_role(role: LinkRole) -> LinkRole:
    return LinkRole.VIEWER if role is LinkRole.VIEWER else LinkRole.HELPER


async def _check_guest(
    resident_id: UUID, account: LinkedAccount, mailbox: Mailbox, session: AsyncSession
) -> None:
    owner = await read_resident(resident_id, session=session)
    if owner.email_key == mailbox.key:
        raise CannotInviteSelf
    guests, waiting = await _guests(account.link_id, session), await _waiting(account.link_id, session)
    if any(resident.email_key == mailbox.key for _link, resident in guests):
        raise HasAccessAlready
    others = [row for row in waiting if row.email_key != mailbox.key]
    if len(guests) + len(others) >= MOST_PEOPLE:
        raise TooManyPeople(MOST_PEOPLE)


def _new_invitation(
    account: LinkedAccount, mailbox: Mailbox, role: LinkRole, ends_at: datetime | None
) -> tuple[Invitation, str]:
    token = new_token()
    invitation = Invitation(
        link_id=account.link_id,
        email=mailbox.address,
        email_key=mailbox.key,
        role=role,
        access_until=ends_at,
        token_hash=hash_token(token),
        expires_at=now() + WORKS_FOR,
    )
    return invitation, token


async def _send(
    resident_id: UUID,
    account: LinkedAccount,
    invitation: Invitation,
    token: str,
    locale: str,
    session: AsyncSession,
) -> None:
    owner = await read_resident(resident_id, session=session)
    await send_invitation(
        invitation.email,
        account,
        invitation.role,
        invitation.access_until,
        token,
        owner.full_name or owner.email,
        locale,
        session=session,
    )
    await _note(resident_id, "invite", invitation, session)


async def _note(actor: UUID, action: str, invitation: Invitation, session: AsyncSession) -> None:
    facts = {"link_id": invitation.link_id, "role": invitation.role, "until": invitation.access_until}
    await record(actor, action, "invitation", invitation.id, after=facts, session=session)


async def _guests(link_id: UUID, session: AsyncSession) -> list[tuple[AccountLink, Resident]]:
    expires = col(AccountLink.expires_at)
    rows = await session.exec(
        select(AccountLink, Resident)
        .join(Resident, col(Resident.id) == col(AccountLink.resident_id))
        .where(
            AccountLink.invited_by == link_id,
            col(AccountLink.ended_at).is_(None),
            expires.is_(None) | (expires > now()),
        )
        .order_by(col(AccountLink.created_at))
    )
    return list(rows.all())


async def _waiting(link_id: UUID, session: AsyncSession) -> list[Invitation]:
    """Not answered and not taken back; those too old to be accepted too, to be sent again."""
    rows = await session.exec(
        select(Invitation)
        .where(
            Invitation.link_id == link_id,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
        .order_by(col(Invitation.created_at))
    )
    return list(rows.all())


async def _own_waiting(account: LinkedAccount, invitation_id: UUID, session: AsyncSession) -> Invitation:
    row = await _locked(invitation_id, session)
    if row is None or row.link_id != account.link_id or row.accepted_at or row.revoked_at:
        raise NotFound
    return row


async def _locked(invitation_id: UUID, session: AsyncSession) -> Invitation | None:
    return await session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)


async def _by_token(resident_id: UUID, token: str, session: AsyncSession) -> Invitation:
    found = await session.exec(select(Invitation).where(Invitation.token_hash == hash_token(token)))
    row = found.one_or_none()
    if row is None or _is_over(row):
        raise InvitationOver
    if row.email_key != (await read_resident(resident_id, session=session)).email_key:
        raise InvitationForAnother
    if await _owner_link(row, session) is None:
        raise InvitationOver
    return row


async def _for_person(resident_id: UUID, invitation_id: UUID, session: AsyncSession) -> Invitation:
    """The locked row, if it went to the address of this person and still works."""
    row = await _locked(invitation_id, session)
    resident = await read_resident(resident_id, session=session)
    if row is None or row.email_key != resident.email_key or _is_over(row):
        raise InvitationOver
    return row


def _is_over(row: Invitation) -> bool:
    return bool(row.accepted_at or row.revoked_at) or row.expires_at <= now()


async def _owner_link(
    invitation: Invitation, session: AsyncSession, *, lock: bool = False
) -> AccountLink | None:
    """The link that invites, as long as it is current and full."""
    link = await session.get(
        AccountLink, invitation.link_id, with_for_update=lock or None, populate_existing=True
    )
    lives = link is not None and link.ended_at is None and link.level is LinkLevel.FULL
    return link if lives else None


async def move_invitations(old_key: str, mailbox: Mailbox, *, session: AsyncSession) -> None:
    """Let what waits for a mailbox wait for the new one of the same person: the letter's link goes on working.

    It opens for nobody but who is signed in with the new address.
    """
    waiting = update(Invitation).where(
        col(Invitation.email_key) == old_key,
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
    )
    await session.exec(waiting.values(email=mailbox.address, email_key=mailbox.key))


async def delete_invitations_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the invitations that were answered, taken back or grew too old before `moment`: they name mailboxes."""
    over = or_(
        col(Invitation.accepted_at) < moment,
        col(Invitation.revoked_at) < moment,
        col(Invitation.expires_at) < moment,
    )
    await session.exec(delete(Invitation).where(over))


async def _lock_owner(invitation_id: UUID, session: AsyncSession) -> AccountLink | None:
    """The link that invites. Locked before the invitation, and the account before both, as an end of access does."""
    invitation = await session.get(Invitation, invitation_id)
    link = await _owner_link(invitation, session) if invitation else None
    if invitation is None or link is None:
        return None
    await lock_account(link.account_id, session=session)
    return await _owner_link(invitation, session, lock=True)


async def _offer(resident_id: UUID, row: Invitation, session: AsyncSession) -> Offer:
    owner = await session.get_one(AccountLink, row.link_id)
    account = (await get_accounts([owner.account_id], session=session))[owner.account_id]
    return Offer(
        row.id,
        await _name_of_owner(row.link_id, session),
        account,
        row.role,
        last_day(row.access_until, account.timezone),
        await _has(resident_id, owner.account_id, session),
    )


async def _name_of_owner(link_id: UUID, session: AsyncSession) -> str:
    link = await session.get_one(AccountLink, link_id)
    owner = await read_resident(link.resident_id, session=session)
    return owner.full_name or owner.email


async def _has(resident_id: UUID, account_id: UUID, session: AsyncSession) -> bool:
    try:
        await linked_account(resident_id, account_id, session=session)
    except NotFound:
        return False
    return True


async def _current(resident_id: UUID, account_id: UUID, session: AsyncSession) -> AccountLink | None:
    try:
        return await lock_link(resident_id, account_id, session=session)
    except NotFound:
        return None


async def _give(
    resident_id: UUID, owner: AccountLink, invitation: Invitation, session: AsyncSession
) -> AccountLink:
    """The link of the guest: a new one, or the one they have, which becomes a guest's."""
    await end_expired_row(resident_id, owner.account_id, session=session)
    link = await _current(resident_id, owner.account_id, session)
    if link is None:
        link = AccountLink(resident_id=resident_id, account_id=owner.account_id)
    elif link.role is LinkRole.OWNER and link.level is LinkLevel.FULL:
        raise OwnsAlready
    link.role, link.level, link.invited_by = invitation.role, LinkLevel.FULL, owner.id
    link.expires_at = invitation.access_until
    session.add(link)
    await session.flush()
    return link
