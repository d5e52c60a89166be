"""Who gets which letter, and that nobody gets it twice."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.database import engine, unit_of_work
from cabinet.kit.dates import now
from cabinet.mail.models import Letter
from cabinet.meters.models import ReadingSource, ReadingState
from cabinet.reminders import readers, sending
from cabinet.reminders.models import Reminder
from cabinet.reminders.sending import send_reminders
from tests.reminders.town import NOVEMBER, Town, at, found_town

OPENS, CLOSES, VERIFY = "window_opens", "window_closes_tomorrow", "verification_due"


@pytest.fixture
async def town(session: AsyncSession) -> Town:
    return await found_town(session)


async def walk(first: int, last: int) -> None:
    """Let the job run at every hour of these days of November."""
    for day in range(first, last + 1):
        for hour in (0, 8, 9, 16):
            await send_reminders(at(day, hour))


async def test_the_window_opens_and_closes_with_one_letter_each(town: Town) -> None:
    await town.move_in("alice")
    await walk(10, 30)
    assert await town.letters() == [(OPENS, "alice"), (CLOSES, "alice")]


async def test_who_has_sent_readings_is_left_alone(town: Town) -> None:
    alice, bob = await town.move_in("alice"), await town.move_in("bob")
    await walk(15, 16)
    await town.read(alice)
    await town.read(bob, NOVEMBER.replace(month=10), state=ReadingState.ACCEPTED)
    await walk(24, 24)
    assert sorted(await town.letters()) == [(CLOSES, "bob"), (OPENS, "alice"), (OPENS, "bob")]


@pytest.mark.parametrize(
    ("source", "state", "reminded"),
    [
        (ReadingSource.RESIDENT, ReadingState.ACCEPTED, False),
        (ReadingSource.PROVIDER, ReadingState.ACCEPTED, False),
        (ReadingSource.CALCULATED, ReadingState.ACCEPTED, True),
        (ReadingSource.RESIDENT, ReadingState.DECLINED, True),
        (ReadingSource.RESIDENT, ReadingState.SUPERSEDED, True),
    ],
)
async def test_only_a_value_that_counts_is_a_reading(
    town: Town, source: ReadingSource, state: ReadingState, reminded: bool
) -> None:
    await town.read(await town.move_in(), source=source, state=state)
    assert await send_reminders(at(24)) == int(reminded)


@pytest.mark.parametrize(
    "why",
    [
        "unwanted",
        "unconfirmed",
        "blocked",
        "ended",
        "expired",
        "viewer",
        "closed",
        "no meter",
        "removed meter",
    ],
)
async def test_who_gets_none(town: Town, why: str) -> None:
    home = await town.move_in(verification_due=date(2026, 12, 1))
    resident, link, meter = home.resident, home.link, await town.meter(home)
    match why:
        case "unwanted":
            resident.letters_about_readings = False
        case "unconfirmed":
            resident.confirmed_at = None
        case "blocked":
            resident.blocked_at = now()
        case "ended":
            link.ended_at = now()
        case "expired":
            link.expires_at = now() - timedelta(seconds=1)
        case "viewer":
            guest = await town.move_in("guest", of=home)
            guest.link.role, link.ended_at = LinkRole.VIEWER, now()
        case "closed":
            from cabinet.accounts.models import Account

            (await town.session.get_one(Account, home.account_id)).closed_at = now()
        case _:
            meter.removed_on = date(2026, 1, 1)
    await town.session.flush()
    await walk(14, 25)
    assert await town.letters() == []


async def test_who_comes_a_day_later_is_told_too(town: Town) -> None:
    await town.move_in("alice")
    await walk(15, 15)
    await town.move_in("bob")
    await walk(16, 17)
    assert await town.letters() == [(OPENS, "alice"), (OPENS, "bob")]


async def test_helpers_and_lite_links_are_reminded_too(town: Town) -> None:
    home = await town.move_in("alice")
    home.link.level = LinkLevel.LITE
    await town.move_in("helper", of=home)
    await send_reminders(at(15))
    assert sorted(await town.letters()) == [(OPENS, "alice"), (OPENS, "helper")]


async def test_several_accounts_stand_in_one_letter(town: Town) -> None:
    home = await town.move_in("alice")
    other = await town.move_in("bob")
    other.link.resident_id, home.link.own_name = home.resident.id, "Дача"
    await town.session.flush()
    assert await send_reminders(at(15)) == 1
    letter = (await town.session.exec(select(Letter))).one()
    assert "Дача" in letter.text
    assert town.provider.name in letter.text
    assert len((await town.session.exec(select(Reminder))).all()) == 2


async def test_a_verification_is_announced_sixty_and_fourteen_days_ahead(town: Town) -> None:
    await town.move_in("alice", verification_due=date(2027, 1, 10), serial="12345678")
    found: list[int] = []
    for ahead in range(70, -5, -1):
        found += [ahead] * await send_reminders(at(10, 12, 1).replace(year=2027) - timedelta(days=ahead))
    kinds = [kind for kind, _name in await town.letters() if kind == VERIFY]
    assert kinds == [VERIFY, VERIFY]
    assert {60, 14} <= set(found)


async def test_a_serial_is_masked_until_the_account_is_proved(town: Town) -> None:
    home = await town.move_in(verification_due=date(2026, 12, 10), serial="12345678")
    home.link.level = LinkLevel.LITE
    await town.session.flush()
    await send_reminders(at(1))
    letter = (await town.session.exec(select(Letter))).one()
    assert "12345678" not in letter.text
    assert "78" in letter.text


async def test_the_day_is_that_of_the_provider(session: AsyncSession) -> None:
    east = await found_town(session, timezone="Asia/Kamchatka")
    await east.move_in("east")
    assert await send_reminders(at(14, 12)) == 0, "the 15th there, but it is midnight"
    assert await send_reminders(at(14, 22)) == 1
    assert await send_reminders(at(15, 1)) == 0


async def test_a_provider_that_fails_does_not_hold_up_the_others(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await found_town(session), await found_town(session)
    await first.move_in("first")
    await second.move_in("second")
    whole = sending.window_letter

    def fail_once(*given: object) -> object:
        monkeypatch.setattr(sending, "window_letter", whole)
        raise RuntimeError("a window nobody understands")

    monkeypatch.setattr(sending, "window_letter", fail_once)
    assert await send_reminders(at(15)) == 1


async def test_batches_reach_everybody_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "CHUNK", 4)
    monkeypatch.setattr(sending, "BATCH", 3)
    for number in range(10):
        await town.move_in(f"r{number}")
    assert await send_reminders(at(15)) == 10
    assert len(set(await town.letters())) == 10


async def test_two_workers_write_each_letter_once(committed: str) -> None:
    async with unit_of_work() as session:
        town = await found_town(session)
        for number in range(20):
            await town.move_in(f"r{number}")
    written = await asyncio.gather(*(send_reminders(at(15)) for _worker in range(4)))
    assert sum(written) == 20
    async with unit_of_work() as session:
        assert len((await session.exec(select(Letter))).all()) == 20


async def test_a_letter_that_is_not_written_leaves_no_reminder(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.move_in()

    async def fail(*_given: object, **_facts: object) -> None:
        raise RuntimeError("the outbox is away")

    with monkeypatch.context() as patch:
        patch.setattr(sending, "write_letter", fail)
        assert await send_reminders(at(15)) == 0
    assert (await town.session.exec(select(Reminder))).all() == []
    assert await send_reminders(at(15)) == 1


async def test_looking_takes_the_same_statements_for_any_number_of_accounts(committed: str) -> None:
    async with unit_of_work() as session:
        town = await found_town(session)
        homes = [await town.move_in(f"r{number}") for number in range(30)]
        for home in homes:
            await town.read(home)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine().sync_engine, "before_cursor_execute", note)
    assert await send_reminders(at(24)) == 0
    assert len(seen) <= 5, "\n".join(seen)
