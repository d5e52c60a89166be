"""`python -m benchmarks history`: the pages of an account with ten years of bills beside one with a year.

Measured is the server's time for what a page loads, without a browser, whose noise on a busy
machine is larger than the difference. Both take turns.
"""

import argparse
import asyncio
import time
from contextlib import suppress
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from benchmarks.pages import agree, let_cards_pay, load, pages
from cabinet import database
from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.accounts.service import open_account
from cabinet.billing import service as billing
from cabinet.billing.lines import ChargeLine, Figures, price_minor
from cabinet.database import unit_of_work
from cabinet.kit.dates import add_months, month_of, now
from cabinet.kit.requisites import inn_of_company
from cabinet.launcher.console import say
from cabinet.launcher.migrations import migrate
from cabinet.launcher.postgres import hand_down, throwaway_database
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, TariffZone
from cabinet.payments import service as payments
from cabinet.providers.models import ProviderKind
from cabinet.providers.service import save_provider
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person

YEAR, TEN_YEARS = 12, 120
AIM = 1.2


class Home:
    """A resident with one account that has that many months behind it; the last bill is not paid."""

    def __init__(self, months: int) -> None:
        self.months = months
        self.resident_id = uuid4()
        self.account_id = uuid4()
        self.bill_id = uuid4()

    @property
    def person(self) -> Person:
        """Who is signed in."""
        return Person(self.resident_id, uuid4(), "bench@mail.example", "", Role.RESIDENT, None, "ru")


def main(arguments: list[str]) -> None:
    """Measure on a database of its own and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks history", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    wanted = parser.parse_args(arguments)
    with throwaway_database() as url:
        hand_down(url)
        migrate(url)
        asyncio.run(_measure(wanted.rounds))


async def _measure(rounds: int) -> None:
    database.bind_engine()
    try:
        short, long = Home(YEAR), Home(TEN_YEARS)
        for home in (short, long):
            await _live(home)
        for name in pages(short.account_id, short.bill_id):
            times = [[await _load(home, name) for home in (short, long)] for _ in range(rounds + 3)][3:]
            year, ten = (median(one) * 1000 for one in zip(*times, strict=True))
            say(
                f"{name:10} a year {year:6.1f} ms   ten years {ten:6.1f} ms   ratio {ten / year:.2f} (aim: at most {AIM})"
            )
    finally:
        with suppress(Exception):
            await database.dispose_engine()


async def _load(home: Home, name: str) -> float:
    """Seconds of the load events of one page, as its states run them."""
    page = pages(home.account_id, home.bill_id)[name]
    began = time.perf_counter()
    await load(home.person, page)
    return time.perf_counter() - began


async def _live(home: Home) -> None:
    """Readings of two zones and a bill of three lines each month; all but the last were paid here."""
    async with unit_of_work() as session:
        zones = await _move_in(home, session)
    first = add_months(month_of(now().date()), -home.months)
    for month in range(home.months):
        period = add_months(first, month)
        async with unit_of_work() as session:
            session.add_all(_reading(zone, period, month) for zone in zones)
            bill = await billing.issue_bill(
                home.account_id,
                period,
                add_months(period, 1).replace(day=15),
                _lines(month),
                session=session,
                figures=Figures(0, 0, sum(line.amount_minor for line in _lines(month)), f"B-{month}"),
            )
        home.bill_id = bill.id
        if month < home.months - 1:
            await _pay(home, sum(line.amount_minor for line in _lines(month)), period)


async def _move_in(home: Home, session: AsyncSession) -> list[UUID]:
    provider = await save_provider(None, session=session, **_provider(home))
    email = f"bench{home.months}@mail.example"
    session.add(
        Resident(id=home.resident_id, email=email, email_key=email, password_hash="-", confirmed_at=now())
    )
    home.account_id = await open_account(provider.id, "37012345", session=session, address="ул. Садовая, 1")
    session.add(AccountLink(resident_id=home.resident_id, account_id=home.account_id, level=LinkLevel.FULL))
    meter = Meter(account_id=home.account_id, kind=MeterKind.ELECTRICITY, serial="1", unit="кВт·ч")
    session.add(meter)
    await session.flush()
    zones = [TariffZone(meter_id=meter.id, number=number) for number in (1, 2)]
    session.add_all(zones)
    await session.flush()
    return [zone.id for zone in zones]


def _provider(home: Home) -> dict[str, Any]:
    return {
        "name": f"Bench {home.months}",
        "kind": ProviderKind.ELECTRICITY,
        "number_pattern": r"37\d{6}",
        "number_example": "37012345",
        "number_hint_ru": "8",
        "inn": inn_of_company("770000001"),
    }


def _reading(zone_id: UUID, period: date, month: int) -> Reading:
    return Reading(
        zone_id=zone_id,
        value=Decimal(1_000 + 150 * month),
        taken_on=period.replace(day=20),
        period=period,
        source=ReadingSource.RESIDENT,
        state=ReadingState.ACCEPTED,
    )


def _lines(month: int) -> list[ChargeLine]:
    tariff = Decimal(5) + month // 12
    rows = [(name, Decimal(100 + month % 12 * number)) for number, name in enumerate(("T1", "T2", "T3"), 1)]
    return [
        ChargeLine(name, price_minor(volume, tariff), volume=volume, unit="кВт·ч", tariff=tariff)
        for name, volume in rows
    ]


async def _pay(home: Home, amount_minor: int, period: date) -> None:
    """A payment here that the card has made, settled as every payment is."""
    let_cards_pay(amount_minor)
    await payments.settle(await agree(home.resident_id, home.account_id, amount_minor, period=period))
