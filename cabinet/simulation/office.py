"""What the operator's staff and the banks do in a day: refunds, reviews, disputes, payouts, statements."""

import asyncio
from collections.abc import Awaitable
from random import Random
from uuid import UUID

from sqlmodel import col, func, select

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.payments import refunds, review
from cabinet.payments.models import Payment, PaymentState, Refund
from cabinet.sandbox.faults import faults
from cabinet.simulation.bank import Bank
from cabinet.simulation.companies import Company
from cabinet.simulation.world import World

REASONS = ("Ошибся счётом", "Заплатил дважды", "Передумал")


class Office:
    """Two members of staff, and the processor's own dashboard."""

    def __init__(self, world: World, bank: Bank, rng: Random) -> None:
        self._world, self._bank, self._rng = world, bank, rng
        self.done: dict[str, int] = {}

    async def work(self) -> None:
        """One day's work."""
        for payment in await self._some(PaymentState.SUCCEEDED, 4):
            await self._try("refund wanted", self._refund(payment))
        for payment in await self._some(PaymentState.REVIEW, 2):
            await self._try("review decided", self._review(payment))
        for payment in await self._some(PaymentState.SUCCEEDED, 1):
            await self._try("refund made at the processor", self._refund_there(payment))
        await self._try("dispute decided", self._decide_dispute())
        for company in self._world.companies:
            await self._exchange(company)

    async def _try(self, what: str, work: Awaitable[bool | None]) -> None:
        try:
            done = await work
        except CabinetError as problem:
            what, done = f"{what}: {problem.code}", True
        if done is not False:
            self._count(what)

    async def _some(self, state: PaymentState, at_most: int) -> list[Payment]:
        async with read_only() as session:
            rows = await session.exec(
                select(Payment).where(Payment.state == state).order_by(col(Payment.number))
            )
            found = list(rows.all())
        return self._rng.sample(found, min(at_most, len(found), self._rng.randint(0, at_most)))

    async def _refund(self, payment: Payment) -> None:
        """Sometimes two people want it at once; sometimes the answer is lost and it is sent again."""
        amount = None if self._rng.random() < 0.4 else self._rng.randint(1, payment.total_minor)
        wanted = [self._want(payment.id, amount) for _ in range(self._rng.choice((1, 1, 2)))]
        answers = await asyncio.gather(*wanted, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, CabinetError):
                raise answer
        await self._send([answer for answer in answers if isinstance(answer, UUID)])

    async def _want(self, payment_id: UUID, amount_minor: int | None) -> UUID:
        by, other = self._world.staff
        async with unit_of_work() as session:
            refund = await refunds.request_refund(
                payment_id, amount_minor, self._rng.choice(REASONS), by=by, session=session
            )
        if refunds.is_waiting(refund):
            async with unit_of_work() as session:
                await refunds.approve_refund(refund.id, by=other, session=session)
        return refund.id

    async def _send(self, refund_ids: list[UUID]) -> None:
        if self._rng.random() < 0.2:
            faults.lose_responses += 1
        for refund_id in refund_ids:
            if self._rng.random() < 0.1:
                continue
            await asyncio.gather(*(refunds.send_refund(refund_id) for _ in range(2)), return_exceptions=True)

    async def _review(self, payment: Payment) -> None:
        by = self._world.staff[0]
        async with unit_of_work() as session:
            if self._rng.random() < 0.5:
                refund = await review.credit_review(payment.id, "Сверено", by=by, session=session)
            else:
                refund = await review.send_back(payment.id, "Сверено", by=by, session=session)
        if refund:
            await self._send([refund.id])

    async def _refund_there(self, payment: Payment) -> None:
        async with read_only() as session:
            given = await session.exec(
                select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id)
            )
            left = payment.total_minor - int(given.one())
        if left > 0:
            amount = self._rng.randint(1, left)
            await self._bank.ask("POST", "/v1/refunds", payment_intent=payment.charge_ref, amount=amount)

    async def _exchange(self, company: Company) -> None:
        """Pay the company, or hear from it: it takes in, confirms and sends balances whenever it likes."""
        rng = self._rng
        if rng.random() < 0.3:
            self._count("paid out" if await company.hand_over(self._world.staff[0]) else "nothing to pay out")
        if rng.random() < 0.6:
            self._count("payout taken in", await company.take_in())
        if rng.random() < 0.6:
            self._count("payout confirmed", await company.confirm(self._world.staff[0]))
        for account_id in rng.sample(list(self._world.owners), 6):
            if self._world.owners[account_id] is company:
                await self._write(company, account_id)
        if rng.random() < 0.8:
            for came in await company.send_all():
                self._count(came)

    async def _write(self, company: Company, account_id: UUID) -> None:
        """Some files wait for days; one that counts what we have not handed over goes at once."""
        if self._rng.random() < 0.3:
            company.correct(account_id, self._rng.randint(-50_000, 50_000))
        early = self._rng.random() < 0.2
        await company.write_file(account_id, self._rng, early=early)
        file = company.outbox[-1]
        if early:
            company.outbox.pop()
        if early or self._rng.random() < 0.1:
            self._count(await company.send(file))

    def _count(self, what: str, times: int = 1) -> None:
        if times:
            self.done[what] = self.done.get(what, 0) + times

    async def _decide_dispute(self) -> bool:
        found = (await self._bank.ask("GET", "/v1/disputes", limit=100))["data"]
        undecided = [one["id"] for one in found if one["status"] not in ("won", "lost")]
        if not undecided:
            return False
        evidence = self._rng.choice(("winning_evidence", "losing_evidence"))
        await self._bank.ask(
            "POST",
            f"/v1/disputes/{self._rng.choice(undecided)}",
            **{"evidence[uncategorized_text]": evidence, "submit": "true"},
        )
        return True
