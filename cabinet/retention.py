"""What is older than `settings.keep_days` says is deleted, every night."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.service import delete_invitations_before
from cabinet.database import unit_of_work
from cabinet.exchange.imports.service import delete_registry_files_before
from cabinet.factors.service import delete_sign_ins_before
from cabinet.jobs import delete_jobs_before, jobs
from cabinet.keys import personal
from cabinet.keys.service import delete_answers_before
from cabinet.kit.dates import now
from cabinet.limits.allowance import delete_free_before
from cabinet.limits.service import delete_attempts_before
from cabinet.mail.service import delete_last_letters_before, delete_letters_before
from cabinet.mydata.leaving import delete_shells_before
from cabinet.reminders.sending import delete_reminders_before
from cabinet.residents.devices import delete_devices_before
from cabinet.residents.email_change import delete_changes_before
from cabinet.residents.sessions import delete_sessions_before
from cabinet.residents.sign_up import delete_unconfirmed_before
from cabinet.residents.tokens import delete_tokens_before
from cabinet.settings import Retention, settings
from cabinet.support.service import forget_closed_files, forget_links, forget_lost_files
from cabinet.webhooks.service import delete_deliveries_before

_LAST_LETTERS = timedelta(days=2)
"""Longer than the sending is tried."""

logger = logging.getLogger(__name__)


async def _delete_links(moment: datetime, *, session: AsyncSession) -> None:
    await delete_tokens_before(moment, session=session)
    await delete_invitations_before(moment, session=session)
    await forget_links(session=session)
    await personal.delete_tokens_before(moment, session=session)


async def _delete_attempts(moment: datetime, *, session: AsyncSession) -> None:
    await delete_attempts_before(moment, session=session)
    await delete_free_before(moment, session=session)


async def _delete_ticket_files(_moment: datetime, *, session: AsyncSession) -> None:
    await forget_closed_files(session=session)
    await forget_lost_files(session=session)


async def _delete_log_files(moment: datetime, *, session: AsyncSession) -> None:
    await asyncio.to_thread(_delete_old, settings.data_dir / "logs", "*.log*", moment)


async def _delete_letters(moment: datetime, *, session: AsyncSession) -> None:
    await delete_letters_before(moment, session=session)
    await delete_last_letters_before(now() - _LAST_LETTERS, session=session)
    await delete_changes_before(moment, session=session)
    await asyncio.to_thread(_delete_old, settings.data_dir / "mail", "*.eml", moment)


RULES: dict[str, Callable[..., Awaitable[object]]] = {
    "used_tokens": _delete_links,
    "unconfirmed_sign_ups": delete_unconfirmed_before,
    "ended_sessions": delete_sessions_before,
    "half_sign_ins": delete_sign_ins_before,
    "known_devices": delete_devices_before,
    "deleted_cabinets": delete_shells_before,
    "attempts": _delete_attempts,
    "sent_letters": _delete_letters,
    "closed_ticket_files": _delete_ticket_files,
    "finished_jobs": delete_jobs_before,
    "reminders": delete_reminders_before,
    "api_answers": delete_answers_before,
    "webhook_deliveries": delete_deliveries_before,
    "log_files": _delete_log_files,
    "registry_files": delete_registry_files_before,
}
"""For each line of `Retention`, what deletes the rows or files older than a moment."""

if missing := Retention.model_fields.keys() ^ RULES.keys():
    raise TypeError(f"Retention and its rules differ: {sorted(missing)}")


@jobs.periodic(cron="17 2 * * *")
@jobs.task(name="delete_what_is_old", queueing_lock="delete_what_is_old")
async def delete_what_is_old(timestamp: int) -> None:
    """Delete, kind by kind, what is kept no longer; one that fails does not hold up the others."""
    for name, delete in RULES.items():
        before = now() - timedelta(days=getattr(settings.keep_days, name))
        try:
            async with unit_of_work() as session:
                await delete(before, session=session)
        except Exception:
            logger.exception("What is old was not deleted: %s", name)


def _delete_old(folder: Path, pattern: str, moment: datetime) -> None:
    for path in folder.glob(pattern) if folder.exists() else ():
        if path.stat().st_mtime < moment.timestamp():
            path.unlink(missing_ok=True)
