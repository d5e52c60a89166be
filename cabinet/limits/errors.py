"""What a person reads who tried too often."""

from datetime import timedelta

from cabinet.errors import CabinetError
from cabinet.i18n import _, ngettext


class TooManyTries(CabinetError):
    """The limit is reached; `retry_after` says when the next try is welcome."""

    code = "too_many_tries"

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)

    @property
    def seconds(self) -> int:
        """Whole seconds to wait, at least one."""
        return max(1, round(self.retry_after.total_seconds()))

    def message(self) -> str:
        """How long to wait."""
        return _("Too many attempts. Try again in {time}.").format(time=say_wait(self.seconds))


def say_wait(seconds: int) -> str:
    """«30 секунд», «2 минуты», "1 hour": rounded up, so that the promise holds."""
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
    minutes = -(-seconds // 60)
    if minutes < 60:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = -(-minutes // 60)
    return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
