"""A clerk sees the own provider only, by whatever door."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.staff.conftest import Browser, Browsers, Office, audited

FOREIGN = ("Водоканал", "555777", "Рыбина", "200,00", "400,00", "700,00", "alice@mail.example")


@pytest.fixture
async def clerk(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.clerk)


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss)


@pytest.mark.parametrize("key", ["residents", "requests", "letters"])
async def test_some_tables_are_not_for_clerks(key: str, clerk: Browser, office: Office) -> None:
    assert (await clerk.get(f"/admin/{key}/list")).status_code == 403
    some_id = str({"residents": office.alice, "requests": office.ticket, "letters": office.letter}[key].id)
    assert (await clerk.get(f"/admin/{key}/detail", pk=some_id)).status_code == 403
    assert (await clerk.get(f"/admin/{key}/edit", pk=some_id)).status_code == 403
    exported = await clerk.send(f"/admin/_api/{key}/action", {"format": "csv"}, name="export", all="1")
    assert exported.status_code == 400
    assert "mail.example" not in exported.text
    assert f"/admin/{key}/list" not in await clerk.page("/admin/")


async def test_lists_show_own_rows(clerk: Browser) -> None:
    for key in ("providers", "accounts", "payments"):
        page = await clerk.page(f"/admin/{key}/list")
        assert not [text for text in FOREIGN if text in page], key
    assert "100200300" in await clerk.page("/admin/accounts/list")


async def test_the_first_page_counts_own_rows(clerk: Browser, boss: Browser) -> None:
    assert "Клиенты" not in await clerk.page("/admin/")
    assert "Клиенты" in await boss.page("/admin/")


async def test_an_administrator_sees_all(boss: Browser) -> None:
    page = await boss.page("/admin/accounts/list")
    assert "100200300" in page
    assert "555777" in page
    assert "Водоканал" in await boss.page("/admin/providers/list")


async def test_a_foreign_row_does_not_exist(clerk: Browser, office: Office) -> None:
    foreign = {"providers": office.water, "accounts": office.water_account, "payments": office.water_payment}
    for key, row in foreign.items():
        assert (await clerk.get(f"/admin/{key}/detail", pk=str(row.id))).status_code == 404, key
    assert (await clerk.get("/admin/providers/edit", pk=str(office.water.id))).status_code == 404
    response = await clerk.send("/admin/providers/edit", {"number_example": "1"}, pk=str(office.water.id))
    assert response.status_code == 404


async def test_a_shared_payment_shows_the_own_part(clerk: Browser, boss: Browser, office: Office) -> None:
    page = await clerk.page("/admin/payments/detail", pk=str(office.shared_payment.id))
    assert "300,00" in page
    assert not [text for text in FOREIGN if text in page]
    page = await boss.page("/admin/payments/detail", pk=str(office.shared_payment.id))
    assert "700,00" in page
    assert "555777" in page


@pytest.mark.parametrize("term", ["555777", "Рыбина", "alice"])
async def test_search_finds_no_foreign_rows(term: str, clerk: Browser, office: Office) -> None:
    for key in ("accounts", "payments"):
        page = await clerk.page(f"/admin/{key}/list", q=term)
        # The shared payment is the clerk's row, but a foreign account must not be what finds it.
        assert "data-sa-pk" not in page, key


async def test_filters_find_no_foreign_rows(clerk: Browser, office: Office) -> None:
    page = await clerk.page("/admin/accounts/list", filter=f"provider_id__in={office.water.id}")
    assert "data-sa-pk" not in page
    page = await clerk.page("/admin/accounts/list", filter=f"provider_id__not_in={office.gas.id}")
    assert "data-sa-pk" not in page


async def test_exports_hold_own_rows(clerk: Browser, office: Office) -> None:
    every = ["?name=export&all=1", f"?name=export&pks={office.water_account.id}&pks={office.gas_account.id}"]
    for query in every:
        for scope in ("page", "selected", "all"):
            response = await clerk.send(
                f"/admin/_api/accounts/action{query}", {"format": "csv", "scope": scope, "filename": "Счета"}
            )
            assert response.status_code == 200
            text = response.content.decode("utf-8-sig")
            assert "100200300" in text
            assert "555777" not in text


async def test_other_doors_are_closed_for_everybody(clerk: Browser, boss: Browser, office: Office) -> None:
    pk = str(office.water_account.id)
    for browser in (clerk, boss):
        for path, query in {
            "/admin/_api/accounts/relation-lookup": {"pks": pk},
            "/admin/_api/accounts/inline-edit": {"pk": pk, "field": "number"},
            "/admin/_api/accounts/inline-edit/row": {"pk": pk},
            "/admin/_files/local/x": {},
        }.items():
            assert (await browser.get(path, **query)).status_code == 404, path
        assert (await browser.send("/admin/_api/accounts/import", {"format": "csv"})).status_code == 404


async def test_nothing_can_be_deleted(boss: Browser, office: Office) -> None:
    for key, row in {
        "accounts": office.gas_account,
        "providers": office.gas,
        "requests": office.ticket,
    }.items():
        batch = await boss.send(f"/admin/_api/{key}/action", name="delete", pks=str(row.id))
        single = await boss.send(f"/admin/_api/{key}/row-action", name="delete", pk=str(row.id))
        assert (batch.status_code, single.status_code) == (400, 400)
        assert (await boss.get(f"/admin/{key}/detail", pk=str(row.id))).status_code == 200


async def test_a_clerk_cannot_act_on_people(clerk: Browser, office: Office, session: AsyncSession) -> None:
    for way, action in {"close": "close_access", "sign-out": "end_sessions", "open": "open_access"}.items():
        response = await clerk.send(f"/admin/residents/{office.alice.id}/{way}", {"reason": "x"})
        assert response.status_code == 403
        assert not await audited(session, action)


async def test_a_clerk_cannot_add_providers(clerk: Browser) -> None:
    assert (await clerk.get("/admin/providers/create")).status_code == 403
    assert (await clerk.send("/admin/providers/create", {"name": "x"})).status_code == 403


@pytest.mark.parametrize("pk", ["", "1", "x", "00000000-0000-0000-0000-000000000000", "' OR 1=1 --"])
async def test_an_id_that_is_none_is_not_found(pk: str, boss: Browser) -> None:
    for key in ("providers", "accounts", "residents", "payments", "requests", "letters"):
        assert (await boss.get(f"/admin/{key}/detail", pk=pk)).status_code == 404
