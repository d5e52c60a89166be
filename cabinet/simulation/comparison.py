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


async def differences(*, session: AsyncSession) -> list[Violation]:
    """On what the ledger and the sandbox do not agree; nothing may be under way between them."""
    found: list[Violation] = []
    for rule, query in _COMPARED.items():
        rows = await (await session.connection()).execute(text(query))
        if where := tuple(str(row[0]) for row in rows):
            found.append(Violation(rule, where))
    return found
