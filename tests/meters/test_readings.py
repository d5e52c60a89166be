from collections.abc import Callable
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import link_account
from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.meters import service as meters
from cabinet.meters.errors import BadReadings, BelowPrevious, NotANumber, VerificationExpired, WindowClosed
from cabinet.meters.models import Reading, ReadingSource, ReadingState
from cabinet.meters.service import ReadingWish, ZoneView, meters_of, submit_readings
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

Clock = Callable[[date], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    def stand_at(day: date) -> None:
        monkeypatch.setattr(meters, "today_in", lambda _timezone: day)

    stand_at(date(2026, 11, 20))
    return stand_at


class Flat:
    """Alice's account with one meter."""

    def __init__(self, session: AsyncSession, alice: UUID, account_id: UUID, zones: list[UUID]) -> None:
        self.session, self.alice, self.account_id, self.zones = session, alice, account_id, zones

    async def send(self, *texts: str, crossing: bool = False) -> dict[UUID, Decimal]:
        wishes = {zone: ReadingWish(text, crossing) for zone, text in zip(self.zones, texts, strict=False)}
        return await submit_readings(self.alice, self.account_id, wishes, session=self.session)

    async def zone(self, place: int = 0) -> ZoneView:
        return (await meters_of([self.account_id], session=self.session))[self.account_id][0].zones[place]

    async def states(self) -> list[tuple[Decimal, ReadingState]]:
        rows = await self.session.exec(select(Reading).order_by("created_at"))
        return [(row.value, row.state) for row in rows if row.zone_id in self.zones]


async def flat(
    session: AsyncSession, *, zones: int = 3, before: str = "100", due: date | None = None, **rules: object
) -> Flat:
    provider, alice = await make_provider(session, **rules), await make_resident(session)
    account_id = await make_account(session, provider)
    await link_account(alice, provider.id, "37000001", session=session)
    made = await make_meter(session, account_id, zones=zones, verification_due=due)
    for zone_id in made:
        session.add(
            Reading(
                zone_id=zone_id,
                value=Decimal(before),
                taken_on=date(2026, 10, 20),
                period=date(2026, 10, 1),
                source=ReadingSource.PROVIDER,
                state=ReadingState.ACCEPTED,
            )
        )
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
    home = await flat(session)
    with pytest.raises(BadReadings) as caught:
        await home.send("110", "90", "abc")
    errors = caught.value.errors
    assert {zone: type(error) for zone, error in errors.items()} == {
        home.zones[1]: BelowPrevious,
        home.zones[2]: NotANumber,
    }
    assert caught.value.asks_zero_crossing == {home.zones[1]}
    with use_locale("en"):
        assert set(caught.value.problems) == {home.zones[1], home.zones[2]}
    assert (await home.zone(0)).sent is None


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

    monkeypatch.setattr(meters, "today_in", today)
    home = await flat(session, zones=1, timezone="Asia/Kamchatka")
    await home.send("150")
    assert set(asked) == {"Asia/Kamchatka"}


async def test_a_confirmed_turn_of_the_dial_is_kept(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1, before="99990")
    with pytest.raises(BadReadings):
        await home.send("12")
    assert await home.send("12", crossing=True) == {home.zones[0]: Decimal(12)}


async def test_an_expired_verification_may_be_refused(session: AsyncSession, clock: Clock) -> None:
    expired = date(2026, 11, 1)
    tolerant = await flat(session, zones=1, due=expired)
    await tolerant.send("110")
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
