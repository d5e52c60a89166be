"""A copy of everything that is kept about one person, for themselves (152-ФЗ, art. 14).

`cabinet.json` is one object:

    {"format": "cabinet-data", "version": 1, "made_at": "2026-11-29T10:00:00+00:00",
     "parts": {"profile": [{…}], "payments": [{…}, …], …}, "incomplete": []}

Each part is a list of rows as they are stored, by the names of `parts.PARTS`. Ids join them: `payment_items.payment_id`
is an `id` of `payments`, `account_id` one of `accounts`, `zone_id` one of `meter_zones`. Fields that end in `_minor`
are whole kopecks; moments are ISO 8601 in UTC; decimal numbers are texts. `incomplete` names the parts of which only
the first `MOST_ROWS` rows were copied.

The ZIP holds that file, the payments and readings as tables, the files that the person sent, and a README.
"""

import asyncio
import json
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import _, current_locale, use_locale
from cabinet.kit.dates import now, say_moment
from cabinet.mydata.parts import PARTS
from cabinet.mydata.tables import readings_csv
from cabinet.payments import service as payments
from cabinet.settings import settings
from cabinet.support.files import path_of

MOST_ROWS = 50_000
MOST_FILE_BYTES = 200 * 1024 * 1024
"""All files together; what does not fit stays to be fetched from the request's own page."""
_IN_MEMORY = 4 * 1024 * 1024

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything, ready to be written down."""

    made_at: datetime
    parts: dict[str, Rows]
    incomplete: tuple[str, ...]
    payments_csv: bytes

    def as_json(self) -> bytes:
        """The object that the module's docstring describes."""
        whole = {
            "format": "cabinet-data",
            "version": 1,
            "made_at": self.made_at,
            "parts": self.parts,
            "incomplete": self.incomplete,
        }
        return json.dumps(whole, ensure_ascii=False, indent=1, default=_plain).encode()


async def gather(resident_id: UUID, *, session: AsyncSession) -> Copy:
    """Read everything that is theirs."""
    parts: dict[str, Rows] = {}
    incomplete: list[str] = []
    for name, part in PARTS.items():
        rows = await session.exec(part.query(resident_id).limit(MOST_ROWS + 1))  # pyright: ignore[reportCallIssue, reportArgumentType]
        found: Rows = [dict(row._mapping) for row in rows]  # pyright: ignore[reportAttributeAccessIssue]
        if len(found) > MOST_ROWS:
            incomplete.append(name)
        parts[name] = found[:MOST_ROWS]
    paid = await payments.payments_of(resident_id, session=session, limit=MOST_ROWS)
    return Copy(now(), parts, tuple(incomplete), payments.history_csv(paid))


async def zip_of(copy: Copy) -> IO[bytes]:
    """The ZIP, rewound, in memory or in a file without a name; made in a thread."""
    return await asyncio.to_thread(_zip, copy, current_locale())


def _zip(copy: Copy, locale: str) -> IO[bytes]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    out = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(settings.data_dir))  # noqa: SIM115 - the caller reads it
    with use_locale(locale), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        left_out = _add_files(archive, copy.parts["request_files"])
        archive.writestr("README.txt", _readme(copy, left_out))
        archive.writestr("cabinet.json", copy.as_json())
        archive.writestr("payments.csv", copy.payments_csv)
        archive.writestr("readings.csv", readings_csv(copy.parts))
    out.seek(0)
    return out


def _add_files(archive: zipfile.ZipFile, files: Rows) -> int:
    """The files of requests under names that no two share; how many are missing or did not fit."""
    used, left_out = 0, 0
    for number, file in enumerate(files, start=1):
        path = path_of(file["id"])
        size = path.stat().st_size if path.exists() else MOST_FILE_BYTES
        if used + size > MOST_FILE_BYTES:
            left_out += 1
            continue
        used += size
        archive.write(path, f"files/{number:03d}-{file['name']}")
    return left_out


def _readme(copy: Copy, left_out: int) -> str:
    lines = [
        _("Your data in the resident's cabinet, {operator}").format(operator=settings.operator_name),
        _("Made on {moment}, Moscow time.").format(moment=say_moment(copy.made_at)),
        "",
        _("cabinet.json: everything that we keep about you, for programs and for checking."),
        _("payments.csv and readings.csv: your payments, and the readings that you sent, as tables."),
        _("files: what you sent to support, and what was sent to you in answers."),
        "",
        _("Sums in cabinet.json whose names end in _minor are in kopecks; moments are in UTC."),
        _(
            "Letters are listed without their text: that is in your mailbox. Passwords and secrets are not included."
        ),
        _("Bills and confirmations of payments are in the cabinet, as PDF."),
        _("Keep this file to yourself: it says where you live and what you pay."),
    ]
    if left_out:
        lines.append(_("Files that were deleted or did not fit: {count}.").format(count=left_out))
    return "\r\n".join(lines) + "\r\n"


def _plain(value: Any) -> Any:
    """What JSON does not know by itself."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
