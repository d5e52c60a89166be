"""Texts whose heading has a control sum: the rows are written aside first, since the sum comes before them."""

from collections.abc import Iterable
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from cabinet.exchange.formats.amounts import roubles
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.values import BadValue, read_amount
from cabinet.exchange.rows import RegistryFormat

_SUM_AT = {RegistryFormat.SBER_DEBTS: 5, RegistryFormat.SBER_DEBTS_OLD: 3, RegistryFormat.GOROD: 3}


def write_with_sums(
    layout: Layout, heading: tuple[str, ...], rows: Iterable[tuple[str, str]], target: BinaryIO
) -> None:
    """Lines with a comment above each. `#FILESUM` and `#ROWS` of the heading are those of these rows.

    Where the sum of a row cannot be read, there is no `#FILESUM`: a wrong one would stop the mended file.
    """
    count, total = 0, 0
    known = True
    with TemporaryFile() as aside:
        with TextOutput(aside, layout.encoding, inside=True) as output:
            for source, comment in rows:
                output.line(f"# {' '.join(comment.split())}")
                if source:
                    output.line(source)
                    amount = _amount(source, layout)
                    known, total, count = known and amount is not None, total + (amount or 0), count + 1
        with TextOutput(target, layout.encoding) as output:
            for line in heading:
                output.line_if(_with_sums(line, count, total if known else None))
        aside.seek(0)
        copyfileobj(aside, target)


def _amount(source: str, layout: Layout) -> int | None:
    place = _SUM_AT.get(layout.format)
    if place is None:
        return 0
    try:
        return read_amount(source.split(";")[place], layout.decimal)
    except (BadValue, IndexError):
        return None


def _with_sums(line: str, count: int, total: int | None) -> str | None:
    """The line of a heading, with its sum or number changed; None for a sum that nobody knows."""
    key = line.lstrip("#").strip().partition(" ")[0].upper()
    if key == "FILESUM":
        return None if total is None else f"#FILESUM {roubles(total)}"
    return f"#ROWS {count}" if key in ("ROWS", "COUNT", "FILECOUNT") else line
