"""Many things in one request: each is kept or refused by itself, and the answer says which."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.database import run
from cabinet.errors import CabinetError
from cabinet.http.api.problems import Fault, faults_of
from cabinet.i18n import N_
from cabinet.kit.outcome import Outcome, Registered

MOST = 1000
"""Things in one request."""
Item = TypeVar("Item")
Many = Annotated[list[Item], Field(min_length=1, max_length=MOST)]

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_ACTIONS = {Outcome.NEW: "create", Outcome.CHANGED: "edit"}


class ResultStatus(StrEnum):
    """What became of one thing."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class Refusal(BaseModel):
    """Why one thing of the request was not kept."""

    type: str = Field(description=N_("Stable kind of the problem: a URN that ends with its code"))
    detail: str = Field(description=N_("What happened and what to do, for people"))
    errors: list[Fault] = []


class Result(BaseModel):
    """What became of one thing of the request."""

    index: int = Field(description=N_("Its place in the request, from 0"))
    status: ResultStatus
    id: UUID | None = Field(default=None, description=N_("Our id of what was kept"))
    problem: Refusal | None = None


class Results(BaseModel):
    """What became of each thing, in the order of the request, and how many of each."""

    results: list[Result]
    new: int
    changed: int
    unchanged: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Step(Generic[Item]):
    """One thing of the request, with what it is sorted by: rows are locked in one order whoever asks."""

    index: int
    item: Item
    order: str


async def one_at_a_time(provider_id: UUID, *, session: AsyncSession) -> None:
    """Let the provider's writing requests come one after the other, so that none waits for another's rows."""
    await run(_ONE_AT_A_TIME, session=session, name=f"api_batch:{provider_id}")


async def each(
    steps: Iterable[Step[Item]],
    work: Callable[[Item], Awaitable[Registered]],
    *,
    subject: str,
    below: str,
    session: AsyncSession,
    refused: Iterable[tuple[int, CabinetError]] = (),
) -> Results:
    """Do the work for each thing in a savepoint of its own, and write the audit of what changed.

    `subject` is the table's word for the audit, empty where the work audits itself; `below` the name of the
    list in the request; `refused` are things that did not come as far as the work.
    """
    results = [_refusal(index, error, below) for index, error in refused]
    for step in sorted(steps, key=lambda one: (one.order, one.index)):
        try:
            async with session.begin_nested():
                done = await work(step.item)
                if subject:
                    await _note(done, subject, session)
        except CabinetError as error:
            results.append(_refusal(step.index, error, below))
        else:
            results.append(Result(index=step.index, status=ResultStatus(done.outcome), id=done.id))
    return _counted(sorted(results, key=lambda one: one.index))


async def _note(done: Registered, subject: str, session: AsyncSession) -> None:
    if done.outcome is not Outcome.UNCHANGED:
        await record(None, _ACTIONS[done.outcome], subject, done.id, done.before, done.after, session=session)


def _refusal(index: int, error: CabinetError, below: str) -> Result:
    problem = Refusal(
        type=f"urn:cabinet:problem:{error.code}",
        detail=error.message(),
        errors=faults_of(error, f"#/{below}/{index}"),
    )
    return Result(index=index, status=ResultStatus.REJECTED, problem=problem)


def _counted(results: list[Result]) -> Results:
    count = {status: sum(one.status is status for one in results) for status in ResultStatus}
    return Results(
        results=results,
        new=count[ResultStatus.NEW],
        changed=count[ResultStatus.CHANGED],
        unchanged=count[ResultStatus.UNCHANGED],
        rejected=count[ResultStatus.REJECTED],
    )
