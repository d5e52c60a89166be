"""Why a registry cannot be read or written, and what to do about it."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class UnreadableFile(CabinetError):
    """The whole file cannot be read; single rows that cannot are `BadRow`."""

    code = "unreadable_file"
    field = "file"

    def message(self) -> str:
        return _("This file cannot be read. Export it again and upload the new file.")


class EmptyFile(UnreadableFile):
    """Nothing in it, or nothing but headings."""

    code = "empty_file"

    def message(self) -> str:
        return _("This file has no rows. Export the registry again and upload the new file.")


class UnknownFile(UnreadableFile):
    """None of the formats; `kind` is what it is instead, where that is known (`PDF`)."""

    code = "unknown_file"

    def __init__(self, kind: str = "") -> None:
        super().__init__()
        self.kind = kind

    def message(self) -> str:
        formats = _("Save the registry as text (.txt, .csv), .xlsx, .dbf or .json and upload it again.")
        if not self.kind:
            return _("This file is none of the formats that we read.") + " " + formats
        return _("This is a file of the kind {kind}, not a registry.").format(kind=self.kind) + " " + formats


class OldSpreadsheet(UnreadableFile):
    """`.xls`, or a workbook that is locked with a password."""

    code = "old_spreadsheet"

    def message(self) -> str:
        return _(
            "This is an old .xls workbook, or one with a password. "
            "Save it as .xlsx without a password and upload it again."
        )


class BrokenFile(UnreadableFile):
    """Cut in the middle or damaged, so that the rest cannot be trusted; `line` is where, when known."""

    code = "broken_file"

    def __init__(self, line: int | None = None) -> None:
        super().__init__()
        self.line = line

    def message(self) -> str:
        again = _("Export it again and upload the whole file.")
        if self.line is None:
            return _("This file is damaged or was cut off on the way.") + " " + again
        return _("This file is damaged or was cut off after row {row}.").format(row=self.line) + " " + again


class InflatedFile(UnreadableFile):
    """It would unpack into far more than any registry needs."""

    code = "inflated_file"

    def message(self) -> str:
        return _(
            "This workbook unpacks into far more data than a registry has. "
            "Save the sheet with the registry alone as .csv and upload that."
        )


class TooManyColumns(UnreadableFile):
    """More columns than a registry may have."""

    code = "too_many_columns"

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def message(self) -> str:
        return _(
            "This table has more than {most} columns. Leave those of the registry and upload it again."
        ).format(most=self.most)


class WrongEncoding(UnreadableFile):
    """The bytes are not text in this encoding."""

    code = "wrong_encoding"
    field = "encoding"

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self.encoding = encoding

    def message(self) -> str:
        return _("This is not text in {encoding}. Choose another encoding.").format(encoding=self.encoding)


class MissingSheet(UnreadableFile):
    """The workbook has no sheet of this name."""

    code = "missing_sheet"
    field = "sheet"

    def __init__(self, sheet: str) -> None:
        super().__init__()
        self.sheet = sheet

    def message(self) -> str:
        return _("The workbook has no sheet “{sheet}”. Choose another one.").format(sheet=self.sheet)


class MissingColumns(UnreadableFile):
    """The mapping names columns that the file does not have."""

    code = "missing_columns"
    field = "mapping"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names

    def message(self) -> str:
        return _("The file has no column: {names}. Choose the columns again.").format(
            names=", ".join(self.names)
        )


class NoNumberColumn(UnreadableFile):
    """Nobody said which column holds the account number."""

    code = "no_number_column"
    field = "mapping"

    def message(self) -> str:
        return _("Say which column holds the account number.")


class NoPeriod(UnreadableFile):
    """There are charges, and neither the rows nor the file say for which month."""

    code = "no_period"
    field = "period"

    def message(self) -> str:
        return _("The file does not say which month the charges are for. Choose the month.")


class CannotWrite(CabinetError):
    """The format has no place for what should go into it."""

    code = "cannot_write"
    field = "format"

    def message(self) -> str:
        return _("This format cannot hold such a registry. Choose another one.")
