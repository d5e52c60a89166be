"""What can be wrong with an address that is to be told of events."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class TooManyEndpoints(CabinetError):
    """The provider has as many addresses as it may have."""

    code = "too_many_endpoints"

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def message(self) -> str:
        return _("A provider has at most {count} addresses. Switch off one that is not needed.").format(
            count=self.most
        )


class EndpointSwitchedOff(CabinetError):
    """Nothing is sent to an address that is switched off."""

    code = "endpoint_switched_off"

    def message(self) -> str:
        return _("This address is switched off. Switch it on first.")
