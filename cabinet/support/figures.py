"""How the support desk does: time to the first answer, time in each state, open requests, marks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.kit.dates import now
from cabinet.support.models import Ticket, TicketRating, TicketState, TicketStep

DAYS = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """The desk now, and over the last 30 days."""

    open_now: int
    longest_wait: timedelta | None
    """Of the open ones; None when none is open."""
    first_answer: timedelta | None
    """The median time from a request to its first answer, of requests first answered within the 30 days."""
    rating: float | None
    """The average mark."""
    ratings: int


async def desk_figures(*, session: AsyncSession) -> Figures:
    """The figures of all requests; three queries."""
    moment = now()
    since = moment - timedelta(days=DAYS)
    waits = select_columns(func.count(), func.min(col(Ticket.state_since)))
    [(open_now, oldest)] = await run(waits.where(col(Ticket.state) == TicketState.OPEN), session=session)
    took = col(Ticket.first_answered_at) - col(Ticket.created_at)
    median = select_columns(func.percentile_cont(0.5).within_group(took))
    [(first_answer,)] = await run(median.where(col(Ticket.first_answered_at) > since), session=session)
    marks = select_columns(func.avg(col(TicketRating.score)), func.count())
    [(rating, ratings)] = await run(marks.where(col(TicketRating.created_at) > since), session=session)
    return Figures(
        open_now=open_now,
        longest_wait=moment - oldest if oldest else None,
        first_answer=first_answer,
        rating=float(rating) if rating is not None else None,
        ratings=ratings,
    )


async def time_in_states(ticket_id: UUID, *, session: AsyncSession) -> dict[TicketState, timedelta]:
    """How long the request was in each state so far; time after closing counts for nobody."""
    steps = (
        await session.exec(
            select(TicketStep)
            .where(TicketStep.ticket_id == ticket_id)
            .order_by(col(TicketStep.created_at), col(TicketStep.id))
        )
    ).all()
    times: dict[TicketState, timedelta] = dict.fromkeys(TicketState, timedelta())
    for state, took in _spans([(step.state, step.created_at) for step in steps], now()):
        times[state] += took
    return times


def _spans(
    steps: list[tuple[TicketState, datetime]], moment: datetime
) -> Iterator[tuple[TicketState, timedelta]]:
    for (state, began), (_next, ended) in pairwise([*steps, (TicketState.CLOSED, moment)]):
        if state is not TicketState.CLOSED:
            yield state, ended - began
