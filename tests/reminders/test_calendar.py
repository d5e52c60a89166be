"""The calendar address: what it says, and to whom it says nothing."""

from collections.abc import AsyncGenerator
from datetime import date, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from icalendar import Calendar, Event
from pydantic import SecretStr
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

from cabinet.accounts.models import LinkRole
from cabinet.billing.service import ChargeLine, issue_bill
from cabinet.http import calendar
from cabinet.kit.dates import add_months, month_of, now, today_in
from cabinet.reminders.feeds import address_of, feed_of, make_feed, renew_feed, revoke_feed, sign
from cabinet.reminders.models import CalendarFeed
from cabinet.settings import settings
from tests.reminders.town import Home, Town, found_town

TODAY = today_in("Europe/Moscow")


@pytest.fixture
async def town(session: AsyncSession) -> Town:
    return await found_town(session, name_en="Spring")


@pytest.fixture
async def alice(town: Town) -> Home:
    return await town.move_in("alice", verification_due=TODAY + timedelta(days=30))


@pytest.fixture
async def address(session: AsyncSession, alice: Home) -> str:
    return address_of(await make_feed(alice.resident.id, session=session))


@pytest.fixture
async def reader() -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Starlette(routes=calendar.routes), client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def events(answer: httpx.Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    parsed = Calendar.from_ical(answer.content)
    return [one for one in parsed.walk("VEVENT") if isinstance(one, Event)]


async def owe(town: Town, home: Home) -> date:
    """A bill of last month, to be paid in five days."""
    due_on = TODAY + timedelta(days=5)
    lines = [ChargeLine("Холодная вода", 123_456)]
    period = add_months(month_of(TODAY), -1)
    await issue_bill(home.account_id, period, due_on, lines, session=town.session)
    return due_on


async def test_windows_days_to_pay_and_verifications_stand_in_it(
    reader: httpx.AsyncClient, town: Town, alice: Home, address: str
) -> None:
    due_on = await owe(town, alice)
    answer = await reader.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = {str(one["summary"]).partition(":")[0]: one for one in reversed(events(answer))}
    assert len(events(answer)) == 6
    pay = next(one for one in events(answer) if one.start == due_on)
    assert (pay.end, pay["transp"]) == (due_on + timedelta(days=1), "TRANSPARENT")
    assert any(one.start == TODAY + timedelta(days=30) for one in events(answer))
    windows = [one for one in events(answer) if str(one["url"]).endswith("/readings")]
    assert [(one.start.day, one.end.day) for one in windows] == [(15, 26)] * 4
    assert len(found) == 3


async def test_no_sum_number_name_or_address_stands_in_it(
    reader: httpx.AsyncClient, town: Town, alice: Home, address: str
) -> None:
    await owe(town, alice)
    text = (await reader.get(address)).text
    for secret in ("1234", "37000001", "Ёлкин", "Садовая", alice.resident.email):
        assert secret not in text.replace("\r\n ", "")


async def test_it_speaks_the_residents_language_and_names_accounts_as_they_do(
    reader: httpx.AsyncClient, session: AsyncSession, alice: Home, address: str
) -> None:
    alice.link.own_name, alice.resident.locale = "Dacha, \n; x", "en"
    await session.flush()
    said = {str(one["summary"]) for one in events(await reader.get(address))}
    assert "Send readings: Dacha, \n; x" in said


async def test_the_same_days_are_the_same_file(
    reader: httpx.AsyncClient, town: Town, alice: Home, address: str
) -> None:
    first = await reader.get(address)
    tag = first.headers["etag"]
    again = await reader.get(address, headers={"If-None-Match": f'W/"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    uids = [str(one["uid"]) for one in events(first)]
    await owe(town, alice)
    changed = await reader.get(address, headers={"If-None-Match": tag})
    assert set(uids) < {str(one["uid"]) for one in events(changed)}
    assert len(set(uids)) == len(uids)


async def test_lines_are_short_and_end_as_the_standard_says(
    reader: httpx.AsyncClient, session: AsyncSession, alice: Home, address: str
) -> None:
    alice.link.own_name = "Очень длинное имя " * 3
    await session.flush()
    body = (await reader.get(address)).content
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "change", ["other id", "other signature", "no signature", "short", "not hex", "accents", "empty"]
)
async def test_a_forged_address_is_not_found(reader: httpx.AsyncClient, address: str, change: str) -> None:
    ident, signature, _ics = address.removeprefix("/calendar/").split(".")
    name = {
        "other id": f"{uuid4().hex}.{signature}",
        "other signature": f"{ident}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        "no signature": ident,
        "short": f"{ident[:-1]}.{signature}",
        "not hex": f"{'z' * 32}.{signature}",
        "accents": f"{ident}.%C3%A9",
        "empty": ".",
    }[change]
    answer = await reader.get(f"/calendar/{name}.ics")
    assert (answer.status_code, answer.text) == (404, "")


async def test_a_signature_of_another_key_is_none(
    reader: httpx.AsyncClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "secret_key", SecretStr("another key of thirty-two letters"))
    assert (await reader.get(address)).status_code == 404


async def test_an_address_made_with_the_key_before_goes_on(
    reader: httpx.AsyncClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "old_secret_keys", (settings.secret_key,))
    monkeypatch.setattr(settings, "secret_key", SecretStr("another key of thirty-two letters"))
    assert (await reader.get(address)).status_code == 200


async def test_an_unknown_feed_with_our_signature_is_none(
    reader: httpx.AsyncClient, session: AsyncSession
) -> None:
    unknown = uuid4()
    assert (await reader.get(f"/calendar/{unknown.hex}.{sign(unknown)}.ics")).status_code == 404


async def test_a_new_address_makes_the_old_one_worthless(
    reader: httpx.AsyncClient, session: AsyncSession, alice: Home, address: str
) -> None:
    renewed = address_of(await renew_feed(alice.resident.id, session=session))
    assert (await reader.get(address)).status_code == 404
    assert (await reader.get(renewed)).status_code == 200
    await revoke_feed(alice.resident.id, session=session)
    assert (await reader.get(renewed)).status_code == 404
    assert await feed_of(alice.resident.id, session=session) is None


async def test_making_it_twice_gives_one_address(session: AsyncSession, alice: Home, address: str) -> None:
    assert address_of(await make_feed(alice.resident.id, session=session)) == address
    assert len((await session.exec(select(CalendarFeed))).all()) == 1


async def test_a_closed_access_has_no_calendar(
    reader: httpx.AsyncClient, session: AsyncSession, alice: Home, address: str
) -> None:
    alice.resident.blocked_at = now()
    await session.flush()
    assert (await reader.get(address)).status_code == 404


async def test_an_ended_link_vanishes_at_the_next_look(
    reader: httpx.AsyncClient, town: Town, alice: Home, address: str
) -> None:
    await owe(town, alice)
    assert events(await reader.get(address)) != []
    alice.link.ended_at = now()
    await town.session.flush()
    assert events(await reader.get(address)) == []


async def test_who_only_looks_has_nothing_to_do(
    reader: httpx.AsyncClient, session: AsyncSession, town: Town, alice: Home
) -> None:
    guest = await town.move_in("guest", of=alice)
    guest.link.role = LinkRole.VIEWER
    path = address_of(await make_feed(guest.resident.id, session=session))
    assert events(await reader.get(path)) == []


async def test_a_neighbour_sees_their_own_days(
    reader: httpx.AsyncClient, session: AsyncSession, town: Town, alice: Home, address: str
) -> None:
    bob = await town.move_in("bob", verification_due=TODAY + timedelta(days=9))
    path = address_of(await make_feed(bob.resident.id, session=session))
    mine, theirs = events(await reader.get(address)), events(await reader.get(path))
    assert {str(one["uid"]) for one in mine}.isdisjoint(str(one["uid"]) for one in theirs)
    assert not any(one.start == TODAY + timedelta(days=9) for one in mine)


async def test_it_is_noted_that_a_calendar_reads(
    reader: httpx.AsyncClient, session: AsyncSession, alice: Home, address: str
) -> None:
    await reader.get(address)
    feed = await feed_of(alice.resident.id, session=session)
    assert feed is not None
    await session.refresh(feed)
    assert feed.read_at is not None


async def test_an_address_is_read_so_often_and_no_oftener(
    reader: httpx.AsyncClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "_READS", 2)
    answers = [await reader.get(address) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0


def test_the_signature_does_not_fit_another_feed() -> None:
    assert len({sign(UUID(int=number)) for number in range(100)}) == 100
