"""What can be wrong with an account number, or with what staff enter for a provider."""

from collections.abc import Mapping

from cabinet.errors import BadFields, CabinetError
from cabinet.i18n import _, current_locale


class WrongNumberForm(CabinetError):
    """The text does not have the form of this provider's account numbers."""

    code = "wrong_number_form"
    field = "number"

    def __init__(self, hints: Mapping[str, str], example: str) -> None:
        super().__init__()
        self.hints = hints
        self.example = example

    def message(self) -> str:
        """The provider's own words and example."""
        said = _("This does not look like an account number of this provider.")
        example = _("Example: {number}").format(number=self.example)
        return " ".join(part for part in (said, self.hints.get(current_locale(), ""), example) if part)


class BadProvider(BadFields):
    """Staff entered a provider that cannot work."""

    code = "bad_provider"
