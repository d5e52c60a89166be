"""Writing notices: what staff save, withdraw, and how many residents it reaches."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.audit.service import changes, record
from cabinet.database import run
from cabinet.errors import Forbidden, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.notices.audience import accounts_for, is_current
from cabinet.notices.errors import BadNotice, NoticeWithdrawn
from cabinet.notices.models import Notice, NoticeKind
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission, Person

LONGEST_TITLE = 120
LONGEST_TEXT = 4000
LONGEST_PART = 120


@dataclass(frozen=True, slots=True)
class NoticeValues:
    """What staff enter; moments with zone. `provider_id` None: of the operator, to everybody."""

    provider_id: UUID | None
    kind: NoticeKind
    title_ru: str
    text_ru: str
    shown_from: datetime
    shown_until: datetime
    title_en: str = ""
    text_en: str = ""
    address_part: str = ""
    happens_from: datetime | None = None
    happens_until: datetime | None = None
    by_letter: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people a notice is shown to, and how many of them would get it by letter."""

    residents: int
    letters: int


async def save_notice(
    notice_id: UUID | None, values: NoticeValues, *, by: Person, session: AsyncSession, address: str = ""
) -> UUID:
    """Write a notice, or change it; its letters leave once, when it is shown.

    Raises Forbidden, NotFound, NoticeWithdrawn, BadNotice.
    """
    by.require(Permission.EDIT_NOTICES)
    if not may_write_for(by, values.provider_id):
        raise Forbidden
    notice = await _own(notice_id, by, session) if notice_id else None
    if problems := dict(_problems(values)):
        raise BadNotice(problems)
    before = notice.model_dump() if notice else {}
    row = notice or Notice(**asdict(values), created_by=by.id)
    row.sqlmodel_update(asdict(values))
    session.add(row)
    await session.flush()
    was, now_is = changes(before, row.model_dump())
    action = "edit" if notice else "create"
    await record(by.id, action, "notice", row.id, was, now_is, address, session=session)
    return row.id


async def withdraw_notice(notice_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Show it to nobody any more; letters that have not left stay unwritten. Raises Forbidden, NotFound."""
    by.require(Permission.EDIT_NOTICES)
    notice = await _own(notice_id, by, session)
    notice.withdrawn_at = now()
    await record(by.id, "withdraw", "notice", notice.id, None, None, address, session=session)


def may_write_for(person: Person, provider_id: UUID | None) -> bool:
    """Whether the person may speak for the provider (None: for the operator)."""
    return person.may(Permission.EDIT_NOTICES) and person.serves(provider_id)


async def reach_of(provider_id: UUID | None, address_part: str, *, session: AsyncSession) -> Reach:
    """The residents whose current links the notice is for; one query."""
    wants = col(Resident.letters_about_notices).is_(True)
    people = select_columns(func.count(), func.count().filter(wants)).where(
        col(Resident.confirmed_at).is_not(None), col(Resident.blocked_at).is_(None)
    )
    if provider_id is not None or address_part:
        linked = (
            select_columns(col(AccountLink.resident_id))
            .join(Account, col(Account.id) == col(AccountLink.account_id))
            .where(is_current(), *accounts_for(provider_id, address_part))
        )
        people = people.where(col(Resident.id).in_(linked))
    [(residents, letters)] = await run(people, session=session)
    return Reach(residents, letters)


async def _own(notice_id: UUID, by: Person, session: AsyncSession) -> Notice:
    """The notice, locked, if the person may speak for its provider."""
    notice = await session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None or not may_write_for(by, notice.provider_id):
        raise NotFound
    if notice.withdrawn_at is not None:
        raise NoticeWithdrawn
    return notice


def _problems(values: NoticeValues) -> Iterator[tuple[str, str]]:
    if not values.title_ru:
        yield "title_ru", _("Write a title.")
    if not values.text_ru:
        yield "text_ru", _("Write the text.")
    if bool(values.title_en) != bool(values.text_en):
        missing = "text_en" if values.title_en else "title_en"
        yield missing, _("Write title and text in English, or neither.")
    yield from _too_long(values)
    yield from _wrong_times(values)


def _too_long(values: NoticeValues) -> Iterator[tuple[str, str]]:
    limits = {
        "title_ru": LONGEST_TITLE,
        "title_en": LONGEST_TITLE,
        "text_ru": LONGEST_TEXT,
        "text_en": LONGEST_TEXT,
        "address_part": LONGEST_PART,
    }
    for name, limit in limits.items():
        if len(getattr(values, name)) > limit:
            yield name, _("Up to {count} characters fit here.").format(count=limit)


def _wrong_times(values: NoticeValues) -> Iterator[tuple[str, str]]:
    if values.kind is NoticeKind.OUTAGE and values.happens_from is None:
        yield "happens_from", _("Say when the outage begins.")
    begins, ends = values.happens_from, values.happens_until
    if ends is not None and begins is None:
        yield "happens_from", _("Say when it begins, too.")
    if begins is not None and ends is not None and ends <= begins:
        yield "happens_until", _("The end must be after the beginning.")
    if values.shown_until <= values.shown_from:
        yield "shown_until", _("The end must be after the beginning.")
