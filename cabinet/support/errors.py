"""What can be wrong with a request to support."""

from cabinet.errors import CabinetError
from cabinet.i18n import _, ngettext


class SubjectMissing(CabinetError):
    """The request has no subject."""

    code = "subject_missing"
    field = "subject"

    def message(self) -> str:
        """What to write."""
        return _("Say in a few words what it is about.")


class MessageMissing(CabinetError):
    """The request says nothing."""

    code = "message_missing"
    field = "message"

    def message(self) -> str:
        """What to do."""
        return _("Write your message.")


class FormBroken(CabinetError):
    """The form did not arrive as a browser sends it."""

    code = "form_broken"

    def message(self) -> str:
        """What to do."""
        return _("The form did not arrive whole. Send it again.")


class TooManyFiles(CabinetError):
    """More files than one request may have."""

    code = "too_many_files"
    field = "files"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def message(self) -> str:
        """How many are welcome."""
        return ngettext("Attach at most {n} file.", "Attach at most {n} files.", self.limit).format(
            n=self.limit
        )


class FileTooLarge(CabinetError):
    """One file is larger than the limit (bytes)."""

    code = "file_too_large"
    field = "files"

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name, limit)
        self.name = name
        self.limit = limit

    def message(self) -> str:
        """Which file, and the limit."""
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
        """Which file, and what we take."""
        return _(
            "“{name}” cannot be attached. Attach a photo (JPEG, PNG, HEIC), a PDF or a text file."
        ).format(name=self.name)


class RequestTooLarge(CabinetError):
    """Everything together is larger than the limit (bytes)."""

    code = "request_too_large"
    field = "files"

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def message(self) -> str:
        """The limit, and what to do."""
        return _("The files are larger than {size} together. Attach fewer or smaller files.").format(
            size=say_size(self.limit)
        )


def say_size(size: int) -> str:
    """«10 МБ», «512 КБ»: rounded up."""
    if size >= 1024 * 1024:
        return _("{n} MB").format(n=-(-size // (1024 * 1024)))
    return _("{n} KB").format(n=-(-size // 1024))


class AccountNotYours(CabinetError):
    """The chosen account is none of the resident's."""

    code = "account_not_yours"
    field = "account"

    def message(self) -> str:
        """What to do."""
        return _("Choose one of your accounts, or none.")


class LinkExpired(CabinetError):
    """The link of a letter opens nothing any more."""

    code = "link_expired"

    def message(self) -> str:
        """What to do."""
        return _(
            "This link does not work any more. Write to support anew and quote the number of the request."
        )


class ScoreMissing(CabinetError):
    """No mark from 1 to 5 was chosen."""

    code = "score_missing"
    field = "score"

    def message(self) -> str:
        """What to do."""
        return _("Choose a mark from 1 to 5.")


class NotToRate(CabinetError):
    """The request is not closed, or the mark has stood for a week."""

    code = "not_to_rate"

    def message(self) -> str:
        """Why not."""
        return _("A mark can be given when the request is closed, and changed within a week.")


class SomethingNew(CabinetError):
    """Somebody wrote in the thread while the answer was being written."""

    code = "something_new"

    def message(self) -> str:
        """What to do."""
        return _(
            "Nothing was sent yet: there is a new message in this request. Read it; your text is below. Send it if it still fits."
        )


class CannotAssign(CabinetError):
    """The person may not answer requests, or may not sign in."""

    code = "cannot_assign"
    field = "assignee"

    def message(self) -> str:
        """What to do."""
        return _("This person does not answer requests. Choose somebody else.")
