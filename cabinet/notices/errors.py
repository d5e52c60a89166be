"""What can be wrong with a notice."""

from collections.abc import Mapping

from cabinet.errors import CabinetError
from cabinet.i18n import _


class BadNotice(CabinetError):
    """Staff entered a notice that cannot be shown; `problems` names every field."""

    code = "bad_notice"

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = dict(problems)
        self.field = next(iter(self.problems), "")

    def message(self) -> str:
        """All problems in a row."""
        return " ".join(self.problems.values())


class NoticeWithdrawn(CabinetError):
    """It is shown to nobody any more, and so is not changed either."""

    code = "notice_withdrawn"

    def message(self) -> str:
        """What to do instead."""
        return _("This notice has been withdrawn. Write a new one.")
