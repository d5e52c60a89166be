"""Registries for a provider: payments and readings of a period, in the formats that come in too."""

from collections.abc import Iterable
from typing import BinaryIO

from cabinet.exchange.errors import CannotWrite
from cabinet.exchange.formats import outgoing_tables, outgoing_text, sber_readings
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.written import Written
from cabinet.exchange.rows import PaymentRow, ReadingRow, RegistryFormat, RegistryHeader

PAYMENT_FORMATS = tuple(format for format in RegistryFormat if format is not RegistryFormat.SBER_READINGS)
READING_FORMATS = (
    RegistryFormat.SBER_READINGS,
    RegistryFormat.JSON,
    RegistryFormat.CSV,
    RegistryFormat.XLSX,
    RegistryFormat.DBF,
)
EXTENSIONS = {
    RegistryFormat.JSON: "json",
    RegistryFormat.CSV: "csv",
    RegistryFormat.XLSX: "xlsx",
    RegistryFormat.DBF: "dbf",
}
"""Of file names; of the others it is `txt`."""


def write_payments(
    format: RegistryFormat,
    encoding: Encoding,
    header: RegistryHeader,
    rows: Iterable[PaymentRow],
    target: BinaryIO,
) -> Written:
    """Write a registry of payments with its control sum; the rows are taken one by one.

    `target` can be sought, as a file opened with `w+b` can. Times of payments are written as they come: give
    them in the provider's time zone. Raises CannotWrite for a format that has no place for payments.
    """
    match format:
        case RegistryFormat.SBER_DEBTS | RegistryFormat.SBER_DEBTS_OLD:
            return outgoing_text.write_sber(encoding, rows, target)
        case RegistryFormat.GOROD:
            return outgoing_text.write_gorod(encoding, header, rows, target)
        case RegistryFormat.JSON:
            return outgoing_text.write_json(
                header, "payments", map(outgoing_text.payment_object, rows), target
            )
        case RegistryFormat.SBER_READINGS:
            raise CannotWrite
        case _:
            return outgoing_tables.write_table(format, encoding, outgoing_tables.PAYMENTS, rows, target)


def write_readings(
    format: RegistryFormat,
    encoding: Encoding,
    header: RegistryHeader,
    rows: Iterable[ReadingRow],
    target: BinaryIO,
) -> Written:
    """Write a registry of readings with their number; raises CannotWrite for a format that has no place for them.

    Rows of one account that follow each other share a line of Sber's format.
    """
    match format:
        case RegistryFormat.SBER_READINGS:
            return Written(sber_readings.write_readings(encoding, rows, target))
        case RegistryFormat.JSON:
            return outgoing_text.write_json(
                header, "readings", map(outgoing_text.reading_object, rows), target
            )
        case RegistryFormat.CSV | RegistryFormat.XLSX | RegistryFormat.DBF:
            return outgoing_tables.write_table(format, encoding, outgoing_tables.READINGS, rows, target)
        case _:
            raise CannotWrite
