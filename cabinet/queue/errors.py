"""What stands in the way of an act on a job."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class JobNotFailed(CabinetError):
    """Only a failed job is begun again."""

    code = "job_not_failed"

    def message(self) -> str:
        """What to do."""
        return _("This job has not failed: look at the list again.")


class JobNotWaiting(CabinetError):
    """Only a job that has not begun is canceled."""

    code = "job_not_waiting"

    def message(self) -> str:
        """What to do."""
        return _("This job has already begun or ended: it cannot be canceled.")


class SameJobWaits(CabinetError):
    """Another job of the same kind waits, and it does the same."""

    code = "same_job_waits"

    def message(self) -> str:
        """What to do."""
        return _("Another job of this kind is waiting already and will do the same work.")
