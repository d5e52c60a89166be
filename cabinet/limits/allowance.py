"""So many requests a minute: one row for each subject, one statement for each request.

The generic cell rate algorithm: every request moves the moment at which all is free again by its share of
the minute; who is a whole minute ahead has to wait. Unlike a counter that begins anew every minute, it
never lets two minutes' worth through at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.kit.dates import now
from cabinet.limits.models import Allowance
from cabinet.limits.service import hash_subject

MINUTE = timedelta(minutes=1)

_SPEND = text("""
INSERT INTO allowance AS a (subject_hash, free_at) VALUES (:subject, :at + :share)
ON CONFLICT (subject_hash) DO UPDATE SET free_at = greatest(a.free_at, :at) + :share
WHERE greatest(a.free_at, :at) + :share <= :at + :whole
RETURNING free_at
""")
_KNOWN = select(Allowance.free_at).where(col(Allowance.subject_hash) == bindparam("subject"))


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the requests of a minute."""

    limit: int
    left: int
    seconds: int
    """Until one more is allowed (if refused), or until all are."""
    refused: bool = False


async def spend(subject: str, per_minute: int, *, session: AsyncSession) -> Left:
    """Count one request of the subject; refused, and then not counted, if the minute's are used up."""
    moment, share, key = now(), MINUTE / per_minute, hash_subject(subject)
    rows = await run(_SPEND, session=session, subject=key, at=moment, share=share, whole=MINUTE)
    if rows:
        ahead: timedelta = rows[0][0] - moment
        return Left(per_minute, int((MINUTE - ahead) / share), _seconds(ahead))
    known: datetime = (await run(_KNOWN, session=session, subject=key))[0][0]
    return Left(per_minute, 0, _seconds(known + share - MINUTE - moment), refused=True)


async def delete_free_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget the subjects that have been free since before `moment`."""
    await session.exec(delete(Allowance).where(col(Allowance.free_at) < moment))


def _seconds(wait: timedelta) -> int:
    """Whole seconds, rounded up, at least one."""
    return max(1, -(-int(wait.total_seconds() * 1000) // 1000))
