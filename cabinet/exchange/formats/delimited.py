"""Rows of text with fixed columns and semicolons, without quotation marks: what Sber and «Город» exchange."""

import re
from collections.abc import Callable, Iterator

from cabinet.exchange.formats.lines import TextLines, is_blank
from cabinet.exchange.formats.values import BadValue
from cabinet.exchange.rows import BadRow, RegistryRow
from cabinet.i18n import _

Parse = Callable[[int, str], RegistryRow]
"""A row from its line; raises BadValue."""

CONTROL = re.compile(r"=\s*(\d+)\s*;\s*(-?\d+[.,]?\d*)(?:;.*)?")
"""The last line of Sber's registries of payments: how many rows, and their sum."""


def read_delimited(lines: TextLines, parse: Parse) -> Iterator[RegistryRow | BadRow]:
    """Rows one by one; lines that begin with `#` and a control line are not rows."""
    for number, line in enumerate(lines, 1):
        if isinstance(line, BadRow):
            yield line
        elif (line and line[0] not in "#= \t\x1a") or is_row(line):
            try:
                yield parse(number, line)
            except BadValue as bad:
                yield BadRow(number, line, with_cut(str(bad), lines.cut))


def is_row(line: str) -> bool:
    """Whether the line is neither empty nor a heading nor the control line."""
    return not (is_blank(line) or line.startswith("#") or (line.startswith("=") and CONTROL.fullmatch(line)))


def with_cut(reason: str, cut: bool) -> str:
    """The reason, and that the file may have been cut off here."""
    return (
        f"{reason} {_('The file ends in the middle of this row: it may have been cut off.')}"
        if cut
        else reason
    )


def split_fields(line: str, columns: tuple[str, ...]) -> list[str]:
    """As many fields as there are columns; raises BadValue for fewer or more that are not empty."""
    fields = line.split(";")
    if len(fields) == len(columns):
        return fields
    if len(fields) > len(columns) and not any(field.strip() for field in fields[len(columns) :]):
        return fields[: len(columns)]
    raise BadValue(
        _("This row has {count} fields instead of {expected}: {names}.").format(
            count=len(fields), expected=len(columns), names="; ".join(columns)
        )
    )


def join_fields(fields: list[str]) -> str:
    """A line; what would end a field or the line becomes a comma or a space."""
    return ";".join([plain_field(field) for field in fields])


def plain_field(text: str) -> str:
    """The text without the characters that such a row cannot hold."""
    if text.isprintable() and ";" not in text:
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " for char in text.replace(";", ",")).split())
