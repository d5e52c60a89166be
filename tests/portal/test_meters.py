"""What the page of the history says."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.accounts.service import link_account
from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months
from cabinet.meters.history import MONTHS, read_history
from cabinet.meters.models import Meter, Reading, ReadingSource, ReadingState
from cabinet.portal.meters.state import LineCard, lines_of, say_verification
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

TODAY, NEWEST = date(2026, 11, 22), date(2026, 10, 1)


@pytest.fixture
async def alice(session: AsyncSession) -> UUID:
    return await make_resident(session)


@pytest.fixture
async def account(session: AsyncSession, alice: UUID) -> UUID:
    """Alice's, with a meter of two zones that were read every month for three years."""
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    await link_account(alice, provider.id, "37000001", session=session)
    link = (await session.exec(select(AccountLink))).one()
    link.level = LinkLevel.FULL
    for number, zone in enumerate(await make_meter(session, account_id, zones=2), 1):
        session.add_all(_reading(zone, ago, 9000 - ago * 10 * number, alice) for ago in range(36))
    await session.flush()
    return account_id


def _reading(zone: UUID, ago: int, value: int, whose: UUID) -> Reading:
    period = add_months(NEWEST, -ago)
    return Reading(
        zone_id=zone,
        value=Decimal(value),
        taken_on=period.replace(day=20),
        period=period,
        source=ReadingSource.RESIDENT,
        state=ReadingState.ACCEPTED,
        resident_id=whose,
    )


async def shown(
    session: AsyncSession, who: UUID, account: UUID, view: str = "", *, whole: bool = False
) -> LineCard:
    history = await read_history(who, account, session=session, months=None if whole else MONTHS)
    with use_locale("en"):
        [line] = lines_of(history, who, view, whole=whole)
    return line


async def test_a_year_is_shown_at_once_and_all_on_request(
    session: AsyncSession, alice: UUID, account: UUID
) -> None:
    few, every = await shown(session, alice, account), await shown(session, alice, account, whole=True)
    assert (len(few.rows), len(every.rows)) == (26, 72)
    first, second = few.rows[:2]
    assert (first.month, first.zone, first.used, first.given, first.state) == (
        "October 2026",
        "T1 (day)",
        "10\u00a0kWh",
        "20 October, sent by you",
        "accepted",
    )
    assert (first.is_first, second.is_first, second.zone) == (True, False, "T2 (night)")


async def test_months_stand_beside_each_other(session: AsyncSession, alice: UUID, account: UUID) -> None:
    [chart] = (await shown(session, alice, account)).charts
    assert len(chart.points) == 13
    assert {point.words for point in chart.points} == {"30\u00a0kWh"}
    assert (chart.before_name, chart.parts) == ("", [])


async def test_each_month_stands_beside_the_same_one_a_year_ago(
    session: AsyncSession, alice: UUID, account: UUID
) -> None:
    [chart] = (await shown(session, alice, account, "years")).charts
    assert [point.full for point in chart.points][::11] == ["November 2025", "October 2026"]
    assert all(point.before == point.value == 30 for point in chart.points)


async def test_zones_are_the_parts_of_a_bar(session: AsyncSession, alice: UUID, account: UUID) -> None:
    [chart] = (await shown(session, alice, account, "zones")).charts
    assert chart.parts == ["T1 (day)", "T2 (night)"]
    assert {tuple(point.parts) for point in chart.points} == {(10.0, 20.0)}
    assert all(point.value == sum(point.parts) for point in chart.points)


async def test_the_whole_history_has_years_too(session: AsyncSession, alice: UUID, account: UUID) -> None:
    months, years = (await shown(session, alice, account, whole=True)).charts
    assert (len(months.points), [point.label for point in years.points]) == (
        24,
        ["2023", "2024", "2025", "2026"],
    )
    assert sum(point.value for point in years.points) == 35 * 30


async def test_a_meter_that_was_replaced_is_named(session: AsyncSession, alice: UUID, account: UUID) -> None:
    old = (await session.exec(select(Meter))).one()
    old.removed_on = date(2026, 10, 25)
    [zone] = await make_meter(session, account, serial="new", replaces_id=old.id)
    session.add(_reading(zone, -1, 3, alice))
    await session.flush()
    line = await shown(session, alice, account)
    assert (line.serial, line.rows[0].meter, line.rows[1].meter) == ("new", "No. new", "No. 001")
    assert [(one.serial, one.last) for one in line.old] == [
        ("001", "T1 (day) 9000\u00a0kWh, T2 (night) 9000\u00a0kWh")
    ]
    assert line.old[0].days == "from 1 January 2020 to 25 October 2026"


async def test_somebody_elses_reading_is_not_called_mine(session: AsyncSession, account: UUID) -> None:
    history = await read_history(
        (await session.exec(select(AccountLink))).one().resident_id, account, session=session, months=2
    )
    with use_locale("en"):
        [line] = lines_of(history, uuid4(), "", whole=False)
    assert line.rows[0].given == "20 October, sent by a resident"


@pytest.mark.parametrize(
    ("days", "tone", "said"),
    [
        (-1, "failed", "ended on"),
        (0, "due", "today"),
        (1, "due", "in 1 day"),
        (45, "due", "in 45 days"),
        (60, "due", "in 60 days"),
        (61, "plain", "Verification until"),
    ],
)
def test_a_verification_is_warned_of_sixty_days_ahead(days: int, tone: str, said: str) -> None:
    with use_locale("en"):
        words, mood = say_verification(TODAY + timedelta(days=days), TODAY)
    assert (mood, said in words) == (tone, True)


def test_no_verification_is_known() -> None:
    assert say_verification(None, TODAY) == ("", "plain")
