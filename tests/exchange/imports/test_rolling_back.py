"""An import is taken back as a whole, while nothing rests on it."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from cabinet.accounts.models import AccountLink
from cabinet.audit.models import AuditRecord
from cabinet.database import unit_of_work
from cabinet.exchange.imports.errors import BuiltUpon, NoRollbackReason
from cabinet.exchange.imports.models import ImportState
from cabinet.payments.models import Payment, PaymentItem
from cabinet.payments.statements import take_statement
from cabinet.residents.models import Role
from tests.exchange.imports.town import (
    DAY,
    Town,
    accounts_of,
    check,
    debts,
    debts_of,
    make_person,
    roll_back,
    state_of,
    take,
    upload,
)

FIRST = debts(("Ёлкин Пётр", "37000001", "150"), ("Рыбина Анна", "37000002", "20"))
SECOND = debts(("Ёлкин Павел", "37000001", "90"), ("Кит Глеб", "37000003", "5"))
LATER = DAY + timedelta(days=3)


async def test_everything_is_as_it_was(town: Town) -> None:
    await take(town, FIRST)
    second = await take(town, SECOND, "b.txt", day=LATER)
    assert await debts_of(town) == {"37000001": 9_000, "37000002": 2_000, "37000003": 500}
    await roll_back(town, second)
    assert await state_of(second) is ImportState.ROLLED_BACK
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 2_000, "37000003": 0}
    accounts = await accounts_of(town)
    assert (accounts["37000001"].owner_name, accounts["37000001"].search_key[:20]) == (
        "Ёлкин Пётр",
        "37000001 елкин петр ",
    )
    assert accounts["37000003"].closed_at, "an account that nobody used is closed"


async def test_every_step_is_written_down(town: Town) -> None:
    taken = await take(town, FIRST)
    await roll_back(town, taken)
    async with unit_of_work() as session:
        rows = await session.exec(
            select(AuditRecord.action)
            .where(AuditRecord.subject_id == str(taken))
            .order_by(col(AuditRecord.id))
        )
        steps = list(rows)
    assert steps[0] == "upload_registry"
    assert steps[-4:] == ["apply_registry", "registry_applied", "roll_back_registry", "registry_rolled_back"]
    assert "check_registry" in steps


async def test_the_same_file_may_be_taken_again(town: Town) -> None:
    await take(town, FIRST)
    second = await take(town, SECOND, "b.txt", day=LATER)
    await roll_back(town, second)
    again = await upload(town, SECOND, "b.txt", day=None)
    figures = await check(town, again)
    assert (figures.new, figures.changed, figures.rejected) == (1, 1, 0)
    third = await take(town, SECOND, "c.txt", day=LATER)
    assert await debts_of(town) == {"37000001": 9_000, "37000002": 2_000, "37000003": 500}
    assert (await accounts_of(town))["37000003"].closed_at is None
    await roll_back(town, third)
    assert await debts_of(town) == {"37000001": 15_000, "37000002": 2_000, "37000003": 0}


async def test_a_newer_balance_holds_it(town: Town) -> None:
    first = await take(town, FIRST)
    second = await take(town, SECOND, "b.txt", day=LATER)
    with pytest.raises(BuiltUpon) as refused:
        await roll_back(town, first)
    assert "37000001" in refused.value.message()
    await roll_back(town, second)
    await roll_back(town, first)
    assert set((await debts_of(town)).values()) == {0}


async def test_a_payment_and_a_link_hold_it(town: Town) -> None:
    first = await take(town, FIRST)
    account = (await accounts_of(town))["37000001"]
    async with unit_of_work() as session:
        alice = await make_person(session, Role.RESIDENT)
        session.add(AccountLink(resident_id=alice.id, account_id=account.id))
        payment = Payment(resident_id=alice.id, amount_minor=100, processor="sandbox", idempotency_key="a")
        session.add(payment)
        await session.flush()
        session.add(PaymentItem(payment_id=payment.id, account_id=account.id, amount_minor=100))
    with pytest.raises(BuiltUpon) as refused:
        await roll_back(town, first)
    assert len(refused.value.what) == 2
    assert await state_of(first) is ImportState.APPLIED


async def test_a_statement_by_hand_holds_it(town: Town) -> None:
    first = await take(town, FIRST)
    account = (await accounts_of(town))["37000002"]
    async with unit_of_work() as session:
        await take_statement(account.id, 1, date(2026, 11, 20), "letter", [], session=session)
    with pytest.raises(BuiltUpon):
        await roll_back(town, first)


async def test_a_reason_is_asked_for(town: Town) -> None:
    first = await take(town, FIRST)
    with pytest.raises(NoRollbackReason):
        await roll_back(town, first, "  ")
