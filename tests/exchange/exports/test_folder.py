"""Registries in a folder: whole or not there, tried again, never over another file."""

import errno
import os
from pathlib import Path

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.exports import folder
from cabinet.exchange.exports import jobs as export_jobs
from cabinet.exchange.exports import service as exports
from cabinet.exchange.exports.errors import say_failure
from cabinet.exchange.exports.files import sha256_of
from cabinet.exchange.exports.models import ExportState, ExportWay, RegistryExport
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import use_locale
from cabinet.settings import settings
from tests.exchange.exports.conftest import amounts_of, change, paid, wish
from tests.payments.conftest import Till


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the engineer named."""
    root = tmp_path / "exchange"
    root.mkdir()
    monkeypatch.setattr(settings, "exchange_dir", root)
    return root


async def for_the_folder(till: Till, session: AsyncSession) -> RegistryExport:
    people = till.people
    await change(people.gas_company, session, bank_account="40702810500000000001")
    await paid(people.gas, people.alice.id, 100_00, session)
    return await exports.make_export(
        people.gas_company.id, wish(format=RegistryFormat.SBER_DEBTS, way=ExportWay.FOLDER), session=session
    )


def files_in(root: Path) -> list[Path]:
    return [one for one in root.rglob("*") if one.is_file()]


async def test_put_under_the_providers_name_as_sber_wants_it(
    till: Till, session: AsyncSession, root: Path
) -> None:
    export = await for_the_folder(till, session)
    assert await folder.deliver(export.id)
    await session.refresh(export)
    (file,) = files_in(root)
    assert file.name == f"7700000008_40702810500000000001_001_{export.last_day:%m%y}.txt"
    assert file.parent.name.startswith("7700000008-")
    assert sha256_of(file) == export.sha256
    assert (export.state, export.failure) == (ExportState.DELIVERED, "")


async def test_a_folder_that_is_missing_is_not_made_and_the_next_try_succeeds(
    till: Till, session: AsyncSession, root: Path
) -> None:
    export = await for_the_folder(till, session)
    settings.exchange_dir = root / "disk"
    assert not await folder.deliver(export.id)
    await session.refresh(export)
    assert (export.state, export.failure, list(root.iterdir())) == (ExportState.FAILED, "ENOENT", [])  # noqa: ASYNC240
    assert await amounts_of(export, session) == [100_00], "the rows stay its own"
    assert await exports.failed_exports([export.provider_id], session=session) == 1
    settings.exchange_dir = root
    await export_jobs.deliver_export(str(export.id))
    await session.refresh(export)
    assert (export.state, len(files_in(root))) == (ExportState.DELIVERED, 1)


async def test_a_full_disk_leaves_no_part_of_a_file(
    till: Till, session: AsyncSession, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = await for_the_folder(till, session)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(export_jobs.NotInTheFolder):
        await export_jobs.deliver_export(str(export.id))
    await session.refresh(export)
    assert (export.state, export.failure, files_in(root)) == (ExportState.FAILED, "ENOSPC", [])
    with use_locale("en"):
        assert say_failure(export.failure).startswith("The disk is full.")
    monkeypatch.undo()
    monkeypatch.setattr(settings, "exchange_dir", root)
    await export_jobs.deliver_waiting_exports(0)
    await session.refresh(export)
    assert (export.state, len(files_in(root))) == (ExportState.DELIVERED, 1)


async def test_delivered_again_changes_nothing(till: Till, session: AsyncSession, root: Path) -> None:
    """Also when the first try ended after the file was there and before that was written down."""
    export = await for_the_folder(till, session)
    async with folder.written(export, export.format, export.encoding, session=session) as path:
        folder.put(path, _place_made(export))
    (file,) = files_in(root)
    before = file.stat().st_mtime_ns
    assert await folder.deliver(export.id)
    assert await folder.deliver(export.id)
    assert files_in(root) == [file] and file.stat().st_mtime_ns == before


def _place_made(export: RegistryExport) -> Path:
    place = folder.place_of(export)
    place.parent.mkdir()
    return place


async def test_another_file_of_that_name_is_left_alone(till: Till, session: AsyncSession, root: Path) -> None:
    export = await for_the_folder(till, session)
    place = _place_made(export)
    place.write_text("чужое")
    assert not await folder.deliver(export.id)
    await session.refresh(export)
    assert (export.failure, place.read_text()) == ("EEXIST", "чужое")


async def test_without_a_named_folder_it_is_in_the_data_folder(till: Till, session: AsyncSession) -> None:
    export = await for_the_folder(till, session)
    assert await folder.deliver(export.id)
    assert folder.place_of(export).is_relative_to(settings.data_dir / "exchange")
