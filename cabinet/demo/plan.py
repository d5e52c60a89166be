"""A year and a month in the life of 200 invented accounts: pure, and the same on every machine in the same month."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from uuid import UUID

from cabinet.accounts.models import Account
from cabinet.accounts.service import account_search_key
from cabinet.billing.lines import ChargeLine, Figures, gap_of, total_of
from cabinet.billing.models import Bill, Charge, ChargeKind
from cabinet.demo.catalogue import CATALOGUE, DemoProvider, demo_id
from cabinet.demo.notices import make_notices
from cabinet.demo.people import invent_address, invent_owner
from cabinet.demo.services import (
    DemoMeter,
    DemoZone,
    all_meters,
    corrected,
    invent_use,
    last_change,
    metered_line,
    meters_for,
    price,
    standing_lines,
)
from cabinet.kit.dates import add_months, month_of
from cabinet.ledger.models import Balance, Entry, Journal, JournalKind
from cabinet.ledger.service import clearing, receivable
from cabinet.meters.concerns import Doubt
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState, Tariff, TariffZone
from cabinet.meters.service import window_of
from cabinet.notices.models import Notice
from cabinet.payments.models import ProviderStatement
from cabinet.providers.models import Provider
from cabinet.providers.service import view_of

MONTHS = 13
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


class Story(StrEnum):
    """What is special about one of the first accounts of a provider."""

    NONE = "none"
    VERIFICATION_SOON = "verification_soon"
    VERIFICATION_PAST = "verification_past"
    REPLACED_METER = "replaced_meter"
    STUCK_NIGHT = "stuck_night"
    LARGE_RECALCULATION = "large_recalculation"
    GAP = "gap"
    WAITING = "waiting"
    WAITING_ODD = "waiting_odd"


STORIES = {
    ("gas", 0): Story.VERIFICATION_SOON,
    ("gas", 1): Story.REPLACED_METER,
    ("electricity", 1): Story.STUCK_NIGHT,
    ("water", 1): Story.LARGE_RECALCULATION,
    ("water", 3): Story.VERIFICATION_PAST,
    ("housing", 1): Story.GAP,
    ("heat", 1): Story.VERIFICATION_SOON,
    ("electricity", 20): Story.WAITING,
    ("electricity", 21): Story.WAITING_ODD,
    ("gas", 20): Story.WAITING,
    ("water", 20): Story.WAITING,
}
BEHIND_INDEX = 2
"""This account of every provider is months behind, with penalties."""
REPLACED_AGO, STUCK_AGO, RECALCULATED_AGO = 5, 6, 2
"""Months ago."""
_BILL_PREFIXES = {"electricity": "ЭС", "gas": "ГС", "housing": "УК", "water": "ВК", "heat": "ТС"}


def story_of(slug: str, index: int) -> Story:
    """What is special about the account with this number in the row of its provider."""
    return STORIES.get((slug, index), Story.NONE)


class Habit(StrEnum):
    """How an owner pays."""

    OWES_LAST = "owes_last"
    PAID_UP = "paid_up"
    IN_ADVANCE = "in_advance"
    BEHIND = "behind"


_HABITS = [Habit.OWES_LAST] * 9 + [Habit.PAID_UP] * 4 + [Habit.IN_ADVANCE] * 3 + [Habit.BEHIND] * 4


Device = list[tuple[DemoMeter, DemoZone, UUID]]
"""The zones of one meter, with their ids."""


@dataclass(slots=True)
class Plan:
    """The rows, in the order in which they refer to each other."""

    providers: list[Provider] = field(default_factory=list[Provider])
    tariffs: list[Tariff] = field(default_factory=list[Tariff])
    notices: list[Notice] = field(default_factory=list[Notice])
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
        plan.tariffs.extend(tariffs_of(demo, moment.date()))
        tails = _seeded("numbers", demo.slug).sample(range(10 ** _NUMBERS[demo.slug][1]), demo.accounts)
        for index, tail in enumerate(tails):
            _Household(plan, demo, index, tail, moment).live()
    plan.notices.extend(make_notices(moment))
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
        self.habit = _habit(index, self.random)
        self.months_behind = self.random.randint(2, 5)
        self.story = story_of(demo.slug, index)
        self.change = last_change(moment.date())
        self.area = Decimal(self.random.randint(310, 890)) / 10
        self.balance = 0
        self.closing = 0
        self.paid = 0
        self.extra: dict[UUID, Decimal] = {}
        """What a meter counted in the month before another took its place, by the zone of the new one."""
        self.values: dict[UUID, Decimal] = {}

    def live(self) -> None:
        """Write everything that happened into the plan."""
        self._open()
        devices = [self._install(place, meter) for place, meter in enumerate(self._meters())]
        for ago in range(MONTHS, 0, -1):
            period = add_months(month_of(self.moment.date()), -ago)
            if self.story is Story.REPLACED_METER and ago == REPLACED_AGO:
                devices = [self._replace(device, period, ago) for device in devices]
            lines = self._correct(list(self._count(period, ago, devices)), ago)
            self._issue(period, ago, lines)
            self._pay(period, ago)
        if self.story in (Story.WAITING, Story.WAITING_ODD):
            self._send(devices)
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

    def _install(self, place: int, demo: DemoMeter) -> Device:
        """The meter, its zones, and the values that it stood at a year ago."""
        start = add_months(month_of(self.moment.date()), -MONTHS)
        meter = self._meter(demo_id("meter", self.id, place), demo)
        meter.verification_due = self._verification(start)
        meter.installed_on = start - timedelta(days=self.random.randint(100, 1500))
        zones = self._put_in(meter, demo)
        for zone in zones:
            self._read(zone.id, invent_start(self.random, demo), start - timedelta(days=6), MONTHS + 1)
        return [(demo, demo_zone, zone.id) for demo_zone, zone in zip(demo.zones, zones, strict=True)]

    def _meter(self, ident: UUID, demo: DemoMeter) -> Meter:
        return Meter(
            id=ident,
            account_id=self.id,
            kind=demo.kind,
            serial=f"{self.random.randint(10**7, 10**8 - 1)}",
            unit=demo.unit,
            digits=demo.digits,
            decimals=demo.decimals,
            ratio=demo.ratio,
        )

    def _put_in(self, meter: Meter, demo: DemoMeter) -> list[TariffZone]:
        self.plan.meters.append(meter)
        zones = [
            TariffZone(id=demo_id("zone", meter.id, n), meter_id=meter.id, number=n)
            for n in range(1, len(demo.zones) + 1)
        ]
        self.plan.zones.extend(zones)
        return zones

    def _verification(self, start: date) -> date:
        """When it is due: soon for one, past for another, some time for the rest."""
        if self.story is Story.VERIFICATION_SOON:
            return self.moment.date() + timedelta(days=40)
        if self.story is Story.VERIFICATION_PAST:
            return self.moment.date() - timedelta(days=20)
        return start + timedelta(days=self.random.randint(400, 2400))

    def _replace(self, device: Device, period: date, ago: int) -> Device:
        """Take the meter out in mid-month and put a new one in its place; its history goes on there."""
        demo, zone, zone_id = device[0]
        day = period.replace(day=8)
        used = Decimal(zone.use[0] // 3)
        self._read(zone_id, self.values[zone_id] + used, day, ago)
        old = next(meter for meter in self.plan.meters if meter.account_id == self.id)
        old.removed_on = day
        new = self._meter(demo_id("meter", self.id, "new"), demo)
        new.replaces_id, new.installed_on = old.id, day
        new.verification_due = day.replace(year=day.year + 8)
        [new_zone] = self._put_in(new, demo)
        self._read(new_zone.id, Decimal(3), day, MONTHS + 1)
        self.extra[new_zone.id] = used
        return [(demo, zone, new_zone.id)]

    def _correct(self, lines: list[ChargeLine], ago: int) -> list[ChargeLine]:
        """Recalculations: a small one two months ago, and one that is larger than its charge."""
        if self.story is Story.LARGE_RECALCULATION and ago == 1:
            lines[-1] = corrected(lines[-1], -lines[-1].amount_minor * 3 // 2)
        elif self.index < SURE_DEBTORS and ago == RECALCULATED_AGO:
            lines[0] = corrected(lines[0], -lines[0].amount_minor // 8)
        return lines

    def _count(self, period: date, ago: int, devices: list[Device]) -> Iterator[ChargeLine]:
        provider = self.demo.provider
        day = period.replace(day=self.random.randint(provider.window_from, provider.window_to))
        volumes: list[Decimal] = []
        for meter, zone, zone_id in (place for device in devices for place in device):
            used = Decimal(0) if self._is_stuck(zone, ago) else invent_use(self.random, meter, zone)
            self._read(zone_id, self.values[zone_id] + used, day, ago)
            volumes.append((used + self.extra.pop(zone_id, Decimal(0))) * meter.ratio)
            yield metered_line(meter, zone, volumes[-1], is_new=period >= self.change)
        yield from standing_lines(provider.kind, self.area, volumes, is_new=period >= self.change)

    def _send(self, devices: list[Device]) -> None:
        """What the owner sent yesterday, and the provider has not looked at yet; one has used far too much."""
        day = self.moment.date() - timedelta(days=1)
        is_odd = self.story is Story.WAITING_ODD
        for meter, zone, zone_id in (place for device in devices for place in device):
            used = invent_use(self.random, meter, zone) * (9 if is_odd else 1)
            reading = self._read(zone_id, self.values[zone_id] + used, day, 0)
            reading.source, reading.state = ReadingSource.RESIDENT, ReadingState.SUBMITTED
            reading.period = window_of(view_of(self.demo.provider)).period_of(day)
            reading.doubts = Doubt.MORE_THAN_USUAL.value if is_odd else ""

    def _is_stuck(self, zone: DemoZone, ago: int) -> bool:
        return self.story is Story.STUCK_NIGHT and "ночь" in zone.service and ago <= STUCK_AGO

    def _read(self, zone_id: UUID, value: Decimal, day: date, ago: int) -> Reading:
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
        return reading

    def _issue(self, period: date, ago: int, lines: list[ChargeLine]) -> None:
        """The bill of a month, issued on the first day of the next."""
        issued_on = add_months(period, 1)
        if self.balance > 0:
            penalty = max(1, self.balance * 16 // 3000)
            lines.append(ChargeLine("Пени", penalty, ChargeKind.PENALTY))
        total = total_of(lines)
        figures = self._figures(period, ago, total)
        bill = Bill(
            id=demo_id("bill", self.id, ago),
            account_id=self.id,
            period=period,
            due_on=issued_on.replace(day=self.demo.provider.due_day),
            issued_at=self._no_later(_at(issued_on, 3)),
            number=figures.number,
            opening_minor=figures.opening_minor,
            paid_minor=figures.paid_minor,
            closing_minor=figures.closing_minor,
            gap_minor=gap_of(figures, total),
        )
        self.plan.bills.append(bill)
        self.plan.charges.extend(_charge(bill, place, line) for place, line in enumerate(lines))
        self._post(f"bill:{bill.id}", JournalKind.CHARGE, total, bill.issued_at)

    def _figures(self, period: date, ago: int, total: int) -> Figures:
        """What the provider says of the bill as a whole; one provider miscounts by ten roubles."""
        opening, paid = self.closing, self.paid
        self.closing, self.paid = opening - paid + total, 0
        wrong = 1_000 if self.story is Story.GAP and ago == 1 else 0
        number = f"{_BILL_PREFIXES[self.demo.slug]}-{period:%y%m}-{self.index + 1:04d}"
        return Figures(opening, paid, self.closing + wrong, number)

    def _pay(self, period: date, ago: int) -> None:
        """A payment made elsewhere, as the provider's statement tells of it."""
        amount = self._amount_to_pay(ago)
        if amount <= 0:
            return
        self.paid += amount
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


def _habit(index: int, random: Random) -> Habit:
    if index == BEHIND_INDEX:
        return Habit.BEHIND
    return Habit.OWES_LAST if index < SURE_DEBTORS else random.choice(_HABITS)


def tariffs_of(demo: DemoProvider, day: date) -> list[Tariff]:
    """The prices of every sort of meter, before the last change and since."""
    change = last_change(day)
    return [
        Tariff(
            id=demo_id("tariff", demo.slug, meter.kind, len(meter.zones), number, is_new),
            provider_id=demo.provider.id,
            kind=meter.kind,
            zones=len(meter.zones),
            zone=number,
            price=price(zone.tariff, is_new=is_new),
            valid_from=change if is_new else add_months(change, -24),
        )
        for meter in all_meters()[demo.provider.kind]
        for number, zone in enumerate(meter.zones, 1)
        for is_new in (False, True)
    ]


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
        recalculation_minor=line.recalculation_minor,
        amount_minor=line.amount_minor,
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
