"""Providers with books of their own: they take payouts in, confirm them or not yet, and send balances.

A company learns of our payments from registers alone, and of bills and its own corrections by itself.
What its balances did to our receivables is checked against these books, not against our own marks.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.kit.dates import today_in
from cabinet.payments import payouts
from cabinet.payments.errors import NewerStatementKnown, NothingOwed
from cabinet.payments.models import Payout, ProviderStatement
from cabinet.payments.proof import Violation
from cabinet.payments.statements import take_statement
from cabinet.residents.person import Person

ZONE = "Europe/Moscow"
Key = tuple[int, UUID]
"""A payment's number and the account of one of its items."""

_NET = """
SELECT p.number, i.account_id, i.payout_id, i.amount_minor - coalesce((
    SELECT sum(d.amount_minor) FROM deallocation d
    JOIN allocation a ON a.id = d.allocation_id LEFT JOIN refund r ON r.id = d.refund_id
    WHERE a.item_id = i.id AND d.created_at <= :moment
    AND NOT coalesce(r.state = 'failed' AND r.settled_at <= :moment, false)), 0) AS amount_minor
FROM payment_item i JOIN payment p ON p.id = i.payment_id JOIN account c ON c.id = i.account_id
LEFT JOIN payout o ON o.id = i.payout_id
WHERE c.provider_id = :provider AND p.state IN ('succeeded', 'disputed', 'lost')
"""
"""What each credited item of a provider was worth at a moment."""

_PAYOUTS = """
SELECT id, amount_minor, made_at, confirmed_on FROM payout WHERE provider_id = :provider ORDER BY number
"""

_OWED = """
SELECT c.id, coalesce((
        SELECT sum(h.amount_minor) FROM charge h JOIN bill b ON b.id = h.bill_id WHERE b.account_id = c.id), 0),
    coalesce((SELECT sum(e.amount_minor) FROM entry e WHERE e.account = 'receivable:' || c.id), 0)
FROM account c WHERE c.provider_id = :provider
"""
"""Of each account: its bills, and what our ledger says that it owes."""


@dataclass(frozen=True)
class Intake:
    """A payout that the company took in: what it then held of each item that was ever handed over."""

    payout_id: UUID
    day: date
    amounts: dict[Key, int]


@dataclass(frozen=True)
class File:
    """What the company says of one account: as of the beginning of a day."""

    account_id: UUID
    balance_minor: int
    as_of: date
    source: str
    names: tuple[int, ...]
    contained: dict[Key, int]


@dataclass
class Company:
    """One provider; all chance comes from the caller's `rng`."""

    provider_id: UUID
    intakes: list[Intake] = field(default_factory=list[Intake])
    outbox: list[File] = field(default_factory=list[File])
    broken: list[Violation] = field(default_factory=list[Violation])
    _own: dict[UUID, int] = field(default_factory=dict[UUID, int])
    """Corrections and payments at the company's own desk, by account."""
    _early: dict[Key, int] = field(default_factory=dict[Key, int])
    """What it counted ahead of a payout, and named."""
    _named: dict[Key, int] = field(default_factory=dict[Key, int])
    """What files that we took in have named."""
    _offsets: dict[UUID, int] = field(default_factory=dict[UUID, int])
    """By how much an account differs from bills less payments, since the last file that we took in."""
    _seen: set[UUID] = field(default_factory=set[UUID])
    _written: int = 0

    def correct(self, account_id: UUID, amount_minor: int) -> None:
        """Change what an account owes without telling us: a correction, or cash at the desk."""
        self._own[account_id] = self._own.get(account_id, 0) + amount_minor

    async def take_in(self) -> int:
        """Take in every payout that has arrived, in order, by its register; returns how many."""
        async with read_only() as session:
            known = {intake.payout_id for intake in self.intakes}
            arrived = await self._rows(_PAYOUTS, session)
            new = [payout_id for payout_id, *_ in arrived if payout_id not in known]
            for payout_id in new:
                self.intakes.append(await self._intake(payout_id, session))
        return len(new)

    async def _intake(self, payout_id: UUID, session: AsyncSession) -> Intake:
        """Read the register that goes with the money: new items, and what became of earlier ones."""
        payout = await session.get_one(Payout, payout_id)
        rows = await payouts.register_of(payout, session=session)
        _head, *lines, last = csv.reader(StringIO(payouts.register_csv(payout, rows)), delimiter=";")
        numbers = await self._rows("SELECT number, id FROM account WHERE provider_id = :provider", session)
        accounts: dict[str, UUID] = dict(numbers)
        worth = dict(self.intakes[-1].amounts) if self.intakes else {}
        total = 0
        for account, number, _at, amount, correction in lines:
            total += _minor(amount)
            self._expect(account in accounts, "a register says what each line is for", payout_id)
            if account in accounts:
                key = (int(number), accounts[account])
                worth[key] = _minor(amount) + (worth.get(key, 0) if correction else 0)
        self._expect(total == _minor(last[3]) == payout.amount_minor, "a register adds up", payout_id)
        return Intake(payout_id, today_in(ZONE), worth)

    async def confirm(self, by: Person) -> int:
        """Tell us of everything that was taken in, and on which day; returns how much of it was new."""
        told = await self._confirmed()
        for intake in self.intakes:
            if intake.payout_id not in told:
                async with unit_of_work() as session:
                    await payouts.confirm_payout(intake.payout_id, intake.day, by=by, session=session)
        return len(self.intakes) - len(told)

    async def write_file(self, account_id: UUID, rng: Random, *, early: bool) -> None:
        """Put a balance of the account into the outbox; it names some of what it contains, and strangers.

        With `early` it counts a payment that has not been handed over yet: such a file must not wait.
        """
        as_of = today_in(ZONE)
        if early:
            await self._count_early(account_id, rng)
        contained = {key: amount for key, amount in self._contained(as_of).items() if key[1] == account_id}
        named = [number for number, _account in contained if rng.random() < rng.choice((0, 0.5, 1))]
        named += [number for (number, account), _ in self._early.items() if account == account_id]
        async with read_only() as session:
            bills = (await self._accounts(session))[account_id][0]
        balance = bills + self._own.get(account_id, 0) - sum(contained.values())
        self._written += 1
        source = f"{self._written}.csv"
        strangers = [rng.randrange(1, 1000)] if rng.random() < 0.3 else []
        self.outbox.append(File(account_id, balance, as_of, source, (*named, *strangers), contained))

    async def send(self, file: File) -> str:
        """Let our staff take a file in; the same one again is fine."""
        try:
            async with unit_of_work() as session:
                taken = await take_statement(
                    file.account_id, file.balance_minor, file.as_of, file.source, file.names, session=session
                )
        except NewerStatementKnown:
            return "an older file refused"
        if taken.id in self._seen:
            return "the same file again"
        await self._note(file, taken)
        self._seen.add(taken.id)
        return "file taken in, in doubt" if taken.doubtful_minor else "file taken in"

    async def send_all(self) -> list[str]:
        """Everything that waits in the outbox, in the order in which it was written."""
        sent: list[str] = []
        while self.outbox:
            sent.append(await self.send(self.outbox[0]))
            self.outbox.pop(0)
        return sent

    async def _note(self, file: File, taken: ProviderStatement) -> None:
        """What our receivable has to be from now on; and whether we know what we cannot know."""
        for key, amount in self._contained(file.as_of).items():
            if key[1] == file.account_id and key[0] in file.names:
                self._named.setdefault(key, self._first_amount(key, amount))
        told = await self._told(file.as_of)
        mine = {key: amount for key, amount in told.items() if key[1] == file.account_id}
        async with read_only() as session:
            bills = (await self._accounts(session))[file.account_id][0]
            worth = {(number, account): amount for number, account, _of, amount in await self._items(session)}
        self._offsets[file.account_id] = file.balance_minor + sum(mine.values()) - bills
        hidden = [key for key in file.contained if key not in told and worth.get(key)]
        self._expect(bool(taken.doubtful_minor) or not hidden, "doubt is told to staff", taken.id)

    async def differences(self, *, session: AsyncSession) -> list[Violation]:
        """Whether each receivable is what the company's last balance said, and what happened since."""
        paid = await self._paid(session)
        wrong = [
            account_id
            for account_id, (bills, receivable) in (await self._accounts(session)).items()
            if receivable != self._offsets.get(account_id, 0) + bills - paid.get(account_id, 0)
        ]
        found = [*self.broken]
        if wrong:
            rule = "a receivable is the provider's balance less what it did not know of"
            found.append(Violation(rule, tuple(map(str, wrong))))
        return found

    async def come_to_rest(self, by: Person) -> None:
        """Everything is handed over, taken in and confirmed: call it again a day later for the last files."""
        await self.hand_over(by)
        await self.take_in()
        await self.confirm(by)

    async def hand_over(self, by: Person) -> bool:
        """What our office does when it pays the company; whether there was anything to hand over."""
        async with unit_of_work() as session:
            owed = await payouts.owed_to(self.provider_id, session=session)
            try:
                await payouts.hand_over(
                    self.provider_id, "", expected_minor=owed.amount_minor, by=by, session=session
                )
            except NothingOwed:
                return False
        return True

    async def truth(self, *, session: AsyncSession) -> list[Violation]:
        """After the last files: whether everybody owes bills and corrections less what was paid."""
        paid = await self._paid(session)
        wrong = [
            account_id
            for account_id, (bills, receivable) in (await self._accounts(session)).items()
            if receivable != bills + self._own.get(account_id, 0) - paid.get(account_id, 0)
        ]
        rule = "after the last file an account owes its bills and corrections less its payments"
        return [Violation(rule, tuple(map(str, wrong)))] if wrong else []

    async def _count_early(self, account_id: UUID, rng: Random) -> None:
        async with read_only() as session:
            free = [
                ((number, account), amount)
                for number, account, of, amount in await self._items(session)
                if account == account_id and of is None and (number, account) not in self._early
            ]
        if free:
            key, amount = rng.choice(free)
            self._early[key] = amount

    def _contained(self, as_of: date) -> dict[Key, int]:
        """What a balance of the beginning of that day contains of our payments."""
        contained = dict(self._early)
        for intake in self.intakes:
            if intake.day < as_of:
                contained |= intake.amounts
        return contained

    async def _told(self, as_of: date) -> dict[Key, int]:
        """What somebody who reads files and confirmations can know that it contains."""
        told = dict(self._named)
        confirmed = await self._confirmed()
        for intake in self.intakes:
            if intake.day < as_of and intake.payout_id in confirmed:
                told |= intake.amounts
        return told

    def _first_amount(self, key: Key, otherwise: int) -> int:
        """What the item was worth when the company first heard of it."""
        if key in self._early:
            return self._early[key]
        return next((intake.amounts[key] for intake in self.intakes if key in intake.amounts), otherwise)

    async def _confirmed(self) -> set[UUID]:
        async with read_only() as session:
            arrived = await self._rows(_PAYOUTS, session)
        return {payout_id for payout_id, _amount, _at, confirmed_on in arrived if confirmed_on}

    async def _items(self, session: AsyncSession, moment: datetime | None = None) -> list[Any]:
        return await self._rows(_NET, session, moment=moment or "infinity")

    async def _paid(self, session: AsyncSession) -> dict[UUID, int]:
        paid: dict[UUID, int] = {}
        for _number, account_id, _of, amount in await self._items(session):
            paid[account_id] = paid.get(account_id, 0) + int(amount)
        return paid

    async def _accounts(self, session: AsyncSession) -> dict[UUID, tuple[int, int]]:
        rows = await self._rows(_OWED, session)
        return {account_id: (int(bills), int(receivable)) for account_id, bills, receivable in rows}

    async def _rows(self, query: str, session: AsyncSession, **values: Any) -> list[Any]:
        wanted = {"provider": self.provider_id, **values}
        return list(await (await session.connection()).execute(text(query), wanted))

    def _expect(self, holds: bool, rule: str, where: UUID) -> None:
        if not holds:
            self.broken.append(Violation(rule, (str(where),)))


def _minor(roubles: str) -> int:
    return int(roubles.replace(".", ""))
