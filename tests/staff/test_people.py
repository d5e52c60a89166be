"""Residents and colleagues on the staff pages, and finding payments."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.autopay.models import SavedCard
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.mail.models import Letter
from cabinet.residents.models import LoginSession, Resident, Role
from tests.staff.conftest import Browser, Browsers, Office, audited


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss, "en")


@pytest.fixture
async def agent(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.agent, "en")


async def page_of(browser: Browser, person: Resident) -> str:
    return await browser.page("/admin/residents/detail", pk=str(person.id))


async def test_a_resident_s_page_leads_everywhere(agent: Browser, office: Office) -> None:
    page = await page_of(agent, office.alice)
    for there in (
        f"/admin/accounts/detail?pk={office.gas_account.id}",
        f"/admin/payments/detail?pk={office.gas_payment.id}",
        f"/admin/letters/detail?pk={office.letter.id}",
    ):
        assert there in page
        assert (await agent.get(there)).status_code == 200
    back = f"/admin/residents/detail?pk={office.alice.id}"
    assert back in await agent.page("/admin/payments/detail", pk=str(office.gas_payment.id))
    account = await agent.page("/admin/accounts/detail", pk=str(office.gas_account.id))
    assert back in account
    assert f"/admin/payments/detail?pk={office.gas_payment.id}" in account


async def test_a_clerk_s_account_page_says_nothing_of_people_or_others(
    browsers: Browsers, office: Office
) -> None:
    clerk = await browsers.of(office.clerk)
    page = await clerk.page("/admin/accounts/detail", pk=str(office.gas_account.id))
    assert "alice@mail.example" not in page
    assert "700,00" not in page, "the whole of a payment that is partly another provider's"
    shared = await clerk.page("/admin/payments/detail", pk=str(office.shared_payment.id))
    assert str(office.water_account.id) not in shared


async def test_access_is_closed_with_a_reason_and_opened(
    agent: Browser, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    here = f"/admin/residents/{office.alice.id}"
    refused = await agent.send(f"{here}/close", {"reason": " "})
    assert refused.status_code == 422
    assert "Write the reason" in refused.text
    assert (await agent.send(f"{here}/close", {"reason": "Жалоба"})).status_code == 303
    assert "Жалоба" in await page_of(agent, office.alice)
    alice = await browsers.of(office.alice)
    assert (await alice.get("/admin/")).status_code == 303, "signed out, not just refused"
    assert (await agent.send(f"{here}/letter")).status_code == 422
    assert (await agent.send(f"{here}/open")).status_code == 303
    [closed] = await audited(session, "close_access")
    assert (closed.after, closed.actor_id) == ({"reason": "Жалоба"}, office.agent.id)


async def test_sessions_are_shown_and_ended(agent: Browser, office: Office, session: AsyncSession) -> None:
    moment = now()
    for device in ("Mozilla/5.0 (Windows NT 10.0) Firefox/130.0", "Mozilla/5.0 (iPhone) Safari/604"):
        session.add(
            LoginSession(
                token_hash=device.encode(),
                resident_id=office.alice.id,
                last_seen_at=moment,
                expires_at=moment + timedelta(days=1),
                device=device,
                address="192.0.2.9",
            )
        )
    await session.commit()
    page = await page_of(agent, office.alice)
    assert "Firefox on Windows" in page
    assert "192.0.2.9" in page
    one = re.search(r"/sessions/([0-9a-f-]{36})/end", page)
    assert one
    here = f"/admin/residents/{office.alice.id}"
    assert (await agent.send(f"{here}/sessions/{one[1]}/end")).status_code == 303
    assert len(re.findall(r"/sessions/[0-9a-f-]{36}/end", await page_of(agent, office.alice))) == 1
    assert (await agent.send(f"{here}/sign-out")).status_code == 303
    assert "/sessions/" not in await page_of(agent, office.alice)


async def test_an_account_is_unlinked_with_a_letter(
    agent: Browser, office: Office, session: AsyncSession
) -> None:
    [link] = await session.exec(select(AccountLink).where(AccountLink.resident_id == office.alice.id))
    there = f"/admin/residents/{office.alice.id}/links/{link.id}/end"
    assert (await agent.send(there, {"reason": ""})).status_code == 422
    stranger = there.replace(str(office.alice.id), str(office.boss.id))
    assert (await agent.send(stranger, {"reason": "x"})).status_code == 404
    assert (await agent.send(there, {"reason": "По заявлению"})).status_code == 303
    await session.refresh(link)
    assert link.ended_at is not None
    [told] = await session.exec(select(Letter).where(Letter.kind == "access_ended"))
    assert told.recipient == "alice@mail.example"
    [row] = await audited(session, "unlink")
    assert row.after["reason"] == "По заявлению"


@pytest.mark.parametrize("words", ["alice", "Смирнова", "8 (900) 123-45-67", "+79001234567", "100 200 300"])
async def test_a_resident_is_found_by_what_they_say(
    words: str, agent: Browser, office: Office, session: AsyncSession
) -> None:
    alice = await session.get_one(Resident, office.alice.id)
    alice.search_key = fold("alice@mail.example Смирнова Алиса 79001234567")
    await session.commit()
    found = await agent.page("/admin/residents/list", q=words)
    assert str(office.alice.id) in found
    assert str(office.boss.id) not in await agent.page("/admin/residents/list")
    assert str(office.alice.id) not in await agent.page("/admin/residents/list", q="никого такого")


async def test_a_payment_is_found_by_any_number(
    agent: Browser, office: Office, session: AsyncSession
) -> None:
    paid = office.gas_payment
    paid.charge_ref = "pi_TEST"
    session.add(paid)
    session.add(SavedCard(resident_id=office.alice.id, method_ref="pm_1", brand="visa", last4="4242"))
    await session.commit()
    ways = (str(paid.number), f"№ {paid.number}", "pi_TEST", paid.session_ref, "100,00 ₽", "100 200 300")
    for words in (*ways, "alice@mail.example", "**** 4242", str(paid.id)):
        assert str(paid.id) in await agent.page("/admin/payments/list", q=words), words
    for words in ("pi_OTHER", "100,01", "4243", "999"):
        assert str(paid.id) not in await agent.page("/admin/payments/list", q=words), words


async def test_a_clerk_finds_payments_by_own_sums_only(browsers: Browsers, office: Office) -> None:
    clerk = await browsers.of(office.clerk)
    shared = str(office.shared_payment.id)
    assert shared in await clerk.page("/admin/payments/list", q="300")
    for words in ("400", "700", "alice", office.shared_payment.session_ref):
        assert shared not in await clerk.page("/admin/payments/list", q=words), words


async def test_a_colleague_is_added_and_moved(boss: Browser, office: Office, session: AsyncSession) -> None:
    form = {"email": "new@mail.example", "full_name": "Юрьев Лев", "role": "clerk", "provider_id": ""}
    refused = await boss.send("/admin/staff", form)
    assert refused.status_code == 422
    assert "Choose the provider" in refused.text
    assert 'value="Юрьев Лев"' in refused.text
    assert (await boss.send("/admin/staff", {**form, "provider_id": str(office.gas.id)})).status_code == 303
    [letter] = await session.exec(select(Letter).where(Letter.kind == "staff_invited"))
    assert letter.recipient == "new@mail.example"
    assert "Юрьев Лев" in await boss.page("/admin/staff")
    [new] = await session.exec(select(Resident).where(col(Resident.email_key) == "new@mail.example"))
    there = f"/admin/staff/{new.id}"
    assert "Invited" in await boss.page(there)
    assert (await boss.send(f"{there}/role", {"role": "auditor"})).status_code == 303
    await session.refresh(new)
    assert (new.role, new.provider_id) == (Role.AUDITOR, None)
    assert (await boss.send(f"{there}/role", {"role": "king"})).status_code == 404
    assert (await boss.send(f"{there}/close", {"reason": "Уволен"})).status_code == 303
    assert "Уволен" in await boss.page(there)


async def test_the_own_role_is_not_offered_and_not_taken(boss: Browser, office: Office) -> None:
    there = f"/admin/staff/{office.boss.id}"
    assert 'name="role"' not in await boss.page(there)
    assert (await boss.send(f"{there}/role", {"role": "support"})).status_code == 422
    assert (await boss.send(f"{there}/close", {"reason": "x"})).status_code == 422


async def test_a_resident_is_no_colleague(boss: Browser, office: Office) -> None:
    for who in (office.alice.id, UUID(int=0)):
        assert (await boss.get(f"/admin/staff/{who}")).status_code == 404
        assert (await boss.send(f"/admin/staff/{who}/role", {"role": "support"})).status_code == 404
