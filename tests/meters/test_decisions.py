from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import unlink_account
from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden, NotFound
from cabinet.mail.models import Letter
from cabinet.meters.concerns import Doubt
from cabinet.meters.errors import AlreadyDecided, NoReason, NotANumber, TooManyDecimals, TooManyDigits
from cabinet.meters.models import Reading, ReadingSource, ReadingState
from cabinet.meters.service import accept_readings, decline_reading, take_provider_reading
from cabinet.residents.models import Resident, Role
from tests.accounts.making import acting, make_resident
from tests.meters.test_readings import Clock, Flat, clock, flat

__all__ = ["clock"]


async def sent(home: Flat, *values: str) -> list[UUID]:
    """The ids of the readings that alice has just sent."""
    await home.send(*values)
    rows = await home.session.exec(
        select(Reading.id)
        .where(Reading.state == ReadingState.SUBMITTED, col(Reading.zone_id).in_(home.zones))
        .order_by(col(Reading.value))
    )
    return list(rows)


async def acts(session: AsyncSession, reading_id: UUID) -> list[tuple[str, UUID | None]]:
    rows = await session.exec(select(AuditRecord).where(AuditRecord.subject_id == str(reading_id)))
    return [(row.action, row.actor_id) for row in rows]


async def test_readings_are_accepted_once_and_by_whom(session: AsyncSession, clock: Clock) -> None:
    home, staff = await flat(session, zones=2), await make_resident(session, "staff")
    ids = await sent(home, "110", "120")
    assert set(await accept_readings(ids, by=acting(staff), session=session)) == set(ids)
    assert await accept_readings(ids, by=acting(staff), session=session) == []
    reading = await session.get_one(Reading, ids[0])
    assert (reading.state, reading.decided_by) == (ReadingState.ACCEPTED, staff)
    assert reading.decided_at is not None
    assert await acts(session, ids[0]) == [("accept_reading", staff)]
    assert (await home.zone(0)).previous == 110


async def test_a_corrected_reading_is_not_accepted(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    [first] = await sent(home, "110")
    [second] = await sent(home, "115")
    assert await accept_readings([first, second], by=None, session=session) == [second]
    with pytest.raises(AlreadyDecided):
        await decline_reading(first, "Late", by=None, session=session)


async def test_a_declined_reading_is_told_and_the_value_before_it_counts(
    session: AsyncSession, clock: Clock
) -> None:
    home, staff = await flat(session, zones=1), await make_resident(session, "staff")
    [reading_id] = await sent(home, "150")
    await decline_reading(reading_id, "  Below the  control reading. ", by=acting(staff), session=session)
    zone = await home.zone()
    assert (zone.previous, zone.sent, zone.declined) == (100, None, 150)
    assert zone.declined_because == "Below the control reading."
    [letter] = await session.exec(select(Letter).where(Letter.kind == "reading_declined"))
    assert "Below the control reading." in letter.text
    assert "/readings" in letter.text
    assert letter.failed_at is None
    assert await acts(session, reading_id) == [("decline_reading", staff)]
    await home.send("140")
    assert ((await home.zone()).sent, (await home.zone()).declined) == (140, None)


async def test_nobody_is_written_to_about_an_account_that_is_not_theirs_any_more(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    [reading_id] = await sent(home, "150")
    await unlink_account(home.alice, home.account_id, session=session)
    await decline_reading(reading_id, "Wrong", by=None, session=session)
    assert (await session.exec(select(Letter))).all() == []


async def test_who_wants_no_letters_about_readings_gets_none(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    (await session.get_one(Resident, home.alice)).letters_about_readings = False
    [reading_id] = await sent(home, "150")
    await decline_reading(reading_id, "Wrong", by=None, session=session)
    assert (await session.exec(select(Letter))).all() == []
    assert (await home.zone()).declined == 150


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 301])
async def test_declining_takes_a_reason(session: AsyncSession, clock: Clock, reason: str) -> None:
    home = await flat(session, zones=1)
    [reading_id] = await sent(home, "150")
    with pytest.raises(NoReason):
        await decline_reading(reading_id, reason, by=None, session=session)
    assert (await home.zone()).sent == 150


async def test_only_what_waits_is_decided(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    [reading_id] = await sent(home, "150")
    await accept_readings([reading_id], by=None, session=session)
    with pytest.raises(AlreadyDecided):
        await decline_reading(reading_id, "Late", by=None, session=session)
    with pytest.raises(NotFound):
        await decline_reading(uuid4(), "Late", by=None, session=session)


async def test_staff_of_one_provider_do_not_find_those_of_another(
    session: AsyncSession, clock: Clock
) -> None:
    home = await flat(session, zones=1)
    [reading_id] = await sent(home, "150")
    other = uuid4()
    assert await accept_readings([reading_id], by=None, session=session, provider_id=other) == []
    with pytest.raises(NotFound):
        await decline_reading(reading_id, "Late", by=None, session=session, provider_id=other)
    own = await provider_of(home)
    assert await accept_readings([reading_id], by=None, session=session, provider_id=own) == [reading_id]


async def test_a_clerk_decides_for_the_own_provider_whatever_is_asked(
    session: AsyncSession, clock: Clock
) -> None:
    home, staff = await flat(session, zones=1), await make_resident(session, "staff")
    [reading_id], own = await sent(home, "150"), await provider_of(home)
    for who, provider_id in ((uuid4(), own), (uuid4(), None)):
        stranger = acting(staff, Role.CLERK, who)
        assert (
            await accept_readings([reading_id], by=stranger, session=session, provider_id=provider_id) == []
        )
        with pytest.raises(NotFound):
            await decline_reading(reading_id, "x", by=stranger, session=session, provider_id=provider_id)
    for role in (Role.SUPPORT, Role.AUDITOR, Role.RESIDENT):
        with pytest.raises(Forbidden):
            await accept_readings([reading_id], by=acting(staff, role), session=session)
        with pytest.raises(Forbidden):
            await decline_reading(reading_id, "x", by=acting(staff, role), session=session)
    mine = acting(staff, Role.CLERK, own)
    assert await accept_readings([reading_id], by=mine, session=session) == [reading_id]


async def provider_of(home: Flat) -> UUID:
    from cabinet.accounts.service import providers_of

    return (await providers_of([home.account_id], session=home.session))[home.account_id]


async def test_a_value_of_the_provider_counts_at_once_and_once(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    day = date(2026, 11, 18)
    first = await take_provider_reading(home.zones[0], Decimal(130), day, session=session)
    assert first == await take_provider_reading(home.zones[0], Decimal(130), day, session=session)
    zone = await home.zone()
    assert (zone.previous, zone.previous_source) == (130, ReadingSource.PROVIDER)
    assert await home.doubts("120") == [{Doubt.LOWER}]


async def test_a_calculated_value_is_marked_as_such(session: AsyncSession, clock: Clock) -> None:
    home = await flat(session, zones=1)
    await take_provider_reading(
        home.zones[0],
        Decimal(130),
        date(2026, 10, 31),
        session=session,
        source=ReadingSource.CALCULATED,
    )
    assert (await home.zone()).previous_source is ReadingSource.CALCULATED


@pytest.mark.parametrize(
    ("value", "error"),
    [("-1", NotANumber), ("NaN", NotANumber), ("100000", TooManyDigits), ("1.25", TooManyDecimals)],
)
async def test_a_value_that_the_dial_cannot_show_is_no_reading(
    session: AsyncSession, clock: Clock, value: str, error: type[Exception]
) -> None:
    home = await flat(session, zones=1)
    with pytest.raises(error):
        await take_provider_reading(home.zones[0], Decimal(value), date(2026, 11, 1), session=session)
    with pytest.raises(NotFound):
        await take_provider_reading(uuid4(), Decimal(1), date(2026, 11, 1), session=session)
