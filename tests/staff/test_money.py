"""The money pages: through the services, with permission, with reasons, and telling the truth."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.kit.dates import now, today_in
from cabinet.ledger import service as ledger
from cabinet.ledger.models import Recount
from cabinet.payments import jobs, payouts, reconciliation, refunds
from cabinet.payments.models import (
    Payment,
    PaymentState,
    Payout,
    ProviderStatement,
    Reconciliation,
    ReconciliationDifference,
    Refund,
    RefundState,
)
from cabinet.payments.service import Wish
from cabinet.residents.models import Resident, Role
from cabinet.sandbox import clock, timers
from cabinet.sandbox.faults import faults
from cabinet.sandbox.keys import MORE_CARDS
from cabinet.settings import settings
from tests.payments.conftest import Till, assert_books_hold, close_till, open_till
from tests.raw import run_sql
from tests.staff.conftest import Browser, Browsers, audited, person

PAGES = ("refunds", "payouts", "reconciliation", "ledger", "statements")


@pytest.fixture
async def till(session: AsyncSession) -> AsyncGenerator[Till]:
    till = await open_till()
    yield till
    await close_till(till)


@dataclass
class Staff:
    boss: Browser
    chief: Browser
    clerk: Browser
    stranger: Browser


@pytest.fixture
async def staff(till: Till, session: AsyncSession, browsers: Browsers) -> Staff:
    boss = await session.get_one(Resident, till.boss.id)
    chief = await session.get_one(Resident, till.chief.id)
    clerk = person("clerk", Role.CLERK, till.people.gas_company.id)
    session.add(clerk)
    await session.commit()
    opened = [await browsers.of(one, "ru") for one in (boss, chief, clerk, till.people.alice)]
    return Staff(*opened)


def of_payment(payment_id: UUID, rest: str = "") -> str:
    return f"/admin/money/refunds/{payment_id}{rest}"


async def the_refund(session: AsyncSession) -> Refund:
    refund = (await session.exec(select(Refund))).one()
    await session.refresh(refund)
    return refund


@pytest.mark.parametrize("page", PAGES)
async def test_an_administrator_opens_every_page_and_a_resident_none(staff: Staff, page: str) -> None:
    for locale in ("ru", "en"):
        staff.boss.client.cookies.set("admin_language", locale)
        assert "<h1" in await staff.boss.page(f"/admin/money/{page}")
    assert (await staff.stranger.get(f"/admin/money/{page}")).status_code == 403
    status = (await staff.clerk.get(f"/admin/money/{page}")).status_code
    assert status == (200 if page == "payouts" else 403)


async def test_the_start_page_and_the_payment_lead_there(staff: Staff, till: Till) -> None:
    payment_id = await till.pay()
    home = await staff.boss.page("/admin/")
    assert all(f"/admin/money/{page}" in home for page in PAGES)
    assert of_payment(payment_id) in await staff.boss.page("/admin/payments/detail", pk=str(payment_id))
    assert of_payment(payment_id) not in await staff.clerk.page("/admin/payments/detail", pk=str(payment_id))


async def test_a_refund_is_made_and_shown(staff: Staff, till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    form = {"amount": "600,50", "reason": "дважды <b>оплатил</b>"}
    answer = await staff.boss.send(of_payment(payment_id, "/refund"), form)
    assert answer.status_code == 303
    assert (await the_refund(session)).state is RefundState.SUCCEEDED
    page = await staff.boss.page(of_payment(payment_id))
    assert "600,50" in page
    assert "дважды &lt;b&gt;оплатил&lt;/b&gt;" in page
    assert len(await audited(session, "request_refund")) == 1
    await assert_books_hold()


async def test_pending_is_shown_as_pending(staff: Staff, till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay(card=MORE_CARDS["refund_pending"])
    await staff.boss.send(of_payment(payment_id, "/refund"), {"reason": "ошибка"})
    staff.boss.client.cookies.set("admin_language", "en")
    page = await staff.boss.page(of_payment(payment_id))
    assert "On its way, not there yet" in page
    assert ">Refunded" not in page


@pytest.mark.parametrize(
    "form",
    [{"amount": "сто", "reason": "х"}, {"amount": "1500,01", "reason": "х"}, {"amount": "10", "reason": " "}],
)
async def test_a_mistake_is_said_and_nothing_moves(
    staff: Staff, till: Till, session: AsyncSession, form: dict[str, str]
) -> None:
    payment_id = await till.pay()
    answer = await staff.boss.send(of_payment(payment_id, "/refund"), form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not (await session.exec(select(Refund))).all()


async def test_foreign_forms_and_clerks_are_refused(staff: Staff, till: Till, session: AsyncSession) -> None:
    payment_id = await till.pay()
    address = of_payment(payment_id, "/refund")
    form = {"reason": "ошибка"}
    assert (await staff.boss.send(address, form, origin="https://evil.example")).status_code == 403
    assert (
        await staff.boss.client.post(address, data=form, headers={"origin": settings.public_url})
    ).status_code == 403
    assert (await staff.clerk.send(address, form)).status_code == 403
    assert not (await session.exec(select(Refund))).all()


async def test_two_people_above_the_limit(
    staff: Staff, till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "refund_approval_above_minor", 100_000)
    payment_id = await till.pay()
    await staff.boss.send(of_payment(payment_id, "/refund"), {"reason": "ошибка"})
    refund = await the_refund(session)
    approve = of_payment(payment_id, f"/approve/{refund.id}")
    assert refund.state is RefundState.CREATED
    assert approve not in await staff.boss.page(of_payment(payment_id))
    assert (await staff.boss.send(approve)).status_code == 422
    assert approve in await staff.chief.page(of_payment(payment_id))
    assert (await staff.chief.send(approve)).status_code == 303
    assert (await the_refund(session)).state is RefundState.SUCCEEDED
    await assert_books_hold()


async def test_declined_with_a_reason(
    staff: Staff, till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "refund_approval_above_minor", 0)
    payment_id = await till.pay()
    await staff.boss.send(of_payment(payment_id, "/refund"), {"reason": "ошибка"})
    refund = await the_refund(session)
    decline = of_payment(payment_id, f"/decline/{refund.id}")
    assert (await staff.chief.send(decline, {"reason": ""})).status_code == 422
    assert (await staff.chief.send(decline, {"reason": "нет оснований"})).status_code == 303
    assert (await the_refund(session)).state is RefundState.FAILED
    assert (await audited(session, "decline_refund"))[0].after["reason"] == "нет оснований"


async def test_a_processor_without_an_answer_is_said_so(
    staff: Staff, till: Till, session: AsyncSession
) -> None:
    payment_id = await till.pay()
    faults.lose_responses = 1
    answer = await staff.boss.send(of_payment(payment_id, "/refund"), {"reason": "ошибка"})
    assert answer.status_code == 422
    assert (await the_refund(session)).state is RefundState.CREATED
    assert (await staff.boss.send(of_payment(payment_id, "/again"))).status_code == 303
    assert (await the_refund(session)).state is RefundState.SUCCEEDED
    assert len(await till.listed("/v1/refunds")) == 1


async def test_a_checked_payment_is_credited(staff: Staff, till: Till, session: AsyncSession) -> None:
    faults.amount_shift_minor = 7_000
    payment_id = await till.pay()
    assert of_payment(payment_id) in await staff.boss.page("/admin/money/refunds")
    assert (await staff.boss.send(of_payment(payment_id, "/credit"), {"reason": "верно"})).status_code == 303
    payment = await session.get_one(Payment, payment_id)
    await session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    assert (await the_refund(session)).amount_minor == 7_000
    await assert_books_hold()


async def test_a_checked_payment_is_sent_back(staff: Staff, till: Till, session: AsyncSession) -> None:
    faults.amount_shift_minor = -7_000
    payment_id = await till.pay()
    assert "/credit" not in await staff.boss.page(of_payment(payment_id))
    assert (
        await staff.boss.send(of_payment(payment_id, "/send-back"), {"reason": "мало"})
    ).status_code == 303
    payment = await session.get_one(Payment, payment_id)
    await session.refresh(payment)
    assert payment.state is PaymentState.CANCELED


async def test_a_payout_with_its_register(staff: Staff, till: Till, session: AsyncSession) -> None:
    await till.pay()
    page = f"/admin/money/payouts/{till.people.gas_company.id}"
    form = {"expected_minor": "150000", "reference": "п/п 17"}
    assert (await staff.clerk.send(f"{page}/hand-over", form)).status_code == 403
    assert (await staff.boss.send(f"{page}/hand-over", {**form, "expected_minor": "1"})).status_code == 422
    assert (await staff.boss.send(f"{page}/hand-over", form)).status_code == 303
    payout = (await session.exec(select(Payout))).one()
    register = await staff.clerk.get(f"{page}/register/{payout.id}")
    assert register.text.endswith(f"total;1;payout {payout.number};1500.00\r\n")
    bad = {"confirmed_on": "2020-01-01"}
    assert (await staff.boss.send(f"{page}/confirm/{payout.id}", bad)).status_code == 422
    day = {"confirmed_on": today_in("Europe/Moscow").isoformat()}
    assert (await staff.boss.send(f"{page}/confirm/{payout.id}", day)).status_code == 303
    await session.refresh(payout)
    assert payout.confirmed_on == today_in("Europe/Moscow")


async def test_a_clerk_sees_the_own_provider_only(staff: Staff, till: Till) -> None:
    await till.pay()
    page = await staff.clerk.page("/admin/money/payouts")
    water = till.people.water_company.id
    assert str(till.people.gas_company.id) in page
    assert str(water) not in page
    assert (await staff.clerk.get(f"/admin/money/payouts/{water}")).status_code == 404
    assert "hand-over" not in await staff.clerk.page(f"/admin/money/payouts/{till.people.gas_company.id}")


async def test_a_run_is_started_watched_and_settled(staff: Staff, till: Till, session: AsyncSession) -> None:
    started = await till.open()
    await till.enter_card(started.url)
    days = {
        "since": (now() - timedelta(days=1)).date().isoformat(),
        "until": (now() + timedelta(days=1)).date().isoformat(),
    }
    assert (await staff.boss.send("/admin/money/reconciliation/start", days)).status_code == 303
    run = (await session.exec(select(Reconciliation))).one()
    page = f"/admin/money/reconciliation/{run.id}"
    assert 'http-equiv="refresh"' in await staff.boss.page(page)
    run.until = now() + timedelta(minutes=1)
    await session.commit()
    await reconciliation.run_reconciliation(run.id)
    assert 'http-equiv="refresh"' not in await staff.boss.page(page)
    difference = (await session.exec(select(ReconciliationDifference))).one()
    assert (await staff.boss.send(f"{page}/settle/{difference.id}")).status_code == 303
    payment = await session.get_one(Payment, started.payment_id)
    await session.refresh(payment)
    assert payment.state is PaymentState.SUCCEEDED
    assert (await staff.boss.send(f"{page}/explain/{difference.id}", {"reason": "х"})).status_code == 422
    assert (await staff.boss.send(f"{page}/destroy/{difference.id}")).status_code == 404


async def test_a_period_that_ends_before_it_begins(staff: Staff) -> None:
    days = {"since": "2026-11-20", "until": "2026-11-01"}
    answer = await staff.boss.send("/admin/money/reconciliation/start", days)
    assert answer.status_code == 422
    assert "2026-11-20" in answer.text, "what was typed stays"


async def test_a_balance_is_taken_in_by_hand(staff: Staff, till: Till, session: AsyncSession) -> None:
    paid = await session.get_one(Payment, await till.pay())
    form = {
        "provider_id": str(till.people.gas_company.id),
        "number": "100 200 300",
        "balance": "-50,00",
        "as_of": today_in("Europe/Moscow").isoformat(),
        "source": "письмо",
        "posted": f"№ {paid.number}",
    }
    take = "/admin/money/statements/take"
    for wrong in ({"number": "1"}, {"balance": "много"}, {"posted": "сто"}, {"as_of": ""}):
        answer = await staff.boss.send(take, {**form, **wrong})
        assert answer.status_code == 422
        assert 'value="письмо"' in answer.text
    assert (await staff.boss.send(take, form)).status_code == 303
    statement = (await session.exec(select(ProviderStatement))).one()
    assert (statement.adjustment_minor, statement.unposted_minor) == (-5_000, 0)
    assert (await ledger.balances([till.people.gas.id], session=session))[till.people.gas.id] == -5_000
    assert len(await audited(session, "take_statement")) == 1
    await assert_books_hold()


async def test_addresses_that_lead_nowhere(staff: Staff) -> None:
    for path in (
        "refunds/x",
        "payouts/x",
        "reconciliation/x",
        f"refunds/{UUID(int=0)}",
        f"reconciliation/{UUID(int=0)}",
    ):
        assert (await staff.boss.get(f"/admin/money/{path}")).status_code == 404


async def test_corrections_stand_on_the_page_with_their_reasons(
    staff: Staff, till: Till, session: AsyncSession
) -> None:
    payment_id = await till.pay(card=MORE_CARDS["refund_pending"])
    await staff.boss.send(of_payment(payment_id, "/refund"), {"amount": "400", "reason": "дважды оплатил"})
    page = f"/admin/money/payouts/{till.people.gas_company.id}"
    form = {"expected_minor": "150000", "reference": "п/п 17"}
    assert (await staff.boss.send(f"{page}/hand-over", form)).status_code == 303
    for browser in (staff.boss, staff.clerk):
        browser.client.cookies.set("admin_language", "en")
    said = "Refunded after it was handed over"
    assert said not in await staff.boss.page(page)
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await refunds.settle_refund((await the_refund(session)).id)
    shown = await staff.boss.page(page)
    assert said in shown
    assert "дважды оплатил" in shown
    assert "400.00" in shown
    assert of_payment(payment_id) in shown
    for_clerk = await staff.clerk.page(page)
    assert said in for_clerk
    assert "дважды оплатил" not in for_clerk, "the reason is for staff"


async def test_a_recount_is_started_watched_and_told(staff: Staff, till: Till, session: AsyncSession) -> None:
    await till.pay()
    page = "/admin/money/ledger"
    assert (await staff.clerk.send(f"{page}/recount")).status_code == 403
    assert (await staff.boss.send(f"{page}/recount")).status_code == 303
    assert (await staff.chief.send(f"{page}/recount")).status_code == 303
    recount = (await session.exec(select(Recount))).one()
    shown = await staff.boss.page(page)
    assert "data-running" in shown
    assert 'max="100" value="0"' in shown
    await run_sql("UPDATE balance SET amount_minor = amount_minor + 1", session)
    await session.commit()
    with pytest.raises(RuntimeError, match="does not hold"):
        await jobs.recount(str(recount.id))
    shown = await staff.boss.page(page)
    assert "data-running" not in shown
    assert str(till.people.gas.id) in shown


async def test_every_act_with_money_is_kept_with_the_address(
    staff: Staff, till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "refund_approval_above_minor", 10_000)
    payment_id = await till.pay()
    for number, what in enumerate(("approve", "decline")):
        form = {"amount": "150", "reason": "ошибка"}
        assert (await staff.boss.send(of_payment(payment_id, "/refund"), form)).status_code == 303
        refund = (await session.exec(select(Refund).order_by(col(Refund.created_at)))).all()[number]
        address = of_payment(payment_id, f"/{what}/{refund.id}")
        assert (await staff.chief.send(address, {"reason": "нет"})).status_code == 303
    faults.amount_shift_minor = 7_000
    for what in ("credit", "send-back"):
        checked = await till.pay(Wish(till.people.gas.id, "100"))
        assert (await staff.boss.send(of_payment(checked, f"/{what}"), {"reason": "да"})).status_code == 303
    await hand_over_and_confirm(staff, till, session)
    await compare_and_explain(staff, till, session)
    assert (await staff.boss.send("/admin/money/ledger/recount")).status_code == 303
    kept = (await session.exec(select(AuditRecord.action, AuditRecord.address))).all()
    acts = {action for action, _address in kept}
    assert acts >= {
        "request_refund",
        "approve_refund",
        "decline_refund",
        "credit_review",
        "send_back",
        "hand_over",
        "confirm_payout",
        "reconcile",
        "resolve",
        "recount",
    }
    assert [action for action, address in kept if not address] == []


async def hand_over_and_confirm(staff: Staff, till: Till, session: AsyncSession) -> None:
    company = till.people.gas_company.id
    owed = await payouts.owed_to(company, session=session)
    form = {"expected_minor": str(owed.amount_minor), "reference": "п/п 17"}
    page = f"/admin/money/payouts/{company}"
    assert (await staff.boss.send(f"{page}/hand-over", form)).status_code == 303
    payout = (await session.exec(select(Payout))).one()
    day = {"confirmed_on": today_in("Europe/Moscow").isoformat()}
    assert (await staff.boss.send(f"{page}/confirm/{payout.id}", day)).status_code == 303


async def compare_and_explain(staff: Staff, till: Till, session: AsyncSession) -> None:
    started = await till.open(Wish(till.people.water.id, "100"))
    await till.enter_card(started.url)
    days = {
        "since": (now() - timedelta(days=1)).date().isoformat(),
        "until": (now() + timedelta(days=1)).date().isoformat(),
    }
    assert (await staff.boss.send("/admin/money/reconciliation/start", days)).status_code == 303
    run = (await session.exec(select(Reconciliation))).one()
    run.until = now() + timedelta(minutes=1)
    await session.commit()
    await reconciliation.run_reconciliation(run.id)
    difference = (await session.exec(select(ReconciliationDifference))).all()[0]
    page = f"/admin/money/reconciliation/{run.id}/explain/{difference.id}"
    assert (await staff.boss.send(page, {"reason": "ждём"})).status_code == 303
