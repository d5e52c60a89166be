"""Registries: everything that was credited is handed over once, and the sums prove it."""

import asyncio
import hashlib
from collections.abc import Generator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import NotDelivered, NothingToHandOver, WrongFormat, WrongPeriod
from cabinet.exchange.exports.files import FORMATS, check_seal, checked_encoding, written
from cabinet.exchange.exports.models import (
    ExportKind,
    ExportRow,
    ExportState,
    ExportWay,
    ReadingsChoice,
    RegistryExport,
    RowCause,
)
from cabinet.exchange.exports.proof import ExportProof, verify_exports
from cabinet.exchange.rows import RegistryFormat
from cabinet.kit.dates import now, run_ahead
from cabinet.meters.models import ReadingSource, ReadingState
from cabinet.payments import payouts, refunds
from cabinet.payments.models import PaymentItem
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.person import Permission
from cabinet.sandbox import clock, timers
from cabinet.sandbox.keys import MORE_CARDS
from tests.exchange.exports.conftest import amounts_of, change, clerk_of, gas_dial, paid, rows_of, wish
from tests.payments.conftest import Till
from tests.payments.test_disputes import decide
from tests.staff.conftest import audited


@pytest.fixture(autouse=True)
def clock_at_rest() -> Generator[None]:
    yield
    run_ahead(timedelta())


async def test_a_row_is_handed_over_once(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    await paid(people.gas, people.alice.id, 250_50, session)
    clerk = await clerk_of(people.gas_company.id, session)
    first = await exports.make_export(people.gas_company.id, wish(), by=clerk, session=session)
    assert (first.number, first.rows, first.total_minor) == (1, 2, 350_50)
    assert await amounts_of(first, session) == [100_00, 250_50]
    with pytest.raises(NothingToHandOver):
        await exports.make_export(people.gas_company.id, wish(), by=clerk, session=session)
    (note,) = await audited(session, "make_export")
    assert (note.actor_id, note.after["total_minor"], note.after["rows"]) == (clerk.id, 350_50, 2)


async def test_an_empty_registry_is_made_if_asked_for(till: Till, session: AsyncSession) -> None:
    made = await exports.make_export(till.people.gas_company.id, wish(even_empty=True), session=session)
    assert (made.rows, made.total_minor, made.sha256 != "") == (0, 0, True)


async def test_a_payment_that_was_settled_late_is_in_the_next_one(till: Till, session: AsyncSession) -> None:
    """Settled before the cut of the first registry, committed after it was made."""
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    first = await exports.make_export(people.gas_company.id, wish(), session=session)
    late = await paid(people.gas, people.alice.id, 200_00, session)
    late.settled_at = first.until - timedelta(hours=1)
    await session.flush()
    second = await exports.make_export(people.gas_company.id, wish(), session=session)
    assert await amounts_of(second, session) == [200_00]
    assert (second.since, second.late_rows) == (first.until, 1)


async def test_what_happens_after_the_cut_waits_for_the_next(till: Till, session: AsyncSession) -> None:
    people = till.people
    early = await paid(people.gas, people.alice.id, 100_00, session)
    early.settled_at = now() - timedelta(days=2)
    await paid(people.gas, people.alice.id, 200_00, session)
    cut = now() - timedelta(days=1)
    first = await exports.make_export(
        people.gas_company.id, wish(since=cut - timedelta(days=7), until=cut), session=session
    )
    second = await exports.make_export(people.gas_company.id, wish(), session=session)
    assert await amounts_of(first, session) == [100_00]
    assert await amounts_of(second, session) == [200_00]


async def test_two_who_press_at_once_hand_nothing_over_twice(real_till: Till) -> None:
    people = real_till.people
    async with unit_of_work() as session:
        for amount in range(1, 31):
            await paid(people.gas, people.alice.id, amount * 100, session)

    async def press() -> int:
        try:
            async with unit_of_work() as session:
                return (await exports.make_export(people.gas_company.id, wish(), session=session)).rows
        except NothingToHandOver:
            return 0

    assert sorted(await asyncio.gather(*(press() for _ in range(6)))) == [0, 0, 0, 0, 0, 30]
    async with read_only() as session:
        rows = (await session.exec(select(ExportRow))).all()
        assert len({row.item_id for row in rows}) == len(rows) == 30
        assert {row.export_id for row in rows} == {(await session.exec(select(RegistryExport.id))).one()}


async def test_a_payment_committed_out_of_order_is_never_lost(real_till: Till) -> None:
    """It began first, was settled first, and is committed after the registry of later ones."""
    people = real_till.people
    async with unit_of_work() as session:
        other = Account(provider_id=people.gas_company.id, number="777")
        session.add(other)
    async with unit_of_work() as slow:
        slow_one = await paid(people.gas, people.alice.id, 100_00, slow)
        async with unit_of_work() as quick:
            await paid(other, people.alice.id, 200_00, quick)
        async with unit_of_work() as session:
            first = await exports.make_export(people.gas_company.id, wish(), session=session)
    assert slow_one.settled_at is not None
    assert slow_one.settled_at < first.until
    async with unit_of_work() as session:
        second = await exports.make_export(people.gas_company.id, wish(), session=session)
        assert await amounts_of(first, session) == [200_00]
        assert await amounts_of(second, session) == [100_00]


async def test_a_refund_after_hand_over_is_a_negative_row(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    payment_id = await till.pay(Wish(till.people.gas.id, "1000"))
    await exports.make_export(provider_id, wish(), session=session)
    await refunds.send_refund(await till.refund(payment_id, 300_00))
    second = await exports.make_export(provider_id, wish(), session=session)
    assert [(row.cause, row.amount_minor) for row in await rows_of(second, session)] == [
        (RowCause.REFUND, -300_00)
    ]
    assert (second.total_minor, second.correction_rows) == (-300_00, 1)
    with pytest.raises(NothingToHandOver):
        await exports.make_export(provider_id, wish(), session=session)


async def test_a_refund_before_hand_over_is_netted_as_in_payouts(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    kept = await till.pay(Wish(till.people.gas.id, "1000"))
    await refunds.send_refund(await till.refund(kept, 300_00))
    gone = await till.pay(Wish(till.people.gas.id, "500"))
    await refunds.send_refund(await till.refund(gone))
    made = await exports.make_export(provider_id, wish(), session=session)
    assert await amounts_of(made, session) == [700_00]
    owed = await payouts.owed_to(provider_id, session=session)
    assert owed.amount_minor == made.total_minor


async def test_a_refund_that_came_back_is_told_again(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    payment_id = await till.pay(Wish(till.people.gas.id, "1000"), card=MORE_CARDS["refund_fails"])
    await exports.make_export(provider_id, wish(), session=session)
    await refunds.send_refund(await till.refund(payment_id, 300_00))
    await exports.make_export(provider_id, wish(), session=session)
    await time_passes(till)
    third = await exports.make_export(provider_id, wish(), session=session)
    assert [(row.cause, row.amount_minor) for row in await rows_of(third, session)] == [
        (RowCause.REFUND_CAME_BACK, 300_00)
    ]


async def test_a_lost_dispute_of_what_was_handed_over_is_a_negative_row(
    till: Till, session: AsyncSession
) -> None:
    provider_id = till.people.gas_company.id
    await till.pay(Wish(till.people.gas.id, "1000"), card=MORE_CARDS["dispute"])
    await till.pay(Wish(till.people.gas.id, "200"))
    first = await exports.make_export(provider_id, wish(), session=session)
    assert first.total_minor == 1200_00
    await time_passes(till)
    with pytest.raises(NothingToHandOver):
        await exports.make_export(provider_id, wish(), session=session)
    await decide(till, "losing_evidence")
    await till.webhooks()
    second = await exports.make_export(provider_id, wish(), session=session)
    assert [(row.cause, row.amount_minor) for row in await rows_of(second, session)] == [
        (RowCause.DISPUTE, -1000_00)
    ]
    assert (await proof_of(provider_id, session)).handed_minor == 200_00


async def test_a_payment_disputed_before_hand_over_is_told_when_the_bank_has_decided(
    till: Till, session: AsyncSession
) -> None:
    """As it is paid out then; until then it counts among what waits."""
    provider_id = till.people.gas_company.id
    await till.pay(Wish(till.people.gas.id, "1000"), card=MORE_CARDS["dispute"])
    await time_passes(till)
    with pytest.raises(NothingToHandOver):
        await exports.make_export(provider_id, wish(), session=session)
    assert (await proof_of(provider_id, session)).waiting_minor == 1000_00
    await decide(till, "winning_evidence")
    await till.webhooks()
    made = await exports.make_export(provider_id, wish(), session=session)
    assert await amounts_of(made, session) == [1000_00]


async def time_passes(till: Till) -> None:
    """A minute at the processor, and what it has to tell."""
    clock.advance(timedelta(minutes=1))
    await timers.run_due()
    await till.webhooks()


async def proof_of(provider_id: UUID, session: AsyncSession) -> ExportProof:
    (found,) = [one for one in await verify_exports(session=session) if one.provider_id == provider_id]
    assert found.holds, found
    return found


async def test_the_database_refuses_to_tell_an_event_twice(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    (row,) = await rows_of(made, session)
    facts: dict[str, Any] = row.model_dump() | {"id": uuid4(), "position": 99, "export_id": None}
    again = ExportRow(**facts)
    session.add(again)
    with pytest.raises(IntegrityError, match="uq_export_row_event"):
        await session.flush()


async def test_a_row_never_moves_to_another_registry(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    empty = await exports.make_export(people.gas_company.id, wish(even_empty=True), session=session)
    for values in ({"export_id": empty.id}, {"export_id": None}, {"amount_minor": 1}):
        with pytest.raises(DBAPIError, match="is frozen"):
            async with session.begin_nested():
                await session.exec(
                    update(ExportRow).where(col(ExportRow.export_id) == made.id).values(**values)
                )


async def test_control_sums_of_a_registry_never_change(till: Till, session: AsyncSession) -> None:
    made = await exports.make_export(till.people.gas_company.id, wish(even_empty=True), session=session)
    for values in ({"total_minor": 1}, {"number": 7}, {"sha256": "x"}, {"until": now()}):
        with pytest.raises(DBAPIError, match="is frozen"):
            async with session.begin_nested():
                await session.exec(
                    update(RegistryExport).where(col(RegistryExport.id) == made.id).values(**values)
                )


@pytest.mark.parametrize("format", FORMATS[ExportKind.PAYMENTS])
async def test_the_same_registry_is_the_same_file(
    till: Till, session: AsyncSession, format: RegistryFormat
) -> None:
    """To the byte, whatever became of the account, the bank details and the name meanwhile."""
    people = till.people
    await change(people.gas, session, owner_name="Ёлкин Пётр; «сын»", address="ул. Садовая, д. 12")
    await paid(people.gas, people.alice.id, 100_00, session)
    await paid(people.gas, people.alice.id, 33_33, session)
    made = await exports.make_export(people.gas_company.id, wish(format=format, encoding=""), session=session)
    before = await _bytes(made, session)
    await change(people.gas, session, owner_name="Соснин")
    await change(people.gas_company, session, inn="7707083893", timezone="Asia/Omsk", bank_account="4" * 20)
    session.expire_all()
    await session.refresh(made)
    run_ahead(timedelta(days=40))
    assert await _bytes(made, session) == before
    assert hashlib.sha256(before).hexdigest() == made.sha256


@pytest.mark.parametrize("format", FORMATS[ExportKind.READINGS])
async def test_readings_can_be_written_in_each_format_again(
    till: Till, session: AsyncSession, format: RegistryFormat
) -> None:
    dial = await gas_dial(till.people.gas, session)
    await dial.reads("100.5", session)
    made = await exports.make_export(
        till.people.gas_company.id, wish(ExportKind.READINGS, format=format, encoding=""), session=session
    )
    assert made.rows == 1
    assert await _bytes(made, session) == await _bytes(made, session)


async def _bytes(export: RegistryExport, session: AsyncSession) -> bytes:
    async with written(export, export.format, export.encoding, session=session) as path:
        await check_seal(export, path)
        return path.read_bytes()


async def test_another_format_on_demand_has_the_same_rows(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    encoding = checked_encoding(ExportKind.PAYMENTS, RegistryFormat.SBER_DEBTS, "windows-1251")
    async with written(made, RegistryFormat.SBER_DEBTS, encoding, session=session) as path:
        text = path.read_bytes().decode("windows-1251")
    row, control = text.splitlines()
    assert "100200300" in row
    assert control.startswith("=1;100"), "the control line"


async def test_a_formula_in_a_name_runs_nowhere(till: Till, session: AsyncSession) -> None:
    people = till.people
    formula = '=HYPERLINK("http://evil.example","Иванов")'
    await change(people.gas, session, owner_name=formula, address="+7 Садовая")
    await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    text = (await _bytes(made, session)).decode("utf-8")
    cells = [cell for line in text.splitlines() for cell in line.split(";")]
    assert not [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "@"))]
    async with written(made, RegistryFormat.XLSX, "utf-8", session=session) as path:
        book = openpyxl.load_workbook(BytesIO(path.read_bytes()))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value is not None]
    assert not [cell for cell in found if cell.data_type == "f"]
    assert [cell for cell in found if "HYPERLINK" in str(cell.value)], "the name is there, as text"


async def test_a_corrected_reading_is_a_new_row(till: Till, session: AsyncSession) -> None:
    provider_id, dial = till.people.gas_company.id, await gas_dial(till.people.gas, session)
    first = await dial.reads("100", session)
    await exports.make_export(provider_id, wish(ExportKind.READINGS), session=session)
    first.state = ReadingState.SUPERSEDED
    await dial.reads("101", session)
    second = await exports.make_export(provider_id, wish(ExportKind.READINGS), session=session)
    assert [str(row.value) for row in await rows_of(second, session)] == ["101.000"]


async def test_only_what_residents_sent_and_nobody_declined_is_handed_over(
    till: Till, session: AsyncSession
) -> None:
    provider_id, dial = till.people.gas_company.id, await gas_dial(till.people.gas, session)
    await dial.reads("100", session, source=ReadingSource.PROVIDER, state=ReadingState.ACCEPTED)
    await dial.reads("101", session, source=ReadingSource.CALCULATED, state=ReadingState.ACCEPTED)
    await dial.reads("102", session, state=ReadingState.DECLINED)
    await dial.reads("103", session, state=ReadingState.SUPERSEDED)
    await dial.reads("104", session, state=ReadingState.ACCEPTED)
    await dial.reads("105", session)
    made = await exports.make_export(provider_id, wish(ExportKind.READINGS), session=session)
    assert {str(row.value) for row in await rows_of(made, session)} == {"104.000", "105.000"}


async def test_a_provider_may_want_accepted_readings_only(till: Till, session: AsyncSession) -> None:
    provider_id, dial = till.people.gas_company.id, await gas_dial(till.people.gas, session)
    clerk = await clerk_of(provider_id, session)
    await exports.choose_readings(provider_id, ReadingsChoice.ACCEPTED, by=clerk, session=session)
    reading = await dial.reads("100", session)
    with pytest.raises(NothingToHandOver):
        await exports.make_export(provider_id, wish(ExportKind.READINGS), session=session)
    reading.state, reading.decided_at = ReadingState.ACCEPTED, now()
    await session.flush()
    made = await exports.make_export(provider_id, wish(ExportKind.READINGS), session=session)
    assert made.rows == 1


async def test_the_preview_is_what_is_made(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    clerk = await clerk_of(provider_id, session)
    told = await till.pay(Wish(till.people.gas.id, "1000"))
    await exports.make_export(provider_id, wish(), session=session)
    await refunds.send_refund(await till.refund(told, 100_00))
    netted = await till.pay(Wish(till.people.gas.id, "300"))
    await refunds.send_refund(await till.refund(netted, 50_00))
    _since, _until, seen = await exports.preview_export(provider_id, wish(), by=clerk, session=session)
    assert (seen.rows, seen.total_minor, seen.correction_rows, seen.corrections_minor) == (
        2,
        150_00,
        1,
        -100_00,
    )
    made = await exports.make_export(provider_id, wish(), session=session)
    assert (made.rows, made.total_minor, made.correction_rows) == (2, 150_00, 1)


async def test_a_period_that_has_not_ended_is_refused(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    periods: tuple[dict[str, Any], ...] = (
        {"until": now() + timedelta(hours=1)},
        {"since": now(), "until": now() - timedelta(days=1)},
    )
    for period in periods:
        with pytest.raises(WrongPeriod):
            await exports.make_export(provider_id, wish(even_empty=True, **period), session=session)


async def test_a_format_that_has_no_place_for_it_is_refused(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    mistakes: tuple[dict[str, Any], ...] = ({"format": RegistryFormat.SBER_READINGS}, {"encoding": "utf-7"})
    for wrong in mistakes:
        with pytest.raises(WrongFormat):
            await exports.make_export(provider_id, wish(even_empty=True, **wrong), session=session)


async def test_strangers_and_readers_make_nothing(till: Till, session: AsyncSession) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    foreign = await clerk_of(people.water_company.id, session)
    with pytest.raises(NotFound):
        await exports.make_export(people.gas_company.id, wish(), by=foreign, session=session)
    for role in (Role.SUPPORT, Role.AUDITOR, Role.RESIDENT):
        someone = await clerk_of(people.gas_company.id, session, role)
        with pytest.raises(Forbidden):
            await exports.make_export(people.gas_company.id, wish(), by=someone, session=session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    with pytest.raises(NotFound):
        await exports.find_export(made.id, Permission.SEE_REGISTRIES, by=foreign, session=session)
    with pytest.raises(NotFound):
        await exports.confirm_export(made.id, by=foreign, session=session)


async def test_confirmed_after_it_was_fetched(till: Till, session: AsyncSession) -> None:
    provider_id = till.people.gas_company.id
    clerk = await clerk_of(provider_id, session)
    made = await exports.make_export(provider_id, wish(even_empty=True), by=clerk, session=session)
    with pytest.raises(NotDelivered):
        await exports.confirm_export(made.id, by=clerk, session=session)
    await exports.mark_delivered(made.id, by=clerk, session=session)
    await exports.confirm_export(made.id, by=clerk, session=session)
    await exports.mark_delivered(made.id, by=clerk, session=session)
    assert (made.state, made.confirmed_by) == (ExportState.CONFIRMED, clerk.id)


async def test_numbers_run_for_each_provider(till: Till, session: AsyncSession) -> None:
    gas, water = till.people.gas_company.id, till.people.water_company.id
    numbers = [
        (await exports.make_export(one, wish(kind, even_empty=True), session=session)).number
        for one, kind in (
            (gas, ExportKind.PAYMENTS),
            (gas, ExportKind.READINGS),
            (water, ExportKind.PAYMENTS),
            (gas, ExportKind.PAYMENTS),
        )
    ]
    assert numbers == [1, 2, 1, 3]


async def test_a_full_disk_leaves_nothing_behind(
    till: Till, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    whole = Path.open

    def full(self: Path, *arguments: object, **options: object):
        if self.name == "file" and arguments[:1] == ("w+b",):
            raise OSError(28, "No space left on device")
        return whole(self, *arguments, **options)  # pyright: ignore[reportArgumentType, reportCallIssue]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(CabinetError) as problem:
        async with unit_of_work() as own:
            await exports.make_export(people.gas_company.id, wish(), session=own)
    assert "места" in problem.value.message() or "room" in problem.value.message()
    monkeypatch.undo()
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    assert (made.number, made.rows) == (1, 1)
    assert (await session.exec(select(PaymentItem))).all()


async def test_a_payment_says_in_which_registry_its_provider_was_told(
    till: Till, session: AsyncSession
) -> None:
    """Once the registry got there, not when it was made."""
    people = till.people
    one = await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(), session=session)
    assert await exports.registries_of_payment(one.id, session=session) == []
    await exports.mark_delivered(made.id, by=None, session=session)
    (told,) = await exports.registries_of_payment(one.id, session=session)
    assert (told.number, told.at) == (1, made.delivered_at)


async def test_what_a_program_has_pulled_is_delivered(till: Till, session: AsyncSession) -> None:
    """It says so by asking for what is behind the last row."""
    people = till.people
    await paid(people.gas, people.alice.id, 100_00, session)
    made = await exports.make_export(people.gas_company.id, wish(way=ExportWay.API), session=session)
    page = await exports.payments_page(people.gas_company.id, session=session)
    await session.refresh(made)
    assert (made.state, page.rows[0].registry_number) == (ExportState.MADE, 1)
    await exports.payments_page(people.gas_company.id, after=page.cursor, session=session)
    await session.refresh(made)
    assert made.state is ExportState.DELIVERED
