"""Accounts of a registry: new ones are made, known ones brought up to date, with what they were before."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import account_search_key
from cabinet.exchange.imports.comparing import facts_of
from cabinet.exchange.imports.runs import Run
from cabinet.exchange.imports.sql import ask, do
from cabinet.kit.dates import now

_AT_ONCE = 5_000

_NEW = """
INSERT INTO account (id, provider_id, number, owner_name, address, els, fias, search_key, pin_hash, created_at, import_id)
SELECT v.account_id, :provider, r.number, r.owner_name, r.address, r.els, r.fias, r.search_key, '', :at, :import
FROM import_verdict v JOIN import_row r ON r.import_id = :import AND r.line = v.line WHERE v.is_new
"""
_AGAIN = """
UPDATE account a SET closed_at = NULL, import_id = :import FROM import_verdict v
WHERE v.comes_again AND a.id = v.account_id
"""
_CHANGED = (
    """
CREATE TEMP TABLE import_account ON COMMIT DROP AS WITH said AS (
SELECT a.id, a.owner_name, a.address, a.els, a.fias, coalesce(nullif(r.owner_name, ''), a.owner_name) AS owner_said,
    coalesce(nullif(r.address, ''), a.address) AS address_said, coalesce(nullif(r.els, ''), a.els) AS els_said,
    coalesce(nullif(r.fias, ''), a.fias) AS fias_said
FROM import_verdict v JOIN import_row r ON r.import_id = :import AND r.line = v.line
JOIN account a ON a.id = v.account_id WHERE v.differs ORDER BY a.id FOR NO KEY UPDATE OF a
) SELECT * FROM said
""",
    """
INSERT INTO import_change (import_id, kind, subject_id, before)
SELECT :import, 'account_changed', id, jsonb_build_object(
    'before', jsonb_build_object('owner_name', owner_name, 'address', address, 'els', els, 'fias', fias),
    'after', jsonb_build_object('owner_name', owner_said, 'address', address_said, 'els', els_said, 'fias', fias_said))
FROM import_account
""",
    """
UPDATE account a SET owner_name = s.owner_said, address = s.address_said, els = s.els_said, fias = s.fias_said
FROM import_account s WHERE a.id = s.id
""",
)
_RENAMED = """
SELECT a.id, a.number, a.owner_name, a.address FROM account a JOIN import_account s ON s.id = a.id
WHERE s.owner_name <> s.owner_said OR s.address <> s.address_said
"""
_KEYS = """
UPDATE account a SET search_key = k.search_key
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) k (id, search_key) WHERE a.id = k.id
"""


async def take_accounts(run: Run, *, session: AsyncSession) -> None:
    """Make and change the accounts of `import_verdict`."""
    facts = facts_of(run) | {"at": now()}
    await do([_NEW, _AGAIN, *_CHANGED], facts, session)
    await fold_again(await ask(_RENAMED, facts, session), session=session)


async def fold_again(rows: Sequence[tuple[Any, ...]], *, session: AsyncSession) -> None:
    """Keep the search keys of accounts (id, number, owner, address) true: folding is Python's."""
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        ids: list[UUID] = [row[0] for row in some]
        keys = [account_search_key(*row[1:]) for row in some]
        await ask(_KEYS, {"ids": ids, "keys": keys}, session)
