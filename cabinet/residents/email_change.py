"""Another e-mail for a cabinet: it happens when the new and the old mailbox have both agreed, within a day.

The answers do not tell whether the new address is taken: its owner gets a letter without a link instead, and the
change waits in vain. Where the old mailbox is lost, staff agree in its place, with a reason.
What other features keep by the address follows in `cabinet.mydata.email`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.limits.service import count_try, forgive_subject
from cabinet.residents.care import kind_of, lock_person, refuse_oneself
from cabinet.residents.emails import Mailbox, check_mail_server, read_mailbox
from cabinet.residents.errors import (
    LONGEST_REASON,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    NewMailboxFirst,
    SameEmail,
    WhyClosed,
)
from cabinet.residents.models import ChangeEnd, EmailChange, Resident, Role, TokenPurpose
from cabinet.residents.new_password import check_current_password
from cabinet.residents.owner_letters import (
    ask_new_mailbox,
    ask_old_mailbox,
    tell_both_mailboxes,
    tell_owner_of_taken,
)
from cabinet.residents.person import Person
from cabinet.residents.rows import find_by_key, lock_resident, search_key
from cabinet.residents.sessions import GUESS, end_all_sessions
from cabinet.residents.tokens import use_up_tokens

WORKS_FOR = timedelta(hours=24)
_WISHES = 5
"""In a day, of one person; and letters to one new address, whoever asks for them."""
_LETTERS = 5
"""Asked for again within an hour."""


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that has not happened yet, as its owner sees it."""

    email: str
    new_agreed: bool
    old_agreed: bool
    asked_at: datetime
    expires_at: datetime


class Came(StrEnum):
    """What a link from one of the two letters led to."""

    WAITS_FOR_OLD = "waits_for_old"
    WAITS_FOR_NEW = "waits_for_new"
    DONE = "done"
    TAKEN = "taken"
    """The address became somebody else's meanwhile: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of it, and what has to follow elsewhere once it is done."""

    came: Came
    resident_id: UUID
    old_email_key: str
    mailbox: Mailbox


async def ask_for_change(
    resident_id: UUID,
    email: str,
    password: str,
    *,
    session: AsyncSession,
    device: str = "",
    address: str = "",
) -> None:
    """Write to both mailboxes; an earlier wish is put aside. Until both agree everything stays as it is.

    Raises BadEmail, SameEmail, WrongCurrentPassword, TooManyTries.
    """
    known = await check_current_password(resident_id, password)
    mailbox = read_mailbox(email)
    if mailbox.key == known.email_key:
        raise SameEmail
    await check_mail_server(mailbox)
    day = timedelta(days=1)
    await count_try("change_email", str(resident_id), limit=_WISHES, within=day)
    await count_try("change_email_to", mailbox.key, limit=_WISHES, within=day)
    resident = await lock_resident(resident_id, session=session)
    if waiting := await _waiting(resident_id, session):
        _end(waiting, ChangeEnd.CANCELED)
        await session.flush()
    change = EmailChange(
        resident_id=resident_id,
        email=mailbox.address,
        email_key=mailbox.key,
        old_email=resident.email,
        old_email_key=resident.email_key,
        old_token_hash=b"",
        expires_at=now() + WORKS_FOR,
    )
    await _write_to_old(resident, change, device, address, session)
    await _write_to_new(resident, change, session)
    session.add(change)
    await session.flush()


async def waiting_change(resident_id: UUID, *, session: AsyncSession) -> WaitingChange | None:
    """The change that waits for one of the mailboxes, if there is one."""
    found = await _waiting(resident_id, session)
    if found is None or found.expires_at <= now():
        return None
    return WaitingChange(
        found.email,
        found.new_agreed_at is not None,
        found.old_agreed_at is not None,
        found.created_at,
        found.expires_at,
    )


async def resend_change(
    resident_id: UUID, *, to_new: bool, session: AsyncSession, device: str = "", address: str = ""
) -> None:
    """Write again to the mailbox that has not agreed yet; the former link dies. Raises NotFound, TooManyTries."""
    await count_try("change_email_again", str(resident_id), limit=_LETTERS, within=timedelta(hours=1))
    resident = await lock_resident(resident_id, session=session)
    change = await _waiting(resident_id, session)
    if change is None or change.expires_at <= now():
        raise NotFound
    if to_new and change.new_agreed_at is None:
        await _write_to_new(resident, change, session)
    elif not to_new and change.old_agreed_at is None:
        await _write_to_old(resident, change, device, address, session)


async def cancel_change(resident_id: UUID, *, session: AsyncSession) -> None:
    """Leave the e-mail as it is. Raises NotFound when nothing waits."""
    await lock_resident(resident_id, session=session)
    change = await _waiting(resident_id, session)
    if change is None:
        raise NotFound
    _end(change, ChangeEnd.CANCELED)


async def agree_new(
    token: str, *, session: AsyncSession, here: Person | None = None, whereabouts: tuple[str, str] = ("", "")
) -> Step:
    """The new mailbox agrees; `here` is who is signed in in this browser and stays so, `whereabouts` device, address.

    Raises LinkUnknown, LinkUsed, LinkExpired.
    """
    resident, change = await _behind(col(EmailChange.new_token_hash) == hash_token(token), session)
    change.new_agreed_at = change.new_agreed_at or now()
    return await _go_on(resident, change, here, whereabouts, session)


async def agree_old(
    token: str, *, session: AsyncSession, here: Person | None = None, whereabouts: tuple[str, str] = ("", "")
) -> Step:
    """The old mailbox agrees. Raises LinkUnknown, LinkUsed, LinkExpired."""
    resident, change = await _behind(col(EmailChange.old_token_hash) == hash_token(token), session)
    change.old_agreed_at = change.old_agreed_at or now()
    return await _go_on(resident, change, here, whereabouts, session)


async def refuse_change(token: str, *, session: AsyncSession) -> None:
    """The old mailbox stops it: it was not they. Raises LinkUnknown, LinkUsed, LinkExpired."""
    _resident, change = await _behind(col(EmailChange.old_token_hash) == hash_token(token), session)
    _end(change, ChangeEnd.REFUSED)


async def agree_for_lost_mailbox(
    resident_id: UUID, reason: str, *, by: Person, session: AsyncSession, address: str = ""
) -> Step:
    """Staff agree in place of an old mailbox that its owner has lost. The reason stays, and is in the audit.

    Raises Forbidden, NotFound, NotYourself, WhyClosed, NewMailboxFirst.
    """
    resident = await lock_person(resident_id, by=by, session=session)
    refuse_oneself(resident, by)
    said = " ".join(reason.replace("\x00", "").split())
    if not said or len(said) > LONGEST_REASON:
        raise WhyClosed
    change = await _waiting(resident_id, session)
    if change is None or change.expires_at <= now():
        raise NotFound
    if change.new_agreed_at is None:
        raise NewMailboxFirst
    change.old_agreed_at, change.old_agreed_by, change.old_agreed_because = now(), by.id, said
    kind = "resident" if resident.role is Role.RESIDENT else "staff"
    await record(by.id, "agree_to_email", kind, resident_id, None, {"reason": said}, address, session=session)
    return await _go_on(resident, change, None, ("", ""), session)


async def delete_changes_before(moment: datetime, *, session: AsyncSession) -> None:
    """Delete the wishes from before `moment`: they name former addresses, to which letters stand as long."""
    await session.exec(delete(EmailChange).where(col(EmailChange.created_at) < moment))


async def _go_on(
    resident: Resident,
    change: EmailChange,
    here: Person | None,
    whereabouts: tuple[str, str],
    session: AsyncSession,
) -> Step:
    came = await _come(resident, change, here, whereabouts, session)
    mailbox = Mailbox(change.email, change.email_key, change.email_key.rpartition("@")[2])
    return Step(came, resident.id, change.old_email_key, mailbox)


async def _come(
    resident: Resident,
    change: EmailChange,
    here: Person | None,
    whereabouts: tuple[str, str],
    session: AsyncSession,
) -> Came:
    await session.flush()
    if change.new_agreed_at is None:
        return Came.WAITS_FOR_NEW
    if change.old_agreed_at is None:
        return Came.WAITS_FOR_OLD
    if not await _take_address(resident, change, session):
        _end(change, ChangeEnd.TAKEN)
        return Came.TAKEN
    _end(change, ChangeEnd.DONE)
    await record(resident.id, "change_email", kind_of(resident), resident.id, session=session)
    stays = here.session_id if here and here.id == resident.id else None
    await end_all_sessions(resident.id, session=session, but=stays)
    for purpose in TokenPurpose:
        await use_up_tokens(resident.id, purpose, session=session)
    await forgive_subject(GUESS, change.email_key, session=session)
    await tell_both_mailboxes(resident, change.old_email, *whereabouts, session=session)
    return Came.DONE


async def _take_address(resident: Resident, change: EmailChange, session: AsyncSession) -> bool:
    """Put the new address into the row; whoever comes second to it is refused by the database.

    A sign-up that nobody has confirmed holds no address: it goes.
    """
    holder = await find_by_key(change.email_key, session=session)
    if holder and (holder.confirmed_at or holder.role is not Role.RESIDENT):
        return False
    if holder:
        nobodys = delete(Resident).where(
            col(Resident.id) == holder.id,
            col(Resident.confirmed_at).is_(None),
            col(Resident.role) == Role.RESIDENT,
        )
        session.expunge(holder)
        await session.exec(nobodys.execution_options(synchronize_session=False))
    values = {
        "email": change.email,
        "email_key": change.email_key,
        "search_key": search_key(change.email, resident.full_name, resident.phone),
    }
    takes = update(Resident).where(col(Resident.id) == resident.id).values(values)
    try:
        async with session.begin_nested():
            await session.exec(takes.execution_options(synchronize_session=False))
    except IntegrityError:
        return False
    await session.refresh(resident)
    return True


async def _write_to_new(resident: Resident, change: EmailChange, session: AsyncSession) -> None:
    """The link; or, to the owner of a taken address, a letter without one."""
    holder = await find_by_key(change.email_key, session=session)
    if holder and (holder.confirmed_at or holder.role is not Role.RESIDENT):
        change.new_token_hash = None
        await tell_owner_of_taken(holder, session=session)
        return
    token = new_token()
    change.new_token_hash = hash_token(token)
    await ask_new_mailbox(change, resident.locale, token, session=session)


async def _write_to_old(
    resident: Resident, change: EmailChange, device: str, address: str, session: AsyncSession
) -> None:
    token = new_token()
    change.old_token_hash = hash_token(token)
    await ask_old_mailbox(change, resident.locale, token, device, address, session=session)


async def _waiting(resident_id: UUID, session: AsyncSession) -> EmailChange | None:
    current = select(EmailChange).where(
        EmailChange.resident_id == resident_id, col(EmailChange.ended_at).is_(None)
    )
    return (await session.exec(current.execution_options(populate_existing=True))).first()


async def _behind(link: ColumnElement[bool], session: AsyncSession) -> tuple[Resident, EmailChange]:
    """The resident, locked first, and the change that the link belongs to, if it can still happen."""
    seen = (await session.exec(select(EmailChange).where(link))).first()
    if seen is None:
        raise LinkUnknown
    resident = await lock_resident(seen.resident_id, session=session)
    fresh = select(EmailChange).where(link).execution_options(populate_existing=True)
    change = (await session.exec(fresh)).first()
    if change is None:
        raise LinkUnknown
    if change.ended_at:
        raise LinkUsed
    if change.expires_at <= now() or change.old_email_key != resident.email_key:
        raise LinkExpired
    return resident, change


def _end(change: EmailChange, because: ChangeEnd) -> None:
    change.ended_at, change.ended_because = now(), because
