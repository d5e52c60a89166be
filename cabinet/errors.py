"""The one family of errors that a resident may read."""

from collections.abc import Mapping


class CabinetError(Exception):
    """Something the person can mend: a stable code, a message in their language, a field it belongs to.

    Subclasses live in the `errors.py` of each feature, set `code` (and `field`) and
    define `message()`, which is called in the reader's language.
    """

    code: str = "error"
    field: str = ""

    def message(self) -> str:
        """What happened, what it means and what to do, in the language of the current context."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.code


class BadFields(CabinetError):
    """Several fields of a form are wrong at once; `problems` says what is wrong with each, in words."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = dict(problems)
        self.field = next(iter(self.problems), "")

    def message(self) -> str:
        """All problems in a row."""
        return " ".join(self.problems.values())


class NotFound(CabinetError):
    """The row does not exist, or is not this person's: the two read the same."""

    code = "not_found"

    def message(self) -> str:
        from cabinet.i18n import _

        return _("This page does not exist, or you have no access to it.")


class Forbidden(CabinetError):
    """The person is signed in but may not do this."""

    code = "forbidden"

    def message(self) -> str:
        from cabinet.i18n import _

        return _("You have no permission for this.")
