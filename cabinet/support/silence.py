"""Requests that nobody answers any more: a letter beforehand, then they are closed."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from cabinet.audit.service import record
from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import now
from cabinet.settings import settings
from cabinet.support.letters import tell_closed, tell_closing
from cabinet.support.models import Author, Ticket, TicketState
from cabinet.support.thread import lock_ticket, take_step

_HOME_ZONE = ZoneInfo("Europe/Moscow")
_SILENT_SINCE = func.greatest(col(Ticket.answered_at), col(Ticket.state_since))


async def warn_of_closing() -> int:
    """Write to everybody whose answered request is closed in some days; how many were written."""
    patience = timedelta(days=settings.support_silence_days - settings.support_warning_days)
    ids = await _silent(now() - patience >= _SILENT_SINCE, col(Ticket.warned_at).is_(None))
    return sum([await _warn(ticket_id) for ticket_id in ids])


async def close_silent() -> int:
    """Close what was answered long ago, of which a letter has told long enough; how many were closed."""
    long_ago = now() - timedelta(days=settings.support_silence_days)
    ids = await _silent(long_ago >= _SILENT_SINCE, col(Ticket.warned_at) <= _warned_before())
    return sum([await _close(ticket_id) for ticket_id in ids])


async def _silent(*which: ColumnElement[bool]) -> list[UUID]:
    async with read_only() as session:
        statement = select(Ticket.id).where(Ticket.state == TicketState.ANSWERED, *which)
        return list(await session.exec(statement.order_by(col(Ticket.state_since), col(Ticket.id))))


async def _warn(ticket_id: UUID) -> bool:
    """Write the letter, unless somebody wrote or another worker was quicker."""
    async with unit_of_work() as session:
        ticket = await lock_ticket(ticket_id, session=session)
        if ticket.state is not TicketState.ANSWERED or ticket.warned_at is not None:
            return False
        ticket.warned_at = now()
        closes_at = ticket.warned_at + timedelta(days=settings.support_warning_days)
        await tell_closing(ticket, closes_at.astimezone(_HOME_ZONE).date(), session=session)
        return True


async def _close(ticket_id: UUID) -> bool:
    async with unit_of_work() as session:
        ticket = await lock_ticket(ticket_id, session=session)
        if (
            ticket.state is not TicketState.ANSWERED
            or ticket.warned_at is None
            or ticket.warned_at > _warned_before()
        ):
            return False
        await take_step(ticket, TicketState.CLOSED, (Author.CLOCK, None), session=session)
        await tell_closed(ticket, session=session)
        states = {"state": TicketState.ANSWERED}, {"state": TicketState.CLOSED}
        await record(None, "close", "ticket", ticket.id, *states, session=session)
        return True


def _warned_before() -> datetime:
    """The job runs once a day, not always at the same minute."""
    return now() - timedelta(days=settings.support_warning_days) + timedelta(hours=1)
