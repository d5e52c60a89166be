"""Reading a registry of any format, by its layout. Everything streams and blocks: call it in a thread."""

from collections.abc import Iterator
from pathlib import Path

from cabinet.exchange.formats import csv_table, dbf_table, gorod, json_accounts, sber, sber_readings, xlsx
from cabinet.exchange.formats.heads import header_of_text
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.lines import TextLines
from cabinet.exchange.rows import BadRow, RegistryFormat, RegistryHeader, RegistryRow


def read_rows(path: Path, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows one by one, in bounded memory however many there are.

    Raises UnreadableFile: at the first row where the file or the layout is no good, later only where the
    rest of the file cannot be read (a cut workbook or JSON). A row that cannot be read is a BadRow.
    """
    match layout.format:
        case RegistryFormat.SBER_DEBTS | RegistryFormat.SBER_DEBTS_OLD:
            return sber.read_debts(TextLines(path, layout.encoding), layout)
        case RegistryFormat.SBER_READINGS:
            return sber_readings.read_readings(TextLines(path, layout.encoding), layout)
        case RegistryFormat.GOROD:
            return gorod.read_balances(TextLines(path, layout.encoding), layout)
        case RegistryFormat.JSON:
            return json_accounts.read_accounts(path, layout)
        case RegistryFormat.CSV:
            return csv_table.read_table(path, layout)
        case RegistryFormat.XLSX:
            return xlsx.read_sheet(path, layout)
        case RegistryFormat.DBF:
            return dbf_table.read_records(path, layout)


def read_header(path: Path, name: str, layout: Layout) -> RegistryHeader:
    """What the file says about itself in its name, on top or at its end; `name` is as it was uploaded."""
    match layout.format:
        case RegistryFormat.JSON:
            return json_accounts.read_json_header(path, name, layout)
        case RegistryFormat.XLSX:
            return xlsx.read_workbook_header(path, name)
        case RegistryFormat.DBF:
            return dbf_table.read_table_header(path, name)
        case _:
            return header_of_text(path, name, layout)
