"""What a scanned code leads to: paying, linking, or a sentence about what is missing."""

from base64 import b64encode
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import pytest
import reflex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkRole
from cabinet.i18n import use_locale
from cabinet.kit.requisites import bank_account, inn_of_company
from cabinet.portal.scan import state as scan
from cabinet.portal.scan.bill import numbers_in
from cabinet.portal.scan.kept import KeptBill, take_bill
from cabinet.portal.scan.state import ScanState
from cabinet.providers.service import ProviderView
from cabinet.qr.gost import GostPayment, write
from cabinet.residents.person import Person, Role
from tests.accounts.making import make_account, make_provider, make_resident

INN = inn_of_company("770000903")
BIC = "044525000"
ACCOUNT = bank_account(BIC, "40702810", "00000000903")
BILL = GostPayment(
    name="ООО «Родник»",
    personal_acc=ACCOUNT,
    bank_name="Банк",
    bic=BIC,
    corresp_acc="0",
    sum_minor=184_250,
    payee_inn=INN,
    pers_acc="37 00-0001",
    period=date(2026, 10, 1),
)


@pytest.fixture
async def resident_id(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> UUID:
    found = await make_resident(session)
    here = Person(found, uuid4(), "alice@mail.example", "", Role.RESIDENT, None, "en")
    monkeypatch.setattr(scan, "person", lambda: here)
    return found


@pytest.fixture(autouse=True)
def in_english() -> Generator[None]:
    with use_locale("en"):
        yield


@pytest.fixture
async def provider(session: AsyncSession) -> ProviderView:
    return await make_provider(session, inn=INN, bic=BIC, bank_account=ACCOUNT)


async def scanned(payment: GostPayment | None = None, *, data: bytes = b"") -> tuple[ScanState, str]:
    """The page after the code, and where it leads (empty: nowhere)."""
    page = await new_page()
    code = b64encode(write(payment) if payment else data).decode()
    went: Any = await page.read_code({"code": code})
    return page, str(went.args[0][1]).strip('"') if went else ""


async def new_page() -> ScanState:
    """The scanner of a tab that was opened just now."""
    tab = rx.State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    return await tab.get_state(ScanState)


async def link(session: AsyncSession, resident_id: UUID, provider: ProviderView) -> UUID:
    account_id = await make_account(session, provider)
    session.add(AccountLink(resident_id=resident_id, account_id=account_id))
    await session.flush()
    return account_id


async def test_a_bill_of_an_account_that_is_not_linked_leads_to_linking(
    resident_id: UUID, provider: ProviderView
) -> None:
    page, way = await scanned(BILL)
    assert way == "/en/accounts/link"
    assert await take_bill(page) == KeptBill(provider.id, "37000001", 184_250, date(2026, 10, 1))
    assert await take_bill(page) is None, "a form opened later begins empty"


async def test_a_bill_of_a_linked_account_leads_to_paying(
    session: AsyncSession, resident_id: UUID, provider: ProviderView
) -> None:
    account_id = await link(session, resident_id, provider)
    assert (await scanned(BILL))[1] == f"/en/pay?account={account_id}&period=2026-10&sum=184250"
    bare = replace(BILL, sum_minor=None, period=None)
    page, way = await scanned(bare)
    assert way == f"/en/pay?account={account_id}"
    assert await take_bill(page) is None


async def test_an_account_of_somebody_else_is_not_linked(
    session: AsyncSession, resident_id: UUID, provider: ProviderView
) -> None:
    await link(session, await make_resident(session, "bob"), provider)
    assert (await scanned(BILL))[1] == "/en/accounts/link"


async def test_who_may_only_look_is_told_so(
    session: AsyncSession, resident_id: UUID, provider: ProviderView
) -> None:
    account_id = await make_account(session, provider)
    owner = AccountLink(resident_id=await make_resident(session, "bob"), account_id=account_id)
    session.add(owner)
    await session.flush()
    guest = AccountLink(
        resident_id=resident_id, account_id=account_id, role=LinkRole.VIEWER, invited_by=owner.id
    )
    session.add(guest)
    await session.flush()
    page, way = await scanned(BILL)
    assert (way, page.bill.goes) == ("", f"/accounts/{account_id}")
    assert "invited to look" in page.bill.missing


async def test_an_unknown_payee_is_shown_with_what_was_read(resident_id: UUID) -> None:
    page, way = await scanned(replace(BILL, payee_inn=inn_of_company("770000999")))
    assert (way, page.bill.payee, page.bill.amount, page.bill.goes) == ("", "ООО «Родник»", "₽1,842.50", "")
    assert page.bill.month == "October 2026" and "did not find this payee" in page.bill.missing


@pytest.mark.parametrize(
    ("number", "said"), [("", "does not hold the account number"), ("1", "does not look like this provider")]
)
async def test_a_number_that_is_missing_or_wrong(
    resident_id: UUID, provider: ProviderView, number: str, said: str
) -> None:
    page, way = await scanned(replace(BILL, pers_acc=number))
    assert (way, page.bill.goes) == ("", "/accounts/link")
    assert said in page.bill.missing
    kept = await take_bill(page)
    assert kept and (kept.provider_id, kept.number) == (provider.id, "")


async def test_two_providers_that_both_fit_are_not_guessed_between(
    session: AsyncSession, resident_id: UUID, provider: ProviderView
) -> None:
    await make_provider(session, inn=INN, bic=BIC, bank_account=ACCOUNT)
    page, way = await scanned(BILL)
    assert way == "" and page.bill.missing.startswith("Several providers fit")


async def test_the_form_of_the_number_tells_two_providers_with_one_account_apart(
    session: AsyncSession, resident_id: UUID, provider: ProviderView
) -> None:
    other = {"number_pattern": r"99\d{6}", "number_example": "99000001"}
    await make_provider(session, inn=INN, bic=BIC, bank_account=ACCOUNT, **other)
    kept = await take_bill((await scanned(BILL))[0])
    assert kept and kept.provider_id == provider.id


async def test_another_code_is_explained(resident_id: UUID) -> None:
    page, way = await scanned(data=b"https://qr.nspk.ru/AS1000")
    assert way == "" and "bank's app" in page.problem


@pytest.mark.parametrize("code", ["", "не base64", "AAA", "A" * 10_000])
async def test_what_is_no_code_is_explained(resident_id: UUID, code: str) -> None:
    page = await new_page()
    assert await page.read_code({"code": code}) is None
    assert page.problem.startswith("This is not a payment code")


async def test_the_next_scan_forgets_the_last_one(resident_id: UUID) -> None:
    page, _way = await scanned(BILL)
    assert page.bill.missing
    await page.read_code({"code": "x"})
    assert page.problem and not page.bill.missing


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        (GostPayment(pers_acc="1", contract="2"), ["1", "2"]),
        (GostPayment(others={"PersonalAccount": "3"}), ["3"]),
        (GostPayment(purpose="За газ, л/с 380012345678, октябрь"), ["380012345678"]),
        (GostPayment(purpose="Лицевой счёт № 3800-1234"), ["3800-1234"]),
        (GostPayment(purpose="ЛС:12345"), ["12345"]),
        (GostPayment(purpose="за услуги 2026"), []),
    ],
)
def test_where_the_number_may_stand(payment: GostPayment, found: list[str]) -> None:
    assert list(numbers_in(payment)) == found


@pytest.mark.parametrize("piece", ["лиц_сч_", "лицсч_", "л ", "лиц ", "л/с №", "лиц.сч: "])
def test_a_code_made_to_be_slow_is_not(piece: str) -> None:
    """The longest text that a code holds in one byte a letter; the search runs on the event loop."""
    began = perf_counter()
    list(numbers_in(GostPayment(purpose=(piece * 2_900)[:2_900])))
    assert perf_counter() - began < 0.2


@settings(max_examples=50)
@given(st.text(max_size=210))
def test_any_purpose_can_be_searched(purpose: str) -> None:
    list(numbers_in(GostPayment(purpose=purpose)))
