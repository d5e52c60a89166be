"""What a text says about all its rows: its name, its `#` lines and its last line."""

from dataclasses import replace
from pathlib import Path

from cabinet.exchange.formats.delimited import CONTROL
from cabinet.exchange.formats.encodings import SAMPLE
from cabinet.exchange.formats.layout import Encoding, Layout
from cabinet.exchange.formats.lines import open_text
from cabinet.exchange.formats.sber import header_of_name
from cabinet.exchange.formats.table import TOTAL
from cabinet.exchange.formats.values import BadValue, read_amount, read_date, read_period
from cabinet.exchange.rows import RegistryHeader

_TAIL = 4096


def header_of_text(path: Path, name: str, layout: Layout) -> RegistryHeader:
    """The header of a text; a value in it that cannot be read counts as none."""
    header = header_of_name(name)
    for line in heading_of_text(path, layout.encoding):
        header = _with_line(header, line)
    last = last_line(path, layout.encoding)
    if last.startswith("#") and not last.startswith(TOTAL):
        return _with_line(header, last)
    return _with_control(header, last, layout)


def heading_of_text(path: Path, encoding: Encoding) -> tuple[str, ...]:
    """The lines on top that begin with `#`."""
    heading: list[str] = []
    with open_text(path, encoding) as file:
        for line in file.read(SAMPLE).split("\n"):
            if line and not line.startswith("#"):
                break
            if line:
                heading.append(line)
    return tuple(heading)


def last_line(path: Path, encoding: Encoding) -> str:
    """The last line with something in it; the end of the file is all that is read."""
    lines = file_tail(path, encoding).replace("\x1a", "").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def file_tail(path: Path, encoding: Encoding) -> str:
    """The last thousands of characters."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, 2) - _TAIL)
        file.seek(start - start % 2)
        tail = file.read()
    name = str(encoding)
    if encoding is Encoding.UTF_16:
        name = "utf-16-be" if _is_big_endian(path) else "utf-16-le"
    return tail.decode(name, "replace")


def _is_big_endian(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\xfe\xff"


def _with_line(header: RegistryHeader, line: str) -> RegistryHeader:
    """The header with what a line as `#FILESUM 1234.56` adds to it."""
    key, _space, value = line.lstrip("#").strip().replace("\t", " ").partition(" ")
    value = value.strip(" =:")
    try:
        match key.upper():
            case "FILESUM":
                return replace(header, total_minor=read_amount(value))
            case "ROWS" | "COUNT" | "FILECOUNT":
                return replace(header, rows=int(value))
            case "PERIOD":
                return replace(header, period=read_period(value))
            case "DATE":
                return replace(header, as_of=read_date(value))
            case "SERVICE":
                return replace(header, service=value)
            case "INN":
                return replace(header, inn=value)
            case _:
                return header
    except (BadValue, ValueError):
        return header


def _with_control(header: RegistryHeader, line: str, layout: Layout) -> RegistryHeader:
    """The header with the control sum of the last line: `=3;1234.56` or `#TOTAL;3;1234.56`."""
    total = CONTROL.fullmatch(line)
    if total:
        return replace(header, rows=int(total[1]), total_minor=_amount(total[2]))
    if line.startswith(TOTAL):
        fields = line.split(layout.delimiter)
        if len(fields) >= 3 and fields[1].isdecimal():
            return replace(header, rows=int(fields[1]), total_minor=_amount(fields[2]))
    return header


def _amount(text: str) -> int | None:
    try:
        return read_amount(text)
    except BadValue:
        return None
