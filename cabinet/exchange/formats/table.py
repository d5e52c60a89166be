"""Rows of free tables (CSV, XLSX, DBF): cells become a registry row by a mapping of columns."""

from collections.abc import Callable, Sequence
from datetime import date

from cabinet.exchange.errors import MissingColumns, NoNumberColumn, NoPeriod
from cabinet.exchange.formats.kinds import read_kind, read_zone
from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.values import (
    BadValue,
    Cell,
    amount_of_cell,
    date_of_cell,
    decimal_of_cell,
    number_of_cell,
    period_of_cell,
    posted_of_cell,
    text_of_cell,
)
from cabinet.exchange.rows import ChargeValue, Column, MeterValue, RegistryRow
from cabinet.i18n import _

Cells = Sequence[Cell]
MOST_COLUMNS = 256

TOTAL = "#TOTAL"
"""Stands in the first column of our own last row: then follow the number of rows and their sum."""
_TOTAL_WORDS = ("итого", "всего", "total")
_JOINED_BY = {Column.ADDRESS: ", "}


def name_columns(cells: Cells) -> tuple[str, ...]:
    """Names of columns from a heading, each once: an empty one is its place, a second «Сумма» is «Сумма (2)»."""
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, 1):
        plain = " ".join(text_of_cell(cell).replace("\0", "").split()) or str(place)
        name, copy = plain, 2
        while name in names:
            name, copy = f"{plain} ({copy})", copy + 1
        names[name] = None
    return tuple(names)


def number_columns(width: int) -> tuple[str, ...]:
    """Names of columns without a heading: `1`, `2` and so on."""
    return tuple(str(place) for place in range(1, width + 1))


class TableReader:
    """Makes registry rows from the cells of one table."""

    def __init__(self, layout: Layout, columns: tuple[str, ...]) -> None:
        """Raises MissingColumns, NoNumberColumn or NoPeriod where the mapping cannot be followed."""
        places = _places(layout, columns)
        self._width = len(columns) if layout.has_heading else 0
        self._number = _first(places, Column.NUMBER)
        self._texts = {
            column: _joiner(places.get(column, []), _JOINED_BY.get(column, " "))
            for column in (Column.OWNER_NAME, Column.ADDRESS, Column.ELS, Column.FIAS, Column.SERVICE)
        }
        self._balance = _first(places, Column.BALANCE)
        self._period = _first(places, Column.PERIOD)
        self._charged = _first(places, Column.CHARGED)
        self._posted = _first(places, Column.PAYMENTS)
        self._meters = _meter_reader(places)
        self._layout = layout
        if self._charged is not None and self._period is None and layout.period is None:
            raise NoPeriod

    def read(self, line: int, source: str, cells: Cells) -> RegistryRow | None:
        """The row, or None for one that is empty or a total; raises BadValue."""
        if self._number is None:
            raise NoNumberColumn
        cell = _cell(cells, self._number)
        number = number_of_cell(cell)
        if not number or number[0] in "#ИиВвTt":
            if is_total(cells) or not any(map(text_of_cell, cells)):
                return None
            if not number:
                raise BadValue(_("The account number is missing."))
        if self._width and len(cells) > self._width and any(map(text_of_cell, cells[self._width :])):
            raise BadValue(
                _("This row has {count} fields, the heading has {expected}.").format(
                    count=len(cells), expected=self._width
                )
            )
        return self._row(line, source, number, cells)

    def _row(self, line: int, source: str, number: str, cells: Cells) -> RegistryRow:
        layout, texts = self._layout, self._texts
        balance = amount_of_cell(_cell(cells, self._balance), layout.decimal)
        period = period_of_cell(_cell(cells, self._period)) or layout.period
        return RegistryRow(
            line,
            source,
            number,
            texts[Column.OWNER_NAME](cells),
            texts[Column.ADDRESS](cells),
            texts[Column.ELS](cells),
            texts[Column.FIAS](cells),
            -balance if layout.debt_is_negative and balance is not None else balance,
            texts[Column.SERVICE](cells),
            period,
            self._meters(cells) if self._meters else (),
            self._charges(cells, period) if self._charged is not None else (),
            posted_of_cell(_cell(cells, self._posted)) if self._posted is not None else (),
        )

    def _charges(self, cells: Cells, period: date | None) -> tuple[ChargeValue, ...]:
        amount = amount_of_cell(_cell(cells, self._charged), self._layout.decimal)
        if amount is None:
            return ()
        if period is None:
            raise BadValue(_("The month of the charge is missing."))
        return (ChargeValue(period, self._texts[Column.SERVICE](cells), amount),)


def is_total(cells: Cells) -> bool:
    """Whether the row sums up the others: ours begins with `#TOTAL`, a spreadsheet's with «Итого»."""
    first = next((text for text in map(text_of_cell, cells) if text), "")
    return first == TOTAL or first.casefold().startswith(_TOTAL_WORDS)


def _places(layout: Layout, columns: tuple[str, ...]) -> dict[Column, list[int]]:
    """Where each kind of value stands."""
    if not layout.has_heading:
        columns = number_columns(MOST_COLUMNS)
    missing = tuple(name for name in layout.mapping if name not in columns)
    if missing:
        raise MissingColumns(missing)
    places: dict[Column, list[int]] = {}
    for place, name in enumerate(columns):
        if name in layout.mapping:
            places.setdefault(layout.mapping[name], []).append(place)
    if Column.NUMBER not in places:
        raise NoNumberColumn
    return places


def _first(places: dict[Column, list[int]], column: Column) -> int | None:
    return places[column][0] if column in places else None


def _cell(cells: Cells, place: int | None) -> Cell:
    return cells[place] if place is not None and place < len(cells) else None


def _joiner(places: list[int], separator: str) -> Callable[[Cells], str]:
    """A function that gives the text of these cells, joined."""
    if not places:
        return lambda cells: ""
    if len(places) == 1:
        place = places[0]
        return lambda cells: text_of_cell(cells[place]) if place < len(cells) else ""
    return lambda cells: separator.join(
        text for text in (text_of_cell(_cell(cells, place)) for place in places) if text
    )


def _meter_reader(places: dict[Column, list[int]]) -> Callable[[Cells], tuple[MeterValue, ...]] | None:
    """A function that gives the meter of a row, or None where the table has no meters."""
    if Column.METER_SERIAL not in places:
        return None
    at: dict[Column, int | None] = {column: _first(places, column) for column in Column}

    def read(cells: Cells) -> tuple[MeterValue, ...]:
        serial = text_of_cell(_cell(cells, at[Column.METER_SERIAL]))
        if not serial:
            return ()
        kind = read_kind(text_of_cell(_cell(cells, at[Column.METER_KIND])))
        zone = read_zone(text_of_cell(_cell(cells, at[Column.METER_ZONE])), kind)
        return (
            MeterValue(
                kind=kind.kind,
                serial=serial,
                zone=zone.zone,
                zones=zone.zones,
                verification_due=date_of_cell(_cell(cells, at[Column.VERIFICATION_DUE])),
                value=decimal_of_cell(_cell(cells, at[Column.READING])),
                read_on=date_of_cell(_cell(cells, at[Column.READ_ON])),
            ),
        )

    return read
