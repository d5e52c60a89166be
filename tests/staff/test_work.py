"""Readings, tariffs, meters, bills, notices and access: through the services, own provider only, written down."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing.lines import ChargeLine, Figures
from cabinet.billing.service import issue_bill
from cabinet.kit.dates import add_months, month_of, now, today_in
from cabinet.mail.models import Letter
from cabinet.meters.models import MeterKind, Reading, ReadingSource, ReadingState, Tariff
from cabinet.notices.models import Notice, NoticeKind
from cabinet.providers.models import ProofKind, Provider
from cabinet.residents.passwords import verify_password
from tests.accounts.making import make_meter
from tests.staff.conftest import Browser, Browsers, Office, audited
from tests.staff.queries import counted
from tests.staff.test_writing import FORM

PAGES = ("notices", "notices/new", "readings", "tariffs", "gaps", "meters/list", "bills/list")
MONTH = add_months(month_of(now().date()), 0)


@dataclass
class Work:
    """The office, and at the gas and at the water account a reading that waits."""

    office: Office
    gas: UUID
    water: UUID


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss)


@pytest.fixture
async def clerk(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.clerk)


@pytest.fixture
async def work(session: AsyncSession, office: Office) -> Work:
    ids = [
        await sent(session, office, account, serial=f"PRIBOR-{name}")
        for name, account in (("GAZ", office.gas_account), ("VODA", office.water_account))
    ]
    await session.commit()
    return Work(office, *ids)


async def sent(
    session: AsyncSession,
    office: Office,
    account: Account,
    doubts: str = "",
    value: str = "150",
    **meter: Any,
) -> UUID:
    """A reading of this month after four of 10 each."""
    meter.setdefault("kind", MeterKind.GAS)
    [zone] = await make_meter(session, account.id, **meter)
    shared: dict[str, Any] = {"zone_id": zone, "source": ReadingSource.RESIDENT}
    for months in range(4, 0, -1):
        period = add_months(MONTH, -months)
        accepted: dict[str, Any] = shared | {
            "state": ReadingState.ACCEPTED,
            "value": Decimal(140 - 10 * months),
        }
        session.add(Reading(taken_on=period, period=period, **accepted))
    row = Reading(
        taken_on=MONTH,
        period=MONTH,
        value=Decimal(value),
        doubts=doubts,
        resident_id=office.alice.id,
        **shared,
    )
    session.add(row)
    await session.flush()
    return row.id


async def fresh(session: AsyncSession, model: Any, row_id: Any) -> Any:
    await session.commit()
    row = await session.get_one(model, row_id)
    await session.refresh(row)
    return row


@pytest.mark.parametrize("page", PAGES)
async def test_staff_open_every_page_in_both_languages_and_residents_none(
    page: str, browsers: Browsers, work: Work, boss: Browser, clerk: Browser
) -> None:
    for browser in (boss, clerk):
        for locale in ("ru", "en"):
            browser.client.cookies.set("admin_language", locale)
            assert "<h1" in await browser.page(f"/admin/{page}")
    stranger = await browsers.of(work.office.alice)
    assert (await stranger.get(f"/admin/{page}")).status_code == 403


async def test_the_first_page_leads_there(boss: Browser, work: Work) -> None:
    home = await boss.page("/admin/")
    assert all(f"/admin/{page.removesuffix('/new')}" in home for page in PAGES)
    assert "/admin/access" not in home


async def test_a_clerk_sees_the_own_provider_only(boss: Browser, clerk: Browser, work: Work) -> None:
    for page in ("readings", "meters/list"):
        for word, browsers_that_see in (("PRIBOR-GAZ", (boss, clerk)), ("PRIBOR-VODA", (boss,))):
            seen = [browser for browser in (boss, clerk) if word in await browser.page(f"/admin/{page}")]
            assert seen == list(browsers_that_see), page
    assert (await clerk.get(f"/admin/readings/{work.water}")).status_code == 404
    assert (await clerk.get("/admin/readings", provider=str(work.office.water.id))).status_code == 404
    assert (await clerk.get(f"/admin/access/{work.office.water_account.id}")).status_code == 404


async def test_the_odd_ones_come_first_with_use_and_what_is_usual(
    boss: Browser, work: Work, session: AsyncSession
) -> None:
    gas = work.office.gas_account
    odd = {"doubts": "more_than_usual lower unheard_of", "value": "930"}
    await sent(session, work.office, gas, serial="STRANNY", **odd)
    await session.commit()
    boss.client.cookies.set("admin_language", "en")
    page = await boss.page("/admin/readings")
    assert page.index("STRANNY") < page.index("PRIBOR-GAZ")
    assert all(said in page for said in ("Far above the usual", "Lower than before", "unheard_of"))
    assert "800\u00a0kWh" in page, "930 − 130"
    assert "10\u00a0kWh" in page, "what is usual"


async def test_several_are_accepted_at_once(boss: Browser, work: Work, session: AsyncSession) -> None:
    form: Any = {"id": [str(work.gas), str(work.water), "nonsense"]}
    answer = await boss.send("/admin/readings/accept", form)
    assert (answer.status_code, "accepted=2" in answer.headers["location"]) == (303, True)
    for reading_id in (work.gas, work.water):
        row = await fresh(session, Reading, reading_id)
        assert (row.state, row.decided_by) == (ReadingState.ACCEPTED, work.office.boss.id)
    assert len(await audited(session, "accept_reading")) == 2
    again = await boss.send("/admin/readings/accept", form)
    assert "accepted=0" in again.headers["location"]
    assert "skipped=2" in again.headers["location"]


async def test_nothing_chosen_is_said(boss: Browser, work: Work) -> None:
    answer = await boss.send("/admin/readings/accept", {})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


async def test_one_is_declined_with_a_reason_and_a_letter(
    clerk: Browser, work: Work, session: AsyncSession
) -> None:
    there = f"/admin/readings/{work.gas}/decline"
    assert (await clerk.send(there, {"reason": "  "})).status_code == 422
    answer = await clerk.send(there, {"reason": "Это номер <счётчика>"})
    assert answer.status_code == 303
    row = await fresh(session, Reading, work.gas)
    assert (row.state, row.declined_because) == (ReadingState.DECLINED, "Это номер <счётчика>")
    assert "Это номер &lt;счётчика&gt;" in await clerk.page(f"/admin/readings/{work.gas}")
    assert (await session.exec(select(Letter).where(Letter.kind == "reading_declined"))).one()
    [note] = await audited(session, "decline_reading")
    assert note.actor_id == work.office.clerk.id
    assert note.address
    assert (await clerk.send(there, {"reason": "ещё раз"})).status_code == 422


async def test_a_clerk_decides_nothing_for_another_provider(
    clerk: Browser, work: Work, session: AsyncSession
) -> None:
    answer = await clerk.send("/admin/readings/accept", {"id": str(work.water)})
    assert "accepted=0" in answer.headers["location"]
    answer = await clerk.send(f"/admin/readings/{work.water}/decline", {"reason": "нет"})
    assert answer.status_code == 404
    assert (await fresh(session, Reading, work.water)).state is ReadingState.SUBMITTED


async def test_readings_are_filtered(boss: Browser, work: Work) -> None:
    office, month = work.office, MONTH.strftime("%Y-%m")
    for query, gas, water in (
        ({"provider": str(office.gas.id)}, True, False),
        ({"q": "ЕЛКИН"}, True, False),
        ({"period": month}, True, True),
        ({"period": "2001-01"}, False, False),
        ({"period": "nonsense", "skip": "x", "provider": "x"}, True, True),
        ({"state": "declined"}, False, False),
        ({"state": "any", "q": "555777"}, False, True),
        ({"skip": "50"}, False, False),
    ):
        page = await boss.page("/admin/readings", **query)
        assert ("PRIBOR-GAZ" in page, "PRIBOR-VODA" in page) == (gas, water), query


async def test_the_queue_asks_no_more_for_many_readings(
    boss: Browser, work: Work, session: AsyncSession
) -> None:
    few = await counted(session, boss.page("/admin/readings"))
    for number in range(5):
        await sent(session, work.office, work.office.gas_account, serial=str(number))
    await session.commit()
    assert await counted(session, boss.page("/admin/readings")) == few


async def test_a_meter_shows_zones_history_and_verification(
    clerk: Browser, work: Work, session: AsyncSession
) -> None:
    await make_meter(
        session, work.office.gas_account.id, zones=2, serial="DVA", verification_due=date(2021, 5, 4)
    )
    await session.commit()
    clerk.client.cookies.set("admin_language", "en")
    page = await clerk.page("/admin/meters/list", q="DVA")
    assert "4 May 2021" in page
    assert "the verification has ended" in page
    row = await session.get_one(Reading, work.gas)
    listed = await clerk.page("/admin/meters/list", q="PRIBOR-GAZ")
    meter_id = listed.partition('data-sa-pk="')[2].partition('"')[0]
    detail = await clerk.page("/admin/meters/detail", pk=meter_id)
    assert "To be decided" in detail
    assert detail.count("Accepted") == 4
    assert str(int(row.value)) in detail
    assert len(await audited(session, "view")) == 1


def tariff(office: Office, day: date, **more: str) -> dict[str, str]:
    form = {"provider_id": str(office.gas.id), "kind": "gas", "zones": "1", "price_1": "8,93"}
    return form | {"valid_from": day.isoformat()} | more


async def test_tariffs_are_added_and_what_has_begun_stays(
    clerk: Browser, office: Office, session: AsyncSession
) -> None:
    today = today_in("Europe/Moscow")
    past, coming = today - timedelta(days=90), today + timedelta(days=30)
    assert (await clerk.send("/admin/tariffs/add", tariff(office, past))).status_code == 303, "the first"
    for refused in (
        tariff(office, past),
        tariff(office, today),
        tariff(office, coming, price_1="0"),
        tariff(office, coming, price_1="1,23456"),
        tariff(office, coming, price_1="NaN"),
        tariff(office, coming, valid_from="x"),
    ):
        assert (await clerk.send("/admin/tariffs/add", refused)).status_code == 422, refused
    two = tariff(office, coming, zones="2", kind="electricity", price_1="7.1", price_2="2.9")
    for form in (tariff(office, coming, price_1="9,50"), two):
        assert (await clerk.send("/admin/tariffs/add", form)).status_code == 303
    rows = (await session.exec(select(Tariff).order_by(col(Tariff.price)))).all()
    assert [row.price for row in rows] == [Decimal(text) for text in ("2.9", "7.1", "8.93", "9.5")]
    night, day, begun, _next = rows
    assert (night.zones, night.zone, day.zone) == (2, 2, 1)
    assert (await clerk.send(f"/admin/tariffs/{begun.id}/drop")).status_code == 422
    assert (await clerk.send(f"/admin/tariffs/{day.id}/drop")).status_code == 303
    left = (await session.exec(select(Tariff).order_by(col(Tariff.price)))).all()
    assert [row.price for row in left] == [Decimal("8.93"), Decimal("9.5")], (
        "both zones are gone, and nothing else"
    )
    assert len(await audited(session, "delete")) == 2


async def test_a_clerk_adds_no_tariff_for_another_provider(
    boss: Browser, clerk: Browser, office: Office, session: AsyncSession
) -> None:
    form = tariff(office, today_in("Europe/Moscow") + timedelta(days=3), provider_id=str(office.water.id))
    assert (await clerk.send("/admin/tariffs/add", form)).status_code == 404
    assert (await boss.send("/admin/tariffs/add", form)).status_code == 303
    row = (await session.exec(select(Tariff))).one()
    assert (await clerk.send(f"/admin/tariffs/{row.id}/drop")).status_code == 404
    assert "8,93" in await boss.page("/admin/tariffs")
    assert "8,93" not in await clerk.page("/admin/tariffs")


async def test_bills_that_do_not_add_up_are_told(
    boss: Browser, clerk: Browser, office: Office, session: AsyncSession
) -> None:
    line = ChargeLine("Газ", 80_000, volume=Decimal(100), unit="м³", tariff=Decimal(8))
    wrong = ChargeLine("Вода", 70_000, volume=Decimal(100), unit="м³", tariff=Decimal(8))
    period, due = add_months(MONTH, -1), MONTH + timedelta(days=14)
    bills = [
        await issue_bill(
            account.id, period, due, [one], session=session, figures=Figures(0, 0, closing, number)
        )
        for account, one, closing, number in (
            (office.gas_account, line, 80_000, "GOOD-1"),
            (office.water_account, wrong, 99_000, "BAD-2"),
        )
    ]
    await session.commit()
    boss.client.cookies.set("admin_language", "en")
    gaps = await boss.page("/admin/gaps")
    assert "BAD-2" in gaps
    assert "GOOD-1" not in gaps
    assert "₽290.00" in gaps
    assert "₽800.00" in gaps
    assert "BAD-2" not in await clerk.page("/admin/gaps")
    listed = await boss.page("/admin/bills/list")
    assert "No: it differs by ₽290.00" in listed
    detail = await boss.page("/admin/bills/detail", pk=str(bills[0].id))
    assert all(said in detail for said in ("100\u00a0m³", "₽8.00", "₽800.00", "Yes"))
    assert (await clerk.get("/admin/bills/detail", pk=str(bills[1].id))).status_code == 404


def notice(office: Office, **more: str) -> dict[str, str]:
    day = (now() + timedelta(days=2)).date().isoformat()
    return {
        "provider_id": str(office.gas.id),
        "kind": "outage",
        "title_ru": "Не будет <газа>",
        "text_ru": "Первая строка\r\nвторая",
        "title_en": "No gas",
        "text_en": "Sorry",
        "happens_from": f"{day}T10:00",
        "happens_until": f"{day}T16:00",
        "shown_from": (now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "shown_until": f"{day}T20:00",
        "by_letter": "on",
    } | more


async def test_a_notice_is_looked_at_saved_changed_and_withdrawn(
    clerk: Browser, office: Office, session: AsyncSession
) -> None:
    seen = await clerk.send("/admin/notices/new", notice(office, do="preview"))
    assert "Не будет &lt;газа&gt;" in seen.text
    assert "from 10:00 to 16:00" in seen.text
    assert "<strong>1</strong>" in seen.text, "alice"
    assert (await session.exec(select(Notice))).all() == [], "looking is not saving"
    assert (await clerk.send("/admin/notices/new", notice(office))).status_code == 303
    row = (await session.exec(select(Notice))).one()
    assert (row.kind, row.by_letter, row.text_ru) == (NoticeKind.OUTAGE, True, "Первая строка\nвторая")
    assert row.happens_from is not None
    assert row.happens_from.hour == 7, "Moscow's ten"
    there = f"/admin/notices/{row.id}"
    assert 'value="No gas"' in await clerk.page(there)
    changed = notice(office, title_ru="Иначе", by_letter="")
    assert (await clerk.send(there, changed)).status_code == 303
    assert (await fresh(session, Notice, row.id)).title_ru == "Иначе"
    assert "Иначе" in await clerk.page("/admin/notices")
    assert (await clerk.send(f"{there}/withdraw")).status_code == 303
    assert (await fresh(session, Notice, row.id)).withdrawn_at is not None
    assert 'name="title_ru"' not in await clerk.page(there), "what is withdrawn is not edited"
    kinds = [len(await audited(session, action)) for action in ("create", "edit", "withdraw")]
    assert kinds == [1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_ru": " "}, "title_ru"),
        ({"happens_from": ""}, "happens_from"),
        ({"happens_from": "soon"}, "happens_from"),
        ({"shown_until": ""}, "shown_until"),
        ({"shown_until": "9999-12-31T23:59"}, "shown_until"),
        ({"text_en": ""}, "text_en"),
    ],
)
async def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(
    clerk: Browser, office: Office, session: AsyncSession, wrong: dict[str, str], field: str
) -> None:
    answer = await clerk.send("/admin/notices/new", notice(office, **wrong))
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert "Первая строка" in answer.text
    assert (await session.exec(select(Notice))).all() == []


async def test_a_clerk_writes_for_the_own_provider_only(
    boss: Browser, clerk: Browser, office: Office, session: AsyncSession
) -> None:
    for provider_id in (str(office.water.id), "", str(uuid4()), "x"):
        answer = await clerk.send("/admin/notices/new", notice(office, provider_id=provider_id))
        assert answer.status_code in (403, 404), provider_id
    assert (await boss.send("/admin/notices/new", notice(office, provider_id=""))).status_code == 303
    row = (await session.exec(select(Notice))).one()
    assert row.provider_id is None
    for answer in (
        await clerk.get(f"/admin/notices/{row.id}"),
        await clerk.send(f"/admin/notices/{row.id}", notice(office)),
        await clerk.send(f"/admin/notices/{row.id}/withdraw"),
    ):
        assert answer.status_code == 404
    assert "Не будет" not in await clerk.page("/admin/notices")


async def test_all_links_of_an_account_end_with_a_reason(
    boss: Browser, clerk: Browser, office: Office, session: AsyncSession
) -> None:
    there = f"/admin/access/{office.gas_account.id}"
    assert there in await clerk.page("/admin/accounts/detail", pk=str(office.gas_account.id))
    assert "alice@mail.example" in await boss.page(there)
    page = await clerk.page(there)
    assert "alice@mail.example" not in page, "a clerk does not learn who the residents are"
    assert "a•••@mail.example" in page
    assert (await clerk.send(f"{there}/end", {"reason": " "})).status_code == 422
    answer = await clerk.send(f"{there}/end", {"reason": "Квартира продана"})
    assert answer.headers["location"].endswith("?ended=1")
    link = (await session.exec(select(AccountLink))).one()
    await session.refresh(link)
    assert link.ended_at is not None
    assert not await audited(session, "end_links"), "one act is one record"
    [note] = await audited(session, "end_links_of_account")
    assert (note.after, bool(note.address)) == ({"reason": "Квартира продана", "links": 1}, True)
    assert (
        await clerk.send(f"/admin/access/{office.water_account.id}/end", {"reason": "x"})
    ).status_code == 404


async def test_a_pin_is_given_once_and_proves_the_account(
    clerk: Browser, office: Office, session: AsyncSession
) -> None:
    there = f"/admin/access/{office.gas_account.id}"
    assert f"{there}/pin" not in await clerk.page(there), "the provider asks for something else"
    office.gas.proof = ProofKind.PIN
    await session.commit()
    given = await clerk.send(f"{there}/pin")
    pin = "".join(re.findall(r">(\d{4})&nbsp;(\d{4})<", given.text)[0])
    account = await fresh(session, Account, office.gas_account.id)
    assert await verify_password(account.pin_hash, pin)
    assert pin[4:] not in re.sub(r"\s", "", str([one.after for one in await audited(session, "give_pin")]))
    assert len(await audited(session, "give_pin")) == 1
    assert f"{pin[:4]}&nbsp;{pin[4:]}" not in await clerk.page(there), "shown once"
    assert (await clerk.send(f"/admin/access/{office.water_account.id}/pin")).status_code == 404


async def test_the_proof_and_the_earlier_date_are_the_provider_s(
    clerk: Browser, office: Office, session: AsyncSession
) -> None:
    for proof, status in (("meter_number", 303), ("telepathy", 422)):
        answer = await clerk.send("/admin/providers/edit", {**FORM, "proof": proof}, pk=str(office.gas.id))
        assert answer.status_code in (status, 302) if status == 303 else answer.status_code >= 400, proof
    row = await fresh(session, Provider, office.gas.id)
    assert (row.proof, row.earlier_date_allowed) == (ProofKind.METER_NUMBER, True)
