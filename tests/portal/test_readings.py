"""The page of readings, and the readings on the payment page: doubts are shown, confirmed, corrected."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months
from cabinet.meters import service as meters
from cabinet.meters import views
from cabinet.meters.models import Meter, MeterKind, Reading, ReadingSource, ReadingState, Tariff
from cabinet.meters.service import decline_reading
from cabinet.portal.pay.state import DEBT, PayState
from cabinet.portal.readings import cards
from cabinet.portal.readings import page as readings_page
from cabinet.portal.readings import state as page_state
from cabinet.portal.readings.cards import ReadingsCard
from cabinet.portal.readings.state import ReadingsState
from cabinet.residents.person import Person, Role
from cabinet.ui.meters import MeterLine, ZoneLine
from tests.accounts.making import make_meter
from tests.payments.conftest import FakeProcessor, Neighbours
from tests.portal.conftest import press_pay

TODAY = date(2026, 11, 20)
Clock = Callable[[date], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    def stand_at(day: date) -> None:
        for module in (meters, views, cards):
            monkeypatch.setattr(module, "today_in", lambda _timezone: day)

    stand_at(TODAY)
    return stand_at


@dataclass
class Flat:
    """Alice's gas account with a meter of two zones that used a hundred each month."""

    people: Neighbours
    session: AsyncSession
    account: str
    zones: list[str]

    async def sent(self) -> list[tuple[Decimal, ReadingState, str]]:
        rows = await self.session.exec(
            select(Reading).where(Reading.source == ReadingSource.RESIDENT).order_by(col(Reading.created_at))
        )
        return [(row.value, row.state, row.doubts) for row in rows]


@pytest.fixture
async def flat(
    people: Neighbours, alice: None, session: AsyncSession, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Flat:
    here = Person(people.alice.id, uuid4(), people.alice.email, "", Role.RESIDENT, None, "en")
    monkeypatch.setattr(page_state, "person", lambda: here)
    people.gas_company.window_from, people.gas_company.window_to = 15, 25
    zones = await make_meter(session, people.gas.id, zones=2, decimals=0)
    for number, zone_id in enumerate(zones, 1):
        session.add(_tariff(people, number))
        session.add_all(_past(zone_id, ago) for ago in range(1, 7))
    await session.flush()
    return Flat(people, session, str(people.gas.id), [str(zone) for zone in zones])


def _tariff(people: Neighbours, zone: int) -> Tariff:
    return Tariff(
        provider_id=people.gas_company.id,
        kind=MeterKind.ELECTRICITY,
        zones=2,
        zone=zone,
        price=Decimal("6.5"),
        valid_from=date(2026, 1, 1),
    )


def _past(zone_id: UUID, ago: int) -> Reading:
    period = add_months(date(2026, 11, 1), -ago)
    return Reading(
        zone_id=zone_id,
        value=Decimal(1000 - 100 * ago),
        taken_on=period.replace(day=20),
        period=period,
        source=ReadingSource.PROVIDER,
        state=ReadingState.ACCEPTED,
    )


async def opened() -> ReadingsState:
    page = ReadingsState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page.load()
    return page


async def send(page: ReadingsState, account: str, form: dict[str, str]) -> None:
    await page.send({"account": account, **form})


def card_of(page: ReadingsState) -> ReadingsCard:
    [card] = page.cards
    return card


def zones_in(devices: list[MeterLine]) -> list[ZoneLine]:
    return [zone for device in devices for zone in device.zones]


def typed(flat: Flat, *texts: str) -> dict[str, str]:
    return {f"reading-{zone}": text for zone, text in zip(flat.zones, texts, strict=False)}


def confirmed(zones: list[ZoneLine]) -> dict[str, str]:
    """What the ticked boxes send."""
    return {f"sure-{zone.id}": zone.sure for zone in zones if zone.sure}


async def test_accounts_with_meters_have_a_form_and_others_are_named(flat: Flat) -> None:
    page = await opened()
    card = card_of(page)
    assert (card.title, page.bare) == ("Газ", "Вода")
    assert (card.tone, card.barred, card.takes_more) == ("open", "", True)
    first, second = zones_in(card.meters)
    assert (first.before, first.price, first.before_by) == (
        "900.000",
        "6.5000",
        "20 October, from the provider",
    )
    assert second.short == "T2 (night)"


async def test_what_was_sent_is_shown_with_its_cost_and_the_way_on(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "1000", "990,0"))
    card = card_of(page)
    assert "November 2026" in card.done
    assert "25 November" in card.done
    assert [zone.used for zone in zones_in(card.meters)] == [
        "20 November, used: 100\u00a0kWh, ₽650.00",
        "20 November, used: 90\u00a0kWh, ₽585.00",
    ]
    assert (card.total, card.takes_more) == ("₽1,235.00", False)
    assert [value for value, _state, _doubts in await flat.sent()] == [1000, 990]


async def test_a_doubt_is_explained_and_confirmed(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "1000", "900"))
    card = card_of(page)
    first, second = zones_in(card.meters)
    assert (first.sure, first.concerns) == ("", [])
    assert second.concerns == ["The same as the previous reading: nothing was used."]
    assert (card.asks, card.done) == (True, "")
    assert await flat.sent() == []
    await send(page, flat.account, typed(flat, "1000", "900") | confirmed([first, second]))
    assert [(value, doubts) for value, _state, doubts in await flat.sent()] == [
        (1000, ""),
        (900, "nothing_used"),
    ]
    assert card_of(page).done


async def test_a_confirmation_is_for_the_value_that_it_was_shown_for(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "5000"))
    stale = confirmed(zones_in(card_of(page).meters))
    await send(page, flat.account, typed(flat, "6000") | stale)
    assert await flat.sent() == []
    assert zones_in(card_of(page).meters)[0].doubted == "6000"
    await send(page, flat.account, typed(flat, "6000") | confirmed(zones_in(card_of(page).meters)))
    assert [value for value, *_rest in await flat.sent()] == [6000]


async def test_an_invented_confirmation_confirms_nothing(flat: Flat) -> None:
    page = await opened()
    for invented in ("on", "5000|", "5000|more_than_usual", "5000|everything", "|", "5000"):
        await send(page, flat.account, typed(flat, "12") | {f"sure-{flat.zones[0]}": invented})
    assert await flat.sent() == []


async def test_what_was_sent_is_corrected_in_its_field_with_history(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "1000", "1000"))
    await page.correct(flat.account, flat.zones[1])
    first, second = zones_in(card_of(page).meters)
    assert [(zone.is_open, zone.text) for zone in (first, second)] == [(False, ""), (True, "1000")]
    await page.keep(flat.account, flat.zones[1])
    assert not card_of(page).takes_more
    await page.correct(flat.account, flat.zones[1])
    await send(page, flat.account, {f"reading-{flat.zones[1]}": "950"})
    second = zones_in(card_of(page).meters)[1]
    assert (second.value, second.is_open) == ("950", False)
    assert len(second.history) == 1
    assert second.history[0].startswith("1000\u00a0kWh")
    assert second.history[0].endswith("corrected")


@pytest.mark.parametrize(("level", "told"), [(LinkLevel.LITE, False), (LinkLevel.FULL, True)])
async def test_who_has_not_proved_the_account_reads_nothing_that_was_written_to_others(
    flat: Flat, level: LinkLevel, told: bool
) -> None:
    links = await flat.session.exec(select(AccountLink).where(AccountLink.account_id == UUID(flat.account)))
    for link in links:
        link.level = level
    values = {UUID(flat.zones[0]): meters.ReadingWish("990"), UUID(flat.zones[1]): meters.ReadingWish("980")}
    await meters.submit_readings(flat.people.bob.id, UUID(flat.account), values, session=flat.session)
    corrected = {UUID(flat.zones[1]): meters.ReadingWish("985")}
    await meters.submit_readings(flat.people.bob.id, UUID(flat.account), corrected, session=flat.session)
    [refused] = await flat.session.exec(select(Reading.id).where(Reading.value == 990))
    await decline_reading(refused, "Bob, call us", by=None, session=flat.session)
    first, second = zones_in(card_of(await opened()).meters)
    assert ("Bob, call us" in first.declined, bool(first.history)) == (told, told)
    assert bool(second.history) == told
    assert second.value == "985", "what a new value must follow is seen"


async def test_a_correction_goes_on_after_the_server_has_forgotten_the_page(flat: Flat) -> None:
    await send(await opened(), flat.account, typed(flat, "1000"))
    forgetful = ReadingsState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await forgetful.correct(flat.account, flat.zones[0])
    await send(forgetful, flat.account, typed(flat, "950"))
    assert [(value, state) for value, state, _doubts in await flat.sent()] == [
        (1000, ReadingState.SUPERSEDED),
        (950, ReadingState.SUBMITTED),
    ]


async def test_a_declined_reading_says_why_and_its_field_is_open(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "1000"))
    [reading_id] = await flat.session.exec(select(Reading.id).where(Reading.state == ReadingState.SUBMITTED))
    await decline_reading(reading_id, "Blurred photo", by=None, session=flat.session)
    zone = zones_in(card_of(await opened()).meters)[0]
    assert "Blurred photo" in zone.declined
    assert (zone.is_open, zone.before) == (True, "900.000")


async def test_an_empty_form_asks_for_a_reading(flat: Flat) -> None:
    page = await opened()
    await send(page, flat.account, typed(flat, "", " "))
    assert card_of(page).problem == "Enter the new reading of at least one meter."
    assert card_of(page).done == ""


async def test_outside_a_strict_window_there_is_nothing_to_fill_in(flat: Flat, clock: Clock) -> None:
    clock(date(2026, 11, 10))
    assert card_of(await opened()).tone == "next"
    flat.people.gas_company.window_strict = True
    await flat.session.flush()
    card = card_of(await opened())
    assert (card.tone, card.takes_more) == ("closed", False)
    assert "15 November" in card.window


async def test_who_may_only_look_is_told_so_and_sends_nothing(flat: Flat) -> None:
    people = flat.people
    rows = await flat.session.exec(select(AccountLink).where(AccountLink.account_id == people.gas.id))
    for link in rows:
        if link.resident_id == people.alice.id:
            owner = next(
                iter(await flat.session.exec(select(AccountLink.id).where(AccountLink.id != link.id)))
            )
            link.role, link.invited_by = LinkRole.VIEWER, owner
    await flat.session.flush()
    page = await opened()
    assert card_of(page).barred
    assert not card_of(page).takes_more
    await send(page, flat.account, typed(flat, "1000"))
    assert card_of(page).problem
    assert await flat.sent() == []


async def test_an_earlier_day_is_offered_and_kept_where_it_is_allowed(flat: Flat) -> None:
    assert card_of(await opened()).first_day == ""
    flat.people.gas_company.earlier_date_allowed = True
    await flat.session.flush()
    page = await opened()
    assert (card_of(page).first_day, card_of(page).today) == ("2026-11-15", "2026-11-20")
    await send(page, flat.account, typed(flat, "1000") | {"taken_on": "2026-11-14"})
    assert card_of(page).day_error == "Choose a day from 15 November to 20 November."
    await send(page, flat.account, typed(flat, "1000") | {"taken_on": "2026-11-16"})
    [reading] = await flat.session.exec(select(Reading).where(Reading.value == 1000))
    assert reading.taken_on == date(2026, 11, 16)


async def test_an_expired_verification_is_told_or_closes_the_meter(flat: Flat) -> None:
    due = date(2026, 11, 1)
    [meter] = (await meters.meters_of([flat.people.gas.id], session=flat.session))[flat.people.gas.id]
    (await flat.session.get_one(Meter, meter.id)).verification_due = due
    await flat.session.flush()
    card = card_of(await opened())
    assert "1 November 2026" in card.meters[0].expired
    assert card.takes_more
    flat.people.gas_company.expired_verification_allowed = False
    await flat.session.flush()
    assert not card_of(await opened()).takes_more


@pytest.mark.parametrize(("level", "shown"), [(LinkLevel.LITE, "••••"), (LinkLevel.FULL, "001")])
async def test_a_serial_that_may_be_a_proof_is_hidden_before_the_proof(
    flat: Flat, level: LinkLevel, shown: str
) -> None:
    for link in await flat.session.exec(select(AccountLink)):
        link.level = level
    await flat.session.flush()
    assert shown in card_of(await opened()).meters[0].name


@pytest.mark.parametrize("stranger", ["", "x", str(uuid4())])
async def test_an_invented_account_or_zone_is_nobodys(flat: Flat, stranger: str) -> None:
    page = await opened()
    await send(page, stranger, typed(flat, "1000"))
    await page.correct(stranger, flat.zones[0])
    await page.keep(flat.account, stranger)
    await send(page, flat.account, {f"reading-{stranger}": "1000"})
    assert await flat.sent() == []


async def paying() -> PayState:
    page = PayState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page.load()
    return page


def on_pay_page(page: PayState, flat: Flat) -> list[ZoneLine]:
    return zones_in(next(line for line in page.lines if line.id == flat.account).meters)


async def test_a_doubt_is_asked_about_before_paying_and_does_not_block_it(
    flat: Flat, fake: FakeProcessor
) -> None:
    page, form = await paying(), {f"choice-{flat.account}": DEBT, **typed(flat, "1000", "5000")}
    await press_pay(page, form)
    assert page.leaving_to == ""
    assert ("Nothing has been charged yet" in page.problem, page.asks) == (True, True)
    assert [bool(zone.sure) for zone in on_pay_page(page, flat)] == [False, True]
    await press_pay(page, form)
    assert page.leaving_to
    assert [value for value, *_rest in await flat.sent()] == [1000]


async def test_a_doubt_that_is_confirmed_on_the_way_is_sent(flat: Flat, fake: FakeProcessor) -> None:
    page, form = await paying(), {f"choice-{flat.account}": DEBT, **typed(flat, "1000", "5000")}
    await press_pay(page, form)
    await press_pay(page, form | confirmed(on_pay_page(page, flat)))
    assert page.leaving_to
    assert [value for value, *_rest in await flat.sent()] == [1000, 5000]


async def test_another_odd_value_is_asked_about_again(flat: Flat, fake: FakeProcessor) -> None:
    page, form = await paying(), {f"choice-{flat.account}": DEBT, **typed(flat, "5000")}
    await press_pay(page, form)
    await press_pay(page, form | typed(flat, "6000"))
    assert page.leaving_to == ""
    assert await flat.sent() == []


async def test_what_is_no_reading_still_holds_the_payment(flat: Flat, fake: FakeProcessor) -> None:
    page, form = await paying(), {f"choice-{flat.account}": DEBT, **typed(flat, "abc", "5000")}
    for _press in range(2):
        await press_pay(page, form)
        assert ("Check the marked ones" in page.problem, page.asks) == (True, False)
    assert page.leaving_to == ""


def test_the_page_is_drawn_in_both_languages() -> None:
    for locale in ("ru", "en"):
        with use_locale(locale):
            assert "data-readings" in str(readings_page.page())
