"""The same request twice: its effect once, its answer again (draft-ietf-httpapi-idempotency-key-header).

The answer is kept in the transaction of the effect, so that neither can be there without the other.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.keys.errors import AnotherRequest, StillWorking
from cabinet.keys.models import ApiAnswer

_CLAIM = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


async def claim_answer(
    key_id: UUID, name: str, request_hash: bytes, *, session: AsyncSession
) -> ApiAnswer | None:
    """The answer that was given to this request before, or None: then nobody else works on it until the end.

    Raises StillWorking while another transaction works on it, AnotherRequest if `name` stands for
    something else.
    """
    if not (await run(_CLAIM, session=session, name=f"api_answer:{key_id}:{name}"))[0][0]:
        raise StillWorking
    known = await session.get(ApiAnswer, (key_id, name), populate_existing=True)
    if known is not None and known.request_hash != request_hash:
        raise AnotherRequest
    return known


async def keep_answer(
    key_id: UUID, name: str, request_hash: bytes, status: int, body: str, *, session: AsyncSession
) -> None:
    """Keep what is answered; the caller has claimed it."""
    session.add(ApiAnswer(key_id=key_id, name=name, request_hash=request_hash, status=status, body=body))
    await session.flush()


async def delete_answers_before(moment: datetime, *, session: AsyncSession) -> None:
    """Forget the answers given before `moment`: their requests would be new ones."""
    await session.exec(delete(ApiAnswer).where(col(ApiAnswer.created_at) < moment))
