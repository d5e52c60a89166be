"""The ledger beside the sandbox's own memory: what the processor holds for us is what we believe."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.payments.proof import Violation

_COMPARED: dict[str, str] = {
    "the processor holds what the ledger says": """
        SELECT coalesce(ours.currency, theirs.currency) || ' ' || coalesce(ours.amount_minor, 0)
            || ' here, ' || coalesce(theirs.amount_minor, 0) || ' there'
        FROM (
            SELECT currency, sum(amount_minor) AS amount_minor FROM entry
            WHERE account = 'asset:processor' GROUP BY currency
        ) ours FULL JOIN (
            SELECT upper(body->>'currency') AS currency, sum((body->>'amount')::bigint) AS amount_minor
            FROM sandbox_object WHERE kind = 'balance_transaction' GROUP BY 1
        ) theirs USING (currency)
        WHERE coalesce(ours.amount_minor, 0) <> coalesce(theirs.amount_minor, 0)
    """,
    "every charge of a card stands in the ledger under its payment, with its sum": """
        SELECT o.id FROM sandbox_object o
        WHERE o.kind = 'payment_intent' AND o.body->>'status' = 'succeeded'
        AND (o.body->>'amount_received')::bigint IS DISTINCT FROM (
            SELECT sum(e.amount_minor) FROM entry e JOIN journal j ON j.id = e.journal_id
            WHERE e.account = 'asset:processor' AND j.key IN (
                'payment:' || (o.body->'metadata'->>'payment_id'),
                'suspense:' || (o.body->'metadata'->>'payment_id')))
    """,
    "no payment is charged by two cards": """
        SELECT o.body->'metadata'->>'payment_id' FROM sandbox_object o
        WHERE o.kind = 'payment_intent' AND o.body->>'status' = 'succeeded' GROUP BY 1 HAVING count(*) > 1
    """,
    "a saved card is asked for the charge of a turn once": """
        SELECT p.id FROM payment p JOIN sandbox_object o ON o.kind = 'payment_intent'
            AND o.body->'metadata'->>'payment_id' = p.id::text
        WHERE p.origin = 'autopay' GROUP BY p.id HAVING count(*) > 1
    """,
    "no turn waits for a charge that has ended": """
        SELECT r.id FROM autopay_run r JOIN payment p ON p.id = r.payment_id
        WHERE r.state = 'charging' AND p.state NOT IN ('created', 'pending', 'review')
    """,
    "every refund at the processor is known here": """
        SELECT o.id FROM sandbox_object o LEFT JOIN refund r ON r.processor_ref = o.id
        WHERE o.kind = 'refund' AND (r.id IS NULL OR r.state <> o.body->>'status')
    """,
    "every dispute at the processor is known here": """
        SELECT o.id FROM sandbox_object o LEFT JOIN dispute d ON d.processor_ref = o.id
        WHERE o.kind = 'dispute' AND d.state IS DISTINCT FROM
            CASE WHEN o.body->>'status' IN ('won', 'lost') THEN o.body->>'status' ELSE 'open' END
    """,
}

_ORDERS: dict[str, str] = {
    "every charge of a saved card belongs to one turn": """
        SELECT p.id FROM payment p LEFT JOIN autopay_run r ON r.payment_id = p.id
        WHERE p.origin = 'autopay' AND r.id IS NULL
    """,
    "a turn charges what its letter and its order allow, for their account alone": """
        SELECT r.id FROM autopay_run r JOIN autopay a ON a.id = r.autopay_id
        JOIN payment p ON p.id = r.payment_id JOIN payment_item i ON i.payment_id = p.id
        WHERE p.amount_minor + p.commission_minor > least(r.announced_minor, a.limit_minor)
            OR i.account_id <> a.account_id OR p.resident_id <> a.resident_id
    """,
    "a charge comes on its day, two days after its letter or later": """
        SELECT r.id FROM autopay_run r JOIN payment p ON p.id = r.payment_id
        WHERE (p.created_at AT TIME ZONE 'Europe/Moscow')::date
            < greatest(r.charge_on, (r.announced_at AT TIME ZONE 'Europe/Moscow')::date + 2)
    """,
    "no turn is charged without a letter": """
        SELECT turns - letters FROM
            (SELECT count(*) AS turns FROM autopay_run WHERE payment_id IS NOT NULL) t,
            (SELECT count(*) AS letters FROM letter WHERE kind = 'autopay_announced') l
        WHERE turns > letters
    """,
    "an order that has ended or rests charges nothing": """
        SELECT p.id FROM payment p JOIN autopay_run r ON r.payment_id = p.id JOIN autopay a ON a.id = r.autopay_id
        WHERE p.created_at > least(a.ended_at, a.paused_at)
    """,
    "a turn that is paid was credited": """
        SELECT r.id FROM autopay_run r LEFT JOIN payment p ON p.id = r.payment_id
        WHERE r.state = 'paid' AND coalesce(p.state NOT IN ('succeeded', 'disputed', 'lost'), true)
    """,
}


async def differences(*, session: AsyncSession) -> list[Violation]:
    """On what the ledger and the sandbox do not agree; nothing may be under way between them."""
    return await _broken(_COMPARED, session)


async def broken_orders(*, session: AsyncSession) -> list[Violation]:
    """What autopay must never do, not even in the midst of things."""
    return await _broken(_ORDERS, session)


async def _broken(rules: dict[str, str], session: AsyncSession) -> list[Violation]:
    found: list[Violation] = []
    for rule, query in rules.items():
        rows = await (await session.connection()).execute(text(query))
        if where := tuple(str(row[0]) for row in rows):
            found.append(Violation(rule, where))
    return found
