"""A file of the rejected rows alone, in the format they came in, to be mended and sent again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from cabinet.exchange.formats.csv_table import join_record, split_record
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.values import BadValue
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import N_, _

REASON = N_("Reason for rejection")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row as it stood (`source` of a RegistryRow or BadRow) and why it was not taken."""

    source: str
    reason: str


def write_rejected(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    """Write the rows with their reasons so that the same layout reads the file again.

    `heading` is `Recognised.heading`. Where the format has comments, the reason is a comment above its row;
    in tables it is one more column at the end, which no mapping names.
    """
    if layout.format is RegistryFormat.CSV:
        _write_table(layout, heading, rows, target)
    else:
        _write_commented(layout, heading, rows, target)


def _write_commented(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    with TextOutput(target, layout.encoding) as output:
        for line in heading:
            output.line(line)
        for row in rows:
            output.line(f"# {' '.join(row.reason.split())}")
            output.line(row.source)


def _write_table(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[Rejected], target: BinaryIO
) -> None:
    names = _fields(heading[-1], layout.delimiter) if layout.has_heading and heading else []
    again = bool(names) and names[-1] in _reason_names()
    width = len(names) - again
    with TextOutput(target, layout.encoding) as output:
        for line in heading[:-1] if names else heading:
            output.line(line)
        if names:
            output.line(join_record([*names[:width], _(REASON)], layout.delimiter))
        for row in rows:
            fields = _fields(row.source, layout.delimiter)
            kept = fields[:width] + [""] * (width - len(fields)) if names else fields
            output.line(join_record([*kept, row.reason], layout.delimiter))


def _fields(source: str, delimiter: str) -> list[str]:
    try:
        return split_record(source, delimiter)
    except BadValue:
        return source.split(delimiter)


def _reason_names() -> set[str]:
    """The name of the last column, in whichever language the file was written."""
    return {REASON, _(REASON)}
