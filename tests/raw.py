"""SQL as it stands, past the models: what tests ask the database itself."""

from typing import Any

from sqlalchemy import CursorResult, text
from sqlmodel.ext.asyncio.session import AsyncSession


async def run_sql(sql: str, session: AsyncSession, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run one statement within the transaction of the session."""
    return await (await session.connection()).execute(text(sql), values)
