"""The readings that a person sent, as a table that a spreadsheet opens, and runs nothing of."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cabinet.i18n import _, current_locale
from cabinet.kit.text import disarm_formula
from cabinet.meters.words import say_service

_BYTE_ORDER_MARK = "\ufeff"
_ZONE = ZoneInfo("Europe/Moscow")


def readings_csv(parts: Mapping[str, list[dict[str, Any]]]) -> bytes:
    """A row for each reading, in the current language; UTF-8 that Excel recognises."""
    zones, meters, accounts = (_by_id(parts[name]) for name in ("meter_zones", "meters", "accounts"))
    out = io.StringIO()
    table = csv.writer(out, delimiter=";" if current_locale() == "ru" else ",", lineterminator="\r\n")
    table.writerow(
        [
            _("Account number"),
            _("Service"),
            _("Zone"),
            _("Month"),
            _("Reading"),
            _("Unit"),
            _("Day of the reading"),
            _("Sent"),
        ]
    )
    for reading in parts["readings"]:
        zone = zones[reading["zone_id"]]
        meter = meters[zone["meter_id"]]
        cells = [
            accounts.get(meter["account_id"], {}).get("number", ""),
            say_service(meter["kind"]),
            f"T{zone['number']}",
            f"{reading['period']:%Y-%m}",
            _number(reading["value"]),
            meter["unit"],
            f"{reading['taken_on']:%Y-%m-%d}",
            f"{reading['created_at'].astimezone(_ZONE):%Y-%m-%d %H:%M}",
        ]
        table.writerow([disarm_formula(cell) for cell in cells])
    return (_BYTE_ORDER_MARK + out.getvalue()).encode()


def _by_id(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def _number(value: object) -> str:
    text = str(value)
    return text.replace(".", ",") if current_locale() == "ru" else text
