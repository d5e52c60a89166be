"""Everything that can happen with money in a small town, one thing at a time; all chance comes from outside."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

from sqlmodel import col, select

from cabinet.accounts.models import AccountLink
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.janitor import sweep
from cabinet.payments.models import Payment, PaymentState, RefundState
from cabinet.payments.service import Wish
from cabinet.sandbox.faults import faults
from cabinet.simulation import orders
from cabinet.simulation.bank import Bank
from cabinet.simulation.companies import Company
from cabinet.simulation.world import World, bill
from tests.faults.scene import Scene
from tests.faults.steps import Killed, Steps, raise_killed, stepping

CARDS = {
    "success": 8,
    "declined": 1,
    "insufficient_funds": 1,
    "authentication": 1,
    "delayed": 1,
    "dispute": 3,
    "refund_pending": 2,
    "refund_fails": 3,
}
Happening = Callable[["Life", Random], Awaitable[None]]


@dataclass
class Life:
    """Two families, their bank, their companies and the office."""

    scene: Scene
    die_at: int | None = None
    """Before which step the next of our own work dies."""
    started: list[tuple[UUID, str, str, Wish]] = field(default_factory=list[tuple[UUID, str, str, Wish]])

    @property
    def bank(self) -> Bank:
        return self.scene.bank

    @property
    def world(self) -> World:
        return self.scene.world

    async def live(self, what: str, rng: Random, die_at: int | None) -> None:
        """Let it happen; a clear no is an answer, a crash loses the process's memory and nothing else."""
        self.die_at = die_at
        try:
            await HAPPENINGS[what][1](self, rng)
        except (CabinetError, Killed):
            return

    async def ours(self, work: Awaitable[object]) -> None:
        """Work of our own process, which may die."""
        if self.die_at is None:
            await work
            return
        with stepping(Steps(self.die_at, raise_killed)):
            await work

    def resident(self, rng: Random) -> UUID:
        return self.world.residents[rng.randrange(2)]

    def home(self, rng: Random) -> tuple[UUID, UUID]:
        """Somebody and one of the accounts; both families like the gas that they share."""
        resident_id = self.resident(rng)
        return resident_id, self.scene.gas if rng.random() < 0.5 else rng.choice(
            self.world.homes[resident_id]
        )

    def page(self, rng: Random) -> tuple[UUID, str, str, Wish] | None:
        """One of the last pages that were opened."""
        return rng.choice(self.started[-3:]) if self.started else None

    def company(self, rng: Random) -> Company:
        return self.world.owners[self.scene.gas] if rng.random() < 0.6 else rng.choice(self.world.companies)

    async def some(self, rng: Random, state: PaymentState) -> Payment | None:
        async with read_only() as session:
            rows = await session.exec(
                select(Payment).where(Payment.state == state).order_by(col(Payment.number))
            )
            found = list(rows.all())
        return rng.choice(found) if found else None


async def press_pay(life: Life, rng: Random) -> None:
    """The button, perhaps for the second time."""
    resident_id, account_id = life.home(rng)
    wish = Wish(account_id, str(rng.randint(50, 3000)) if rng.random() < 0.7 else None)
    attempt = f"again{account_id}" if rng.random() < 0.2 else uuid4().hex
    page = life.page(rng)
    if page and rng.random() < 0.2:
        _, _, attempt, wish = page

    async def press() -> None:
        begun = await payments.start_payment(resident_id, [wish], attempt=attempt, locale="ru")
        life.started.append((begun.payment_id, begun.url, attempt, wish))

    await life.ours(press())


async def type_card(life: Life, rng: Random) -> None:
    if page := life.page(rng):
        card = rng.choices(list(CARDS), list(CARDS.values()))[0]
        await life.bank.type_card(page[1], card)
        if card == "authentication":
            await life.bank.answer_bank(page[1], approve=rng.random() < 0.5)


async def come_back(life: Life, rng: Random) -> None:
    if page := life.page(rng):
        await life.ours(payments.settle(page[0]))


async def pay(life: Life, rng: Random) -> None:
    """All of it, as it mostly goes; the crash comes at the end."""
    die_at, life.die_at = life.die_at, None
    await press_pay(life, rng)
    life.started[:-1] = []
    await type_card(life, rng)
    life.die_at = die_at
    await come_back(life, rng)


async def come_back_in_many_tabs(life: Life, rng: Random) -> None:
    if page := life.page(rng):
        await asyncio.gather(*(payments.settle(page[0]) for _ in range(4)), life.bank.deliver())


async def give_up(life: Life, rng: Random) -> None:
    if page := life.page(rng):
        payment = await life.scene.payment(page[0])
        await life.ours(payments.cancel_payment(payment.resident_id, payment.id))


async def deliver_webhooks(life: Life, rng: Random) -> None:
    faults.copies, faults.shuffle, faults.drop = rng.randint(1, 3), rng.random() < 0.5, rng.randint(0, 3)
    try:
        await life.bank.deliver()
    finally:
        faults.copies, faults.shuffle, faults.drop = 1, False, 0


async def lose_the_next_answer(_life: Life, _rng: Random) -> None:
    faults.lose_responses = 1


async def refund(life: Life, rng: Random) -> None:
    async def give_back() -> None:
        if payment := await life.some(rng, PaymentState.SUCCEEDED):
            amount = None if rng.random() < 0.3 else rng.randint(1, payment.total_minor)
            await refunds.send_refund(await life.scene.want_refund(payment.id, amount))

    await life.ours(give_back())


async def refund_at_the_processor(life: Life, rng: Random) -> None:
    payment = await life.some(rng, PaymentState.SUCCEEDED)
    if payment is None:
        return
    made = await life.scene.refunds_of(payment.id)
    if not any(one.state is RefundState.CREATED for one in made):
        # Ours that was not sent yet would find its money gone: that is a refusal, tested elsewhere.
        await life.scene.refund_there(payment.id, rng.randint(1, payment.total_minor))


async def bank_asks(life: Life, rng: Random) -> None:
    """A dispute of a part, perhaps not the first."""
    disputed = await life.some(rng, PaymentState.DISPUTED)
    if payment := disputed or await life.some(rng, PaymentState.SUCCEEDED):
        await life.scene.dispute_there(payment.id, rng.randint(1, payment.total_minor))


async def decide_dispute(life: Life, rng: Random) -> None:
    if (await life.bank.ask("GET", "/v1/disputes", limit=1)).get("data"):
        await life.scene.decide_dispute(won=rng.random() < 0.4)


async def bill_arrives(life: Life, rng: Random) -> None:
    account_id = life.home(rng)[1]
    async with unit_of_work() as session:
        await bill(life.world, account_id, rng, session=session)


async def unlink_or_link(life: Life, rng: Random) -> None:
    resident_id, account_id = life.home(rng)
    if account_id in await orders.linked_ids(resident_id):
        await life.ours(orders.unlink(resident_id, account_id))
        return
    async with unit_of_work() as session:
        session.add(AccountLink(resident_id=resident_id, account_id=account_id))


async def time_passes(life: Life, rng: Random) -> None:
    """The jobs make their rounds."""
    life.bank.pass_time(timedelta(minutes=rng.choice((1, 10, 40, 1500, 2900))))
    await life.ours(make_rounds())


async def make_rounds() -> None:
    await orders.make_rounds()
    await sweep()
    await refunds.sweep_refunds()


async def days_pass(life: Life, rng: Random) -> None:
    """The standing orders have their letters and their charges; one of the rounds dies."""
    dying, unlucky = life.die_at, rng.randrange(3)
    for day in range(3):
        life.bank.pass_time(timedelta(days=1))
        if rng.random() < 0.3:
            await lose_the_next_answer(life, rng)
        life.die_at = dying if day == unlucky else None
        with contextlib.suppress(Killed):
            await life.ours(make_rounds())


async def save_card(life: Life, rng: Random) -> None:
    card = rng.choices(list(orders.CARDS), list(orders.CARDS.values()))[0]
    await orders.add_card(life.bank, life.resident(rng), card, comes_back=rng.random() < 0.8)


async def give_order(life: Life, rng: Random) -> None:
    """With a new card, if there is none; a bill gives it something to pay."""
    resident_id, account_id = life.home(rng)
    if not await orders.has_card(resident_id):
        await save_card(life, rng)
    await life.ours(orders.give_order(resident_id, account_id, rng))
    await bill_arrives(life, rng)


async def change_mind(life: Life, rng: Random) -> None:
    change = orders.remove_card if rng.random() < 0.3 else orders.change_mind
    await life.ours(change(life.resident(rng), rng))


async def pay_out(life: Life, rng: Random) -> None:
    """Hand over; the company takes it in, and confirms it, at once or with the next one."""
    company, by = life.company(rng), life.scene.staff[0]
    await life.ours(company.hand_over(by))
    if rng.random() < 0.7:
        await company.take_in()
    if rng.random() < 0.7:
        await life.ours(company.confirm(by))


async def company_writes(life: Life, rng: Random) -> None:
    """A file that waits, or one that counts what was not handed over yet and is sent at once."""
    account_id = life.home(rng)[1]
    company, early = life.world.owners[account_id], rng.random() < 0.3
    if rng.random() < 0.3:
        company.correct(account_id, rng.randint(-9_999, 9_999))
    await company.write_file(account_id, rng, early=early)
    if early:
        await company.send(company.outbox.pop())
    elif rng.random() < 0.5:
        await files_arrive(life, rng)


async def files_arrive(life: Life, rng: Random) -> None:
    """Somebody whose program crashed takes the file in once more."""
    company = life.company(rng)
    if company.outbox and life.die_at:
        with contextlib.suppress(Killed):
            await life.ours(company.send(company.outbox[0]))
    await company.send_all()


HAPPENINGS: dict[str, tuple[int, Happening]] = {
    happening.__name__: (weight, happening)
    for weight, happening in (
        (7, pay),
        (3, press_pay),
        (2, type_card),
        (2, come_back),
        (1, come_back_in_many_tabs),
        (1, give_up),
        (3, deliver_webhooks),
        (2, lose_the_next_answer),
        (4, refund),
        (1, refund_at_the_processor),
        (1, bank_asks),
        (2, decide_dispute),
        (2, bill_arrives),
        (1, unlink_or_link),
        (4, time_passes),
        (4, days_pass),
        (1, save_card),
        (3, give_order),
        (1, change_mind),
        (4, pay_out),
        (4, company_writes),
        (3, files_arrive),
    )
}
