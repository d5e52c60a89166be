"""Tables of text with a mapping of columns."""

from datetime import date
from decimal import Decimal

import pytest

from cabinet.exchange.errors import EmptyFile, MissingColumns, NoNumberColumn, NoPeriod, TooManyColumns
from cabinet.exchange.formats.headings import suggest_column, suggest_mapping
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.table import name_columns
from cabinet.exchange.rows import BadRow, ChargeValue, Column, MeterValue, RegistryFormat, RegistryRow
from tests.exchange.formats.samples import only, only_bad, read


def layout(**choices: object) -> Layout:
    return Layout.model_validate({"format": RegistryFormat.CSV, "mapping": {"ЛС": Column.NUMBER}, **choices})


def test_quoted_fields_hold_separators_marks_and_line_breaks() -> None:
    text = 'ЛС;ФИО;Адрес\n37;"Иванов; ""Ваня""\nИванович";"ул. Мира"\n38;ООО "Ромашка";Калуга\n'
    mapping = {"ЛС": Column.NUMBER, "ФИО": Column.OWNER_NAME, "Адрес": Column.ADDRESS}
    first, second = read(text.encode(), layout(mapping=mapping))
    assert isinstance(first, RegistryRow) and isinstance(second, RegistryRow)
    assert first.owner_name == 'Иванов; "Ваня"\nИванович'
    assert (second.line, second.owner_name) == (4, 'ООО "Ромашка"')


def test_a_mark_that_is_never_closed_spoils_its_row_only() -> None:
    text = 'ЛС;ФИО\n36;a\n37;"Иванов\n' + "".join(f"{i};b\n" for i in range(100, 300))
    rows = read(text.encode(), layout())
    assert [row.line for row in rows if isinstance(row, BadRow)] == [3]
    assert len([row for row in rows if isinstance(row, RegistryRow)]) == 201


def test_street_house_and_flat_make_an_address() -> None:
    mapping = {
        "ЛС": "number",
        "Улица": "address",
        "Дом": "address",
        "Кв": "address",
        "Имя": "owner_name",
        "Отчество": "owner_name",
    }
    row = only(
        read("ЛС;Улица;Дом;Кв;Имя;Отчество\n37;Мира;5;;Анна;Ильинична\n".encode(), layout(mapping=mapping))
    )
    assert (row.address, row.owner_name) == ("Мира, 5", "Анна Ильинична")


def test_columns_by_number_where_there_is_no_heading() -> None:
    mapping = {"2": Column.NUMBER, "3": Column.BALANCE}
    row = only(read(b"x,37,1.50\n", layout(has_heading=False, delimiter=",", mapping=mapping)))
    assert (row.number, row.balance_minor, row.line) == ("37", 150, 1)


def test_lines_above_the_heading_are_skipped() -> None:
    rows = read("Реестр за август\n\nЛС;Сумма\n37;1\n".encode(), layout(skip=2))
    assert [(row.line, row.source) for row in rows] == [(4, "37;1")]


def test_totals_and_empty_rows_are_no_rows() -> None:
    assert len(read("ЛС;Сумма\n37;1\n;;\n \nИтого;1\n;Всего: 5\n#TOTAL;1;1.00\n".encode(), layout())) == 1


def test_a_row_without_number_or_with_too_many_fields_is_rejected() -> None:
    assert only_bad(read("ЛС;Сумма\n;5\n".encode(), layout())).line == 2
    assert "3" in only_bad(read("ЛС;Сумма\n37;5;6\n".encode(), layout())).reason


def test_a_shorter_row_has_empty_cells() -> None:
    mapping = {"ЛС": Column.NUMBER, "Сумма": Column.BALANCE}
    assert only(read("ЛС;ФИО;Сумма\n37\n".encode(), layout(mapping=mapping))).balance_minor is None


def test_charges_need_a_month() -> None:
    mapping = {
        "ЛС": Column.NUMBER,
        "Начислено": Column.CHARGED,
        "Услуга": Column.SERVICE,
        "Месяц": Column.PERIOD,
    }
    data = "ЛС;Услуга;Начислено;Месяц\n37;Вода;12,50;08.2026\n".encode()
    assert only(read(data, layout(mapping=mapping))).charges == (ChargeValue(date(2026, 8, 1), "Вода", 1250),)
    del mapping["Месяц"]
    with pytest.raises(NoPeriod):
        read(data, layout(mapping=mapping))
    assert only(read(data, layout(mapping=mapping, period="2026-07-01"))).charges[0].period == date(
        2026, 7, 1
    )


def test_meters_of_a_table() -> None:
    heading = (
        "ЛС",
        "Тип счетчика",
        "Номер счетчика",
        "Тарифная зона",
        "Показание",
        "Дата показания",
        "Дата поверки",
    )
    mapping = suggest_mapping(heading)
    assert len(mapping) == len(heading)
    text = f"{';'.join(heading)}\n37;ХВС;А-1;;12,5;31.08.2026;\n37;Эл. двухтарифный;Б-1;ночь;7;;01.01.2030\n37;?;В-1;;;;\n"
    first, second, third = read(text.encode(), layout(mapping=mapping))
    assert isinstance(first, RegistryRow) and isinstance(second, RegistryRow) and isinstance(third, BadRow)
    assert first.meters == (
        MeterValue("cold_water", "А-1", value=Decimal("12.5"), read_on=date(2026, 8, 31)),
    )
    assert second.meters == (MeterValue("electricity", "Б-1", "", 2, 2, date(2030, 1, 1), Decimal(7)),)


def test_a_formula_is_text_and_loses_the_mark_that_we_gave_it() -> None:
    mapping = {"ЛС": Column.NUMBER, "ФИО": Column.OWNER_NAME}
    plain, marked, own = read("ЛС;ФИО\n37;=cmd|x\n38;'=cmd|x\n39;'Ваня'\n".encode(), layout(mapping=mapping))
    assert isinstance(plain, RegistryRow) and isinstance(marked, RegistryRow) and isinstance(own, RegistryRow)
    assert (plain.owner_name, marked.owner_name, own.owner_name) == ("=cmd|x", "=cmd|x", "'Ваня'")


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    with pytest.raises(MissingColumns, match="missing_columns") as refused:
        read("Счёт;Сумма\n37;1\n".encode(), layout())
    assert refused.value.names == ("ЛС",)
    with pytest.raises(NoNumberColumn):
        read("ЛС;Сумма\n37;1\n".encode(), layout(mapping={"Сумма": Column.BALANCE}))
    with pytest.raises(EmptyFile):
        read("ЛС".encode(), layout(skip=3))
    with pytest.raises(TooManyColumns):
        read(b"a;" * 500 + b"\n", layout())


def test_a_heading_that_stands_twice_has_two_names() -> None:
    assert name_columns(["Сумма", " Сумма ", None, "Сумма (2)"]) == (
        "Сумма",
        "Сумма (2)",
        "3",
        "Сумма (2) (2)",
    )


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Лицевой счёт", Column.NUMBER), ("ЛС", Column.NUMBER), ("№ л/с", Column.NUMBER), ("Номер ЛС", Column.NUMBER),
        ("LS", Column.NUMBER), ("LSCHET", Column.NUMBER), ("Account number", Column.NUMBER), ("NLS", Column.NUMBER),
        ("ФИО", Column.OWNER_NAME), ("Ф.И.О. абонента", Column.OWNER_NAME), ("FIO", Column.OWNER_NAME),
        ("Адрес", Column.ADDRESS), ("Адрес помещения", Column.ADDRESS), ("ADRES", Column.ADDRESS),
        ("Сумма к оплате", Column.BALANCE), ("Сальдо", Column.BALANCE), ("Сальдо на конец периода", Column.BALANCE),
        ("Задолженность, руб.", Column.BALANCE), ("SUMMA", Column.BALANCE), ("Balance", Column.BALANCE),
        ("Начислено", Column.CHARGED), ("Начислено, руб", Column.CHARGED), ("Услуга", Column.SERVICE),
        ("Период", Column.PERIOD), ("Месяц", Column.PERIOD), ("ЕЛС", Column.ELS), ("Код ФИАС", Column.FIAS),
        ("Заводской номер", Column.METER_SERIAL), ("Номер ПУ", Column.METER_SERIAL), ("Тип ПУ", Column.METER_KIND),
        ("Показания", Column.READING), ("Дата поверки", Column.VERIFICATION_DUE), ("Учтённые платежи", Column.PAYMENTS),
        ("Сальдо на начало", None), ("Причина отказа", None), ("Reason for rejection", None), ("Телефон", None), ("", None),
        ("Иванов Иван", None), ("370012345678", None),
    ],
)  # fmt: skip
def test_headings_say_what_a_column_holds(name: str, column: Column | None) -> None:
    assert suggest_column(name) is column


def test_what_is_to_pay_goes_before_another_balance() -> None:
    assert suggest_mapping(("ЛС", "Сальдо", "К оплате")) == {"ЛС": Column.NUMBER, "К оплате": Column.BALANCE}


def test_a_layout_is_saved_and_loaded() -> None:
    saved = layout(skip=2, decimal=",", period="2026-08-01")
    assert Layout.model_validate_json(saved.model_dump_json()) == saved
