"""Files that are no good: a clear sentence, nothing half done, nothing lost."""

import errno
import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import read_only, unit_of_work
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.imports import applying, checking, files, receiving, service
from cabinet.exchange.imports.errors import (
    DiskIsFull,
    FileMissing,
    ForeignFile,
    NeedsReason,
    RegistryTooLarge,
)
from cabinet.exchange.imports.files import folder
from cabinet.exchange.imports.models import ImportState
from cabinet.exchange.rows import Column, RegistryFormat
from cabinet.settings import settings
from tests.exchange.imports.town import (
    DAY,
    Town,
    accounts_of,
    apply,
    check,
    debts,
    debts_of,
    figures_of,
    rejected,
    row_of,
    state_of,
    take,
    upload,
)

TWO = (("Ёлкин Пётр", "37000001", "150,00"), ("Рыбина Анна", "37000002", "20"))


async def read_as(town: Town, import_id: Any, layout: Layout) -> None:
    async with unit_of_work() as session:
        await receiving.set_layout(import_id, layout, DAY, by=town.clerk, session=session)


async def test_a_wrong_encoding_can_be_put_right(town: Town) -> None:
    import_id = await upload(town, debts(*TWO))
    wrong = Layout(format=RegistryFormat.SBER_DEBTS_OLD, encoding=Encoding.UTF_8, has_heading=False)
    await read_as(town, import_id, wrong)
    figures = await check(town, import_id)
    assert (figures.new, set((await rejected(import_id)).values())) == (0, {"unreadable"})
    await read_as(town, import_id, wrong.model_copy(update={"encoding": Encoding.WINDOWS_1251}))
    await check(town, import_id)
    await apply(town, import_id)
    assert (await accounts_of(town))["37000001"].owner_name == "Ёлкин Пётр"


async def test_rows_with_other_separators_are_refused_one_by_one(town: Town) -> None:
    content = (
        debts(*TWO) + "Кит\tул. Речная\t37000003\t5\r\n".encode("cp1251") + debts(("Сом", "37000004", "4"))
    )
    import_id = await take(town, content)
    assert await rejected(import_id) == {3: "unreadable"}
    assert sorted(await accounts_of(town)) == ["37000001", "37000002", "37000004"]


async def test_missing_columns_are_named(town: Town) -> None:
    import_id = await upload(town, "ЛС;Долг\r\n37000001;5\r\n".encode(), "a.csv")
    async with unit_of_work() as session:
        row = await session.get_one(type(await row_of(import_id)), import_id)
        row.layout = (row.layout or {}) | {"mapping": {"Счёт": Column.NUMBER, "Долг": Column.BALANCE}}
    async with unit_of_work() as session:
        await checking.start_check(import_id, by=town.clerk, session=session, later=False)
    await checking.run_check(import_id)
    row = await row_of(import_id)
    assert row.state is ImportState.FAILED
    assert "Счёт" in row.problem


async def test_a_file_that_does_not_fit_its_control_sum_wants_a_reason(town: Town) -> None:
    import_id = await upload(town, debts(*TWO, heading=("#FILESUM 171.00",)))
    figures = await check(town, import_id)
    assert (figures.expected_minor, figures.balance_minor, figures.problems) == (
        17_100,
        17_000,
        ["total_differs"],
    )
    with pytest.raises(NeedsReason):
        await apply(town, import_id)
    assert await debts_of(town) == {}
    await apply(town, import_id, "сверено по телефону")
    assert (await debts_of(town))["37000001"] == 15_000


async def test_a_file_that_was_cut_in_the_middle_is_noticed(town: Town) -> None:
    whole = debts(*TWO, ("Сом", "37000003", "4"), heading=("#FILESUM 174.00",))
    import_id = await upload(town, whole[:-30])
    figures = await check(town, import_id)
    assert figures.problems == ["total_differs"]
    assert len(await rejected(import_id)) == 1


async def test_the_file_of_another_company_is_refused(town: Town) -> None:
    import_id = await upload(town, debts(*TWO), f"7700000009_{'4' * 20}_001_1026.txt")
    with pytest.raises(ForeignFile):
        await check(town, import_id)
    assert await state_of(import_id) is ImportState.RECOGNISED


async def test_a_full_disk_keeps_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(folder().iterdir())
    opened = Path.open

    def open_on_a_full_disk(self: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if mode != "xb":
            return opened(self, mode, *arguments, **options)
        self.touch()
        return FullDisk()

    monkeypatch.setattr(Path, "open", open_on_a_full_disk)
    with pytest.raises(DiskIsFull):
        await upload(town, debts(*TWO))
    assert set(folder().iterdir()) == before


class FullDisk(io.BytesIO):
    def write(self, _content: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_database_without_room_has_changed_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = await upload(town, debts(*TWO))
    await check(town, import_id)

    async def full(*_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(applying, "take_meters", full)
        async with unit_of_work() as session:
            await applying.start_apply(import_id, by=town.clerk, session=session, later=False)
        await applying.run_apply(import_id)
    assert (await state_of(import_id), await debts_of(town)) == (ImportState.FAILED, {})
    await check(town, import_id)
    await apply(town, import_id)
    assert (await debts_of(town))["37000001"] == 15_000


async def test_an_empty_and_a_large_file_are_not_kept(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(folder().iterdir())
    with pytest.raises(FileMissing):
        await upload(town, b"")
    monkeypatch.setattr(settings, "registry_max_bytes", 100)
    with pytest.raises(RegistryTooLarge):
        await upload(town, debts(*TWO) * 10)
    assert set(folder().iterdir()) == before


async def test_a_zip_bomb_is_not_unpacked(town: Town) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (64 * 1024 * 1024))
    import_id = await upload(town, packed.getvalue(), "debts.xlsx", day=None)
    row = await row_of(import_id)
    assert row.state is ImportState.UPLOADED
    assert row.problem


async def test_what_is_no_registry_says_so(town: Town) -> None:
    import_id = await upload(town, b"%PDF-1.7 and so on", "bill.pdf", day=None)
    row = await row_of(import_id)
    assert (row.state, "PDF" in row.problem) == (ImportState.UPLOADED, True)


async def test_rejected_rows_come_back_to_be_mended_and_sent_again(town: Town) -> None:
    content = debts(("А", "37000001", "1"), ("Б", "12", "2"), ("В", "37000003", "три"))
    first = await take(town, content)
    async with unit_of_work() as session:
        name, file = await service.rejected_file(first, by=town.clerk, session=session)
    with file:
        given = file.read().decode("cp1251")
    assert (name, "37000001" in given) == ("debts-rejected.txt", False)
    mended = given.replace(";12;", ";37000002;").replace("три", "3")
    second = await take(town, mended.encode("cp1251"), name)
    assert await rejected(second) == {}
    assert await debts_of(town) == {"37000001": 100, "37000002": 200, "37000003": 300}


async def test_a_file_of_which_nothing_was_taken_comes_back_a_part_at_a_time(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million rows with a wrong number are no reason to hold a million reasons in memory."""
    monkeypatch.setattr(service, "_PART", 3)
    asked: list[int] = []
    reasons = service._reasons  # pyright: ignore[reportPrivateUsage]

    async def counted(import_id: UUID, lines: list[int], session: AsyncSession) -> dict[int, str]:
        asked.append(len(lines))
        return await reasons(import_id, lines, session)

    monkeypatch.setattr(service, "_reasons", counted)
    import_id = await upload(town, debts(*((f"Житель {n}", f"{n}", "1") for n in range(1, 8))))
    await check(town, import_id)
    async with unit_of_work() as session:
        _name, file = await service.rejected_file(import_id, by=town.clerk, session=session)
    with file:
        assert file.read().decode("cp1251").count("Житель") == 7
    assert asked == [3, 3, 1]


async def test_a_full_disk_gives_a_sentence_instead_of_the_rejected_rows(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    import_id = await upload(town, debts(("А", "1", "1")))
    await check(town, import_id)
    monkeypatch.setattr(service, "write_rejected", refuse)
    async with unit_of_work() as session:
        with pytest.raises(DiskIsFull):
            await service.rejected_file(import_id, by=town.clerk, session=session)


async def test_closed_accounts_and_older_balances_are_refused(town: Town) -> None:
    from datetime import timedelta

    from cabinet.accounts.registering import close_account

    await take(town, debts(*TWO), day=DAY + timedelta(days=5))
    account = (await accounts_of(town))["37000002"]
    async with unit_of_work() as session:
        await close_account(town.provider_id, account.id, session=session)
    older = await upload(town, debts(("Ёлкин", "37000001", "9"), ("Рыбина", "37000002", "9")), "b.txt")
    await check(town, older)
    assert await rejected(older) == {1: "older", 2: "closed"}
    async with read_only() as session:
        shown, _count = await service.rejections_of(older, session=session)
    assert {one.detail for one in shown} == {"", (DAY + timedelta(days=5)).isoformat()}


async def test_old_files_are_deleted_and_what_was_done_stays(town: Town) -> None:
    from datetime import timedelta

    from cabinet.kit.dates import now

    import_id = await take(town, debts(*TWO))
    async with unit_of_work() as session:
        await service.delete_registry_files_before(now() + timedelta(minutes=1), session=session)
    assert not files.path_of(import_id).exists()
    assert (await figures_of(import_id)).new == 2
