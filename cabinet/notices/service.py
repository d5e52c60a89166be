"""Notices for residents: what is shown to whom, and putting aside."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, exists
from sqlalchemy import delete as delete_rows
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.errors import NotFound
from cabinet.notices.audience import is_for, is_shown
from cabinet.notices.models import Notice, NoticeDismissal, NoticeKind
from cabinet.providers.models import Provider

HOME_ZONE = "Europe/Moscow"
"""In which the operator's own notices are dated."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as a resident sees it; the provider's names are empty for the operator's own."""

    id: UUID
    kind: NoticeKind
    provider_name: str
    provider_name_en: str
    title_ru: str
    title_en: str
    text_ru: str
    text_en: str
    happens_from: datetime | None
    happens_until: datetime | None
    shown_from: datetime
    timezone: str
    is_dismissed: bool = False

    def provider_in(self, locale: str) -> str:
        """Who tells it, as a resident of that language reads the name."""
        return self.provider_name_en if locale == "en" and self.provider_name_en else self.provider_name

    def title_in(self, locale: str) -> str:
        """The title, in Russian where nobody has written it in English."""
        return self.title_en if locale == "en" and self.title_en else self.title_ru

    def text_in(self, locale: str) -> str:
        """The text, in Russian where nobody has written it in English."""
        return self.text_en if locale == "en" and self.text_en else self.text_ru


_COLUMNS = (
    col(Notice.id),
    col(Notice.kind),
    col(Provider.name),
    col(Provider.name_en),
    col(Notice.title_ru),
    col(Notice.title_en),
    col(Notice.text_ru),
    col(Notice.text_en),
    col(Notice.happens_from),
    col(Notice.happens_until),
    col(Notice.shown_from),
    col(Provider.timezone),
)


async def notices_for(
    resident_id: UUID, account_id: UUID | None = None, *, session: AsyncSession
) -> list[NoticeView]:
    """What is shown to the resident now, put aside or not: outages first, by their beginning; then the newest.

    With `account_id` only what concerns that account, if it is linked. One query.
    """
    put_aside = exists().where(
        col(NoticeDismissal.notice_id) == col(Notice.id), col(NoticeDismissal.resident_id) == resident_id
    )
    statement = (
        select_columns(*_COLUMNS, put_aside)
        .select_from(Notice)
        .outerjoin(Provider, col(Provider.id) == col(Notice.provider_id))
        .where(is_shown(), is_for(resident_id, account_id))
        .order_by(
            case((col(Notice.kind) == NoticeKind.OUTAGE, 0), else_=1),
            col(Notice.happens_from),
            col(Notice.shown_from).desc(),
            col(Notice.id),
        )
    )
    return [_view(*row) for row in await run(statement, session=session)]


async def dismiss_notice(resident_id: UUID, notice_id: UUID, *, session: AsyncSession) -> None:
    """Put a notice aside; again changes nothing. Raises NotFound for what the resident is not shown."""
    shown = select_columns(col(Notice.id)).where(col(Notice.id) == notice_id, is_shown(), is_for(resident_id))
    if not await run(shown, session=session):
        raise NotFound
    row = NoticeDismissal(notice_id=notice_id, resident_id=resident_id)
    await run(insert(NoticeDismissal).values(row.model_dump()).on_conflict_do_nothing(), session=session)


async def bring_back_notices(resident_id: UUID, *, session: AsyncSession) -> None:
    """Show everything again that the resident has put aside."""
    await run(
        delete_rows(NoticeDismissal).where(col(NoticeDismissal.resident_id) == resident_id), session=session
    )


async def preview_of(notice_id: UUID, *, session: AsyncSession) -> NoticeView:
    """The notice as a resident would see it, whenever and whoever it is for: for staff. Raises NotFound."""
    statement = (
        select_columns(*_COLUMNS)
        .select_from(Notice)
        .outerjoin(Provider, col(Provider.id) == col(Notice.provider_id))
        .where(col(Notice.id) == notice_id)
    )
    rows = await run(statement, session=session)
    if not rows:
        raise NotFound
    return _view(*rows[0])


def _view(
    id: UUID,
    kind: NoticeKind,
    name: str | None,
    name_en: str | None,
    title_ru: str,
    title_en: str,
    text_ru: str,
    text_en: str,
    happens_from: datetime | None,
    happens_until: datetime | None,
    shown_from: datetime,
    timezone: str | None,
    is_dismissed: bool = False,
) -> NoticeView:
    return NoticeView(
        id=id,
        kind=kind,
        provider_name=name or "",
        provider_name_en=name_en or "",
        title_ru=title_ru,
        title_en=title_en,
        text_ru=text_ru,
        text_en=text_en,
        happens_from=happens_from,
        happens_until=happens_until,
        shown_from=shown_from,
        timezone=timezone or HOME_ZONE,
        is_dismissed=is_dismissed,
    )
