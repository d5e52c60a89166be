"""What a person can mend about registries out."""

import errno

from cabinet.errors import CabinetError
from cabinet.i18n import _


class NothingToHandOver(CabinetError):
    """No row is waiting, and an empty registry was not asked for."""

    code = "nothing_to_hand_over"

    def message(self) -> str:
        """What to do."""
        return _(
            "Everything of this period has been handed over already. "
            "If the provider needs an empty registry, ask for it."
        )


class WrongPeriod(CabinetError):
    """The period ends before it begins, or has not ended yet."""

    code = "wrong_period"
    field = "until"

    def message(self) -> str:
        """What to do."""
        return _("Choose days that have begun already, the first one not after the last one.")


class WrongFormat(CabinetError):
    """A registry of the kind cannot be written in this format."""

    code = "wrong_format"
    field = "format"

    def message(self) -> str:
        """What to do."""
        return _("This registry cannot be written in this format. Choose another one.")


class NotDelivered(CabinetError):
    """A registry is confirmed that the provider cannot have yet."""

    code = "not_delivered"

    def message(self) -> str:
        """What to do."""
        return _("Nobody has fetched this registry yet. Download it and hand it over first.")


class RegistryDiffers(CabinetError):
    """The file cannot be repeated to the byte: the program has changed since it was handed over."""

    code = "registry_differs"

    def message(self) -> str:
        """What to do."""
        return _(
            "This file can no longer be made exactly as it was handed over. "
            "Its rows are unchanged: choose another format, and tell the engineer."
        )


class CannotRepeat(CabinetError):
    """Another day or hour than there is."""

    code = "bad_schedule"
    field = "day"

    def message(self) -> str:
        """What to do."""
        return _("Choose a day that every week or month has, and a whole hour.")


class NoRoomForFile(CabinetError):
    """The system did not let a file be written; `number` is its error."""

    code = "no_room_for_file"

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self.number = number

    def message(self) -> str:
        """What happened and what to do."""
        return say_failure(errno.errorcode.get(self.number or 0, ""))


def say_failure(name: str) -> str:
    """Why a file was not written, by the system's name of the error, and what to do."""
    match name:
        case "ENOSPC" | "EDQUOT":
            return _("The disk is full. Nothing is lost: make room, and try again.")
        case "ENOENT" | "ENOTDIR":
            return _("The folder is not there. Nothing is lost: connect or create it, and try again.")
        case "EACCES" | "EPERM" | "EROFS":
            return _("The program may not write into the folder. Nothing is lost: allow it, and try again.")
        case "EEXIST":
            return _("Another file with this name is in the folder already. Move it away, and try again.")
        case _:
            return _("The file could not be written ({name}). Nothing is lost: try again.").format(
                name=name or "?"
            )
