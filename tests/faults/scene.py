"""A small town on the real sandbox, and the question whether its books are right."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from cabinet.database import read_only, unit_of_work
from cabinet.ledger import service as ledger
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.models import Payment, Refund
from cabinet.payments.proof import Violation
from cabinet.payments.service import Started, Wish
from cabinet.residents.person import Person
from cabinet.sandbox import store
from cabinet.sandbox.disputes import open_dispute
from cabinet.simulation import run
from cabinet.simulation.bank import Bank
from cabinet.simulation.world import World, settle_world


@dataclass
class Scene:
    """Alice and Bob, who share an account, two members of staff, and the bank."""

    bank: Bank
    world: World

    @property
    def alice(self) -> UUID:
        return self.world.residents[0]

    @property
    def bob(self) -> UUID:
        return self.world.residents[1]

    @property
    def gas(self) -> UUID:
        """The account that both of them have."""
        return self.world.homes[self.alice][0]

    @property
    def staff(self) -> tuple[Person, Person]:
        first, second = self.world.staff
        return first, second

    async def start(
        self, *wishes: Wish, resident_id: UUID | None = None, attempt: str | None = None
    ) -> Started:
        return await payments.start_payment(
            resident_id or self.alice,
            wishes or [Wish(self.gas)],
            attempt=attempt or uuid4().hex,
            locale="ru",
        )

    async def paid(self, card: str = "success", *wishes: Wish) -> UUID:
        """A payment that is credited."""
        started = await self.start(*wishes)
        await self.bank.type_card(started.url, card)
        await payments.settle(started.payment_id)
        return started.payment_id

    async def payment(self, payment_id: UUID) -> Payment:
        async with read_only() as session:
            return await session.get_one(Payment, payment_id)

    async def refunds_of(self, payment_id: UUID) -> list[Refund]:
        async with read_only() as session:
            rows = await session.exec(
                select(Refund).where(Refund.payment_id == payment_id).order_by(col(Refund.created_at))
            )
            return list(rows.all())

    async def want_refund(self, payment_id: UUID, amount_minor: int | None = None) -> UUID:
        async with unit_of_work() as session:
            refund = await refunds.request_refund(
                payment_id, amount_minor, "test", by=self.staff[0], session=session
            )
            return refund.id

    async def debt(self, account_id: UUID | None = None) -> int:
        wanted = account_id or self.gas
        async with read_only() as session:
            return (await ledger.balances([wanted], session=session))[wanted]

    async def total(self, account: str) -> int:
        """What stands on one account of the ledger."""
        from tests.raw import run_sql

        async with read_only() as session:
            rows = await run_sql(
                "SELECT coalesce(sum(amount_minor), 0) FROM entry WHERE account = :account",
                session,
                account=account,
            )
            return int(rows.scalar_one())

    async def refund_there(self, payment_id: UUID, amount_minor: int) -> dict[str, Any]:
        """Somebody refunds at the processor's dashboard."""
        charge = (await self.payment(payment_id)).charge_ref
        return await self.bank.ask("POST", "/v1/refunds", payment_intent=charge, amount=amount_minor)

    async def dispute_there(self, payment_id: UUID, amount_minor: int) -> None:
        """The bank of the card asks for a part of the money, perhaps not for the first time."""
        charge_ref = (await self.payment(payment_id)).charge_ref
        async with unit_of_work() as session:
            found = await store.matching(
                "charge", {"payment_intent": charge_ref, "paid": True}, session=session
            )
            await open_dispute(found[0], amount=amount_minor, session=session)

    async def decide_dispute(self, *, won: bool) -> None:
        found = (await self.bank.ask("GET", "/v1/disputes", limit=20))["data"]
        dispute = next((one for one in found if one["status"] not in ("won", "lost")), found[0])
        text = "winning_evidence" if won else "losing_evidence"
        await self.bank.ask(
            "POST",
            f"/v1/disputes/{dispute['id']}",
            **{"evidence[uncategorized_text]": text, "submit": "true"},
        )

    async def come_to_rest(self) -> None:
        """No more faults, three quiet days."""
        await run.come_to_rest(self.bank, self.world)

    async def broken_now(self) -> list[Violation]:
        """What must never be wrong, not even in the midst of things."""
        return await run.broken_now(self.world)

    async def broken_at_rest(self) -> list[Violation]:
        """What may not be wrong when nothing is under way, on our side and elsewhere."""
        return await run.broken_at_rest(self.world)


async def settle_scene(bank: Bank) -> Scene:
    """Let everybody move in."""
    async with unit_of_work() as session:
        return Scene(bank, await settle_world(2, Random(5), session=session))
