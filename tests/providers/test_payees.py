"""Finding the provider that a payment code names."""

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.kit.requisites import bank_account, inn_of_company
from cabinet.providers.payees import providers_of_payee
from tests.accounts.making import make_provider

BIC = "044525000"
FIRST = bank_account(BIC, "40702810", "00000000901")
SECOND = bank_account(BIC, "40702810", "00000000902")
INN, OTHER_INN = inn_of_company("770000901"), inn_of_company("770000902")


async def two_of_one_company(session: AsyncSession) -> None:
    for name, account in (("Вода", FIRST), ("Тепло", SECOND)):
        await make_provider(session, name=name, inn=INN, bic=BIC, bank_account=account)


async def names(session: AsyncSession, inn: str, account: str) -> list[str]:
    return sorted(one.name for one in await providers_of_payee(inn, account, session=session))


async def test_the_bank_account_tells_two_providers_of_one_company_apart(session: AsyncSession) -> None:
    await two_of_one_company(session)
    assert await names(session, INN, SECOND) == ["Тепло"]
    assert await names(session, "", FIRST) == ["Вода"]
    assert await names(session, OTHER_INN, FIRST) == ["Вода"]


async def test_without_a_known_account_the_inn_decides(session: AsyncSession) -> None:
    await two_of_one_company(session)
    assert await names(session, INN, "") == ["Вода", "Тепло"]
    assert await names(session, INN, "4" * 20) == ["Вода", "Тепло"]


async def test_nothing_is_found_for_nothing(session: AsyncSession) -> None:
    await two_of_one_company(session)
    await make_provider(session, name="Без счёта", inn=OTHER_INN)
    assert await names(session, "", "") == []
    assert await names(session, "", "4" * 20) == []


async def test_an_inactive_provider_is_not_found(session: AsyncSession) -> None:
    await make_provider(session, inn=INN, active=False)
    assert await names(session, INN, "") == []
