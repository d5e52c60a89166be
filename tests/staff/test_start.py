"""The start page: every figure is the number of rows that its link shows, and of the own provider only."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing.lines import ChargeLine, Figures
from cabinet.billing.service import issue_bill
from cabinet.exchange.imports.models import ImportState, RegistryImport
from cabinet.kit.dates import add_months, month_of, now, today_in
from cabinet.mail.models import Letter
from cabinet.meters.models import Reading, ReadingSource
from cabinet.payments.models import Payment, PaymentState, Refund
from cabinet.residents.models import Role
from cabinet.staff.charts import HEIGHT, bars
from cabinet.support.models import Ticket
from tests.accounts.making import make_meter
from tests.staff.conftest import Browser, Browsers, Office, account, person
from tests.staff.queries import counted

ROWS = re.compile(
    r'<tr data-sa-pk=|href="/admin/readings/[0-9a-f-]{36}|<tr data-job=|/admin/bills/detail\?pk='
    r'|/admin/money/reconciliation/[0-9a-f-]{36}|href="/admin/imports/[0-9a-f-]{36}'
)
WAITING_REFUNDS = re.compile(r"Ждут второго человека.*?</section>", re.DOTALL)


def figures(page: str) -> dict[str, tuple[int, str]]:
    """Each figure and the address that it leads to."""
    came = re.findall(
        r'data-figure="(\w+)">.*?<a class="big" href="([^"]+)"[^>]*>([^<]+)</a>', page, re.DOTALL
    )
    waits = re.findall(r'href="([^"]+)" data-figure="(\w+)">.*?<b>([^<]+)</b>', page, re.DOTALL)
    found = {name: (int(count), unescape(link)) for name, link, count in came}
    return found | {name: (int(count), unescape(link)) for link, name, count in waits}


async def rows_at(browser: Browser, link: str) -> int:
    answer = await browser.client.get(link)
    assert answer.status_code == 200, link
    if link.endswith("/money/refunds"):
        (section,) = WAITING_REFUNDS.findall(answer.text)
        return section.count("<tr>") - section.count("<thead>")
    return len(ROWS.findall(answer.text))


async def settle(session: AsyncSession, office: Office, at: datetime) -> None:
    for one in (office.gas_payment, office.water_payment, office.shared_payment):
        one.settled_at = at
        session.add(one)
    await session.commit()


async def send_reading(session: AsyncSession, of: Account, office: Office) -> None:
    [zone] = await make_meter(session, of.id)
    shared: dict[str, Any] = {"zone_id": zone, "taken_on": date(2026, 1, 20), "period": date(2026, 1, 1)}
    resident = {"source": ReadingSource.RESIDENT, "resident_id": office.alice.id}
    session.add(Reading(value=Decimal(5), **resident, **shared))
    session.add(Reading(value=Decimal(6), source=ReadingSource.PROVIDER, **shared))
    await session.commit()


def paid(office: Office, state: PaymentState, **more: Any) -> Payment:
    shared: dict[str, Any] = {"amount_minor": 500_00, "processor": "sandbox", "idempotency_key": uuid4().hex}
    return Payment(resident_id=office.alice.id, state=state, **shared, **more)


async def busy_day(session: AsyncSession, office: Office) -> None:
    """Something of everything, today and a week ago, at both providers."""
    await settle(session, office, now())
    for of in (office.gas_account, office.water_account):
        await send_reading(session, of, office)
    session.add(AccountLink(resident_id=office.alice.id, account_id=office.water_account.id))
    review = paid(office, PaymentState.REVIEW)
    disputed = paid(office, PaymentState.DISPUTED, settled_at=now() - timedelta(days=7))
    shared: dict[str, Any] = {"recipient": "a@b.example", "recipient_key": "a@b.example", "locale": "ru"}
    failed = Letter(kind="notice", subject="Письмо", text="…", html="…", failed_at=now(), **shared)
    refund = Refund(
        payment_id=office.gas_payment.id,
        amount_minor=100,
        reason="Ошибка",
        needs_approval=True,
        requested_by=office.boss.id,
        idempotency_key=uuid4().hex,
    )
    registry = RegistryImport(
        provider_id=office.gas.id,
        file_name="dolgi.csv",
        sha256="0" * 64,
        size=10,
        source="dolgi.csv",
        state=ImportState.FAILED,
    )
    session.add_all([review, disputed, failed, refund, registry])
    await session.flush()
    await session.exec(  # pyright: ignore[reportCallIssue]
        text(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', 'send_letter', 'failed')"
        )  # pyright: ignore[reportArgumentType]
    )
    await wrong_bill(session, office.gas_account, gap=5_00)
    await wrong_bill(session, office.water_account, gap=0, tariff=Decimal("9.99"))
    await session.commit()


async def wrong_bill(session: AsyncSession, of: Account, *, gap: int, tariff: Decimal = Decimal(10)) -> None:
    line = ChargeLine(service="Газ", amount_minor=100_00, volume=Decimal(10), unit="м³", tariff=tariff)
    told = Figures(opening_minor=0, paid_minor=0, closing_minor=100_00 + gap)
    period = add_months(month_of(now().date()), -1)
    await issue_bill(of.id, period, period + timedelta(days=40), [line], figures=told, session=session)


async def test_every_figure_leads_to_exactly_its_rows(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    await busy_day(session, office)
    boss = await browsers.of(office.boss)
    found = figures(await boss.page("/admin/"))
    assert {name: count for name, (count, _link) in found.items()} == {
        "sign_ups": 1,
        "links": 2,
        "payments": 3,
        "readings": 2,
        "requests": 1,
        "undecided": 4,
        "gaps": 2,
        "review": 1,
        "refunds": 1,
        "disputes": 1,
        "differences": 0,
        "letters": 1,
        "registries": 1,
        "jobs": 1,
    }
    for name, (count, link) in found.items():
        assert await rows_at(boss, link) == count, name


async def test_a_clerk_sees_figures_of_the_own_provider(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    await busy_day(session, office)
    clerk = await browsers.of(office.clerk)
    page = await clerk.page("/admin/")
    found = figures(page)
    assert {name: count for name, (count, _link) in found.items()} == {
        "links": 1,
        "payments": 2,
        "readings": 1,
        "undecided": 2,
        "gaps": 1,
        "registries": 1,
    }
    assert "400,00\u202f₽" in page  # 100 and the own 300 of 700
    for name in ("links", "payments"):
        count, link = found[name]
        assert await rows_at(clerk, link) == count


async def test_a_support_agent_sees_no_money_beyond_payments(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    agent = person("agent", Role.SUPPORT)
    session.add(agent)
    await session.commit()
    found = figures(await (await browsers.of(agent)).page("/admin/"))
    assert {"sign_ups", "payments", "requests", "letters"} <= set(found)
    assert not {"review", "refunds", "disputes", "differences", "jobs"} & set(found)


async def test_an_auditor_sees_everything(browsers: Browsers, office: Office, session: AsyncSession) -> None:
    auditor = person("reader", Role.AUDITOR)
    session.add(auditor)
    await session.commit()
    theirs = figures(await (await browsers.of(auditor)).page("/admin/"))
    assert set(theirs) == set(figures(await (await browsers.of(office.boss)).page("/admin/")))


async def test_today_begins_at_midnight_of_the_desk(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    office.gas.timezone = "Asia/Vladivostok"
    session.add(office.gas)
    midnight = datetime.combine(today_in("Asia/Vladivostok"), time(), ZoneInfo("Asia/Vladivostok"))
    await settle(session, office, midnight.astimezone(UTC))
    clerk = await browsers.of(office.clerk)
    assert figures(await clerk.page("/admin/"))["payments"][0] == 2
    await settle(session, office, midnight.astimezone(UTC) - timedelta(seconds=1))
    assert figures(await clerk.page("/admin/"))["payments"][0] == 0


async def test_a_week_ago_is_the_same_weekday(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    day = today_in("Europe/Moscow") - timedelta(days=7)
    await settle(session, office, datetime.combine(day, time(12), ZoneInfo("Europe/Moscow")))
    page = await (await browsers.of(office.boss)).page("/admin/")
    beside = re.search(
        r'data-figure="payments".*?class="beside">.*?<a href="([^"]+)">([^<]+)', page, re.DOTALL
    )
    assert beside is not None
    assert beside[2].startswith("3, 1\u202f000,00")
    assert await rows_at(await browsers.of(office.boss), unescape(beside[1])) == 3


async def test_a_thousand_rows_take_as_many_statements_as_one(
    browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    boss = await browsers.of(office.boss)
    few = await counted(session, boss.page("/admin/"))
    session.add_all(account(office.gas, f"9{i:05}", "Кто-то") for i in range(1000))
    session.add_all(
        paid(office, PaymentState.SUCCEEDED, settled_at=now() - timedelta(hours=i)) for i in range(1000)
    )
    session.add_all(Ticket(email="a@b.example", subject="?") for _ in range(1000))
    await session.commit()
    assert await counted(session, boss.page("/admin/")) == few


async def test_a_fresh_installation_says_where_to_begin(browsers: Browsers, session: AsyncSession) -> None:
    first = person("first", Role.ADMINISTRATOR)
    session.add(first)
    await session.commit()
    page = await (await browsers.of(first)).page("/admin/")
    assert "С чего начать" in page
    assert 'href="/admin/providers/create"' in page


async def test_a_house_with_accounts_needs_no_beginning(browsers: Browsers, office: Office) -> None:
    assert "С чего начать" not in await (await browsers.of(office.boss)).page("/admin/")


def test_a_chart_is_as_high_as_its_largest_day() -> None:
    drawn = bars([0, 1, 1000, 500])
    assert [bar.height for bar in drawn] == [0, 2, HEIGHT, HEIGHT / 2]
    assert all(bar.y + bar.height == HEIGHT for bar in drawn)


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_a_chart_of_nothing_has_no_bars(values: list[int]) -> None:
    assert all(bar.height == 0 for bar in bars(values))
