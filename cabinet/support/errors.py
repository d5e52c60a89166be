"""What can be wrong with a request to support."""

from collections.abc import Mapping

from cabinet.errors import CabinetError
from cabinet.i18n import _, ngettext


class BadTicket(CabinetError):
    """Fields of the form that cannot be accepted; `problems` has a text for each."""

    code = "bad_ticket"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = dict(problems)
        self.field = next(iter(self.problems), "")

    def message(self) -> str:
        return " ".join(self.problems.values())


class TooManyFiles(CabinetError):
    """More files than one request may have."""

    code = "too_many_files"
    field = "files"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def message(self) -> str:
        return ngettext("Attach at most {n} file.", "Attach at most {n} files.", self.limit).format(n=self.limit)


class FileTooLarge(CabinetError):
    """One file is larger than the limit (bytes)."""

    code = "file_too_large"
    field = "files"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name, limit)
        self.name = name
        self.limit = limit

    def message(self) -> str:
        return _("“{name}” is larger than {size}. Attach a smaller file.").format(
            name=self.name, size=say_size(self.limit)
        )


class FileNotAllowed(CabinetError):
    """The content of the file is none of the kinds that we take."""

    code = "file_not_allowed"
    field = "files"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def message(self) -> str:
        return _("“{name}” cannot be attached. Attach a photo (JPEG, PNG, HEIC), a PDF or a text file.").format(
            name=self.name
        )


class RequestTooLarge(CabinetError):
    """Everything together is larger than the limit (bytes)."""

    code = "request_too_large"
    field = "files"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def message(self) -> str:
        return _("The files are larger than {size} together. Attach fewer or smaller files.").format(
            size=say_size(self.limit)
        )


def say_size(size: int) -> str:
    """«10 МБ», «512 КБ»: rounded up."""
    if size >= 1024 * 1024:
        return _("{n} MB").format(n=-(-size // (1024 * 1024)))
    return _("{n} KB").format(n=-(-size // 1024))
