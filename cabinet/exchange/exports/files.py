"""The file of a registry: written from its frozen rows, so that it can be repeated to the byte."""

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.exchange.exports.errors import NoRoomForFile, RegistryDiffers, WrongFormat
from cabinet.exchange.exports.feed import payment_row, reading_row
from cabinet.exchange.exports.models import ExportKind, ExportRow, RegistryExport
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.writing import EXTENSIONS, write_payments, write_readings
from cabinet.exchange.formats.written import Written
from cabinet.exchange.rows import RegistryFormat, RegistryHeader
from cabinet.i18n import DEFAULT, use_locale
from cabinet.kit.dates import month_of

logger = logging.getLogger(__name__)

PART = 2_000
_SBER = (RegistryFormat.SBER_DEBTS, RegistryFormat.SBER_DEBTS_OLD, RegistryFormat.SBER_READINGS)
_TEXTS = (Encoding.WINDOWS_1251, Encoding.UTF_8, Encoding.CP866, Encoding.KOI8_R)

FORMATS: dict[ExportKind, tuple[RegistryFormat, ...]] = {
    ExportKind.PAYMENTS: (
        RegistryFormat.CSV,
        RegistryFormat.XLSX,
        RegistryFormat.SBER_DEBTS,
        RegistryFormat.SBER_DEBTS_OLD,
        RegistryFormat.GOROD,
        RegistryFormat.JSON,
        RegistryFormat.DBF,
    ),
    ExportKind.READINGS: (
        RegistryFormat.CSV,
        RegistryFormat.XLSX,
        RegistryFormat.SBER_READINGS,
        RegistryFormat.JSON,
        RegistryFormat.DBF,
    ),
}
"""What each kind can be written in, the usual one first."""
ENCODINGS: dict[RegistryFormat, tuple[Encoding, ...]] = {
    RegistryFormat.CSV: (Encoding.UTF_8_BOM, *_TEXTS),
    RegistryFormat.SBER_DEBTS: _TEXTS,
    RegistryFormat.SBER_DEBTS_OLD: _TEXTS,
    RegistryFormat.SBER_READINGS: _TEXTS,
    RegistryFormat.GOROD: _TEXTS,
    RegistryFormat.DBF: (Encoding.CP866, Encoding.WINDOWS_1251),
    RegistryFormat.JSON: (Encoding.UTF_8,),
    RegistryFormat.XLSX: (Encoding.UTF_8,),
}
"""The encodings that a format may have, the usual one first."""
_UNSAFE = re.compile(r"[^0-9A-Za-z]+")


def checked_encoding(kind: ExportKind, format: RegistryFormat, encoding: str) -> str:
    """The encoding if the kind has the format and this the encoding; the usual one if it is empty.

    Raises WrongFormat.
    """
    known = ENCODINGS[format]
    if format not in FORMATS[kind] or (encoding and encoding not in known):
        raise WrongFormat
    return encoding or known[0].value


def file_name(export: RegistryExport, format: RegistryFormat) -> str:
    """`ИНН_РС_НОМЕР_ММГГ.txt` where the format wants it (sberbank.ru/help/business/sbbol/100027), else words.

    The number has three digits there and begins again after 999.
    """
    inn, day = _UNSAFE.sub("", export.inn), export.last_day
    if format in _SBER:
        account = _UNSAFE.sub("", export.bank_account) or "0" * 20
        return f"{inn}_{account}_{export.number % 1000:03d}_{day:%m%y}.txt"
    return f"{export.kind}_{inn}_{export.number:04d}_{day:%Y-%m-%d}.{EXTENSIONS.get(format, 'txt')}"


@asynccontextmanager
async def written(
    export: RegistryExport, format: RegistryFormat, encoding: str, *, session: AsyncSession
) -> AsyncGenerator[Path]:
    """The registry as a file that lasts as long as the block. Raises NoRoomForFile."""
    with TemporaryDirectory(prefix="registry-") as folder:
        path = Path(folder) / "file"
        await write_into(path, export, format, encoding, session=session)
        yield path


async def write_into(
    path: Path, export: RegistryExport, format: RegistryFormat, encoding: str, *, session: AsyncSession
) -> None:
    """Write the registry, a part of its rows at a time. Raises NoRoomForFile where the disk is full."""
    zone, loop = ZoneInfo(export.timezone), asyncio.get_running_loop()

    def rows() -> Iterator[ExportRow]:
        after = 0
        while part := asyncio.run_coroutine_threadsafe(_part(export.id, after, session), loop).result():
            yield from part
            after = part[-1].position or 0

    def write() -> Written:
        with path.open("w+b") as target, use_locale(DEFAULT):
            if export.kind is ExportKind.READINGS:
                readings = map(reading_row, rows())
                return write_readings(format, Encoding(encoding), _header(export), readings, target)
            payments = (payment_row(row, zone) for row in rows())
            return write_payments(format, Encoding(encoding), _header(export), payments, target)

    try:
        done = await asyncio.to_thread(write)
    except OSError as problem:
        raise NoRoomForFile(problem.errno) from problem
    if (done.rows, done.total_minor) != (export.rows, export.total_minor):
        raise RuntimeError(f"registry {export.id} was written with other control sums")


async def _part(export_id: UUID, after: int, session: AsyncSession) -> list[ExportRow]:
    rows = await session.exec(
        select(ExportRow)
        .where(ExportRow.export_id == export_id, col(ExportRow.position) > after)
        .order_by(col(ExportRow.position))
        .limit(PART)
    )
    return list(rows)


def _header(export: RegistryExport) -> RegistryHeader:
    return RegistryHeader(
        inn=export.inn,
        bank_account=export.bank_account,
        period=month_of(export.last_day),
        as_of=export.last_day,
        total_minor=export.total_minor,
        rows=export.rows,
    )


async def seal(export: RegistryExport, *, session: AsyncSession) -> None:
    """Keep the checksum of the file in its own format; it is the same whenever the file is written again."""
    async with written(export, export.format, export.encoding, session=session) as path:
        export.sha256 = await asyncio.to_thread(sha256_of, path)
    await session.flush()


async def check_seal(export: RegistryExport, path: Path) -> None:
    """Raise RegistryDiffers unless the file is what was handed over, to the byte."""
    found = await asyncio.to_thread(sha256_of, path)
    if found != export.sha256:
        logger.error("the file of registry %s has another checksum than when it was made", export.id)
        raise RegistryDiffers


def sha256_of(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
