"""The way of a file through recognition, reading and handing back."""

import io
from pathlib import Path

import pytest

from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.formats.reading import read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.formats.rejected import Rejected, write_rejected
from cabinet.exchange.rows import BadRow, RegistryFormat, RegistryRow

SBER = """#FILESUM 3700.56
Иванов Иван Петрович;12АБ345678;5f1c0d7e-0000-4c3b-9d1e-000000000001,12;г. Калуга, ул. Ленина, д. 1, кв. 12;370012345678;1234.56
Ёлкина Анна Сергеевна;;;г. Калуга, ул. Мира, д. 5, кв. 3;л/с 370012345679;2466,00
Петров Пётр;;;ул. Мира, 6;;10.00
"""
CSV = """Лицевой счёт;ФИО;Улица;Дом;Сальдо;Сумма к оплате
370012345678;"Иванов;
Иван";Ленина;1;5;1 234,56
3,70012E+11;Петров;Мира;2;5;1,00
"""


def _write(tmp_path: Path, name: str, text: str, encoding: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-8", "utf-8-sig", "koi8-r", "cp866", "utf-16"])
def test_sber_debts(tmp_path: Path, encoding: str) -> None:
    name = "4025012346_40702810012345678912_001_0826.txt"
    path = _write(tmp_path, "x", SBER, encoding)
    found = recognise(path, name)
    assert found.layout.format is RegistryFormat.SBER_DEBTS
    assert found.layout.encoding == Encoding(encoding)
    assert found.header.inn == "4025012346" and found.header.total_minor == 370056
    rows = list(read_rows(path, found.layout))
    assert [type(row) for row in rows] == [RegistryRow, RegistryRow, BadRow]
    assert isinstance(rows[1], RegistryRow) and rows[1].number == "л/с 370012345679"
    assert rows[1].balance_minor == 246600
    target = io.BytesIO()
    write_rejected(found.layout, found.heading, [Rejected(rows[2].source, "нет счёта")], target)
    again = _write(tmp_path, "y", target.getvalue().decode(encoding), encoding)
    assert [row.source for row in read_rows(again, found.layout)] == [rows[2].source]


def test_csv(tmp_path: Path) -> None:
    path = _write(tmp_path, "x.csv", CSV, "windows-1251")
    found = recognise(path, "x.csv")
    rows = list(read_rows(path, found.layout))
    assert isinstance(rows[0], RegistryRow) and rows[0].address == "Ленина, 1"
    assert isinstance(rows[1], BadRow) and rows[1].line == 4
