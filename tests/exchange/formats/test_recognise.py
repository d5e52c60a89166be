"""What a file seems to be, and what is refused with a sentence that says what to do."""

from datetime import date

import pytest

from cabinet.exchange.errors import EmptyFile, OldSpreadsheet, UnknownFile, UnreadableFile, WrongEncoding
from cabinet.exchange.formats.layout import Encoding, Recognised
from cabinet.exchange.formats.reading import read_rows
from cabinet.exchange.formats.recognise import recognise
from cabinet.exchange.rows import Column, RegistryFormat, RegistryRow
from cabinet.i18n import use_locale
from tests.exchange.formats.samples import file_of, sber_text

SBER_NAME = "4025012346_40702810012345678912_001_0826.txt"


def found(data: bytes, name: str = "x.txt") -> Recognised:
    with file_of(data) as path:
        return recognise(path, name)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (sber_text(5), RegistryFormat.SBER_DEBTS),
        ("Иванов;Мира, 5;37;10.00\nПетров;Мира, 6;38;-5,5;\n", RegistryFormat.SBER_DEBTS_OLD),
        ("#FILESUM 5\n#TYPE 7\n#SERVICE 1\nИванов;Мира, 5;37;10.00\n", RegistryFormat.SBER_DEBTS_OLD),
        ("#FILESUM 5\n#TYPE 7\n#SERVICE 1\nИванов;Мира, 5;37;10.00;Вода\n", RegistryFormat.GOROD),
        ("37;Иванов;;;Мира;1;Г-1;;;5;31.08.2026;\n", RegistryFormat.SBER_READINGS),
        ("ФИО;ЕЛС;ФИАС;Адрес;ЛС;Сумма\nИванов;;;Мира;37;1\n", RegistryFormat.CSV),
        ("ЛС\tСумма\n37\t1\n", RegistryFormat.CSV),
        ("37,1.00\n38,2.00\n", RegistryFormat.CSV),
        ('{"accounts": [{"number": "37"}]}', RegistryFormat.JSON),
    ],
)
def test_formats(text: str, format: RegistryFormat) -> None:
    for encoding in Encoding:
        recognised = found(text.encode(str(encoding)))
        assert recognised.layout.format is format
        assert 0 < recognised.confidence <= 1
        assert recognised.preview


def test_a_name_of_sber_makes_it_certain_and_says_the_month() -> None:
    named, unnamed = found(sber_text(5).encode(), SBER_NAME), found(sber_text(5).encode())
    assert named.confidence > unnamed.confidence
    assert named.layout.period == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("ЛС;ФИО\n37;Иванов, Пётр\n38;a\n", ";"),
        ("ЛС\tФИО\n37\tИванов; П, В\n", "\t"),
        ("ЛС,ФИО,Сумма\n37,Иванов,1\n", ","),
        ('ЛС,Сумма\n37,"1,50"\n38,"2,50"\n', ","),
        ("ЛС|Сумма\n37|1,50\n", "|"),
    ],
)
def test_separators(text: str, delimiter: str) -> None:
    assert found(text.encode()).layout.delimiter == delimiter


def test_a_clerk_changes_a_guess_and_looks_again() -> None:
    with file_of("ЛС;ФИО\n37;Иванов\n".encode("cp866")) as path:
        first = recognise(path, "x.csv")
        wrong = recognise(path, "x.csv", first.layout.model_copy(update={"encoding": Encoding.KOI8_R}))
        plain = recognise(path, "x.csv", first.layout.model_copy(update={"has_heading": False}))
    assert first.columns == ("ЛС", "ФИО") and first.layout.mapping["ЛС"] is Column.NUMBER
    assert wrong.layout.encoding is Encoding.KOI8_R and wrong.columns != first.columns
    assert plain.columns == ("1", "2")


def test_a_saved_mapping_is_kept_where_its_columns_are_there() -> None:
    mapping = {"ФИО": Column.OWNER_NAME, "Код": Column.NUMBER}
    with file_of("Код;ФИО;ЛС\n37;Иванов;5\n".encode()) as path:
        first = recognise(path, "x.csv")
        again = recognise(path, "x.csv", first.layout.model_copy(update={"mapping": mapping}))
        (row,) = read_rows(path, again.layout)
    assert again.layout.mapping == mapping
    assert isinstance(row, RegistryRow) and row.number == "37"


@pytest.mark.parametrize("data", [b"", b"\r\n \n", b"\xef\xbb\xbf", b"\0" * 100, b"#FILESUM 5\n#TYPE 7\n"])
def test_an_empty_file(data: bytes) -> None:
    with pytest.raises(EmptyFile):
        found(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
        (b"\x1f\x8b\x08\0", "GZIP"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b" <html><table>", "HTML"),
        (b"Rar!\x1a\x07", "RAR"),
    ],
)
def test_other_files_are_named(data: bytes, kind: str) -> None:
    with pytest.raises(UnknownFile) as refused:
        found(data)
    assert refused.value.kind == kind and kind in refused.value.message()


def test_a_program_is_no_registry() -> None:
    with pytest.raises(UnknownFile):
        found(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 4)


def test_an_archive_that_is_no_workbook_is_unknown() -> None:
    import io
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("registry.xlsx", b"PK")
    with pytest.raises(UnknownFile):
        found(target.getvalue())


def test_every_refusal_says_in_both_languages_what_to_do() -> None:
    refusals = [
        EmptyFile(),
        UnknownFile(),
        UnknownFile("PDF"),
        OldSpreadsheet(),
        WrongEncoding("utf-16"),
        UnreadableFile(),
    ]
    for refusal in refusals:
        with use_locale("ru"):
            russian = refusal.message()
        with use_locale("en"):
            english = refusal.message()
        assert russian != english
        assert any("а" <= letter <= "я" for letter in russian)
