"""Changing things: through the services, and written down."""

from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.providers import service as providers
from cabinet.providers.models import Provider
from tests.staff.conftest import Browser, Browsers, Office, audited

FORM = {
    "name": "Ёжик Газ и тепло",
    "name_en": "Hedgehog Gas",
    "kind": "gas",
    "inn": "7700000009",
    "active": "true",
    "number_pattern": r"\d{6,9}",
    "number_example": "100200300",
    "number_hint_ru": "Вверху справа",
    "number_hint_en": "Top right",
    "timezone": "Asia/Yekaterinburg",
    "window_from": "10",
    "window_to": "20",
    "max_use": "500",
    "earlier_date_allowed": "true",
    "proof": "pin",
    "zero_use_allowed": "true",
    "due_day": "12",
    "commission_bp": "50",
    "min_payment_minor": "10",
    "max_payment_minor": "1 500,50",
    "kpp": "",
    "bank_name": "",
    "bic": "",
    "bank_account": "",
    "correspondent_account": "",
    "support_phone": "8 800",
    "support_email": "",
}


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss)


@pytest.fixture
async def clerk(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.clerk)


async def fresh(session: AsyncSession, model: Any, row_id: Any) -> Any:
    await session.commit()
    session.expire_all()
    return await session.get(model, row_id)


async def test_a_provider_is_changed_through_its_service(
    boss: Browser, office: Office, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[dict[str, Any]] = []
    real = providers.save_provider

    async def watched(provider_id: Any, **values: Any) -> Any:
        calls.append(values)
        return await real(provider_id, **values)

    monkeypatch.setattr(providers, "save_provider", watched)
    response = await boss.send("/admin/providers/edit", FORM, pk=str(office.gas.id))
    assert response.status_code == 303, response.text
    assert len(calls) == 1
    saved = await fresh(session, Provider, office.gas.id)
    assert (saved.name, saved.max_payment_minor, saved.window_from) == ("Ёжик Газ и тепло", 150_050, 10)
    assert saved.search_key.startswith("ежик газ и тепло")
    assert saved.zero_crossing_allowed is False


async def test_a_change_is_written_down_with_before_and_after(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    await boss.send("/admin/providers/edit", FORM, pk=str(office.gas.id))
    (record,) = await audited(session, "edit")
    assert (record.actor_id, record.subject, record.subject_id) == (
        office.boss.id,
        "provider",
        str(office.gas.id),
    )
    assert (record.before["name"], record.after["name"]) == ("Ёжик Газ", "Ёжик Газ и тепло")
    assert "inn" not in record.after
    assert "search_key" not in record.after


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("inn", "123", ""),
        ("number_example", "abc", "не подходит"),
        ("window_from", "40", "от 1 до 31"),
        ("window_from", "x", "целое число"),
        ("max_payment_minor", "много", "1234,56"),
        ("kind", "magic", "из списка"),
        ("timezone", "Mars/Olympus", ""),
        ("name", "Водоканал", ""),
        ("name", "", ""),
    ],
)
async def test_a_wrong_field_says_so_and_keeps_what_was_typed(
    field: str, value: str, said: str, boss: Browser, office: Office, session: AsyncSession
) -> None:
    response = await boss.send("/admin/providers/edit", {**FORM, field: value}, pk=str(office.gas.id))
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert said in response.text
    assert "Hedgehog Gas" in response.text
    if field != "max_payment_minor":
        assert "1 500,50" in response.text
    assert (await fresh(session, Provider, office.gas.id)).name == "Ёжик Газ"
    assert not await audited(session, "edit")


async def test_a_provider_is_added(boss: Browser, office: Office, session: AsyncSession) -> None:
    form = {**FORM, "name": "Тепло рядом", "kind": "heat"}
    response = await boss.send("/admin/providers/create", form)
    assert response.status_code == 303, response.text
    added = (await session.exec(select(Provider).where(Provider.name == "Тепло рядом"))).one()
    (record,) = await audited(session, "create")
    assert record.subject_id == str(added.id)


async def test_a_clerk_changes_the_rules_but_not_the_money(
    clerk: Browser, office: Office, session: AsyncSession
) -> None:
    page = await clerk.page("/admin/providers/edit", pk=str(office.gas.id))
    assert 'name="number_hint_ru"' in page
    assert 'name="bank_account"' not in page
    response = await clerk.send("/admin/providers/edit", FORM, pk=str(office.gas.id))
    assert response.status_code == 303, response.text
    saved = await fresh(session, Provider, office.gas.id)
    assert (saved.number_hint_ru, saved.due_day) == ("Вверху справа", 12)
    assert (saved.name, saved.commission_bp, saved.max_payment_minor) == ("Ёжик Газ", 0, 15_000_000)


@pytest.mark.parametrize("key", ["accounts", "residents", "payments", "letters", "requests"])
async def test_other_tables_are_read_only(key: str, boss: Browser, office: Office) -> None:
    rows = {
        "accounts": office.gas_account,
        "residents": office.alice,
        "payments": office.gas_payment,
        "letters": office.letter,
        "requests": office.ticket,
    }
    pk = str(rows[key].id)
    assert (await boss.get(f"/admin/{key}/edit", pk=pk)).status_code == 403
    assert (await boss.send(f"/admin/{key}/edit", {"email": "x"}, pk=pk)).status_code == 403
    assert (await boss.get(f"/admin/{key}/create")).status_code == 403
    assert (await boss.send(f"/admin/{key}/create", {"email": "x"})).status_code == 403
