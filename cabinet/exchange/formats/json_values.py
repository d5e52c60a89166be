"""Values of JSON objects, whatever type somebody gave them."""

import re
from decimal import Decimal
from typing import Any

from cabinet.exchange.formats.values import Cell, text_of_cell

Record = dict[str, Any]

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Zero bytes and halves of pairs: no database takes them."""


def cell(record: Record, *keys: str) -> Cell:
    """The first of these that is there and not null; lists and objects count as not there."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str):
            return _UNSTORABLE.sub("", value)
        if isinstance(value, int | float | Decimal):
            return value
    return None


def text(record: Record, *keys: str) -> str:
    """The first of these as text, or an empty one."""
    return text_of_cell(cell(record, *keys))


def records(value: Any) -> list[Record]:
    """The objects in a list; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
