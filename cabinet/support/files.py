"""Files sent with a request: known by their content, kept outside the web root under a random name."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.settings import settings
from cabinet.support.errors import FileNotAllowed, FileTooLarge, TooManyFiles

T = TypeVar("T")

MOST_FILES = 5
_HEAD = 64 * 1024
_NAME_LENGTH = 120
_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_ENDINGS: dict[str, tuple[str, ...]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "application/pdf": (".pdf",),
    "image/heic": (".heic", ".heif"),
    "text/plain": (".txt", ".csv", ".log"),
}
_OTHER_CP1251 = frozenset("Ёё«»№–—".encode("cp1251"))
_TEXT_CONTROLS = frozenset(b"\t\n\r\f")


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it arrived: the name its sender gave, an open spool, its size in bytes."""

    name: str
    content: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file on our disk, before and after its row exists."""

    name: str
    content_type: str
    size: int
    id: UUID = field(default_factory=uuid4)


async def keep_files(sent: Sequence[SentFile]) -> list[KeptFile]:
    """Check all files, then copy them into the data folder. Nothing stays there if one is refused.

    Raises TooManyFiles, FileTooLarge, FileNotAllowed.
    """
    if len(sent) > MOST_FILES:
        raise TooManyFiles(MOST_FILES)
    return await asyncio.to_thread(_keep, sent)


async def discard_files(kept: Iterable[KeptFile]) -> None:
    """Remove files whose request was not saved."""
    await asyncio.to_thread(remove_files, [file.id for file in kept])


async def with_kept_files(
    sent: Sequence[SentFile], save: Callable[[list[KeptFile], AsyncSession], Awaitable[T]]
) -> T:
    """Keep the files and `save` what they come with, in a unit of work; when that fails, they go again.

    What turns out to be sent twice leaves files that no row names: the nightly job deletes them.
    Raises what `keep_files` and `save` raise.
    """
    kept = await keep_files(sent)
    try:
        async with unit_of_work() as session:
            return await save(kept, session)
    except BaseException:
        await discard_files(kept)
        raise


def path_of(file_id: UUID) -> Path:
    """Where the content of a file lies."""
    return _folder() / file_id.hex


def remove_files(file_ids: Iterable[UUID]) -> None:
    """Remove contents; what is gone already is fine."""
    for file_id in file_ids:
        path_of(file_id).unlink(missing_ok=True)


def kind_of(head: bytes) -> str | None:
    """The content type that the first bytes prove, or None for what we do not take."""
    for signature, content_type in _SIGNATURES.items():
        if head.startswith(signature):
            return content_type
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return "text/plain" if _is_text(head) else None


def safe_name(name: str) -> str:
    """The sender's name without folders and unprintable characters, at most 120 characters, ending kept."""
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip(" .")
    if len(plain) > _NAME_LENGTH:
        ending = Path(plain).suffix[:12]
        plain = plain[: _NAME_LENGTH - len(ending)] + ending
    return plain or "file"


def name_for(name: str, content_type: str) -> str:
    """The name with an ending that tells the truth: what is only text must not open as a program or a page."""
    endings = _ENDINGS[content_type]
    if name.lower().endswith(endings):
        return name
    return f"{name[: _NAME_LENGTH - len(endings[0])]}{endings[0]}"


def _keep(sent: Sequence[SentFile]) -> list[KeptFile]:
    kept = [_checked(file) for file in sent]
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        for file, source in zip(kept, sent, strict=True):
            _copy(source.content, path_of(file.id))
    except OSError:
        remove_files(file.id for file in kept)
        raise
    return kept


def _checked(file: SentFile) -> KeptFile:
    name = safe_name(file.name)
    if file.size > settings.upload_max_bytes:
        raise FileTooLarge(name, settings.upload_max_bytes)
    file.content.seek(0)
    content_type = kind_of(file.content.read(_HEAD))
    if content_type is None:
        raise FileNotAllowed(name)
    return KeptFile(name=name_for(name, content_type), content_type=content_type, size=file.size)


def _copy(source: BinaryIO, path: Path) -> None:
    source.seek(0)
    path.touch(mode=0o600)
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)


def _is_text(head: bytes) -> bool:
    """UTF-8 or CP1251 without control characters; an empty file is not worth keeping."""
    if not head or any(byte < 32 and byte not in _TEXT_CONTROLS for byte in head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 or _is_cp1251(head)
    return True


def _is_cp1251(head: bytes) -> bool:
    """Mostly ASCII and Cyrillic letters: what a Windows text file in Russian is made of."""
    usual = sum(byte < 127 or byte >= 0xC0 or byte in _OTHER_CP1251 for byte in head)
    return usual / len(head) > 0.95


def _folder() -> Path:
    return settings.data_dir / "uploads"
