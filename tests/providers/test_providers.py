from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.i18n import use_locale
from cabinet.kit.requisites import bank_account
from cabinet.providers.errors import BadProvider, WrongNumberForm
from cabinet.providers.service import (
    check_number,
    get_provider,
    list_providers,
    save_provider,
)
from tests.accounts.making import make_provider


async def test_saved_providers_are_listed_by_name(session: AsyncSession) -> None:
    for name in ("Ясень", "ёлка", "Берёза"):
        await make_provider(session, name=name)
    assert [provider.name for provider in await list_providers(session=session)] == [
        "Берёза",
        "ёлка",
        "Ясень",
    ]


async def test_an_inactive_provider_is_not_listed(session: AsyncSession) -> None:
    provider = await make_provider(session, active=False)
    assert provider.id not in {view.id for view in await list_providers(session=session)}
    assert (await get_provider(provider.id, session=session)).id == provider.id


async def test_an_unknown_provider_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await get_provider(uuid4(), session=session)
    with pytest.raises(NotFound):
        await save_provider(uuid4(), session=session, name="Никто")


async def test_a_change_keeps_what_was_not_named(session: AsyncSession) -> None:
    provider = await make_provider(session)
    changed = await save_provider(provider.id, session=session, due_day=20)
    assert (changed.due_day, changed.number_pattern) == (20, provider.number_pattern)


async def test_a_wrong_form_is_told_in_the_providers_words(session: AsyncSession) -> None:
    provider = await make_provider(session)
    with pytest.raises(WrongNumberForm) as caught, use_locale("en"):
        check_number(provider, "12")
    with use_locale("en"):
        said = caught.value.message()
    assert caught.value.field == "number"
    assert "8 digits at the top." in said
    assert "37012345" in said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("number_pattern", "(a+)+"),
        ("number_pattern", "["),
        ("number_example", "12"),
        ("window_from", 0),
        ("window_to", 32),
        ("due_day", 29),
        ("timezone", "Moscow"),
        ("inn", "7700000010"),
        ("kpp", "77"),
        ("bic", "12"),
        ("commission_bp", 10_001),
        ("max_payment_minor", 0),
        ("max_use", 0),
        ("bank_name", "Б" * 46),
    ],
)
async def test_a_wrong_field_is_named(session: AsyncSession, field: str, value: object) -> None:
    with pytest.raises(BadProvider) as caught, use_locale("en"):
        await make_provider(session, **{field: value})
    assert list(caught.value.problems) == [field]


async def test_a_name_is_taken_once(session: AsyncSession) -> None:
    await make_provider(session, name="Ясень")
    with pytest.raises(BadProvider) as caught, use_locale("en"):
        await make_provider(session, name="Ясень")
    assert list(caught.value.problems) == ["name"]


async def test_bank_details_must_fit_each_other(session: AsyncSession) -> None:
    bic = "042406902"
    account = bank_account(bic, "40702810", "00000000102")
    correspondent = bank_account("042406" + "006", "30101810", "00000000902")
    wrong = account[:-1] + str((int(account[-1]) + 1) % 10)
    with pytest.raises(BadProvider) as caught, use_locale("en"):
        await make_provider(session, bic=bic, bank_account=wrong)
    assert list(caught.value.problems) == ["bank_account"]
    with pytest.raises(BadProvider) as caught, use_locale("en"):
        await make_provider(session, bic=bic, correspondent_account=correspondent[:-1] + "3")
    assert list(caught.value.problems) == ["correspondent_account"]
    await make_provider(session, bic=bic, bank_account=account, correspondent_account=correspondent)
