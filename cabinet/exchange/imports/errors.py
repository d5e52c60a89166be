"""Why a registry cannot be taken in, in words that say what to do."""

from collections.abc import Sequence

from cabinet.errors import CabinetError
from cabinet.i18n import _


class RegistryTooLarge(CabinetError):
    """More bytes than the settings allow."""

    code = "registry_too_large"
    field = "file"

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self.most_bytes = most_bytes

    def message(self) -> str:
        """How large it may be, and what to do."""
        said = _("This file is larger than {count} MB. Split the registry and send the parts one by one.")
        return said.format(count=max(self.most_bytes // (1024 * 1024), 1))


class DiskIsFull(CabinetError):
    """There is no room for the file."""

    code = "disk_is_full"
    field = "file"

    def message(self) -> str:
        """That nothing was kept, and whom to tell."""
        return _("There is no room left for this file on the server. Nothing was kept. Tell the operator.")


class FileMissing(CabinetError):
    """The form came without a file, or with an empty one."""

    code = "file_missing"
    field = "file"

    def message(self) -> str:
        """What to do."""
        return _("Choose a file that is not empty.")


class CutUpload(CabinetError):
    """The connection ended before the file did."""

    code = "cut_upload"
    field = "file"

    def message(self) -> str:
        """What to do."""
        return _("The file did not arrive whole. Nothing was kept. Send it again.")


class FileGone(CabinetError):
    """The file has been deleted by its age."""

    code = "file_gone"

    def message(self) -> str:
        """What to do."""
        return _("The file is not kept any more. Send it again.")


class AnotherUnderWay(CabinetError):
    """Two files of one provider are not worked on at once."""

    code = "another_under_way"

    def message(self) -> str:
        """What to do."""
        return _("Another file of this provider is being worked on. Wait until it is done, or cancel it.")


class NotNow(CabinetError):
    """The registry is in a state in which this cannot be done."""

    code = "not_now"

    def message(self) -> str:
        """What to do."""
        return _("This cannot be done now: the file has gone on meanwhile. Look at its state.")


class CheckAgain(CabinetError):
    """Something was taken in after the dry run."""

    code = "check_again"

    def message(self) -> str:
        """What to do."""
        return _("Another file of this provider was taken in after this dry run. Check this file again.")


class NeedsReason(CabinetError):
    """The file does not fit what it says about itself."""

    code = "needs_reason"
    field = "reason"

    def message(self) -> str:
        """What to write."""
        return _("The file does not fit its control figures. Write why it is to be taken nevertheless.")


class NoRollbackReason(CabinetError):
    """Taking a registry back wants a reason."""

    code = "no_rollback_reason"
    field = "reason"

    def message(self) -> str:
        """What to write."""
        return _("Write why the import is taken back.")


class ForeignFile(CabinetError):
    """The file names another company."""

    code = "foreign_file"

    def message(self) -> str:
        """What to compare."""
        return _("The ИНН or the bank account in this file is another provider's. Choose the right provider.")


class NoDay(CabinetError):
    """Nobody says of which day the balances are."""

    code = "no_day"
    field = "as_of"

    def message(self) -> str:
        """What to do."""
        return _("Choose the day of the balances. It cannot be in the future.")


class BuiltUpon(CabinetError):
    """Something rests on the import, so it cannot be taken back."""

    code = "built_upon"

    def __init__(self, what: Sequence[str]) -> None:
        super().__init__()
        self.what = list(what)

    def message(self) -> str:
        """What rests on it."""
        said = _("This import cannot be taken back: something rests on it.")
        return " ".join([said, *self.what])
