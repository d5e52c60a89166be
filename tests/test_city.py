"""The city of `make bench-growth` is one that our own code could have made."""

import asyncio

from benchmarks.city import generate
from cabinet.database import read_only
from cabinet.launcher.migrations import refuse_drift
from cabinet.ledger import verification
from cabinet.payments.proof import violations


async def test_a_generated_city_keeps_its_books_and_its_keys(committed: str) -> None:
    await asyncio.to_thread(generate, committed, 20)
    async with read_only() as session:
        proof = await verification.verify(session=session)
        assert (proof.holds, proof.entries) == (True, 240)
        assert await violations(session=session) == []
    await asyncio.to_thread(refuse_drift, committed)
