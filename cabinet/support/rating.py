"""What people thought of the help: one mark for each closing, changeable for a week."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import changes, record
from cabinet.kit.dates import now
from cabinet.residents.errors import TooLong
from cabinet.support.errors import NotToRate, ScoreMissing
from cabinet.support.models import Ticket, TicketRating, TicketState, TicketStep
from cabinet.support.own import Asker, find_own, lock_own
from cabinet.support.thread import clean_text

SCORES = range(1, 6)
LONGEST_WORDS = 500
CHANGEABLE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rating:
    """A mark from 1 to 5 with an optional sentence."""

    score: int
    words: str
    created_at: datetime

    @property
    def is_final(self) -> bool:
        """Whether it has stood for a week and cannot be changed any more."""
        return self.created_at <= now() - CHANGEABLE


async def rate(asker: Asker, score: int, words: str, *, session: AsyncSession, address: str = "") -> None:
    """Rate the help after the latest closing, or change the mark within a week.

    Raises NotFound, LinkExpired, ScoreMissing, TooLong, NotToRate.
    """
    ticket, words = await lock_own(asker, session=session), " ".join(clean_text(words).split())
    if score not in SCORES:
        raise ScoreMissing
    if len(words) > LONGEST_WORDS:
        raise TooLong("words", LONGEST_WORDS)
    row = await _row_of(ticket, session)
    before = {"score": row.score} if row.score else {}
    row.score, row.words = score, words
    session.add(row)
    await session.flush()
    was, now_is = changes(before, {"score": score})  # no words: the audit outlives the request
    await record(ticket.resident_id, "rate", "ticket", ticket.id, was, now_is, address, session=session)


async def rating_of(asker: Asker, *, session: AsyncSession) -> Rating | None:
    """The mark for the latest closing, if the request is closed and one was given. Raises NotFound, LinkExpired."""
    ticket = await find_own(asker, session=session)
    return await latest_rating(ticket, session=session)


async def latest_rating(ticket: Ticket, *, session: AsyncSession) -> Rating | None:
    """The mark for the latest closing."""
    closing = await _closing(ticket, session)
    row = await _find(closing, session) if closing else None
    return Rating(row.score, row.words, row.created_at) if row else None


async def _row_of(ticket: Ticket, session: AsyncSession) -> TicketRating:
    """The row to write the mark into. Raises NotToRate."""
    closing = await _closing(ticket, session)
    if closing is None:
        raise NotToRate
    row = await _find(closing, session)
    if row is not None and Rating(row.score, row.words, row.created_at).is_final:
        raise NotToRate
    return row or TicketRating(step_id=closing.id, ticket_id=ticket.id, score=0)


async def _closing(ticket: Ticket, session: AsyncSession) -> TicketStep | None:
    if ticket.state is not TicketState.CLOSED:
        return None
    statement = (
        select(TicketStep)
        .where(TicketStep.ticket_id == ticket.id, TicketStep.state == TicketState.CLOSED)
        .order_by(col(TicketStep.created_at).desc())
        .limit(1)
    )
    return (await session.exec(statement)).first()


async def _find(closing: TicketStep, session: AsyncSession) -> TicketRating | None:
    return (await session.exec(select(TicketRating).where(TicketRating.step_id == closing.id))).one_or_none()
