"""Payments and readings as tables: CSV, XLSX and DBF with the same columns.

The headings are Russian in both languages of the portal: the provider's programs read them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO, Generic, TypeVar

from cabinet.exchange.formats.amounts import roubles
from cabinet.exchange.formats.csv_table import join_record
from cabinet.exchange.formats.dbf_table import DbfField, DbfOutput
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.table import TOTAL
from cabinet.exchange.formats.values import Cell, text_of_cell
from cabinet.exchange.formats.written import Count, Written
from cabinet.exchange.formats.xlsx import TOTAL_SHEET
from cabinet.exchange.formats.xlsx_output import XlsxOutput
from cabinet.exchange.rows import PaymentRow, ReadingRow, RegistryFormat

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Columns, and what stands in them for a row."""

    title: str
    columns: tuple[tuple[str, DbfField], ...]
    cells: Callable[[Row], list[Cell]]
    amount: Callable[[Row], int]
    """Minor units that count in the control sum."""


def _payment_cells(row: PaymentRow) -> list[Cell]:
    return [
        row.number,
        row.owner_name,
        row.address,
        f"{row.period:%m.%Y}" if row.period else "",
        row.paid_at.date(),
        Decimal(row.amount_minor).scaleb(-2),
        str(row.payment_number),
    ]


PAYMENTS: Table[PaymentRow] = Table(
    "Платежи",
    (
        ("Лицевой счёт", DbfField("LS", "C", 40)),
        ("ФИО", DbfField("FIO", "C", 150)),
        ("Адрес", DbfField("ADRES", "C", 254)),
        ("Период", DbfField("PERIOD", "C", 7)),
        ("Дата платежа", DbfField("DATA", "D", 8)),
        ("Сумма", DbfField("SUMMA", "N", 15, 2)),
        ("Номер платежа", DbfField("NPLAT", "C", 20)),
    ),
    _payment_cells,
    lambda row: row.amount_minor,
)


def _reading_cells(row: ReadingRow) -> list[Cell]:
    return [
        row.number,
        row.owner_name,
        row.address,
        row.meter_kind,
        row.meter_serial,
        str(row.zone),
        str(row.zones),
        f"{row.value:f}",
        row.taken_on,
        f"{row.period:%m.%Y}",
        row.verification_due,
    ]


READINGS: Table[ReadingRow] = Table(
    "Показания",
    (
        ("Лицевой счёт", DbfField("LS", "C", 40)),
        ("ФИО", DbfField("FIO", "C", 150)),
        ("Адрес", DbfField("ADRES", "C", 254)),
        ("Тип прибора", DbfField("VID", "C", 12)),
        ("Номер прибора", DbfField("NOMSCH", "C", 40)),
        ("Тарифная зона", DbfField("ZONA", "C", 1)),
        ("Всего зон", DbfField("ZON", "C", 1)),
        ("Показание", DbfField("POKAZ", "N", 16, 3)),
        ("Дата показания", DbfField("DT_POK", "D", 8)),
        ("Период", DbfField("PERIOD", "C", 7)),
        ("Дата поверки", DbfField("DT_POV", "D", 8)),
    ),
    _reading_cells,
    lambda row: 0,
)


def write_table(
    format: RegistryFormat, encoding: Encoding, table: Table[Row], rows: Iterable[Row], target: BinaryIO
) -> Written:
    """Write the rows in one of the table formats, with their number and sum where the readers look for them."""
    if format is RegistryFormat.XLSX:
        return _write_xlsx(table, rows, target)
    if format is RegistryFormat.DBF:
        return _write_dbf(encoding, table, rows, target)
    return _write_csv(encoding, table, rows, target)


def _write_csv(encoding: Encoding, table: Table[Row], rows: Iterable[Row], target: BinaryIO) -> Written:
    """Semicolons; the last line is `#TOTAL;how many;sum`."""
    count = Count()
    with TextOutput(target, encoding) as output:
        output.line(join_record((name for name, _field in table.columns), ";"))
        for row in rows:
            output.line(join_record(map(text_of_cell, table.cells(row)), ";"))
            count.add(table.amount(row))
        output.line(f"{TOTAL};{count.rows};{roubles(count.total_minor)}")
    return count.written()


def _write_xlsx(table: Table[Row], rows: Iterable[Row], target: BinaryIO) -> Written:
    """The control sum is on a sheet of its own, so that the table can be sorted and filtered."""
    count = Count()
    output = XlsxOutput(table.title)
    output.append([name for name, _field in table.columns])
    for row in rows:
        output.append(table.cells(row))
        count.add(table.amount(row))
    output.start_sheet(TOTAL_SHEET)
    output.append(["", "Строк", "Сумма"])
    output.append([TOTAL, count.rows, Decimal(count.total_minor).scaleb(-2)])
    output.save(target)
    return count.written()


def _write_dbf(encoding: Encoding, table: Table[Row], rows: Iterable[Row], target: BinaryIO) -> Written:
    """The last record has `#TOTAL` for an account and the sum in the column of sums."""
    count = Count()
    fields = [field for _name, field in table.columns]
    output = DbfOutput(target, fields, encoding)
    for row in rows:
        output.append(table.cells(row))
        count.add(table.amount(row))
    total = Decimal(count.total_minor).scaleb(-2)
    output.append([TOTAL, *(total if field.name == "SUMMA" else None for field in fields[1:])])
    output.close()
    return count.written()
