"""What residents do when they pay: mostly it goes well, and everything else happens too."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from cabinet.database import read_only
from cabinet.errors import CabinetError
from cabinet.ledger import service as ledger
from cabinet.payments import service as payments
from cabinet.payments.errors import ProcessorDown
from cabinet.payments.service import Started, Wish
from cabinet.sandbox.faults import faults
from cabinet.simulation import orders
from cabinet.simulation.bank import Bank
from cabinet.simulation.world import World

Behaviour = Callable[["Visitor", Started], Awaitable[None]]


@dataclass
class Visitor:
    """One resident at one visit; all chance comes from `rng`."""

    resident_id: UUID
    bank: Bank
    world: World
    rng: Random

    async def visit(self) -> str:
        """Choose, pay or not, come back or not; returns what kind of visit it was."""
        kind = self.rng.choices(list(BEHAVIOURS), [weight for weight, _ in BEHAVIOURS.values()])[0]
        try:
            started = await self._start()
        except CabinetError as problem:
            return f"not begun: {problem.code}"
        await BEHAVIOURS[kind][1](self, started)
        await self._come_back(started)
        return kind

    async def arrange(self) -> str:
        """Save a card, give an order, change one's mind, or remove a card; returns what came of it."""
        kind = self.rng.choices(["card and order", "order", "change", "removed"], [6, 2, 2, 1])[0]
        try:
            return await self._arrange(kind)
        except CabinetError as problem:
            return f"autopay, {kind}: {problem.code}"

    async def _arrange(self, kind: str) -> str:
        if kind == "card and order":
            card = self.rng.choices(list(orders.CARDS), list(orders.CARDS.values()))[0]
            await orders.add_card(self.bank, self.resident_id, card, comes_back=self.rng.random() < 0.8)
        if kind == "removed":
            done = await orders.remove_card(self.resident_id, self.rng)
            return "autopay, card removed" if done else "autopay: no card"
        if kind == "change":
            return f"autopay, {await orders.change_mind(self.resident_id, self.rng) or 'no order'}"
        account_id = self.rng.choice(self.world.homes[self.resident_id])
        done = await orders.give_order(self.resident_id, account_id, self.rng)
        return "autopay, order given" if done else "autopay: no card"

    async def pay_another_sum(self) -> str:
        """The bank charges another sum; nobody else may be paying at that moment."""
        try:
            started = await self._start()
        except CabinetError as problem:
            return f"not begun: {problem.code}"
        faults.amount_shift_minor = self.rng.choice((-100, 100))
        await self.bank.type_card(started.url, "success")
        faults.amount_shift_minor = 0
        await self._come_back(started)
        return "another sum charged"

    async def _start(self) -> Started:
        """Press the button: once, twice, or again after an answer was lost."""
        wishes = await self._wishes()
        attempts = [uuid4().hex] * self.rng.choice((1, 1, 1, 2, 3))
        if self.rng.random() < 0.1:
            attempts.append(uuid4().hex)
        if self.rng.random() < 0.1:
            faults.lose_responses += 1
        pressed = [self._press(wishes, attempt) for attempt in attempts]
        answers = await asyncio.gather(*pressed, return_exceptions=True)
        started = [answer for answer in answers if isinstance(answer, Started)]
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, CabinetError):
                raise answer
        return started[0] if started else await self._press(wishes, attempts[0])

    async def _press(self, wishes: list[Wish], attempt: str) -> Started:
        try:
            return await payments.start_payment(self.resident_id, wishes, attempt=attempt, locale="ru")
        except ProcessorDown:
            return await payments.start_payment(self.resident_id, wishes, attempt=attempt, locale="ru")

    async def _wishes(self) -> list[Wish]:
        homes = self.world.homes[self.resident_id]
        chosen = self.rng.sample(homes, min(self.rng.choice((1, 1, 1, 2, len(homes))), len(homes)))
        async with read_only() as session:
            owed = await ledger.balances(chosen, session=session)
        return [Wish(account_id, self._amount(owed[account_id])) for account_id in chosen]

    def _amount(self, owed_minor: int) -> str | None:
        """The debt, where there is one, or an own sum; rarely what the page would not have offered."""
        kopecks = self.rng.randrange(5_000, 500_000)
        takes_debt = self.rng.random() < (0.7 if owed_minor > 0 else 0.1)
        return None if takes_debt else f"{kopecks // 100},{kopecks % 100:02}"

    async def _come_back(self, started: Started) -> None:
        """The return page and its polls, several at once, or nobody at all."""
        polls: list[Coroutine[Any, Any, Any]] = [
            payments.settle(started.payment_id) for _ in range(self.rng.choice((0, 1, 1, 3)))
        ]
        if self.rng.random() < 0.3:
            polls.append(self._deliver())
        for answer in await asyncio.gather(*polls, return_exceptions=True):
            if isinstance(answer, BaseException) and not isinstance(answer, CabinetError):
                raise answer

    async def _deliver(self) -> None:
        await self.bank.deliver()

    async def unlink(self) -> None:
        """Move out of some homes, but not of the last."""
        for account_id in list(self.world.homes[self.resident_id]):
            if self.rng.random() < 0.5 and len(self.world.homes[self.resident_id]) > 1:
                self.world.homes[self.resident_id].remove(account_id)
                await orders.unlink(self.resident_id, account_id)


def _types(*cards: str) -> Behaviour:
    async def behave(visitor: Visitor, started: Started) -> None:
        for card in cards:
            await visitor.bank.type_card(started.url, card)

    return behave


def _asked_by_bank(*, approve: bool) -> Behaviour:
    async def behave(visitor: Visitor, started: Started) -> None:
        await visitor.bank.type_card(started.url, "authentication")
        await visitor.bank.answer_bank(started.url, approve=approve)

    return behave


async def _leave(_visitor: Visitor, _started: Started) -> None:
    """Close the tab."""


async def _give_up(visitor: Visitor, started: Started) -> None:
    try:
        await payments.cancel_payment(visitor.resident_id, started.payment_id)
    except CabinetError:
        return


async def _pay_while_giving_up(visitor: Visitor, started: Started) -> None:
    await asyncio.gather(visitor.bank.type_card(started.url, "success"), _give_up(visitor, started))


async def _pay_twice(visitor: Visitor, started: Started) -> None:
    await asyncio.gather(*(visitor.bank.type_card(started.url, "success") for _ in range(2)))


async def _pay_and_move_out(visitor: Visitor, started: Started) -> None:
    await visitor.unlink()
    await visitor.bank.type_card(started.url, "success")


async def _pay_too_late(visitor: Visitor, started: Started) -> None:
    visitor.bank.pass_time(timedelta(minutes=45))
    await visitor.bank.type_card(started.url, "success")


BEHAVIOURS: dict[str, tuple[int, Behaviour]] = {
    "paid": (36, _types("success")),
    "declined, then paid": (8, _types("declined", "insufficient_funds", "success")),
    "declined, then left": (5, _types("declined")),
    "left": (6, _leave),
    "gave up": (4, _give_up),
    "paid while giving up": (3, _pay_while_giving_up),
    "form sent twice": (4, _pay_twice),
    "approved at the bank": (5, _asked_by_bank(approve=True)),
    "refused at the bank": (3, _asked_by_bank(approve=False)),
    "money comes later": (5, _types("delayed")),
    "paid, then disputed": (4, _types("dispute")),
    "paid, refunds take time": (5, _types("refund_pending")),
    "paid, refunds fail": (5, _types("refund_fails")),
    "unlinked, then paid": (1, _pay_and_move_out),
    "came too late": (2, _pay_too_late),
}
