"""Counting what a page asks of the database."""

from collections.abc import Awaitable
from typing import Any

from sqlalchemy import event
from sqlmodel.ext.asyncio.session import AsyncSession


async def counted(session: AsyncSession, work: Awaitable[Any]) -> int:
    """How many SELECTs ran on the test's connection while the work was done."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    connection = (await session.connection()).sync_connection
    assert connection is not None
    event.listen(connection, "before_cursor_execute", note)
    try:
        await work
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(seen)
