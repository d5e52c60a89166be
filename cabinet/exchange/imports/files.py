"""Files that providers sent: written as they arrive, private, whole or not at all."""

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cabinet.exchange.imports.errors import DiskIsFull, FileMissing, RegistryTooLarge
from cabinet.settings import settings

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """What arrived."""

    sha256: str
    size: int


def folder() -> Path:
    """Where registries lie, for the program's own user alone."""
    made = settings.data_dir / "registries"
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


def path_of(import_id: UUID) -> Path:
    """Where the file of an import lies."""
    return folder() / import_id.hex


async def receive(import_id: UUID, chunks: AsyncIterator[bytes]) -> ReceivedFile:
    """Write the file as it comes; nothing stays when it cannot be kept.

    Raises RegistryTooLarge, DiskIsFull, FileMissing, and whatever the sender's connection raises.
    """
    path, digest, size = path_of(import_id), hashlib.sha256(), 0
    try:
        with path.open("xb") as target:
            path.chmod(0o600)
            async for chunk in chunks:
                size += len(chunk)
                if size > settings.registry_max_bytes:
                    raise RegistryTooLarge(settings.registry_max_bytes)
                digest.update(chunk)
                await asyncio.to_thread(target.write, chunk)
            await asyncio.to_thread(target.flush)
        if not size:
            raise FileMissing
    except BaseException as problem:
        discard(import_id)
        if isinstance(problem, OSError) and problem.errno in _NO_ROOM:
            raise DiskIsFull from problem
        raise
    return ReceivedFile(digest.hexdigest(), size)


def discard(import_id: UUID) -> None:
    """Remove the file, if there is one."""
    path_of(import_id).unlink(missing_ok=True)
