"""Letters about notices: in batches, each resident once, wherever a worker was stopped."""

from uuid import UUID

from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import exists
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.i18n import use_locale
from cabinet.jobs import jobs
from cabinet.kit.dates import now
from cabinet.mail.service import link, write_letter
from cabinet.notices.audience import is_for, is_shown
from cabinet.notices.models import Notice, NoticeKind
from cabinet.notices.service import NoticeView, preview_of
from cabinet.notices.words import say_when
from cabinet.reminders.models import Reminder, ReminderKind
from cabinet.residents.models import Resident

BATCH = 100


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(queueing_lock="tell_of_notices", name="tell_of_notices")
async def tell_of_notices(timestamp: int) -> None:
    """Queue the letters of every notice that is shown by now and has not told everybody."""
    async with read_only() as session:
        due = await notices_to_tell(session=session)
    for notice_id in due:
        task = tell_of_notice.configure(queueing_lock=f"notice {notice_id}", lock=f"notice {notice_id}")
        try:
            await task.defer_async(notice_id=str(notice_id))
        except AlreadyEnqueued:
            continue


@jobs.task(name="tell_of_notice", retry=3)
async def tell_of_notice(notice_id: str) -> None:
    """Write the letters of one notice, a batch in each transaction, until nobody is left."""
    while await tell_batch(UUID(notice_id)):
        continue


async def tell_batch(notice_id: UUID) -> bool:
    """Write the next letters; whether there may be more. What a killed worker had written is not written again."""
    async with unit_of_work() as session:
        notice = await _to_tell(notice_id, session)
        if notice is None:
            return False
        readers = await _readers(notice.id, session)
        if not readers:
            notice.letters_at = now()
            return False
        view = await preview_of(notice.id, session=session)
        for reader in readers:
            if await _is_first(reader.id, notice, session):
                await _write(reader, view, session)
        return True


async def notices_to_tell(*, session: AsyncSession) -> list[UUID]:
    """The notices by letter that are shown now and whose letters are not all written."""
    rows = await session.exec(
        select(Notice.id)
        .where(is_shown(), col(Notice.by_letter).is_(True), col(Notice.letters_at).is_(None))
        .order_by(col(Notice.created_at))
    )
    return list(rows)


async def _to_tell(notice_id: UUID, session: AsyncSession) -> Notice | None:
    """The notice, locked, if it still is to be told."""
    statement = select(Notice).where(
        Notice.id == notice_id, is_shown(), col(Notice.by_letter).is_(True), col(Notice.letters_at).is_(None)
    )
    return (await session.exec(statement.with_for_update(of=Notice))).one_or_none()


async def _readers(notice_id: UUID, session: AsyncSession) -> list[Resident]:
    """The next people whom the notice is for, who want such letters and were not told."""
    told = exists().where(
        col(Reminder.resident_id) == col(Resident.id),
        col(Reminder.kind) == ReminderKind.NOTICE,
        col(Reminder.about_id) == notice_id,
    )
    statement = (
        select(Resident)
        .join(Notice, col(Notice.id) == notice_id)
        .where(
            is_for(col(Resident.id)),
            ~told,
            col(Resident.letters_about_notices).is_(True),
            col(Resident.confirmed_at).is_not(None),
            col(Resident.blocked_at).is_(None),
        )
        .order_by(col(Resident.id))
        .limit(BATCH)
    )
    return list((await session.exec(statement)).all())


async def _is_first(resident_id: UUID, notice: Notice, session: AsyncSession) -> bool:
    """Claim the letter: the unique row decides between two workers. The day is the notice's own, for good."""
    row = Reminder(
        resident_id=resident_id,
        kind=ReminderKind.NOTICE,
        about_id=notice.id,
        about_day=notice.created_at.date(),
    )
    claim = insert(Reminder).values(row.model_dump()).on_conflict_do_nothing().returning(col(Reminder.id))
    return (await session.exec(claim)).scalar_one_or_none() is not None


async def _write(reader: Resident, view: NoticeView, session: AsyncSession) -> None:
    with use_locale(reader.locale):
        when = say_when(view) if view.happens_from else ""
    await write_letter(
        "notice",
        reader.email,
        reader.locale,
        session=session,
        about_id=view.id,
        is_outage=view.kind is NoticeKind.OUTAGE,
        title=view.title_in(reader.locale),
        text=view.text_in(reader.locale),
        provider=view.provider_in(reader.locale),
        when=when,
        url=link("/cabinet", reader.locale),
    )
