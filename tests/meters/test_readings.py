from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.errors import OnlyLooks
from cabinet.accounts.models import AccountLink, LinkRole
from cabinet.accounts.service import link_account, linked_account
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months, month_of
from cabinet.meters import service as meters
from cabinet.meters import views
from cabinet.meters.concerns import Doubt
from cabinet.meters.errors import (
    BadReadings,
    BelowPrevious,
    NotANumber,
    VerificationExpired,
    WindowClosed,
    WrongDay,
)
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, Tariff
from cabinet.meters.service import ReadingWish, ZoneView, meters_of, submit_readings
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

Clock = Callable[[date], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    def stand_at(day: date) -> None:
        for module in (meters, views):
            monkeypatch.setattr(module, "today_in", lambda _timezone: day)

    stand_at(date(2026, 11, 20))
    return stand_at


class Flat:
    """Alice's account with one meter."""

    def __init__(self, session: AsyncSession, alice: UUID, account_id: UUID, zones: list[UUID]) -> None:
        self.session, self.alice, self.account_id, self.zones = session, alice, account_id, zones

    async def send(
        self, *texts: str, sure: set[Doubt] | None = None, on: date | None = None
    ) -> dict[UUID, Decimal]:
        confirmed = frozenset(sure or ())
        wishes = {zone: ReadingWish(text, confirmed) for zone, text in zip(self.zones, texts, strict=False)}
        return await submit_readings(self.alice, self.account_id, wishes, session=self.session, taken_on=on)

    async def doubts(self, *texts: str) -> list[set[Doubt]]:
        """What is asked about each value when nothing is confirmed."""
        with pytest.raises(BadReadings) as caught:
            await self.send(*texts)
        assert caught.value.errors == {}
        found = caught.value.concerns
        return [{one.doubt for one in found.get(zone, ())} for zone in self.zones]

    async def remember(self, *values: int, source: ReadingSource = ReadingSource.PROVIDER) -> None:
        """Readings of the months before October, the newest first, the same for all zones."""
        for ago, value in enumerate(values, 1):
            period = add_months(date(2026, 10, 1), -ago)
            self.session.add_all(
                taken(zone, Decimal(value), period.replace(day=20), source=source) for zone in self.zones
            )
        await self.session.flush()

    async def zone(self, place: int = 0) -> ZoneView:
        return (await meters_of([self.account_id], session=self.session))[self.account_id][0].zones[place]

    async def states(self) -> list[tuple[Decimal, ReadingState]]:
        rows = await self.session.exec(select(Reading).order_by("created_at"))
        return [(row.value, row.state) for row in rows if row.zone_id in self.zones]


def taken(zone_id: UUID, value: Decimal, day: date, **values: object) -> Reading:
    """One that counts already."""
    usual: dict[str, object] = {
        "source": ReadingSource.PROVIDER,
        "state": ReadingState.ACCEPTED,
        "period": month_of(day),
    }
    return Reading(zone_id=zone_id, value=value, taken_on=day, **(usual | values))  # pyright: ignore[reportArgumentType]


async def flat(
    session: AsyncSession, *, zones: int = 3, before: str = "100", due: date | None = None, **rules: object
) -> Flat:
    provider, alice = await make_provider(session, **rules), await make_resident(session)
    account_id = await make_account(session, provider)
    await link_account(alice, provider.id, "37000001", session=session)
    made = await make_meter(session, account_id, zones=zones, verification_due=due)
    for zone_id in made:
        session.add(taken(zone_id, Decimal(before), date(2026, 10, 20)))
    await session.flush()
    return Flat(session, alice, account_id, made)


async def test_readings_of_all_zones_are_kept_and_empty_ones_are_not_sent(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session)
    assert await home.send("110,5", " ", "130") == {
        home.zones[0]: Decimal("110.5"),
        home.zones[2]: Decimal("130.0"),
    }
    assert ((await home.zone(0)).previous, (await home.zone(0)).sent) == (Decimal(100), Decimal("110.5"))
    assert (await home.zone(1)).sent is None
    assert (await home.zone(0)).previous_source is ReadingSource.PROVIDER


async def test_one_wrong_zone_keeps_all_back(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zero_crossing_allowed=False)
    with pytest.raises(BadReadings) as caught:
        await home.send("110", "90", "abc")
    errors = caught.value.errors
    assert {zone: type(error) for zone, error in errors.items()} == {
        home.zones[1]: BelowPrevious,
        home.zones[2]: NotANumber,
    }
    with use_locale("en"):
        assert set(caught.value.problems) == {home.zones[1], home.zones[2]}
    assert (await home.zone(0)).sent is None


async def test_a_doubt_keeps_all_back_until_it_is_confirmed(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session)
    assert await home.doubts("110", "100", "120") == [set(), {Doubt.NOTHING_USED}, set()]
    assert (await home.zone(0)).sent is None
    await home.send("110", "100", "120", sure={Doubt.NOTHING_USED})
    assert (await home.zone(1)).sent == 100
    kept = {row.zone_id: row.doubts for row in await session.exec(select(Reading))}
    assert [kept[zone] for zone in home.zones] == ["", "nothing_used", ""]


@pytest.mark.parametrize("wrong", [set(), {Doubt.LOWER}, {Doubt.NOTHING_USED, Doubt.LOWER}])
async def test_exactly_the_doubts_that_exist_have_to_be_confirmed(
    session: AsyncSession, clock: Clock, wrong: set[Doubt]
) -> None:
    home = await flat(session, zones=1)
    with pytest.raises(BadReadings):
        await home.send("100", sure=wrong)
    assert await home.states() == [(Decimal(100), ReadingState.ACCEPTED)]


async def test_far_above_the_usual_is_asked_and_the_months_that_passed_count(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1, before="1000")
    await home.remember(900, 800, 700, 600)
    assert Doubt.MORE_THAN_USUAL in (await home.doubts("1600"))[0]
    clock(date(2027, 1, 20))
    await home.send("1600")


async def test_what_may_still_be_corrected_is_not_usual_yet(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, before="1000")
    await home.remember(900, 800)
    await home.send("1050")
    await home.send("1900")
    assert (await home.zone()).sent == 1900


async def test_a_replaced_meter_knows_what_was_usual_before(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, before="1000")
    await home.remember(900, 800, 700, 600)
    old = (await meters_of([home.account_id], session=session))[home.account_id][0].id
    (await session.get_one(Meter, old)).removed_on = date(2026, 10, 25)
    home.zones = await make_meter(session, home.account_id, replaces_id=old, serial="002")
    session.add(taken(home.zones[0], Decimal(0), date(2026, 10, 25)))
    await session.flush()
    assert Doubt.MORE_THAN_USUAL in (await home.doubts("400"))[0]
    await home.send("120")


async def test_more_than_the_provider_believes_can_be_confirmed(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, max_use=500)
    assert Doubt.ABOVE_LIMIT in (await home.doubts("900"))[0]
    await home.send("900", sure={Doubt.ABOVE_LIMIT})
    assert (await home.zone()).sent == 900


async def test_below_a_calculated_value_is_taken_even_without_zero_crossing(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1, zero_crossing_allowed=False)
    session.add(taken(home.zones[0], Decimal(150), date(2026, 10, 31), source=ReadingSource.CALCULATED))
    await session.flush()
    assert await home.doubts("140") == [{Doubt.BELOW_CALCULATED}]
    await home.send("140", sure={Doubt.BELOW_CALCULATED})
    [reading] = await session.exec(select(Reading).where(Reading.value == 140))
    assert not reading.zero_crossing


async def test_an_empty_form_sends_nothing(session: AsyncSession, clock: Clock) -> None:
    assert await (await flat(session)).send("", " ", "") == {}


async def test_the_same_value_in_the_next_month_is_a_new_reading(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    clock(date(2026, 12, 20))
    await home.send("150", sure={Doubt.NOTHING_USED})
    periods = [row.period for row in await session.exec(select(Reading).where(Reading.value == 150))]
    assert sorted(periods) == [date(2026, 11, 1), date(2026, 12, 1)]


async def test_a_reading_that_nobody_has_decided_is_still_the_previous_one_next_month(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    clock(date(2026, 12, 20))
    await home.send("170")
    assert ((await home.zone()).previous, (await home.zone()).sent) == (150, 170)
    assert await home.doubts("140") == [{Doubt.LOWER}]


async def test_a_correction_is_measured_against_the_value_before_it(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    assert await home.doubts("100") == [{Doubt.NOTHING_USED}]
    assert (await home.zone()).sent == 150


async def test_what_was_accepted_is_not_corrected_any_more(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    [reading] = await session.exec(select(Reading).where(Reading.value == 150))
    reading.state = ReadingState.ACCEPTED
    await session.flush()
    assert (await home.zone()).accepted_on == date(2026, 11, 20)
    assert await home.doubts("120") == [{Doubt.LOWER}]
    await home.send("160")
    assert (Decimal(150), ReadingState.ACCEPTED) in await home.states()


async def test_the_day_may_be_earlier_only_where_the_provider_says_so(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    with pytest.raises(WrongDay):
        await home.send("150", on=date(2026, 11, 19))
    await home.send("150", on=date(2026, 11, 20))


@pytest.mark.parametrize(
    ("today", "first"),
    [(date(2026, 11, 20), date(2026, 11, 15)), (date(2026, 11, 10), date(2026, 10, 26))],
)
async def test_an_earlier_day_lies_in_the_window(
    session: AsyncSession, clock: Clock, today: date, first: date
) -> None:
    clock(today)
    home = await flat(session, zones=1, earlier_date_allowed=True)
    for wrong in (first - timedelta(1), today + timedelta(1)):
        with pytest.raises(WrongDay):
            await home.send("150", on=wrong)
    await home.send("150", on=first)
    assert (await home.zone()).sent_on == first
    await home.send("150", on=today)
    assert (await home.zone()).sent_on == today


async def test_an_earlier_day_is_not_before_the_previous_reading(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, earlier_date_allowed=True)
    session.add(taken(home.zones[0], Decimal(120), date(2026, 11, 18)))
    await session.flush()
    with pytest.raises(WrongDay):
        await home.send("150", on=date(2026, 11, 17))
    await home.send("150", on=date(2026, 11, 18))


async def test_the_price_of_the_day_is_known(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=2)
    provider_id = (await linked_account(home.alice, home.account_id, session=session)).provider_id
    for zone, price, since in ((1, "6", 2024), (1, "7.5", 2026), (1, "9", 2027), (2, "3", 2026)):
        session.add(
            Tariff(
                provider_id=provider_id,
                kind=MeterKind.ELECTRICITY,
                zones=2,
                zone=zone,
                price=Decimal(price),
                valid_from=date(since, 1, 1),
            )
        )
    await session.flush()
    assert [(await home.zone(place)).price for place in (0, 1)] == [Decimal("7.5"), Decimal(3)]
    assert (await (await flat(session, zones=1)).zone()).price is None


async def test_who_may_only_look_sends_nothing(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    [owner] = await session.exec(select(AccountLink).where(AccountLink.resident_id == home.alice))
    bob = await make_resident(session, "bob")
    session.add(
        AccountLink(resident_id=bob, account_id=home.account_id, role=LinkRole.VIEWER, invited_by=owner.id)
    )
    await session.flush()
    with pytest.raises(OnlyLooks):
        await submit_readings(bob, home.account_id, {home.zones[0]: ReadingWish("110")}, session=session)


async def test_a_reading_can_be_corrected_within_the_window_downwards_too(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    clock(date(2026, 11, 24))
    await home.send("120")
    await home.send("120")
    assert (await home.zone()).sent == 120
    assert (await home.zone()).previous == 100
    assert sorted(await home.states()) == [
        (Decimal(100), ReadingState.ACCEPTED),
        (Decimal(120), ReadingState.SUBMITTED),
        (Decimal(150), ReadingState.SUPERSEDED),
    ]


async def test_a_late_reading_counts_for_the_next_month_and_follows_the_last(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    await home.send("150")
    clock(date(2026, 11, 26))
    assert (await home.zone()).previous == 150
    with pytest.raises(BadReadings):
        await home.send("140")
    await home.send("160")
    assert [state for _, state in await home.states()].count(ReadingState.SUBMITTED) == 2


async def test_a_strict_window_refuses_on_other_days(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, window_strict=True)
    await home.send("150")
    clock(date(2026, 11, 26))
    with pytest.raises(BadReadings) as caught:
        await home.send("160")
    assert isinstance(caught.value.errors[home.zones[0]], WindowClosed)


async def test_today_is_the_providers(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def today(timezone: str) -> date:
        asked.append(timezone)
        return date(2026, 11, 20)

    for module in (meters, views):
        monkeypatch.setattr(module, "today_in", today)
    home = await flat(session, zones=1, timezone="Asia/Kamchatka")
    await home.send("150")
    assert set(asked) == {"Asia/Kamchatka"}


async def test_a_confirmed_turn_of_the_dial_is_kept(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, before="99990")
    assert await home.doubts("12") == [{Doubt.ZERO_CROSSING}]
    assert await home.send("12", sure={Doubt.ZERO_CROSSING}) == {home.zones[0]: Decimal(12)}
    [reading] = await session.exec(select(Reading).where(Reading.value == 12))
    assert (reading.zero_crossing, reading.doubts) == (True, "zero_crossing")


async def test_an_expired_verification_may_be_refused(session: AsyncSession, clock: Clock) -> None:
    expired = date(2026, 11, 1)
    tolerant = await flat(session, zones=1, due=expired)
    await tolerant.send("110")
    [reading] = await session.exec(select(Reading).where(Reading.value == 110))
    assert reading.doubts == "expired"
    strict = await flat(session, zones=1, due=expired, expired_verification_allowed=False)
    with pytest.raises(BadReadings) as caught:
        await strict.send("110")
    assert isinstance(caught.value.errors[strict.zones[0]], VerificationExpired)


async def test_strangers_and_foreign_zones_are_not_found(session: AsyncSession, clock: Clock) -> None:
    home, other = await flat(session, zones=1), await flat(session, zones=1)
    wishes = {home.zones[0]: ReadingWish("110")}
    for resident, account in ((other.alice, home.account_id), (other.alice, other.account_id)):
        with pytest.raises(NotFound):
            await submit_readings(resident, account, wishes, session=session)
    with pytest.raises(NotFound):
        await submit_readings(home.alice, home.account_id, {uuid4(): ReadingWish("1")}, session=session)
