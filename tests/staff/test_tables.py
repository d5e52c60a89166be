"""Searching, filtering, sorting, showing."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.dates import now
from cabinet.ledger.models import Balance
from tests.staff.conftest import Browser, Browsers, Office, audited

SECRETS = ("argon2id", "HASH", "SECRETTOKEN", "token=")


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss)


@pytest.mark.parametrize(
    "term", ["ЁЛКИН", "елкин", "ёлКин пётр", "садовая ПЕТР", "100200300", "100 200 300", "100-200-300"]
)
async def test_an_account_is_found_in_any_case_and_grouping(term: str, boss: Browser) -> None:
    page = await boss.page("/admin/accounts/list", q=term)
    assert "100200300" in page
    assert "555777" not in page


@pytest.mark.parametrize("term", ["%", "_", "\\", "рыбина ёлкин", "нет такого", "\x00"])
async def test_signs_of_patterns_mean_themselves(term: str, boss: Browser) -> None:
    if term == "\x00":
        assert (await boss.get("/admin/accounts/list", q=term)).status_code == 200
    else:
        assert "data-sa-pk" not in await boss.page("/admin/accounts/list", q=term)


@pytest.mark.parametrize(
    ("key", "term", "found"),
    [
        ("providers", "ЕЖИК", "Ёжик Газ"),
        ("residents", "ALICE", "alice@mail.example"),
        ("requests", "чЕК", "Не пришёл чек"),
        ("letters", "ПОДТВЕРДИТЕ", "Подтвердите почту"),
        ("letters", "Alice@MAIL", "Подтвердите почту"),
    ],
)
async def test_each_table_is_searched_in_any_case(key: str, term: str, found: str, boss: Browser) -> None:
    assert found in await boss.page(f"/admin/{key}/list", q=term)
    assert found not in await boss.page(f"/admin/{key}/list", q="совсем другое")


async def test_a_payment_is_found_by_number_account_and_payer(boss: Browser, office: Office) -> None:
    for term in (str(office.gas_payment.number), "ёлкин", "ALICE@"):
        page = await boss.page("/admin/payments/list", q=term)
        assert str(office.gas_payment.number) in page, term
    page = await boss.page("/admin/payments/list", q=str(office.gas_payment.number))
    assert str(office.water_payment.number) not in page


async def test_filters_by_words_days_and_providers(boss: Browser, office: Office) -> None:
    today, kept = now().date().isoformat(), str(office.gas_account.id)
    found = await boss.page("/admin/accounts/list", filter=f"provider_id__in={office.gas.id}")
    assert kept in found
    assert str(office.water_account.id) not in found
    assert "data-sa-pk" in await boss.page("/admin/payments/list", filter="state__in=succeeded")
    assert "data-sa-pk" not in await boss.page("/admin/payments/list", filter="state__in=failed")
    page = await boss.page("/admin/payments/list", filter="created_at__between=2001-01-01..2001-12-31")
    assert "data-sa-pk" not in page
    assert "data-sa-pk" in await boss.page(
        "/admin/payments/list", filter=f"created_at__between=2001-01-01..{today[:4]}-12-31"
    )
    assert "data-sa-pk" not in await boss.page("/admin/accounts/list", filter="provider_id__in=nonsense")
    assert (await boss.get("/admin/payments/list", filter="created_at__between=x..y")).status_code == 400


async def test_columns_that_are_not_shown_cannot_be_asked_about(boss: Browser) -> None:
    for column in ("password_hash", "text", "html", "email_key"):
        assert (await boss.get("/admin/residents/list", filter=f"{column}__contains=a")).status_code == 400
    assert (await boss.get("/admin/residents/list", sort="password_hash__asc")).status_code == 200


async def test_every_column_sorts_both_ways(boss: Browser) -> None:
    for key in ("providers", "accounts", "residents", "payments", "requests", "letters"):
        page = await boss.page(f"/admin/{key}/list")
        for column in {part.split("__")[0] for part in page.split("sort=")[1:]}:
            for way in ("asc", "desc"):
                await boss.page(f"/admin/{key}/list", sort=f"{column}__{way}")


async def test_money_states_and_dates_are_in_words(boss: Browser, browsers: Browsers, office: Office) -> None:
    page = await boss.page("/admin/payments/list")
    assert "100,00\u202f₽" in page
    assert "Оплачено" in page
    english = await (await browsers.of(office.boss, locale="en")).page("/admin/payments/list")
    assert "₽100.00" in english
    assert "Paid" in english


async def test_an_account_shows_what_is_owed(boss: Browser, office: Office, session: AsyncSession) -> None:
    session.add(Balance(account_id=office.gas_account.id, amount_minor=-12_345, updated_at=now()))
    await session.commit()
    assert "-123,45\u202f₽" in (await boss.page("/admin/accounts/list")).replace("\u2212", "-")


async def test_secrets_are_on_no_page(boss: Browser, office: Office) -> None:
    rows = {
        "providers": office.gas,
        "accounts": office.gas_account,
        "residents": office.alice,
        "payments": office.gas_payment,
        "requests": office.ticket,
        "letters": office.letter,
    }
    for key, row in rows.items():
        pages = await boss.page(f"/admin/{key}/list"), await boss.page(f"/admin/{key}/detail", pk=str(row.id))
        for page in pages:
            assert not [secret for secret in SECRETS if secret in page], key


async def test_looking_at_personal_data_is_written_down(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    await boss.page("/admin/residents/detail", pk=str(office.alice.id))
    await boss.page("/admin/accounts/detail", pk=str(office.gas_account.id))
    await boss.page("/admin/providers/detail", pk=str(office.gas.id))
    seen = [(one.actor_id, one.subject, one.subject_id) for one in await audited(session, "view")]
    assert seen == [
        (office.boss.id, "resident", str(office.alice.id)),
        (office.boss.id, "account", str(office.gas_account.id)),
    ]


async def test_a_resident_shows_the_linked_accounts(boss: Browser, office: Office) -> None:
    page = await boss.page("/admin/residents/detail", pk=str(office.alice.id))
    assert f"/admin/accounts/detail?pk={office.gas_account.id}" in page
    assert "Ёжик Газ" in page
    assert "Дача" in page


async def test_exports_begin_no_formula_and_are_written_down(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    office.gas_account.owner_name = '=HYPERLINK("http://evil.example")'
    session.add(office.gas_account)
    session.add(Balance(account_id=office.gas_account.id, amount_minor=-12_345, updated_at=now()))
    await session.commit()
    form = {"format": "csv", "scope": "all", "filename": 'Счета"\r\nX: y'}
    response = await boss.send("/admin/_api/accounts/action", form, name="export", all="1")
    text = response.content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ";-123,45;" in text
    assert "x" not in response.headers
    (record,) = await audited(session, "export")
    assert record.after["rows"] == 2


@pytest.mark.parametrize("key", ["residents", "requests", "letters"])
async def test_tables_of_people_are_not_exported(key: str, boss: Browser) -> None:
    response = await boss.send(
        f"/admin/_api/{key}/action", {"format": "csv", "scope": "all"}, name="export", all="1"
    )
    assert response.status_code == 400


async def test_lists_take_as_many_queries_for_many_rows(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    from tests.staff.conftest import account
    from tests.staff.queries import counted

    few = await counted(session, boss.page("/admin/accounts/list"))
    session.add_all(account(office.gas, f"9000{i:02}", "Кто-то") for i in range(20))
    await session.commit()
    assert await counted(session, boss.page("/admin/accounts/list")) == few
