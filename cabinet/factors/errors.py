"""What can be wrong with a second factor."""

from cabinet.errors import CabinetError
from cabinet.i18n import _


class WrongCode(CabinetError):
    """The code is not that of now, or was used already; which of the two is not said."""

    code = "wrong_code"
    field = "code"

    def message(self) -> str:
        """What to check."""
        return _(
            "This code does not fit. Type the six digits that the app shows now; each code works once, "
            "so wait for the next one."
        )


class WrongSpareCode(CabinetError):
    """No unused spare code is written so."""

    code = "wrong_spare_code"
    field = "spare"

    def message(self) -> str:
        """What to check."""
        return _("There is no such code, or it has been used. Take another one from your list.")


class BeginAgain(CabinetError):
    """The sign-in that waited for a second factor is over."""

    code = "begin_again"

    def message(self) -> str:
        """What happened, and what to do."""
        return _("Too much time has passed. Begin signing in anew: enter your e-mail and password again.")


class NoAppBegun(CabinetError):
    """The code belongs to nothing: the page was open too long, or another tab began anew."""

    code = "no_app_begun"

    def message(self) -> str:
        """What to do."""
        return _("This took too long. Begin anew: press “Connect an app” once more.")


class KeyRefused(CabinetError):
    """The browser's answer does not prove that it has the key."""

    code = "key_refused"

    def message(self) -> str:
        """What to do."""
        return _("The key did not work. Try again, or sign in another way.")


class KnownKey(CabinetError):
    """The key is there already, of this person or another."""

    code = "known_key"

    def message(self) -> str:
        """What to do."""
        return _("This key has been added already.")


class NameKey(CabinetError):
    """A key needs a name."""

    code = "name_key"
    field = "name"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    def message(self) -> str:
        """What a name is for."""
        return _("Give the key a name of up to {limit} characters: “My phone”.").format(limit=self.limit)


class TooManyKeys(CabinetError):
    """The person has as many keys as anybody needs."""

    code = "too_many_keys"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    def message(self) -> str:
        """What to do."""
        return _("You have {limit} keys, and more are not possible. Remove one first.").format(
            limit=self.limit
        )


class LastFactor(CabinetError):
    """Staff must have a second factor here, and this is the last."""

    code = "last_factor"

    def message(self) -> str:
        """What to do first."""
        return _("Your work needs a second step, and this is your last. Add another one first.")


class NoFactor(CabinetError):
    """There is nothing to make spare codes for, or to switch off."""

    code = "no_factor"

    def message(self) -> str:
        """What to do."""
        return _("No second step is on.")


class WhyReset(CabinetError):
    """A person's second factor is not taken off without a reason."""

    code = "why_reset"
    field = "reason"

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    def message(self) -> str:
        """What to write."""
        return _("Write in up to {count} characters how you know that it is they who ask.").format(
            count=self.limit
        )
