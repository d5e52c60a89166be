"""What can be wrong with a notice."""

from cabinet.errors import BadFields, CabinetError
from cabinet.i18n import _


class BadNotice(BadFields):
    """Staff entered a notice that cannot be shown."""

    code = "bad_notice"


class NoticeWithdrawn(CabinetError):
    """It is shown to nobody any more, and so is not changed either."""

    code = "notice_withdrawn"

    def message(self) -> str:
        """What to do instead."""
        return _("This notice has been withdrawn. Write a new one.")
