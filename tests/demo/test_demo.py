import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.service import proof_asked, prove_ownership
from cabinet.accounts.models import Account, AccountLink, LinkLevel
from cabinet.accounts.service import link_account, linked_account
from cabinet.billing.service import open_lines
from cabinet.demo import service as demo
from cabinet.demo.catalogue import CATALOGUE, demo_id
from cabinet.demo.plan import Plan, account_id, account_ids_in_turn, make_plan
from cabinet.demo.service import OFFERED, first_in_debt, load_if_empty, write_demo_json
from cabinet.kit.dates import now
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, balances, clearing, post, receivable
from cabinet.ledger.verification import verify
from cabinet.meters.models import ReadingState
from cabinet.meters.service import meters_of
from cabinet.notices.models import NoticeKind
from cabinet.providers.checks import problems_of
from cabinet.providers.models import ProofKind, ProviderKind
from cabinet.providers.service import check_number, list_providers, view_of
from cabinet.residents.models import Resident, Role
from cabinet.residents.passwords import check_password
from cabinet.settings import Environment, settings
from tests.accounts.making import make_resident

CARDS = {"success": "4242424242424242", "declined": "4000000000000002"}
plan_of = cache(make_plan)
NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _dump(plan: Plan) -> dict[str, list[Any]]:
    return {name: [row.model_dump() for row in getattr(plan, name)] for name in Plan.__dataclass_fields__}


def test_the_plan_is_the_same_on_every_machine() -> None:
    assert _dump(plan_of(NOVEMBER)) == _dump(make_plan(NOVEMBER))


@pytest.mark.parametrize("day", [(2026, 1, 1), (2028, 2, 29), (2026, 3, 31)])
def test_the_plan_looks_alive_on_any_day(day: tuple[int, int, int]) -> None:
    moment = datetime(*day, 0, 30, tzinfo=UTC)
    plan = make_plan(moment)
    assert len(plan.accounts) == 200
    assert len(plan.bills) == 200 * 13
    assert max(bill.period for bill in plan.bills).month == (day[1] - 2) % 12 + 1
    assert all(journal.at <= moment for journal in plan.journals)
    assert all(reading.taken_on < moment.date() for reading in plan.readings)
    signs = {(balance.amount_minor > 0) - (balance.amount_minor < 0) for balance in plan.balances}
    assert signs == {-1, 0, 1}


def test_readings_never_fall_and_fit_on_the_dial() -> None:
    plan = plan_of(NOVEMBER)
    digits = {
        zone.id: meter.digits for meter in plan.meters for zone in plan.zones if zone.meter_id == meter.id
    }
    last: dict[UUID, Decimal] = {}
    for reading in sorted(plan.readings, key=lambda row: row.taken_on):
        assert reading.value >= last.get(reading.zone_id, 0)
        assert reading.value < 10 ** digits[reading.zone_id]
        last[reading.zone_id] = reading.value


def test_the_invented_providers_would_pass_the_checks_of_staff() -> None:
    assert {item.provider.kind for item in CATALOGUE} == set(ProviderKind)
    assert len({item.provider.number_pattern for item in CATALOGUE}) == len(CATALOGUE)
    assert len({item.provider.timezone for item in CATALOGUE}) >= 4
    for item in CATALOGUE:
        assert problems_of(item.provider) == {}
        assert item.provider.number_hint_ru
        assert item.provider.number_hint_en


def test_the_numbers_fit_their_patterns() -> None:
    plan = plan_of(NOVEMBER)
    views = {provider.id: view_of(provider) for provider in plan.providers}
    assert all(
        check_number(views[account.provider_id], account.number) == account.number
        for account in plan.accounts
    )


@pytest.mark.parametrize("login", [demo.STAFF, demo.CLERK, demo.SUPPORT, demo.AUDITOR])
def test_the_staff_passwords_fit_the_policy(login: demo.Login) -> None:
    check_password(login.password)


async def test_it_is_loaded_once_and_the_books_hold(session: AsyncSession) -> None:
    await load_if_empty()
    await load_if_empty()
    assert (await session.exec(select(func.count()).select_from(Account))).one() == 200
    assert len(await list_providers(session=session)) == 5
    proof = await verify(session=session)
    assert proof.holds, proof
    roles = {resident.role: resident for resident in await session.exec(select(Resident))}
    assert roles.keys() == set(Role)
    assert all(resident.confirmed_at for resident in roles.values())


async def test_residents_live_in_accounts_that_nobody_is_offered(session: AsyncSession) -> None:
    await load_if_empty()
    linked = list(await session.exec(select(AccountLink)))
    taken = [link.account_id for link in linked]
    owed = await balances(taken, session=session)
    assert len(set(taken)) == len(taken) > 20
    assert not set(taken) & set(account_ids_in_turn()[:OFFERED])
    assert max(owed.values()) <= 0
    assert all(now() - timedelta(days=31) < link.created_at <= now() for link in linked)


async def test_debts_are_explained_by_open_lines(session: AsyncSession) -> None:
    await load_if_empty()
    ids = account_ids_in_turn()
    owed = await balances(ids, session=session)
    lines = await open_lines(ids, session=session)
    assert all(sum(line.open_minor for line in lines[i]) == max(owed[i], 0) for i in ids)


async def test_the_facts_for_a_newcomer(session: AsyncSession, tmp_path: Path) -> None:
    await load_if_empty(data_dir=tmp_path)
    facts = await _facts(tmp_path)
    assert facts.keys() == {"url", "mailbox", "accounts", "staff", "clerk", "support", "auditor", "cards"}
    assert facts["cards"] == CARDS
    assert facts["staff"] == {"email": demo.STAFF.email, "password": demo.STAFF.password}
    first = facts["accounts"][:3]
    assert all(account["debt_minor"] >= settings.payment_minimum_minor for account in first)
    assert len({account["provider"] for account in first}) == 3
    alice = await make_resident(session)
    names = {provider.name: provider for provider in await list_providers(session=session)}
    for account in facts["accounts"]:
        provider = names[account["provider"]]
        linked = await link_account(alice, provider.id, account["number"], session=session)
        assert linked.balance_minor == account["debt_minor"]
        await _prove(alice, linked.account_id, account["proof"], session)


async def test_one_of_the_first_three_has_a_meter_of_three_zones(
    session: AsyncSession, tmp_path: Path
) -> None:
    await load_if_empty()
    first = account_id("electricity", 0)
    zones = (await meters_of([first], session=session))[first][0].zones
    assert [zone.number for zone in zones] == [1, 2, 3]
    assert all(zone.previous for zone in zones)
    number = (await session.get_one(Account, first)).number
    assert number in {account["number"] for account in (await _facts(tmp_path))["accounts"][:3]}


async def test_after_a_payment_the_first_three_still_owe(session: AsyncSession, tmp_path: Path) -> None:
    await load_if_empty()
    before = (await _facts(tmp_path))["accounts"]
    paid = account_id("electricity", 0)
    debt = (await balances([paid], session=session))[paid]
    lines = [Line(receivable(paid), -debt), Line(clearing(CATALOGUE[0].provider.id), debt)]
    await post("test:paid", JournalKind.STATEMENT, lines, session=session)
    after = (await _facts(tmp_path))["accounts"]
    assert all(account["debt_minor"] > 0 for account in after[:3])
    assert {account["number"] for account in before[1:3]} <= {account["number"] for account in after[:3]}
    assert {a["number"]: a["debt_minor"] for a in after}[before[0]["number"]] == 0


def test_different_providers_come_first_where_they_can() -> None:
    a, b, c, d = (UUID(int=n) for n in range(4))
    owed = {a: 5, b: 5, c: 0, d: 5}
    assert first_in_debt([a, b, c, d], owed, {a: a, b: a, c: c, d: d}) == [a, d, b, c]


@pytest.mark.parametrize("env", [Environment.PRODUCTION, Environment.STAGING])
async def test_it_refuses_outside_development(
    env: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "env", env)
    with pytest.raises(demo.NotInDevelopment):
        await load_if_empty()
    with pytest.raises(demo.NotInDevelopment):
        await write_demo_json(tmp_path / "demo.json", cards=CARDS)


async def _facts(folder: Path) -> dict[str, Any]:
    path = folder / "demo.json"
    await write_demo_json(path, cards=CARDS)
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_demo_shows_what_pages_need() -> None:
    plan = plan_of(NOVEMBER)
    lines = {
        bill.id: [charge for charge in plan.charges if charge.bill_id == bill.id] for bill in plan.bills[:800]
    }
    assert len({bill.number for bill in plan.bills}) == len(plan.bills)
    gaps = [bill.gap_minor for bill in plan.bills if bill.gap_minor]
    assert gaps == [1_000]
    for bill in plan.bills[:800]:
        assert bill.opening_minor is not None
        assert bill.paid_minor is not None
        assert bill.closing_minor is not None
        total = sum(charge.amount_minor for charge in lines[bill.id])
        assert bill.opening_minor + total - bill.paid_minor + bill.gap_minor == bill.closing_minor
    assert any(charge.recalculation_minor for charge in plan.charges)
    assert any(charge.amount_minor < 0 for charge in plan.charges)
    assert [meter for meter in plan.meters if meter.replaces_id and meter.installed_on]
    due = [meter.verification_due for meter in plan.meters]
    assert any(day and 0 < (day - NOVEMBER.date()).days <= 60 for day in due)
    assert {notice.kind for notice in plan.notices} == set(NoticeKind)
    assert len({tariff.valid_from for tariff in plan.tariffs}) == 2
    assert {item.provider.proof for item in CATALOGUE} == {
        ProofKind.LAST_BILL,
        ProofKind.METER_NUMBER,
        ProofKind.PIN,
    }


def test_readings_wait_for_staff_and_one_of_them_is_odd() -> None:
    plan = plan_of(NOVEMBER)
    waiting = [reading for reading in plan.readings if reading.state is ReadingState.SUBMITTED]
    kinds = {meter.id: meter.kind for meter in plan.meters}
    zones = {zone.id: zone.meter_id for zone in plan.zones}
    assert len({kinds[zones[reading.zone_id]] for reading in waiting}) == 4
    assert {reading.period for reading in waiting} == {date(2026, 11, 1)}
    assert {bool(reading.doubts) for reading in waiting} == {True, False}
    offered = {meter.id for meter in plan.meters if meter.account_id in account_ids_in_turn()[:OFFERED]}
    assert not offered & {zones[reading.zone_id] for reading in waiting}


def test_a_meter_behind_a_transformer_is_billed_by_its_ratio() -> None:
    plan = plan_of(NOVEMBER)
    meter = next(meter for meter in plan.meters if meter.ratio > 1)
    [zone] = [zone for zone in plan.zones if zone.meter_id == meter.id]
    values = [reading.value for reading in plan.readings if reading.zone_id == zone.id]
    bill = [bill for bill in plan.bills if bill.account_id == meter.account_id][-1]
    charge = next(charge for charge in plan.charges if charge.bill_id == bill.id)
    assert charge.volume == (values[-1] - values[-2]) * meter.ratio
    assert any(demo.provider.earlier_date_allowed for demo in CATALOGUE)


def test_a_night_zone_has_stood_still_for_half_a_year() -> None:
    plan = plan_of(NOVEMBER)
    stuck = demo_id("zone", demo_id("meter", account_id("electricity", 1), 0), 2)
    values = [reading.value for reading in plan.readings if reading.zone_id == stuck]
    assert len(set(values[-7:])) == 1
    assert len(set(values[:-6])) == len(values[:-6])


async def _prove(resident_id: UUID, account_id: UUID, proof: dict[str, Any], session: AsyncSession) -> None:
    """What the facts say proves the account."""
    asked = await proof_asked(resident_id, account_id, session=session)
    assert proof["kind"] == asked.kind
    answer = proof["sums"][f"{asked.period:%Y-%m}"] if asked.period else proof.get("serial") or proof["pin"]
    await prove_ownership(resident_id, account_id, answer)
    linked = await linked_account(resident_id, account_id, session=session)
    assert linked.level is LinkLevel.FULL
