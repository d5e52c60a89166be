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
