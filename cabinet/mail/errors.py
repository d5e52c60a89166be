"""Why a letter does not leave again, and what to do instead."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class LetterWaits(CabinetError):
    """It is on its way already: nobody gets it twice."""

    code = "letter_waits"

    def message(self) -> str:
        """What happens now."""
        return _("This letter is waiting to be sent already. Look again in a few minutes.")


class LinkIsOver(CabinetError):
    """The link in the letter does not work any more, so the letter would only annoy."""

    code = "link_is_over"

    def message(self) -> str:
        """What to do instead."""
        return _(
            "The link in this letter no longer works. Ask the resident to request a new letter: "
            "«Forgot your password?» or «Send the letter again» on the sign-in page."
        )


class LetterIsEmpty(CabinetError):
    """It could not be drawn when it was written: there is nothing to send."""

    code = "letter_is_empty"

    def message(self) -> str:
        """What to do instead."""
        return _("This letter could not be made: there is nothing to send. Tell your engineer.")
