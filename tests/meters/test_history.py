from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.accounts.service import link_account
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months, now
from cabinet.meters.history import History, Line, read_history
from cabinet.meters.meters_csv import readings_csv
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

OCTOBER = date(2026, 10, 1)


class Flat:
    """Alice's account, proved."""

    def __init__(self, session: AsyncSession, alice: UUID, account_id: UUID) -> None:
        self.session, self.alice, self.account_id = session, alice, account_id

    async def read(self, zone: UUID, ago: int, value: str | int, **values: Any) -> Reading:
        period = add_months(OCTOBER, -ago)
        usual: dict[str, Any] = {
            "taken_on": period.replace(day=20),
            "period": period,
            "source": ReadingSource.PROVIDER,
            "state": ReadingState.ACCEPTED,
        }
        row = Reading(zone_id=zone, value=Decimal(value), **(usual | values))
        self.session.add(row)
        await self.session.flush()
        return row

    async def history(self, months: int | None = None) -> History:
        return await read_history(self.alice, self.account_id, session=self.session, months=months)

    async def line(self, months: int | None = None) -> Line:
        [line] = (await self.history(months)).lines
        return line

    async def link(self) -> AccountLink:
        rows = await self.session.exec(select(AccountLink).where(AccountLink.account_id == self.account_id))
        return rows.one()


@pytest.fixture
async def flat(session: AsyncSession) -> Flat:
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    alice = await make_resident(session)
    await link_account(alice, provider.id, "37000001", session=session)
    flat = Flat(session, alice, account_id)
    (await flat.link()).level = LinkLevel.FULL
    await session.flush()
    return flat


async def test_ten_years_are_read_as_a_window_with_the_same_uses(session: AsyncSession, flat: Flat) -> None:
    [zone] = await make_meter(session, flat.account_id)
    for ago in range(120):
        await flat.read(zone, ago, 5000 - ago * 7 - ago % 3)
    few, every = await flat.line(25), await flat.line()
    assert (len(few.newest.readings), len(every.newest.readings)) == (25, 120)
    assert few.newest.readings == every.newest.readings[:25]
    months = few.by_month()
    assert {month: every.by_month()[month] for month in months} == months
    assert (await flat.history(25)).whole is False
    assert (await flat.history()).whole is True


async def test_a_year_without_readings_before_the_window_is_reckoned_with(
    session: AsyncSession, flat: Flat
) -> None:
    [zone] = await make_meter(session, flat.account_id)
    await flat.read(zone, 30, 100)
    await flat.read(zone, 0, 400)
    line = await flat.line(25)
    assert [one.use for one in line.newest.readings] == [Decimal(300)]
    assert line.by_month()[OCTOBER] == 10


async def test_corrections_stand_under_what_replaced_them(session: AsyncSession, flat: Flat) -> None:
    [zone] = await make_meter(session, flat.account_id)
    await flat.read(zone, 1, 100)
    at = now() - timedelta(days=1)
    for hours, value, state in (
        (0, 150, ReadingState.SUPERSEDED),
        (1, 151, ReadingState.SUPERSEDED),
        (2, 152, ReadingState.DECLINED),
        (3, 140, ReadingState.SUBMITTED),
    ):
        await flat.read(
            zone,
            0,
            value,
            state=state,
            source=ReadingSource.RESIDENT,
            resident_id=flat.alice,
            created_at=at + timedelta(hours=hours),
            declined_because="blurred" if state is ReadingState.DECLINED else "",
        )
    sent, declined, first = (await flat.line()).newest.readings
    assert (sent.value, sent.use, sent.corrected) == (140, 40, ())
    assert (declined.value, declined.use, declined.declined_because) == (152, None, "blurred")
    assert [one.value for one in declined.corrected] == [151, 150]
    assert (first.value, first.use) == (100, None)


async def test_what_nothing_replaced_stands_for_itself(session: AsyncSession, flat: Flat) -> None:
    [zone] = await make_meter(session, flat.account_id)
    await flat.read(zone, 0, 150, state=ReadingState.SUPERSEDED, source=ReadingSource.RESIDENT)
    [alone] = (await flat.line()).newest.readings
    assert (alone.value, alone.state, alone.use) == (150, ReadingState.SUPERSEDED, None)


async def test_a_replaced_meter_goes_on_in_the_new_one(session: AsyncSession, flat: Flat) -> None:
    [old_zone] = await make_meter(session, flat.account_id, serial="old", removed_on=date(2026, 9, 8))
    old = (await session.exec(select(Meter).where(Meter.serial == "old"))).one()
    [new_zone] = await make_meter(session, flat.account_id, serial="new", replaces_id=old.id)
    await flat.read(old_zone, 2, 900)
    await flat.read(old_zone, 1, 905, taken_on=date(2026, 9, 8))
    await flat.read(new_zone, 1, 3, taken_on=date(2026, 9, 8))
    await flat.read(new_zone, 1, 10)
    await flat.read(new_zone, 0, 30)
    line = await flat.line()
    assert [meter.serial for meter in line.meters] == ["new", "old"]
    assert line.by_month() == {date(2026, 9, 1): 12, OCTOBER: 20}


async def test_zones_are_told_apart_and_together(session: AsyncSession, flat: Flat) -> None:
    day, night = await make_meter(session, flat.account_id, zones=2, ratio=10)
    for zone, values in ((day, (5, 8)), (night, (1, 2))):
        await flat.read(zone, 1, values[0])
        await flat.read(zone, 0, values[1])
    line = await flat.line()
    assert (line.by_month(1), line.by_month(2), line.by_month()) == (
        {OCTOBER: 30},
        {OCTOBER: 10},
        {OCTOBER: 40},
    )
    assert [one.zone for one in line.newest.readings] == [1, 2, 1, 2]


async def test_without_a_proof_only_own_readings_are_seen(session: AsyncSession, flat: Flat) -> None:
    (await flat.link()).level = LinkLevel.LITE
    [zone] = await make_meter(session, flat.account_id, serial="12345678")
    bob = await make_resident(session, "bob")
    for ago, whose in ((2, flat.alice), (1, bob), (0, flat.alice)):
        await flat.read(zone, ago, 300 - ago * 50, source=ReadingSource.RESIDENT, resident_id=whose)
    await flat.read(zone, 3, 10)
    history = await flat.history()
    assert history.own_only
    mine = history.lines[0].newest.readings
    assert [(one.value, one.use) for one in mine] == [(300, 100), (200, None)]
    with use_locale("en"):
        table = readings_csv(history).decode("utf-8-sig")
    assert "250" not in table
    assert "12345678" not in table


async def test_strangers_and_former_residents_see_nothing(session: AsyncSession, flat: Flat) -> None:
    with pytest.raises(NotFound):
        await read_history(uuid4(), flat.account_id, session=session)
    (await flat.link()).ended_at = now()
    with pytest.raises(NotFound):
        await flat.history()


async def test_the_table_runs_nothing_and_speaks_the_language(session: AsyncSession, flat: Flat) -> None:
    [zone] = await make_meter(session, flat.account_id, serial="=1+1", unit="м³")
    await flat.read(zone, 1, "100.5")
    await flat.read(zone, 0, "90.0", declined_because="@x", created_at=datetime(2026, 10, 20, 9).astimezone())
    with use_locale("ru"):
        rows = readings_csv(await flat.history()).decode("utf-8-sig").split("\r\n")
    assert rows[1].startswith("2026-10;Электричество;'=1+1;;90;-10,5;м³;2026-10-20;")
    assert "'@x" in rows[1]
    with use_locale("en"):
        assert "2026-10,Electricity,'=1+1,,90,-10.5,m³" in readings_csv(await flat.history()).decode()
