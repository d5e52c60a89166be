"""Lists as CSV files that a spreadsheet opens without running anything in them."""

import re
from typing import Any

from starlette.responses import Response
from starlette_admin.export import ExportContext
from starlette_admin.export.csv import CsvExporter
from starlette_admin.fields import BaseField

from cabinet.kit.text import disarm_formula
from cabinet.staff.fields import Money

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


class SafeCsv(CsvExporter):
    """UTF-8 that Excel recognises, semicolons as it expects here, and no cell that begins a formula."""

    def __init__(self) -> None:
        super().__init__(escape_formulas=False, delimiter=";")

    async def generate(self, fields: list[BaseField], rows: list[dict[str, Any]]) -> bytes:
        """The file; amounts keep their minus, every other text is disarmed."""
        texts = {field.name for field in fields if not isinstance(field, Money)}
        safe = [
            {name: _disarmed(value) if name in texts else value for name, value in row.items()}
            for row in rows
        ]
        return _BYTE_ORDER_MARK + await super().generate(fields, safe)

    async def build_response(self, ctx: ExportContext) -> Response:
        """The download, under a name that every header can carry."""
        ctx.filename = _UNSAFE_IN_NAMES.sub("_", ctx.filename)[:80].strip("._") or "export"
        return await super().build_response(ctx)


def _disarmed(value: Any) -> Any:
    return disarm_formula(value) if isinstance(value, str) else value
