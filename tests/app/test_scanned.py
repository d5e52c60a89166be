"""A bill goes from the scanner to linking and to its proof on the server: its number stands in no address."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.service import linked_accounts, open_account
from cabinet.billing.service import ChargeLine, issue_bill
from cabinet.database import read_only, unit_of_work
from cabinet.kit.requisites import bank_account, inn_of_company
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable
from cabinet.qr.gost import GostPayment, write
from tests.accounts.making import make_provider
from tests.app.house import BOOT, House, Signed, Tab
from tests.app.test_handlers import full_name
from tests.app.test_secrets import log

__all__ = ["log"]

BIC, LINKING = "044525000", "/accounts/link"
MONTH, SUM_MINOR = date(2026, 9, 1), 123_456


@dataclass(frozen=True)
class PaperBill:
    """A bill that came by post, for an account that nobody has linked."""

    provider: str
    number: str
    code: str

    def form(self) -> dict[str, str]:
        """What the scanner sends."""
        return {"code": self.code}


def posted(house: House, *, of: date = MONTH, sum_minor: int = SUM_MINOR, seed: int = 1) -> PaperBill:
    """Bill an account of a new provider for `MONTH` and print a code for the month `of`."""
    inn, account = inn_of_company(f"{770_000_000 + seed}"), bank_account(BIC, "40702810", f"{seed:011d}")
    number = f"37{seed:06d}"

    async def bill() -> PaperBill:
        async with unit_of_work() as session:
            provider = await make_provider(session, inn=inn, bic=BIC, bank_account=account)
            account_id = await open_account(provider.id, number, session=session)
            lines = [ChargeLine("Вода", SUM_MINOR)]
            await issue_bill(account_id, MONTH, MONTH + timedelta(days=44), lines, session=session)
            paid = [Line(receivable(account_id), -SUM_MINOR), Line(clearing(provider.id), SUM_MINOR)]
            await post(f"paid:{account_id}", JournalKind.PAYMENT, paid, session=session)
        payment = GostPayment(
            name="ООО",
            personal_acc=account,
            bank_name="Банк",
            bic=BIC,
            corresp_acc="0",
            sum_minor=sum_minor,
            payee_inn=inn,
            pers_acc=number,
            period=of,
        )
        return PaperBill(provider.name, number, b64encode(write(payment)).decode())

    return house.run(bill)


@pytest.fixture
def alice(house: House) -> Signed:
    return house.move_in("alice")


def scan(tab: Tab, bill: PaperBill) -> str:
    """Read the bill's code; where it leads."""
    tab.call(BOOT, "/scan")
    answer = tab.call(full_name("scan_state.read_code"), "/scan", form=bill.form())
    assert bill.number not in answer.text
    [way] = answer.redirects
    return way


def filled_in(tab: Tab) -> tuple[str, str]:
    """Provider and number that the form for linking begins with."""
    answer = tab.call(BOOT, LINKING)
    return answer.var("link_state", "first_provider"), answer.var("link_state", "first_number")


def test_the_form_begins_with_the_bill_once(house: House, alice: Signed):
    bill = posted(house)
    with house.tab(alice, "/scan") as tab:
        assert scan(tab, bill) == LINKING
        assert filled_in(tab) == (bill.provider, bill.number)
        tab.call(BOOT, "/cabinet")
        again = tab.call(BOOT, LINKING)
        assert again.var("link_state", "first_number") == ""
    with house.tab(alice, "/scan") as other:
        assert filled_in(other) == ("", ""), "another tab knows nothing of it"


def test_a_page_that_is_loaded_again_keeps_what_was_filled_in(house: House, alice: Signed):
    bill = posted(house, seed=8)
    with house.tab(alice, "/scan") as tab:
        scan(tab, bill)
        filled_in(tab)
        token = tab.token
    with house.tab(alice, LINKING, token) as tab:
        assert filled_in(tab) == (bill.provider, bill.number)
        tab.call(BOOT, "/cabinet")
        assert filled_in(tab) == ("", "")


def test_the_proof_begins_with_the_sum_and_waits_to_be_sent(house: House, alice: Signed):
    bill = posted(house, seed=2)
    with house.tab(alice, "/scan") as tab:
        scan(tab, bill)
        filled_in(tab)
        form = {"provider": bill.provider, "number": bill.number}
        [way] = tab.call(full_name("link_state.link"), LINKING, form=form).redirects
        assert (bill.number in way, way.partition("?")[2]) == (False, "new=1")
        proof = tab.call(BOOT, way)
    assert proof.var("prove_state", "first_sum") == "1234,56"
    [linked] = house.run(_linked, alice)
    assert linked is LinkLevel.LITE


@pytest.mark.parametrize(("seed", "of", "sum_minor"), [(3, date(2026, 8, 1), SUM_MINOR), (4, MONTH, 0)])
def test_a_bill_of_another_month_or_without_a_sum_fills_in_nothing(
    house: House, alice: Signed, seed: int, of: date, sum_minor: int
):
    bill = posted(house, of=of, sum_minor=sum_minor, seed=seed)
    with house.tab(alice, "/scan") as tab:
        scan(tab, bill)
        form = {"provider": bill.provider, "number": bill.number}
        tab.call(BOOT, LINKING)
        [way] = tab.call(full_name("link_state.link"), LINKING, form=form).redirects
        proof = tab.call(BOOT, way)
    assert proof.var("prove_state", "request") != ""
    assert proof.var("prove_state", "first_sum") == ""


def test_the_sum_is_only_told_of_the_account_that_was_scanned(house: House, alice: Signed):
    scanned, other = posted(house, seed=5), posted(house, seed=6)
    with house.tab(alice, "/scan") as tab:
        scan(tab, scanned)
        tab.call(BOOT, LINKING)
        form = {"provider": other.provider, "number": other.number}
        [way] = tab.call(full_name("link_state.link"), LINKING, form=form).redirects
        assert tab.call(BOOT, way).var("prove_state", "first_sum") == ""


def test_nothing_of_it_comes_into_the_log(
    house: House, alice: Signed, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    bill = posted(house, seed=779_123)
    log.clear()
    with house.tab(alice, "/scan") as tab:
        scan(tab, bill)
        filled_in(tab)
        form = {"provider": bill.provider, "number": bill.number}
        [way] = tab.call(full_name("link_state.link"), LINKING, form=form).redirects
        tab.call(BOOT, way)
    rows = "sqlalchemy.engine"  # echoes what it reads, on the level that nobody runs with
    printed = [line for line in "".join(capfd.readouterr()).splitlines() if rows not in line]
    said = "\n".join(
        [record.getMessage() for record in log.records if not record.name.startswith(rows)] + printed
    )
    assert said, "the log was listened to"
    assert [secret for secret in (bill.number, bill.code, "1234,56") if secret in said] == []


def test_a_person_who_comes_after_gets_nothing_of_the_scan(house: House, alice: Signed):
    bill, bob = posted(house, seed=7), house.move_in("bob")
    with house.tab(alice, "/scan") as tab:
        scan(tab, bill)
        token = tab.token
    with house.tab(bob, LINKING, token) as tab:
        assert filled_in(tab) == ("", "")


async def _linked(who: Signed) -> list[LinkLevel]:
    async with read_only() as session:
        return [one.level for one in await linked_accounts(who.id, session=session)]
