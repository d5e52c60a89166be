"""What can be wrong with a key that is to be made."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class TooManyKeys(CabinetError):
    """The provider has as many living keys as it may have."""

    code = "too_many_keys"

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def message(self) -> str:
        return _("A provider has at most {count} keys at a time. Revoke one that is not needed.").format(
            count=self.most
        )


class StillWorking(CabinetError):
    """The same request came before and is not done yet."""

    code = "still_working"

    def message(self) -> str:
        return _("The first request with this Idempotency-Key is not done yet. Repeat it in a few seconds.")


class AnotherRequest(CabinetError):
    """The name of a request was used for a different one."""

    code = "another_request"

    def message(self) -> str:
        return _("This Idempotency-Key was used for another request. Take a new one.")
