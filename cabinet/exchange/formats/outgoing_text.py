"""Payments and readings as text: in the style of Sber, for «Город», and as JSON."""

from collections.abc import Iterable
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from cabinet.exchange.formats.amounts import roubles
from cabinet.exchange.formats.delimited import join_fields, plain_field
from cabinet.exchange.formats.json_accounts import CONTROL, dump
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.output import TextOutput
from cabinet.exchange.formats.written import Count, Written
from cabinet.exchange.rows import PaymentRow, ReadingRow, RegistryHeader


def write_sber(encoding: Encoding, rows: Iterable[PaymentRow], target: BinaryIO) -> Written:
    """`дата;время;номер платежа;ЛС;ФИО;адрес;ММГГ;сумма`, one line each; at the end `=сколько;сумма`."""
    count = Count()
    with TextOutput(target, encoding) as output:
        for row in rows:
            output.line(join_fields(_sber_fields(row)))
            count.add(row.amount_minor)
        output.line(f"={count.rows};{roubles(count.total_minor)}")
    return count.written()


def _sber_fields(row: PaymentRow) -> list[str]:
    return [
        f"{row.paid_at:%d-%m-%Y}",
        f"{row.paid_at:%H-%M-%S}",
        str(row.payment_number),
        row.number,
        row.owner_name,
        row.address,
        f"{row.period:%m%y}" if row.period else "",
        roubles(row.amount_minor),
    ]


def write_gorod(
    encoding: Encoding, header: RegistryHeader, rows: Iterable[PaymentRow], target: BinaryIO
) -> Written:
    """`#FILESUM`, `#TYPE 7`, `#SERVICE`, then `ФИО;адрес;ЛС;сумма;услуга;ММГГ;номер платежа;дата`."""
    count = Count()
    with TemporaryFile() as aside:
        with TextOutput(aside, encoding, inside=True) as output:
            for row in rows:
                output.line(join_fields(_gorod_fields(row, header.service)))
                count.add(row.amount_minor)
        with TextOutput(target, encoding) as output:
            output.line(f"#FILESUM {roubles(count.total_minor)}")
            output.line("#TYPE 7")
            output.line(f"#SERVICE {plain_field(header.service)}")
            output.line(f"#ROWS {count.rows}")
        aside.seek(0)
        copyfileobj(aside, target)
    return count.written()


def _gorod_fields(row: PaymentRow, service: str) -> list[str]:
    return [
        row.owner_name,
        row.address,
        row.number,
        roubles(row.amount_minor),
        service,
        f"{row.period:%m%y}" if row.period else "",
        str(row.payment_number),
        f"{row.paid_at:%d.%m.%Y}",
    ]


def write_json(
    header: RegistryHeader, key: str, objects: Iterable[dict[str, Any]], target: BinaryIO
) -> Written:
    """`{"header": {…}, KEY: […], "control": {"rows": …, "total": …}}`, UTF-8, one object a line.

    Sums are strings of roubles, so that no program makes floats of them.
    """
    count = Count()
    with TextOutput(target, Encoding.UTF_8) as output:
        output.text(f'{{"header": {dump(_header_object(header))},\n"{key}": [')
        for one in objects:
            output.text(",\n" if count.rows else "\n")
            output.text(dump(one))
            count.add(_minor(one))
        control = {"rows": count.rows, "total": roubles(count.total_minor)}
        output.text(f'\n],\n"{CONTROL}": {dump(control)}}}\n')
    return count.written()


def _minor(one: dict[str, Any]) -> int:
    amount = one.get("amount", "0.00")
    return int(str(amount).replace(".", ""))


def _header_object(header: RegistryHeader) -> dict[str, str]:
    said = {
        "inn": header.inn,
        "bank_account": header.bank_account,
        "service": header.service,
        "period": f"{header.period:%Y-%m-%d}" if header.period else "",
        "as_of": f"{header.as_of:%Y-%m-%d}" if header.as_of else "",
    }
    return {key: value for key, value in said.items() if value}


def payment_object(row: PaymentRow) -> dict[str, Any]:
    """One payment; `amount` is roubles."""
    return {
        "payment": row.payment_number,
        "paid_at": row.paid_at.isoformat(),
        "account": row.number,
        "owner_name": row.owner_name,
        "address": row.address,
        "amount": roubles(row.amount_minor),
        "period": f"{row.period:%Y-%m-%d}" if row.period else None,
    }


def reading_object(row: ReadingRow) -> dict[str, Any]:
    """One reading; `kind` is a `MeterKind`, `zone` one of `zones`."""
    return {
        "account": row.number,
        "owner_name": row.owner_name,
        "address": row.address,
        "kind": row.meter_kind,
        "serial": row.meter_serial,
        "zone": row.zone,
        "zones": row.zones,
        "value": f"{row.value:f}",
        "date": row.taken_on.isoformat(),
        "period": row.period.isoformat(),
        "check_date": row.verification_due.isoformat() if row.verification_due else None,
    }
