"""Statements of a whole registry at once: the rules of `statements.take_statement`, one SQL statement for each step.

What the provider says stands in the temporary table `statement_wish`; what comes of it in `statement_made`. Both
ways of taking statements give the same rows, balances and marks: tests/payments/test_bulk_statements.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import run
from cabinet.kit.dates import now
from cabinet.kit.money import CURRENCY
from cabinet.ledger import service as ledger
from cabinet.payments.rows import lock_on
from cabinet.payments.statements import CREDITED, statements_lock

WISHES = """
CREATE TEMP TABLE statement_wish (
    account_id uuid NOT NULL, balance_minor bigint NOT NULL, posted bigint[], is_new boolean NOT NULL
) ON COMMIT DROP
"""
"""Accounts that `is_new` were made in this transaction: nobody else can have seen them."""

_HOLD = (
    """
INSERT INTO balance (account_id, amount_minor, currency, updated_at)
SELECT w.account_id, 0, :currency, :at FROM statement_wish w LEFT JOIN balance b USING (account_id)
WHERE b.account_id IS NULL AND NOT w.is_new ORDER BY w.account_id
ON CONFLICT (account_id) DO NOTHING
""",
    """
SELECT count(*) FROM (
    SELECT FROM balance WHERE account_id IN (SELECT account_id FROM statement_wish WHERE NOT is_new)
    ORDER BY account_id FOR UPDATE
) held
""",
)
"""Everybody locks balances in the order of their ids."""

_KNOWN = """
DELETE FROM statement_wish w USING provider_statement s
WHERE s.account_id = w.account_id AND s.as_of = :as_of AND s.source = :source AND s.taken_back_at IS NULL
"""

_WEIGH = (
    "DROP TABLE IF EXISTS statement_item, statement_back, statement_made",
    """
CREATE TEMP TABLE statement_item ON COMMIT DROP AS
SELECT i.id, i.account_id, i.payout_id IS NOT NULL AS handed_over,
    coalesce(p.number = ANY (w.posted), false) OR coalesce(o.confirmed_on < :as_of, false) AS posted_now,
    i.amount_minor - coalesce((
        SELECT sum(d.amount_minor) FROM deallocation d JOIN allocation a ON a.id = d.allocation_id
        LEFT JOIN refund r ON r.id = d.refund_id
        WHERE a.item_id = i.id AND r.state IS DISTINCT FROM 'failed'), 0) AS left_minor
FROM statement_wish w JOIN payment_item i ON i.account_id = w.account_id
JOIN payment p ON p.id = i.payment_id LEFT JOIN payout o ON o.id = i.payout_id
WHERE i.posted_at IS NULL AND p.state = ANY (:credited)
""",
    """
CREATE TEMP TABLE statement_back ON COMMIT DROP AS
WITH had AS (
    SELECT i.id, i.account_id, least(i.handed_over_at, coalesce(i.posted_at, :at)) AS at
    FROM statement_wish w JOIN payment_item i ON i.account_id = w.account_id
    LEFT JOIN statement_item s ON s.id = i.id
    WHERE i.posted_at IS NOT NULL OR s.posted_now
), moved AS (
    SELECT had.account_id, had.at, d.amount_minor, d.created_at AS moment
    FROM had JOIN allocation a ON a.item_id = had.id JOIN deallocation d ON d.allocation_id = a.id
    UNION ALL
    SELECT had.account_id, had.at, -d.amount_minor, r.settled_at
    FROM had JOIN allocation a ON a.item_id = had.id JOIN deallocation d ON d.allocation_id = a.id
    JOIN refund r ON r.id = d.refund_id WHERE r.state = 'failed'
)
SELECT account_id, sum(amount_minor)::bigint AS amount_minor FROM moved
WHERE at < moment AND NOT EXISTS (
    SELECT FROM payout WHERE made_at > moment AND confirmed_on < :as_of AND provider_id = :provider
)
GROUP BY account_id
""",
    """
CREATE TEMP TABLE statement_made ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, w.account_id, w.balance_minor, w.is_new, coalesce(b.amount_minor, 0) AS ours_minor,
    (coalesce(i.unposted_minor, 0) - coalesce(k.amount_minor, 0))::bigint AS unposted_minor,
    coalesce(i.doubtful_minor, 0)::bigint AS doubtful_minor,
    (w.balance_minor - coalesce(i.unposted_minor, 0) + coalesce(k.amount_minor, 0)
        - coalesce(b.amount_minor, 0))::bigint AS adjustment_minor
FROM statement_wish w
LEFT JOIN balance b ON b.account_id = w.account_id
LEFT JOIN (
    SELECT account_id, sum(left_minor) FILTER (WHERE NOT posted_now) AS unposted_minor,
        sum(left_minor) FILTER (WHERE NOT posted_now AND handed_over) AS doubtful_minor
    FROM statement_item GROUP BY account_id
) i ON i.account_id = w.account_id
LEFT JOIN statement_back k ON k.account_id = w.account_id
""",
)

_TAKE = (
    """
INSERT INTO provider_statement (id, account_id, balance_minor, as_of, source, unposted_minor, doubtful_minor,
    adjustment_minor, import_id, created_at)
SELECT id, account_id, balance_minor, :as_of, :source, unposted_minor, doubtful_minor, adjustment_minor, :import, :at
FROM statement_made
""",
    """
UPDATE payment_item i SET posted_at = :at, posted_by = m.id
FROM statement_item s JOIN statement_made m ON m.account_id = s.account_id WHERE i.id = s.id AND s.posted_now
""",
    """
INSERT INTO journal (id, key, kind, at, memo)
SELECT id, 'statement:' || id, 'statement', :at, '' FROM statement_made WHERE adjustment_minor <> 0
""",
    """
INSERT INTO entry (journal_id, account, amount_minor, currency)
SELECT m.id, side.account, side.amount_minor, :currency FROM statement_made m,
LATERAL (VALUES
    ('receivable:' || m.account_id, m.adjustment_minor), (:clearing, -m.adjustment_minor)
) side (account, amount_minor)
WHERE m.adjustment_minor <> 0
""",
    """
INSERT INTO balance (account_id, amount_minor, currency, updated_at)
SELECT account_id, adjustment_minor, :currency, :at FROM statement_made WHERE is_new
""",
    """
UPDATE balance b SET amount_minor = b.amount_minor + m.adjustment_minor, updated_at = :at
FROM statement_made m WHERE b.account_id = m.account_id AND m.adjustment_minor <> 0 AND NOT m.is_new
""",
)
"""A statement's own id is that of its journal: each is written once."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the statements come to, in minor units."""

    statements: int
    adjusted: int
    """Accounts whose balance moves."""
    adjustment_minor: int
    unposted_minor: int
    doubtful_minor: int
    posted_items: int
    """Payments made here that the provider now has."""


async def lock_statements(provider_id: UUID, *, session: AsyncSession) -> None:
    """Let no other statement of the provider be taken until the transaction ends; waits for those under way."""
    await lock_on(statements_lock(provider_id), session=session)


async def weigh_statements(
    provider_id: UUID, as_of: date, source: str, *, session: AsyncSession, at: datetime | None = None
) -> Weighed:
    """What `statement_wish` comes to; statements that were taken before leave it. Moves nothing."""
    facts: dict[str, Any] = {"as_of": as_of, "source": source, "at": at or now(), "provider": provider_id}
    facts["credited"] = [state.value for state in CREDITED]
    await _do([_KNOWN, "ANALYZE statement_wish", *_WEIGH, "ANALYZE statement_made"], facts, session)
    [sums] = await run(_SUMS, session=session)
    return Weighed(*map(int, sums))


_SUMS = text("""
SELECT count(*), count(*) FILTER (WHERE adjustment_minor <> 0), coalesce(sum(adjustment_minor), 0),
    coalesce(sum(unposted_minor), 0), coalesce(sum(doubtful_minor), 0),
    (SELECT count(*) FROM statement_item WHERE posted_now) FROM statement_made
""")


async def take_statements(
    provider_id: UUID, as_of: date, source: str, import_id: UUID | None, *, session: AsyncSession
) -> Weighed:
    """Move every balance of `statement_wish` to what the provider says, less what it has not posted yet.

    The caller has called `lock_statements`, and has left out accounts with a newer statement. Balances are
    locked until the transaction ends. What was taken in before under this source and day changes nothing.
    """
    at = now()
    facts: dict[str, Any] = {"currency": CURRENCY, "at": at}
    await _do(["ANALYZE statement_wish", *_HOLD], facts, session)
    weighed = await weigh_statements(provider_id, as_of, source, session=session, at=at)
    facts |= {"as_of": as_of, "source": source, "import": import_id, "clearing": ledger.clearing(provider_id)}
    await _do(_TAKE, facts, session)
    return weighed


async def _do(statements: Any, facts: dict[str, Any], session: AsyncSession) -> None:
    """Run each with those of the facts that it names."""
    for statement in statements:
        made = text(statement)
        named = made.compile().params.keys()
        await run(made, session=session, **{name: facts[name] for name in named})


_BACK = (
    """
CREATE TEMP TABLE statement_undone ON COMMIT DROP AS
SELECT s.id, s.account_id, s.adjustment_minor, gen_random_uuid() AS journal_id FROM provider_statement s
WHERE s.import_id = :import AND s.taken_back_at IS NULL
""",
    """
SELECT count(*) FROM (
    SELECT FROM balance WHERE account_id IN (SELECT account_id FROM statement_undone) ORDER BY account_id FOR UPDATE
) held
""",
    "UPDATE payment_item SET posted_at = NULL, posted_by = NULL WHERE posted_by IN (SELECT id FROM statement_undone)",
    """
INSERT INTO journal (id, key, kind, at, memo)
SELECT journal_id, 'statement:' || id || ':back', 'statement', :at, '' FROM statement_undone WHERE adjustment_minor <> 0
""",
    """
INSERT INTO entry (journal_id, account, amount_minor, currency)
SELECT u.journal_id, side.account, side.amount_minor, :currency FROM statement_undone u,
LATERAL (VALUES
    ('receivable:' || u.account_id, -u.adjustment_minor), (:clearing, u.adjustment_minor)
) side (account, amount_minor)
WHERE u.adjustment_minor <> 0
""",
    """
UPDATE balance b SET amount_minor = b.amount_minor - u.adjustment_minor, updated_at = :at
FROM statement_undone u WHERE b.account_id = u.account_id AND u.adjustment_minor <> 0
""",
)
_MARK_BACK = (
    "UPDATE provider_statement SET taken_back_at = :at WHERE import_id = :import AND taken_back_at IS NULL"
)


async def take_statements_back(provider_id: UUID, import_id: UUID, *, session: AsyncSession) -> None:
    """Undo what the statements of an import moved: reversing journals, marks of posted payments taken away.

    The caller has called `lock_statements`, sees that nothing newer rests on them, and then calls `mark_taken_back`.
    """
    facts = {
        "import": import_id,
        "at": now(),
        "currency": CURRENCY,
        "clearing": ledger.clearing(provider_id),
    }
    await _do(_BACK, facts, session)


async def mark_taken_back(import_id: UUID, *, session: AsyncSession) -> None:
    """From here on the statements of the import count as never taken."""
    await _do([_MARK_BACK], {"import": import_id, "at": now()}, session)
