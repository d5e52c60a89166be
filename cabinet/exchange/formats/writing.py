"""Registries for a provider: payments and readings of a period, in the formats that come in too."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from cabinet.exchange.errors import CannotWrite
from cabinet.exchange.formats import sber_payments
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.rows import PaymentRow, ReadingRow, RegistryFormat, RegistryHeader


@dataclass(frozen=True, slots=True)
class Written:
    """The control sum of what was written: how many rows and, of payments, their sum in minor units."""

    rows: int
    total_minor: int = 0


def write_payments(
    format: RegistryFormat,
    encoding: Encoding,
    header: RegistryHeader,
    rows: Iterable[PaymentRow],
    target: BinaryIO,
) -> Written:
    """Write a registry of payments with its control sum; raises CannotWrite for a format that has none."""
    if format is RegistryFormat.SBER_DEBTS:
        return Written(*sber_payments.write(encoding, rows, target))
    raise CannotWrite


def write_readings(
    format: RegistryFormat,
    encoding: Encoding,
    header: RegistryHeader,
    rows: Iterable[ReadingRow],
    target: BinaryIO,
) -> Written:
    """Write a registry of readings; raises CannotWrite for a format that has no place for them."""
    raise CannotWrite
