"""What must be true of the books at any time: each rule is a query that finds what breaks it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.ledger import verification

_VIEWS = """
WITH credited AS (SELECT * FROM payment WHERE state IN ('succeeded', 'disputed', 'lost')),
taken_back AS (
    SELECT a.item_id, a.charge_id, sum(d.amount_minor) AS amount_minor
    FROM deallocation d JOIN allocation a ON a.id = d.allocation_id LEFT JOIN refund r ON r.id = d.refund_id
    WHERE r.state IS DISTINCT FROM 'failed' GROUP BY a.item_id, a.charge_id
),
came_back AS (
    SELECT a.item_id, sum(d.amount_minor) AS amount_minor FROM deallocation d
    JOIN allocation a ON a.id = d.allocation_id JOIN refund r ON r.id = d.refund_id
    WHERE r.state = 'failed' GROUP BY a.item_id
),
left_of_item AS (
    SELECT i.payment_id, i.account_id, a.provider_id, i.amount_minor - coalesce(
        (SELECT sum(t.amount_minor) FROM taken_back t WHERE t.item_id = i.id), 0) AS amount_minor
    FROM payment_item i JOIN credited p ON p.id = i.payment_id JOIN account a ON a.id = i.account_id
)
"""
"""What the rules speak of."""

RULES: dict[str, str] = {
    "a payment is credited by one journal if, and only if, it succeeded": """
        SELECT p.id FROM payment p LEFT JOIN journal j ON j.key = 'payment:' || p.id
        WHERE (p.id IN (SELECT id FROM credited)) <> (j.id IS NOT NULL)
    """,
    "the journal of a payment credits what its items say": """
        SELECT i.id FROM payment_item i JOIN journal j ON j.key = 'payment:' || i.payment_id
        WHERE -i.amount_minor IS DISTINCT FROM (SELECT sum(e.amount_minor) FROM entry e
            WHERE e.journal_id = j.id AND e.account = 'receivable:' || i.account_id)
    """,
    "a payment brings its total, or what stood in suspense for it": """
        SELECT p.id FROM payment p JOIN journal j ON j.key = 'payment:' || p.id
        WHERE p.amount_minor + p.commission_minor IS DISTINCT FROM (SELECT sum(e.amount_minor) FROM entry e
            WHERE e.journal_id = j.id AND e.account IN ('asset:processor', 'suspense'))
    """,
    "money is posted for rows that exist": """
        SELECT key FROM journal WHERE kind IN ('payment', 'refund', 'dispute') AND key NOT IN (
            SELECT 'payment:' || id FROM payment UNION ALL SELECT 'refund:' || id FROM refund
            UNION ALL SELECT 'refund-failed:' || id FROM refund
            UNION ALL SELECT 'dispute:' || id || ':' || step FROM dispute, unnest(ARRAY['open', 'won', 'lost']) step
        ) AND key NOT LIKE 'refund-excess:%'
    """,
    "the parts of a credited item add up to it, and nothing else is split": """
        SELECT i.id FROM payment_item i JOIN payment p ON p.id = i.payment_id
        LEFT JOIN allocation a ON a.item_id = i.id GROUP BY i.id, p.id
        HAVING coalesce(sum(a.amount_minor), 0) <> CASE WHEN p.id IN (SELECT id FROM credited) THEN i.amount_minor
            + coalesce((SELECT sum(b.amount_minor) FROM came_back b WHERE b.item_id = i.id), 0) ELSE 0 END
    """,
    "no charge is paid twice": """
        SELECT c.id FROM charge c JOIN allocation a ON a.charge_id = c.id GROUP BY c.id
        HAVING sum(a.amount_minor) - coalesce((SELECT sum(d.amount_minor) FROM deallocation d
            JOIN allocation given ON given.id = d.allocation_id WHERE given.charge_id = c.id), 0) > c.amount_minor
    """,
    "what payments did to an account is its credited items less what was taken back": """
        SELECT coalesce(posted.account_id, meant.account_id) FROM (
            SELECT split_part(e.account, ':', 2)::uuid AS account_id, sum(e.amount_minor) AS amount_minor
            FROM entry e JOIN journal j ON j.id = e.journal_id
            WHERE j.kind IN ('payment', 'refund', 'dispute', 'suspense') AND e.account LIKE 'receivable:%'
            GROUP BY e.account
        ) posted FULL JOIN (
            SELECT account_id, -sum(amount_minor) AS amount_minor FROM left_of_item GROUP BY account_id
        ) meant USING (account_id)
        WHERE coalesce(posted.amount_minor, 0) <> coalesce(meant.amount_minor, 0)
    """,
    "a provider is owed its credited items less what was taken back and paid out": """
        SELECT coalesce(posted.provider_id, meant.provider_id) FROM (
            SELECT split_part(account, ':', 2)::uuid AS provider_id, sum(amount_minor) AS amount_minor
            FROM entry WHERE account LIKE 'payable:%' GROUP BY account
        ) posted FULL JOIN (
            SELECT provider_id, sum(amount_minor) AS amount_minor FROM (
                SELECT provider_id, -amount_minor AS amount_minor FROM left_of_item
                UNION ALL SELECT provider_id, amount_minor FROM payout
            ) parts GROUP BY provider_id
        ) meant USING (provider_id)
        WHERE coalesce(posted.amount_minor, 0) <> coalesce(meant.amount_minor, 0)
    """,
    "a refund moves money once it arrived, and moves it back once it failed": """
        SELECT r.id FROM refund r LEFT JOIN journal made ON made.key = 'refund:' || r.id
        LEFT JOIN journal undone ON undone.key = 'refund-failed:' || r.id
        WHERE (made.id IS NOT NULL AND undone.id IS NULL) <> (r.state = 'succeeded')
            OR (undone.id IS NOT NULL AND (made.id IS NULL OR r.state <> 'failed'))
    """,
    "a refund takes its sum from the processor": """
        SELECT r.id FROM refund r JOIN journal j ON j.key = 'refund:' || r.id
        WHERE -r.amount_minor IS DISTINCT FROM (SELECT sum(e.amount_minor) FROM entry e
            WHERE e.journal_id = j.id AND e.account = 'asset:processor')
    """,
    "what a refund gives back is taken from allocations": """
        SELECT r.id FROM refund r JOIN journal j ON j.key = 'refund:' || r.id
        WHERE coalesce((SELECT sum(e.amount_minor) FROM entry e
                WHERE e.journal_id = j.id AND e.account LIKE 'receivable:%'), 0)
            <> coalesce((SELECT sum(d.amount_minor) FROM deallocation d WHERE d.refund_id = r.id), 0)
    """,
    "refunds never exceed what was received": """
        SELECT p.id FROM payment p JOIN refund r ON r.payment_id = p.id AND r.state <> 'failed' GROUP BY p.id
        HAVING sum(r.amount_minor) > greatest(p.amount_minor + p.commission_minor, (
            SELECT sum(e.amount_minor) FROM entry e JOIN journal j ON j.id = e.journal_id
            WHERE j.key = 'suspense:' || p.id AND e.account = 'asset:processor'))
    """,
    "a dispute has posted the steps that it took": """
        SELECT d.id FROM dispute d WHERE ARRAY(SELECT split_part(j.key, ':', 3) FROM journal j
            WHERE j.key LIKE 'dispute:' || d.id || ':%' ORDER BY 1)
        <> CASE d.state WHEN 'open' THEN ARRAY['open'] WHEN 'won' THEN ARRAY['open', 'won']
            ELSE ARRAY['lost', 'open'] END
    """,
    "what a lost dispute takes is taken from allocations": """
        SELECT d.id FROM dispute d JOIN journal j ON j.key = concat_ws(':', 'dispute', d.id, 'lost')
        WHERE coalesce((SELECT sum(e.amount_minor) FROM entry e
                WHERE e.journal_id = j.id AND e.account LIKE 'receivable:%'), 0)
            <> coalesce((SELECT sum(given.amount_minor) FROM deallocation given WHERE given.dispute_id = d.id), 0)
    """,
    "a credited payment is disputed while a dispute is open, and lost when nothing is left after a lost one": """
        SELECT p.id FROM credited p WHERE p.state <> CASE
            WHEN EXISTS (SELECT FROM dispute WHERE payment_id = p.id AND state = 'open') THEN 'disputed'
            WHEN EXISTS (SELECT FROM dispute WHERE payment_id = p.id AND state = 'lost')
                AND (SELECT sum(l.amount_minor) FROM left_of_item l WHERE l.payment_id = p.id)
                = (SELECT coalesce(sum(e.amount_minor), 0) FROM entry e JOIN journal j ON j.id = e.journal_id
                    WHERE e.account = 'fee' AND (j.key = 'payment:' || p.id
                        OR j.key IN (SELECT unnest(ARRAY['refund:' || r.id, 'refund-failed:' || r.id])
                            FROM refund r WHERE r.payment_id = p.id)
                        OR j.key IN (SELECT concat_ws(':', 'dispute', d.id, 'lost')
                            FROM dispute d WHERE d.payment_id = p.id)))
            THEN 'lost' ELSE 'succeeded' END
    """,
    "what a bank took back before it was credited stays with staff, or is canceled": """
        SELECT p.id FROM payment p
        WHERE EXISTS (SELECT FROM dispute WHERE payment_id = p.id AND state = 'lost')
            AND NOT EXISTS (SELECT FROM journal WHERE key = 'payment:' || p.id)
            AND p.state <> 'review'
            AND NOT (p.state = 'canceled' AND p.reason IN ('charged_back', 'sent_back'))
        UNION ALL SELECT p.id FROM payment p
        WHERE p.state = 'canceled' AND p.reason = 'charged_back'
            AND NOT EXISTS (SELECT FROM dispute WHERE payment_id = p.id AND state = 'lost')
    """,
    "a payment waits for staff if, and only if, its money stands in suspense": """
        SELECT p.id FROM payment p WHERE p.state = 'review' AND NOT EXISTS (
            SELECT FROM journal j WHERE j.key = 'suspense:' || p.id)
    """,
}

AT_REST: dict[str, str] = {
    "no payment is open past its end": """
        SELECT id FROM payment WHERE state IN ('created', 'pending') AND expires_at < :moment
    """,
    "every event was worked on": """
        SELECT id FROM processor_event WHERE handled_at IS NULL AND received_at < :moment
    """,
}
"""What holds as soon as the janitor has made its rounds."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, and where."""

    rule: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {', '.join(self.where)}"


async def violations(*, session: AsyncSession, at_rest: datetime | None = None) -> list[Violation]:
    """Every rule that is broken now; `at_rest` adds what holds once nothing before it is under way."""
    found = await _recount(session)
    wanted = RULES if at_rest is None else RULES | AT_REST
    for rule, query in wanted.items():
        statement = text(_VIEWS + query)
        if at_rest and rule in AT_REST:
            statement = statement.bindparams(moment=at_rest)
        where = tuple(str(row[0]) for row in await (await session.connection()).execute(statement))
        if where:
            found.append(Violation(rule, where))
    return found


async def _recount(session: AsyncSession) -> list[Violation]:
    proof = await verification.verify(session=session)
    checks = {
        "every journal balances": proof.unbalanced,
        "every balance is the sum of its entries": proof.drifted,
    }
    return [Violation(rule, tuple(map(str, where))) for rule, where in checks.items() if where]
