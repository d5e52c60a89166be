"""«Город»: `#FILESUM` sum of the balances, `#TYPE 7`, `#SERVICE` code; rows `ФИО;адрес;ЛС;баланс;услуга`."""

from collections.abc import Iterator

from cabinet.exchange.formats.delimited import Parse, read_delimited, split_fields
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.lines import TextLines
from cabinet.exchange.formats.sber import account_number, amount_reader
from cabinet.exchange.rows import BadRow, RegistryRow

COLUMNS = ("ФИО", "Адрес", "ЛС", "Баланс", "Услуга")


def read_balances(lines: TextLines, layout: Layout) -> Iterator[RegistryRow | BadRow]:
    """The rows of a registry for «Город»."""
    return read_delimited(lines, _parser(layout))


def _parser(layout: Layout) -> Parse:
    period, amount = layout.period, amount_reader(layout)

    def parse(number: int, line: str) -> RegistryRow:
        name, address, account, balance, service = split_fields(line, COLUMNS)
        return RegistryRow(
            number, line, account_number(account), name.strip(), address.strip(), "", "", amount(balance),
            service.strip(), period,
        )  # fmt: skip

    return parse
