"""What can be wrong with a token of a resident, in words for the resident or their program."""

from cabinet.errors import CabinetError, Forbidden
from cabinet.i18n import _


class NameToken(CabinetError):
    """Without a name nobody knows later which program it was."""

    code = "name_token"
    field = "name"

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.longest = longest

    def message(self) -> str:
        """What to write."""
        said = _("Give it a name by which you know the program later, in up to {count} characters.")
        return said.format(count=self.longest)


class ChooseAccounts(CabinetError):
    """A token is for accounts that the resident has now."""

    code = "choose_accounts"
    field = "account"

    def message(self) -> str:
        """What to do."""
        return _("Choose at least one account.")


class ChooseRights(CabinetError):
    """A token that may do nothing is of no use."""

    code = "choose_rights"
    field = "look"

    def message(self) -> str:
        """What to do."""
        return _("Choose what the program may do.")


class CannotSendThere(CabinetError):
    """The resident themselves may only look at all of the chosen accounts."""

    code = "cannot_send_there"
    field = "account"

    def message(self) -> str:
        """Why, and what to do."""
        return _("You may only look at these accounts, so no program can send readings to them for you.")


class ChooseTerm(CabinetError):
    """None of the offered terms."""

    code = "choose_term"
    field = "term"

    def message(self) -> str:
        """What to do."""
        return _("Choose how long the key works.")


class TooManyTokens(CabinetError):
    """A household has so many programs at most."""

    code = "too_many_tokens"

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def message(self) -> str:
        """What to do."""
        said = _("You have {count} keys already. Delete one that you do not need any more.")
        return said.format(count=self.most)


class UnknownToken(CabinetError):
    """Never made, mistyped, expired, revoked, or its owner's cabinet is closed: they read the same."""

    code = "unknown_token"

    def message(self) -> str:
        """What to do."""
        return _("This key does not work. Make a new one in the settings of the cabinet.")


class TokenMayNot(Forbidden):
    """The resident did not give the token this right."""

    code = "token_may_not"

    def message(self) -> str:
        """Whose decision it was."""
        return _("The key was not given this right. Make another one in the settings of the cabinet.")


class UnknownMeter(CabinetError):
    """No meter of the account is called so, or several are."""

    code = "unknown_meter"
    field = "values"

    def message(self) -> str:
        """How meters are named."""
        return _(
            "The account has no such meter. Name it by its id, or by its number as the list of meters shows it."
        )


class UnknownZone(CabinetError):
    """The meter has no such zone."""

    code = "unknown_zone"
    field = "values"

    def message(self) -> str:
        """What a zone is called."""
        return _("The meter has no such zone. A meter without zones has one, called 1.")


class NothingSent(CabinetError):
    """A request to take readings has none in it."""

    code = "nothing_sent"
    field = "values"

    def message(self) -> str:
        """What to send."""
        return _("Send at least one value.")


class NotAReport(CabinetError):
    """The body is not what a Waterius sends."""

    code = "not_a_report"

    def message(self) -> str:
        """What it has to be."""
        return _("This is not a report of a Waterius: a JSON object with ch0 or ch1 is expected.")
