"""SQL as it stands, past the models: what tests ask the database itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlmodel.ext.asyncio.session import AsyncSession

MARKS_OF_USE = ("last_seen_at", "last_used_at", "last_used_from")
"""Columns that anybody's look may move."""


async def run_sql(sql: str, session: AsyncSession, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run one statement within the transaction of the session."""
    return await (await session.connection()).execute(text(sql), values)


async def checksums(
    session: AsyncSession, leaving_out: Iterable[str] = (), of_provider: UUID | None = None
) -> dict[str, str]:
    """Of every table there is but for those left out: equal only if nothing was written.

    Every row knows the transaction that wrote it (`xmin`): the newest and the count say enough, and are counted fast.
    Where a look leaves a mark, the rows are compared without it. `of_provider`: in tables that say whose a row is,
    only the rows of this provider count.
    """
    own = f"WHERE provider_id = '{of_provider}'" if of_provider else ""
    left_out, asked = {*leaving_out}, list[str]()
    if not _known:  # the catalog costs more than the rows
        _known.extend(await run_sql(_TABLES, session, marks=list(MARKS_OF_USE)))
    for table, has_provider, is_marked in _known:
        if table not in left_out:
            one = _COMPARED if is_marked else _COUNTED
            asked.append(one.format(table, own if has_provider else ""))
    return {str(row[0]): str(row[1]) for row in await run_sql(" UNION ALL ".join(asked), session)}


_known: list[Any] = []
"""(table, whether it says whose a row is, whether a look leaves marks): the same in every database of a run."""
_HAS = "EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'public' AND table_name = tablename AND {})"
_TABLES = (
    "SELECT tablename, "
    + _HAS.format("column_name = 'provider_id'")
    + ", "
    + _HAS.format("column_name = ANY(:marks)")
    + " FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
)
_COUNTED = "SELECT '{0}', count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {0} {1}"
_COMPARED = (
    "SELECT '{0}', coalesce(md5(string_agg(row, '|' ORDER BY row)), '') "
    "FROM (SELECT (to_jsonb(t) - ARRAY['"
    + "', '".join(MARKS_OF_USE)
    + "'])::text AS row FROM {0} t {1}) AS rows"
)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are not what they were."""
    return {table for table in before if before[table] != after.get(table)}
