"""Payments in the style of Sber's own registry: one line each, a control line with `=` at the end."""

from collections.abc import Iterable
from typing import BinaryIO

from cabinet.exchange.formats.amounts import roubles
from cabinet.exchange.formats.delimited import join_fields
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.rows import PaymentRow


def write(encoding: Encoding, rows: Iterable[PaymentRow], target: BinaryIO) -> tuple[int, int]:
    """`дата;время;номер платежа;ЛС;ФИО;адрес;ММГГ;сумма`, then `=сколько;сумма`. Returns count and sum."""
    count, total = 0, 0
    with TextOutput(target, encoding) as output:
        for row in rows:
            output.line(_line(row))
            count += 1
            total += row.amount_minor
        output.line(f"={count};{roubles(total)}")
    return count, total


def _line(row: PaymentRow) -> str:
    return join_fields(
        [
            f"{row.paid_at:%d-%m-%Y}",
            f"{row.paid_at:%H-%M-%S}",
            str(row.payment_number),
            row.number,
            row.owner_name,
            row.address,
            f"{row.period:%m%y}" if row.period else "",
            roubles(row.amount_minor),
        ]
    )
