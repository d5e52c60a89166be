"""Letting a letter leave once more, for staff: never while it is on its way, never with a link that is over."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import NotFound
from cabinet.jobs import defer
from cabinet.kit.dates import now
from cabinet.mail.errors import LetterIsEmpty, LetterWaits, LinkIsOver
from cabinet.mail.models import Letter
from cabinet.mail.sending import send_letter
from cabinet.residents.person import Permission, Person
from cabinet.settings import settings

AT_ONCE = 500
"""So many failed letters leave in one go."""
_ERASED = "token=…"
"""How sending leaves a link in the outbox: who reads it cannot follow it, nor can it be sent again."""


@dataclass(frozen=True, slots=True)
class Resent:
    """What became of the failed letters."""

    sent: int
    left: int
    """Still failed: more than leave at once, or such that cannot leave."""


async def resend_letter(letter_id: UUID, *, by: Person, address: str = "", session: AsyncSession) -> None:
    """Let a letter that was sent or given up leave again, and write down who wanted it.

    Raises Forbidden, NotFound, LetterWaits, LinkIsOver, LetterIsEmpty.
    """
    by.require(Permission.SEND_LETTERS)
    letter = await session.get(Letter, letter_id, with_for_update=True, populate_existing=True)
    if letter is None:
        raise NotFound
    _refuse(letter)
    await _let_go(letter, by, address, session)


async def resend_failed(*, by: Person, address: str = "", session: AsyncSession) -> Resent:
    """Let the letters that were given up leave again, the oldest first, at most 500; those that cannot stay.

    Raises Forbidden.
    """
    by.require(Permission.SEND_LETTERS)
    failed = (
        select(Letter)
        .where(col(Letter.failed_at).is_not(None), *_can_leave())
        .order_by(col(Letter.failed_at), col(Letter.id))
        .limit(AT_ONCE + 1)
        .with_for_update(skip_locked=True)
    )
    found = list(await session.exec(failed))
    for letter in found[:AT_ONCE]:
        await _let_go(letter, by, address, session)
    left = select(func.count()).select_from(Letter).where(col(Letter.failed_at).is_not(None))
    return Resent(len(found[:AT_ONCE]), (await session.exec(left)).one())


def _can_leave() -> list[ColumnElement[bool]]:
    """The rule of `_refuse` for many."""
    over = (
        and_(col(Letter.kind) == kind, col(Letter.created_at) <= now() - lives)
        for kind, lives in _link_lives().items()
    )
    return [col(Letter.text) != "", not_(col(Letter.text).contains(_ERASED)), *map(not_, over)]


def _refuse(letter: Letter) -> None:
    if letter.sent_at is None and letter.failed_at is None:
        raise LetterWaits
    if not letter.text:
        raise LetterIsEmpty
    lives = _link_lives().get(letter.kind)
    if _ERASED in letter.text or (lives is not None and letter.created_at + lives <= now()):
        raise LinkIsOver


def _link_lives() -> dict[str, timedelta]:
    """How long the links work that letters of these kinds carry; others carry none that ends."""
    from cabinet.access.invitations import WORKS_FOR

    return {
        "confirm_email": timedelta(hours=settings.confirm_link_hours),
        "reset_password": timedelta(hours=settings.reset_link_hours),
        "staff_invited": timedelta(hours=settings.confirm_link_hours),
        "invitation": WORKS_FOR,
    }


async def _let_go(letter: Letter, by: Person, address: str, session: AsyncSession) -> None:
    before = {"sent_at": letter.sent_at, "failed_at": letter.failed_at, "error": letter.error}
    letter.sent_at, letter.failed_at, letter.error = None, None, ""
    letter.attempts, letter.resent_at = 0, now()
    await session.flush()
    await defer(send_letter, session=session, letter_id=str(letter.id))
    after = {"kind": letter.kind, "resent_at": letter.resent_at}
    await record(by.id, "resend", "letter", letter.id, before, after, address, session=session)
