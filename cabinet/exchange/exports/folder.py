"""Registries as files in a folder: whole or not at all, and tried again until they are there."""

import asyncio
import contextlib
import errno
import logging
import os
import shutil
from pathlib import Path
from uuid import UUID

from cabinet.database import unit_of_work
from cabinet.exchange.exports.errors import NoRoomForFile, RegistryDiffers
from cabinet.exchange.exports.files import check_seal, sha256_of, written
from cabinet.exchange.exports.models import ExportState, ExportWay, RegistryExport
from cabinet.exchange.exports.service import mark_delivered
from cabinet.settings import settings

logger = logging.getLogger(__name__)

DIFFERS = "DIFFERS"
"""The failure of a registry whose file cannot be repeated to the byte."""


def exchange_folder() -> Path:
    """The root of all providers' folders. One that was named must exist: it may be a disk that is not connected."""
    if settings.exchange_dir is not None:
        return settings.exchange_dir
    folder = settings.data_dir / "exchange"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def place_of(export: RegistryExport) -> Path:
    """Where the registry belongs: a folder of the provider, named by ИНН and id, and the registry's name."""
    return exchange_folder() / f"{export.inn}-{export.provider_id.hex[:8]}" / export.file_name


async def deliver(export_id: UUID) -> bool:
    """Put a registry into the folder; True when it is there, now or from an earlier try.

    When it cannot be written, the registry is marked as failed with the reason, and keeps its rows.
    """
    async with unit_of_work() as session:
        export = await session.get(RegistryExport, export_id, with_for_update=True)
        if export is None or export.way is not ExportWay.FOLDER:
            return True
        if export.state not in (ExportState.MADE, ExportState.FAILED):
            return True
        try:
            async with written(export, export.format, export.encoding, session=session) as path:
                await check_seal(export, path)
                await asyncio.to_thread(put, path, place_of(export))
        except (OSError, NoRoomForFile, RegistryDiffers) as problem:
            export.state, export.failure = ExportState.FAILED, _name_of(problem)
            logger.error("registry %s is not in the folder: %s", export_id, export.failure)
            return False
        await mark_delivered(export_id, by=None, session=session)
        return True


def put(source: Path, target: Path) -> None:
    """Copy a file so that nobody ever sees a part of it; the same file again changes nothing.

    Raises OSError; FileExistsError when another file has the name.
    """
    if not target.parent.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), target.parent.parent)
    target.parent.mkdir(exist_ok=True)
    if target.exists():
        if sha256_of(target) == sha256_of(source):
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    begun = target.with_name(f".{target.name}.part")
    try:
        with source.open("rb") as read, begun.open("wb") as write:
            shutil.copyfileobj(read, write)
            write.flush()
            os.fsync(write.fileno())
        begun.replace(target)
    finally:
        with contextlib.suppress(OSError):
            begun.unlink(missing_ok=True)
    _keep_name(target.parent)


def _keep_name(folder: Path) -> None:
    """Let the new name survive a loss of power, where the system has a way to ask for it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name_of(problem: Exception) -> str:
    if isinstance(problem, RegistryDiffers):
        return DIFFERS
    number = problem.number if isinstance(problem, NoRoomForFile) else getattr(problem, "errno", None)
    return errno.errorcode.get(number or 0, type(problem).__name__)[:40]
