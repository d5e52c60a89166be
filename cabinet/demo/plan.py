"""A year in the life of 200 invented accounts: pure, and the same on every machine in the same month."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from uuid import UUID

from cabinet.accounts.models import Account
from cabinet.accounts.service import account_search_key
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.billing.service import ChargeLine
from cabinet.demo.catalogue import CATALOGUE, DemoProvider, demo_id
from cabinet.demo.people import invent_address, invent_owner
from cabinet.demo.services import DemoMeter, DemoZone, invent_use, metered_line, meters_for, standing_lines
from cabinet.kit.dates import add_months, month_of
from cabinet.ledger.models import Balance, Entry, Journal, JournalKind
from cabinet.ledger.service import clearing, receivable
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.payments.models import ProviderStatement
from cabinet.providers.models import Provider

MONTHS = 12
SURE_DEBTORS = 4
"""The first accounts of every provider owe their last bill."""
_NUMBERS = {
    "electricity": ("66", 8),
    "gas": ("37", 10),
    "housing": ("54", 6),
    "water": ("63ВК", 6),
    "heat": ("9", 8),
}
"""What the numbers of a provider begin with, and how many digits follow."""


def _seeded(*path: object) -> Random:
    """Chance that falls the same on every machine; nothing secret comes of it."""
    return Random("/".join(map(str, path)))  # noqa: S311


class Habit(StrEnum):
    """How an owner pays."""

    OWES_LAST = "owes_last"
    PAID_UP = "paid_up"
    IN_ADVANCE = "in_advance"
    BEHIND = "behind"


_HABITS = [Habit.OWES_LAST] * 9 + [Habit.PAID_UP] * 4 + [Habit.IN_ADVANCE] * 3 + [Habit.BEHIND] * 4


@dataclass(slots=True)
class Plan:
    """The rows, in the order in which they refer to each other."""

    providers: list[Provider] = field(default_factory=list[Provider])
    accounts: list[Account] = field(default_factory=list[Account])
    meters: list[Meter] = field(default_factory=list[Meter])
    zones: list[TariffZone] = field(default_factory=list[TariffZone])
    readings: list[Reading] = field(default_factory=list[Reading])
    bills: list[Bill] = field(default_factory=list[Bill])
    charges: list[Charge] = field(default_factory=list[Charge])
    statements: list[ProviderStatement] = field(default_factory=list[ProviderStatement])
    journals: list[Journal] = field(default_factory=list[Journal])
    entries: list[Entry] = field(default_factory=list[Entry])
    balances: list[Balance] = field(default_factory=list[Balance])


def account_id(slug: str, index: int) -> UUID:
    """The id of the account with this number in the row of its provider."""
    return demo_id("account", slug, index)


def account_ids_in_turn() -> list[UUID]:
    """All accounts, one of each provider after the other: the order in which they are offered."""
    longest = max(demo.accounts for demo in CATALOGUE)
    return [account_id(demo.slug, i) for i in range(longest) for demo in CATALOGUE if i < demo.accounts]


def make_plan(moment: datetime) -> Plan:
    """All rows of the demo; the last bills were issued in the month of `moment`."""
    plan = Plan()
    for demo in CATALOGUE:
        plan.providers.append(demo.provider.model_copy())
        tails = _seeded("numbers", demo.slug).sample(range(10 ** _NUMBERS[demo.slug][1]), demo.accounts)
        for index, tail in enumerate(tails):
            _Household(plan, demo, index, tail, moment).live()
    return plan


class _Household:
    """One account: its meters, a year of readings and bills, and what was paid."""

    def __init__(self, plan: Plan, demo: DemoProvider, index: int, tail: int, moment: datetime) -> None:
        self.plan = plan
        self.demo = demo
        self.index = index
        self.moment = moment
        self.random = _seeded("household", demo.slug, index)
        self.id = account_id(demo.slug, index)
        self.number = self._number(tail)
        self.habit = Habit.OWES_LAST if index < SURE_DEBTORS else self.random.choice(_HABITS)
        self.months_behind = self.random.randint(2, 5)
        self.area = Decimal(self.random.randint(310, 890)) / 10
        self.balance = 0
        self.values: dict[UUID, Decimal] = {}

    def live(self) -> None:
        """Write everything that happened into the plan."""
        self._open()
        devices = [self._install(place, meter) for place, meter in enumerate(self._meters())]
        for ago in range(MONTHS, 0, -1):
            period = add_months(month_of(self.moment.date()), -ago)
            lines = list(self._count(period, ago, devices))
            self._issue(period, ago, lines)
            self._pay(period, ago)
        updated = Balance(account_id=self.id, amount_minor=self.balance, updated_at=self.moment)
        self.plan.balances.append(updated)

    def _number(self, tail: int) -> str:
        head, digits = _NUMBERS[self.demo.slug]
        return f"{head}{tail:0{digits}d}"

    def _meters(self) -> tuple[DemoMeter, ...]:
        return meters_for(self.demo.provider.kind, self.index)

    def _open(self) -> None:
        owner = invent_owner(self.random)
        address = invent_address(self.random, self.demo.city, self.demo.streets)
        account = Account(
            id=self.id,
            provider_id=self.demo.provider.id,
            number=self.number,
            owner_name=owner,
            address=address,
            search_key=account_search_key(self.number, owner, address),
            created_at=self.demo.provider.created_at,
        )
        self.plan.accounts.append(account)

    def _install(self, place: int, demo: DemoMeter) -> list[tuple[DemoMeter, DemoZone, UUID]]:
        """The meter, its zones, and the values that it stood at a year ago."""
        start = add_months(month_of(self.moment.date()), -MONTHS)
        meter = Meter(
            id=demo_id("meter", self.id, place),
            account_id=self.id,
            kind=demo.kind,
            serial=f"{self.random.randint(10**7, 10**8 - 1)}",
            unit=demo.unit,
            digits=demo.digits,
            decimals=demo.decimals,
            verification_due=start + timedelta(days=self.random.randint(200, 2400)),
            installed_on=start - timedelta(days=self.random.randint(100, 1500)),
        )
        self.plan.meters.append(meter)
        zones = [
            TariffZone(id=demo_id("zone", meter.id, n), meter_id=meter.id, number=n)
            for n in range(1, len(demo.zones) + 1)
        ]
        self.plan.zones.extend(zones)
        for zone in zones:
            self._read(zone.id, invent_start(self.random, demo), start - timedelta(days=6), MONTHS + 1)
        return [(demo, demo_zone, zone.id) for demo_zone, zone in zip(demo.zones, zones, strict=True)]

    def _count(
        self, period: date, ago: int, devices: list[list[tuple[DemoMeter, DemoZone, UUID]]]
    ) -> Iterator[ChargeLine]:
        provider = self.demo.provider
        day = period.replace(day=self.random.randint(provider.window_from, provider.window_to))
        volumes: list[Decimal] = []
        for meter, zone, zone_id in (place for device in devices for place in device):
            volumes.append(invent_use(self.random, meter, zone))
            self._read(zone_id, self.values[zone_id] + volumes[-1], day, ago)
            yield metered_line(meter, zone, volumes[-1])
        yield from standing_lines(provider.kind, self.area, volumes)

    def _read(self, zone_id: UUID, value: Decimal, day: date, ago: int) -> None:
        self.values[zone_id] = value
        first = ago > MONTHS
        sources = [ReadingSource.RESIDENT] * 8 + [ReadingSource.PROVIDER, ReadingSource.CALCULATED]
        reading = Reading(
            id=demo_id("reading", zone_id, ago),
            zone_id=zone_id,
            value=value,
            taken_on=day,
            period=month_of(day),
            source=ReadingSource.PROVIDER if first else self.random.choice(sources),
            state=ReadingState.ACCEPTED,
            created_at=_at(day, 8),
        )
        self.plan.readings.append(reading)

    def _issue(self, period: date, ago: int, lines: list[ChargeLine]) -> None:
        """The bill of a month, issued on the first day of the next."""
        issued_on = add_months(period, 1)
        if self.balance > 0:
            penalty = max(1, self.balance * 16 // 3000)
            lines.append(ChargeLine("Пени", penalty, ChargeKind.PENALTY))
        bill = Bill(
            id=demo_id("bill", self.id, ago),
            account_id=self.id,
            period=period,
            due_on=issued_on.replace(day=self.demo.provider.due_day),
            issued_at=self._no_later(_at(issued_on, 3)),
        )
        self.plan.bills.append(bill)
        self.plan.charges.extend(_charge(bill, place, line) for place, line in enumerate(lines))
        total = sum(line.amount_minor for line in lines)
        self._post(f"bill:{bill.id}", JournalKind.CHARGE, total, bill.issued_at)

    def _pay(self, period: date, ago: int) -> None:
        """A payment made elsewhere, as the provider's statement tells of it."""
        amount = self._amount_to_pay(ago)
        if amount <= 0:
            return
        day = add_months(period, 1) + timedelta(days=self.random.randint(3, 20))
        at = self._no_later(_at(day, 12))
        statement = ProviderStatement(
            id=demo_id("statement", self.id, ago),
            account_id=self.id,
            balance_minor=self.balance - amount,
            as_of=at.date(),
            source="demo",
            created_at=at,
        )
        self.plan.statements.append(statement)
        self._post(f"statement:{statement.id}", JournalKind.STATEMENT, -amount, at)

    def _amount_to_pay(self, ago: int) -> int:
        if self.habit is Habit.OWES_LAST:
            return self.balance if ago > 1 else 0
        if self.habit is Habit.BEHIND:
            return self.balance if ago > self.months_behind else 0
        if self.habit is Habit.IN_ADVANCE and self.balance > 0:
            return self.balance + self.random.randint(1, 9) * 10_000
        return self.balance

    def _post(self, key: str, kind: JournalKind, amount: int, at: datetime) -> None:
        journal = Journal(id=demo_id("journal", key), key=key, kind=kind, at=at, memo="demo")
        self.plan.journals.append(journal)
        sides = ((receivable(self.id), amount), (clearing(self.demo.provider.id), -amount))
        self.plan.entries.extend(
            Entry(journal_id=journal.id, account=name, amount_minor=minor) for name, minor in sides
        )
        self.balance += amount

    def _no_later(self, at: datetime) -> datetime:
        return min(at, self.moment)


def invent_start(random: Random, meter: DemoMeter) -> Decimal:
    """What a meter stood at a year ago: far from zero and from its highest value."""
    scale = 10**meter.decimals
    low, high = 10 ** (meter.digits - 2), 10 ** (meter.digits - 1)
    return Decimal(random.randint(low * scale, high * scale)) / scale


def _charge(bill: Bill, position: int, line: ChargeLine) -> Charge:
    return Charge(
        id=demo_id("charge", bill.id, position),
        bill_id=bill.id,
        position=position,
        kind=line.kind,
        service=line.service,
        volume=line.volume,
        unit=line.unit,
        tariff=line.tariff,
        amount_minor=line.amount_minor,
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
