"""Registries of readings and of charges: meters, readings and bills of accounts, and how they are taken back."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.billing.models import Bill, Charge
from cabinet.database import read_only, unit_of_work
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.imports import receiving, runs
from cabinet.exchange.imports.rejections import say_reason
from cabinet.exchange.imports.service import rejections_of
from cabinet.meters.models import Meter, Reading, TariffZone
from tests.exchange.imports.town import (
    DAY,
    Town,
    accounts_of,
    apply,
    check,
    debts_of,
    rejected,
    roll_back,
    row_of,
    take,
    upload,
)

METERS = """ЛС;Тип счётчика;Номер счётчика;Зона;Показание;Дата показания;Дата поверки
37000001;холодная вода;111;;120,5;25.10.2026;01.05.2030
37000001;электроэнергия;222;Т1;1000;25.10.2026;
37000001;электроэнергия;222;Т2;500;25.10.2026;
37000002;холодная вода;333;;7;25.10.2026;
"""


async def meters(town: Town) -> dict[str, list[Decimal]]:
    """By serial: the values of its zones."""
    async with read_only() as session:
        rows = await session.exec(
            select(col(Meter.serial), col(TariffZone.number), col(Reading.value))
            .join(TariffZone, col(TariffZone.meter_id) == col(Meter.id))
            .outerjoin(Reading, col(Reading.zone_id) == col(TariffZone.id))
            .where(col(Meter.account_id).in_([one.id for one in (await accounts_of(town)).values()]))
            .order_by(col(Meter.serial), col(TariffZone.number), col(Reading.taken_on))
        )
        found: dict[str, list[Decimal]] = {}
        for serial, _zone, value in rows:
            found.setdefault(serial, []).append(value)
        return found


async def test_meters_and_readings_come_in_once(town: Town) -> None:
    import_id = await upload(town, METERS.encode(), "meters.csv")
    figures = await check(town, import_id)
    assert (await rejected(import_id), figures.new, figures.meters_new, figures.readings_new) == ({}, 2, 3, 4)
    await apply(town, import_id)
    taken = {"111": [Decimal("120.5")], "222": [Decimal(1000), Decimal(500)], "333": [Decimal(7)]}
    assert await meters(town) == taken
    again = await upload(town, METERS.encode(), "again.csv", day=None)
    figures = await check(town, again)
    assert (figures.unchanged, figures.meters_new, figures.readings_new) == (2, 0, 0)
    await apply(town, again)
    assert await meters(town) == taken


async def test_new_readings_are_added_and_impossible_ones_refused(town: Town) -> None:
    await take(town, METERS.encode(), "meters.csv")
    later = METERS.replace("120,5;25.10", "130;25.11").replace(";7;", ";1234567;")
    import_id = await take(town, later.encode(), "b.csv")
    assert await rejected(import_id) == {5: "bad_reading"}
    assert (await meters(town))["111"] == [Decimal("120.5"), Decimal(130)]


async def test_meters_are_taken_back(town: Town) -> None:
    first = await take(town, METERS.encode(), "meters.csv")
    later = METERS.replace("120,5;25.10", "130;25.11").replace("01.05.2030", "01.05.2034")
    second = await take(town, later.encode(), "b.csv")
    await roll_back(town, second)
    assert (await meters(town))["111"] == [Decimal("120.5")]
    async with read_only() as session:
        due = (await session.exec(select(col(Meter.verification_due)).where(Meter.serial == "111"))).one()
        assert due
        assert due.year == 2030
    await roll_back(town, first)
    assert await meters(town) == {}


CHARGES = "ЛС;Услуга;Начислено\r\n37000001;Вода;100,00\r\n37000001;Стоки;50,00\r\n37000002;Вода;10,00\r\n"


async def charges_in(town: Town, text: str, name: str = "charges.csv") -> UUID:
    import_id = await upload(town, text.encode(), name)
    layout = Layout.model_validate((await row_of(import_id)).layout)
    async with unit_of_work() as session:
        await receiving.set_layout(
            import_id,
            layout.model_copy(update={"period": DAY.replace(month=10)}),
            DAY,
            by=town.clerk,
            session=session,
        )
    figures = await check(town, import_id)
    assert figures.rejected == 0, await rejected(import_id)
    await apply(town, import_id)
    return import_id


async def bills(session: AsyncSession) -> list[tuple[str, int]]:
    rows = await session.exec(
        select(Charge.service, Charge.amount_minor)
        .join(Bill, col(Bill.id) == col(Charge.bill_id))
        .order_by(col(Charge.amount_minor).desc())
    )
    return [(service, amount) for service, amount in rows]


async def test_charges_become_bills_and_correct_them(town: Town) -> None:
    first = await charges_in(town, CHARGES)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 1_000}
    await charges_in(town, CHARGES, "again.csv")
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 1_000}
    second = await charges_in(town, CHARGES.replace("100,00", "80,00"), "corrected.csv")
    assert await debts_of(town) == {"37000001": 13_000, "37000002": 1_000}
    await roll_back(town, second)
    async with read_only() as session:
        assert await bills(session) == [("Вода", 10_000), ("Стоки", 5_000), ("Вода", 1_000)]
    assert (await debts_of(town))["37000001"] == 15_000
    assert first


async def test_bills_of_an_import_are_taken_back(town: Town) -> None:
    first = await charges_in(town, CHARGES)
    await roll_back(town, first)
    async with read_only() as session:
        assert await bills(session) == []
    assert set((await debts_of(town)).values()) == {0}


async def test_a_balance_beside_charges_is_the_last_word(town: Town) -> None:
    text = "ЛС;Услуга;Начислено;Сальдо\r\n37000001;Вода;100,00;250,00\r\n"
    await charges_in(town, text)
    assert await debts_of(town) == {"37000001": 25_000}


@pytest.mark.parametrize("day", ["02.11.2026", "31.12.1999", "01.01.9999"])
async def test_a_day_of_a_reading_that_cannot_be_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    monkeypatch.setattr(runs, "today_in", lambda _zone: DAY)
    content = METERS.replace("120,5;25.10.2026", f"120,5;{day}").replace("7;25.10.2026", "7;01.11.2026")
    import_id = await upload(town, content.encode(), "meters.csv")
    await check(town, import_id)
    assert await rejected(import_id) == {2: "read_when"}
    async with read_only() as session:
        [row], _count = await rejections_of(import_id, session=session)
    assert day in say_reason(row.code, row.detail)
