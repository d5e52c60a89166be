"""What an uploaded file seems to be, so that a clerk only has to look and agree."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cabinet.exchange.errors import BrokenFile, EmptyFile, OldSpreadsheet, UnknownFile
from cabinet.exchange.formats.csv_table import split_record
from cabinet.exchange.formats.dbf_table import looks_like_dbf
from cabinet.exchange.formats.delimited import is_row
from cabinet.exchange.formats.encodings import guess_encoding, read_sample
from cabinet.exchange.formats.heads import heading_of_text
from cabinet.exchange.formats.kinds import SBER_TYPES
from cabinet.exchange.formats.layout import Encoding, Layout, Recognised
from cabinet.exchange.formats.lines import is_blank, open_text
from cabinet.exchange.formats.reading import read_header
from cabinet.exchange.formats.recognise_tables import (
    MOST_SKIPPED,
    PREVIEW_ROWS,
    find_heading,
    fit_mapping,
    names_columns,
    recognise_dbf,
    recognise_json,
    recognise_workbook,
)
from cabinet.exchange.formats.sber import header_of_name
from cabinet.exchange.formats.table import MOST_COLUMNS, name_columns, number_columns
from cabinet.exchange.formats.values import BadValue, read_amount
from cabinet.exchange.rows import RegistryFormat

_SAMPLE_CHARS = 64 * 1024
_DELIMITERS = ";\t,|"


def recognise(path: Path, name: str, layout: Layout | None = None) -> Recognised:
    """What the file is, by its bytes first and its name second. `layout` is what a clerk chose instead of
    the guess: then only what it does not say is guessed.

    Raises UnreadableFile where it is nothing that we read.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\0 \r\n\t\x1a\xef\xbb\xbf"):
        raise EmptyFile
    if head.startswith(b"PK"):
        return recognise_workbook(path, name, layout)
    if looks_like_dbf(head):
        return recognise_dbf(path, name, layout)
    _refuse_others(head)
    return _recognise_text(path, name, layout)


_OTHERS = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
    (b"<?xml", "XML"),
    (b"<", "HTML"),
)


def _refuse_others(head: bytes) -> None:
    """Raise UnreadableFile for what is known to be something else, or no text at all."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise OldSpreadsheet
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind in _OTHERS:
        if bare.startswith(magic):
            raise UnknownFile(kind)
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _control_share(head) > 0.05:
        raise UnknownFile


def _control_share(head: bytes) -> float:
    """How much of it are bytes that no text has."""
    return sum(byte < 32 and byte not in b"\t\r\n\x1a\f" for byte in head) / len(head)


def _recognise_text(path: Path, name: str, chosen: Layout | None) -> Recognised:
    encodings = guess_encoding(read_sample(path))
    encoding = chosen.encoding if chosen else encodings[0][0]
    lines = _first_lines(path, encoding)
    if not lines:
        raise EmptyFile
    if chosen and chosen.format in (RegistryFormat.XLSX, RegistryFormat.DBF):
        raise BrokenFile
    if chosen.format is RegistryFormat.JSON if chosen else "\n".join(lines).lstrip().startswith(("{", "[")):
        return recognise_json(
            path, name, chosen or Layout(format=RegistryFormat.JSON, encoding=encoding), encodings
        )
    format, confidence = (chosen.format, 1.0) if chosen else guess_text_format(lines, name)
    if format is not RegistryFormat.CSV:
        layout = chosen or Layout(format=format, encoding=encoding, has_heading=False)
        return _fixed(path, name, layout, confidence, lines, encodings)
    layout = chosen or _guess_table(lines, encoding)
    return _free(path, name, layout, confidence, lines, encodings)


def _first_lines(path: Path, encoding: Encoding) -> list[str]:
    """Whole lines of the beginning, none where all are blank; an only line counts as whole."""
    with open_text(path, encoding) as file:
        sample = file.read(_SAMPLE_CHARS)
        lines = sample.replace("\0", "\ufffd").split("\n")
        if len(lines) > 1 and file.read(1):
            lines.pop()
    return lines if any(not is_blank(line) for line in lines) else []


def guess_text_format(lines: list[str], name: str) -> tuple[RegistryFormat, float]:
    """The format and how sure it is, 0 to 1."""
    heading = [line for line in lines if line.startswith("#")]
    rows = [line.split(";") for line in lines if is_row(line)][:200]
    if not rows:
        raise EmptyFile
    named = bool(header_of_name(name).inn)
    best, share = max(((format, _share(rows, fits)) for format, fits in _SHAPES), key=lambda pair: pair[1])
    if share < 0.6 or names_columns(rows[0]):
        return RegistryFormat.CSV, 0.9 if names_columns(rows[0]) else 0.5
    certain = (
        named or best is RegistryFormat.SBER_READINGS or (heading and best is not RegistryFormat.SBER_DEBTS)
    )
    return best, share if certain else share * 0.8


def _share(rows: list[list[str]], fits: Callable[[list[str]], bool]) -> float:
    return sum(map(fits, rows)) / len(rows)


def _trimmed(row: list[str]) -> list[str]:
    """The row without empty fields at its end."""
    return row[:-1] if row[-1].strip() == "" and len(row) > 1 else row


def _is_new_debt(row: list[str]) -> bool:
    row = _trimmed(row)
    return len(row) == 6 and _is_number(row[4]) and _is_amount(row[5])


def _is_old_debt(row: list[str]) -> bool:
    row = _trimmed(row)
    return len(row) == 4 and _is_number(row[2]) and _is_amount(row[3])


def _is_gorod(row: list[str]) -> bool:
    return len(row) == 5 and _is_number(row[2]) and _is_amount(row[3]) and not _is_amount(row[1])


def _is_readings(row: list[str]) -> bool:
    return len(row) >= 12 and (len(row) - 5) % 7 in (0, 1) and row[5].strip() in SBER_TYPES


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and len(text) <= 80


def _is_amount(text: str) -> bool:
    try:
        read_amount(text)
    except BadValue:
        return False
    return True


_SHAPES: tuple[tuple[RegistryFormat, Callable[[list[str]], bool]], ...] = (
    (RegistryFormat.SBER_DEBTS, _is_new_debt),
    (RegistryFormat.SBER_DEBTS_OLD, _is_old_debt),
    (RegistryFormat.SBER_READINGS, _is_readings),
    (RegistryFormat.GOROD, _is_gorod),
)


def _guess_table(lines: list[str], encoding: Encoding) -> Layout:
    delimiter = guess_delimiter(lines)
    heading = find_heading([split_loosely(line, delimiter) for line in lines[: MOST_SKIPPED + 1]])
    return Layout(
        format=RegistryFormat.CSV,
        encoding=encoding,
        delimiter=delimiter,
        has_heading=heading is not None,
        skip=heading or 0,
    )


def guess_delimiter(lines: list[str]) -> str:
    """What stands equally often in most lines; of several, what parts them into more columns."""

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(split_loosely(line, delimiter)) for line in lines[:200] if not is_blank(line))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evenness)


def split_loosely(line: str, delimiter: str) -> list[str]:
    """The fields of a line for a look at it."""
    try:
        return split_record(line, delimiter)
    except BadValue:
        return line.split(delimiter)


def _fixed(
    path: Path,
    name: str,
    layout: Layout,
    confidence: float,
    lines: list[str],
    encodings: tuple[tuple[Encoding, float], ...],
) -> Recognised:
    header = read_header(path, name, layout)
    return Recognised(
        layout=layout.model_copy(update={"period": layout.period or header.period}),
        confidence=confidence,
        header=header,
        columns=(),
        preview=tuple(tuple(line.split(";")) for line in lines if not is_blank(line))[:PREVIEW_ROWS],
        heading=heading_of_text(path, layout.encoding),
        encodings=encodings,
    )


def _free(
    path: Path,
    name: str,
    layout: Layout,
    confidence: float,
    lines: list[str],
    encodings: tuple[tuple[Encoding, float], ...],
) -> Recognised:
    header = read_header(path, name, layout)
    top = layout.skip + layout.has_heading
    rows = [
        tuple(split_loosely(line, layout.delimiter)) for line in lines[layout.skip :] if not is_blank(line)
    ]
    width = max(map(len, rows), default=0)
    columns = (
        name_columns(rows[0]) if layout.has_heading and rows else number_columns(min(width, MOST_COLUMNS))
    )
    return Recognised(
        layout=fit_mapping(layout, columns, header.period),
        confidence=confidence,
        header=header,
        columns=columns,
        preview=tuple(rows[:PREVIEW_ROWS]),
        heading=tuple(lines[:top]),
        encodings=encodings,
    )
