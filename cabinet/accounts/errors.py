"""Why an account could not be linked, in words that tell a stranger nothing."""

from cabinet.errors import BadFields, CabinetError
from cabinet.i18n import _


class ChooseProvider(CabinetError):
    """No provider, or one that takes no links any more."""

    code = "choose_provider"
    field = "provider"

    def message(self) -> str:
        """What to choose."""
        return _("Choose a provider from the list.")


class CannotLink(CabinetError):
    """The number is unknown, or the account is closed: the two read the same."""

    code = "cannot_link"
    field = "number"

    def message(self) -> str:
        """What to compare; says nothing about whether the number exists."""
        return _(
            "An account with this number cannot be linked. "
            "Compare the number and the provider with your bill, or call the provider."
        )


class AlreadyLinked(CabinetError):
    """The resident has the account in the list already."""

    code = "already_linked"
    field = "number"

    def message(self) -> str:
        """Where the account is."""
        return _("You have linked this account already. It is in your cabinet.")


class OwnNameTooLong(CabinetError):
    """The resident's own name for an account does not fit."""

    code = "own_name_too_long"
    field = "own_name"

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.longest = longest

    def message(self) -> str:
        """How long it may be."""
        return _("The name may have up to {count} characters.").format(count=self.longest)


class NeedsOwner(CabinetError):
    """Who was invited wants to do what only the owner may."""

    code = "needs_owner"

    def message(self) -> str:
        """Whom to ask."""
        return _("Only the person who linked the account by its number may do this.")


class OnlyLooks(CabinetError):
    """Who was invited to look wants to pay or to send readings."""

    code = "only_looks"

    def message(self) -> str:
        """Whom to ask."""
        return _("You were invited to look at this account. Ask its owner to let you pay and send readings.")


class NeedsProof(CabinetError):
    """The account has been linked by its number alone."""

    code = "needs_proof"

    def message(self) -> str:
        """What to do first."""
        return _("To see this, prove first that the account is yours.")


class BadAccount(BadFields):
    """What a provider delivered for an account cannot be kept."""

    code = "bad_account"


class AccountClosed(CabinetError):
    """The provider's account was closed: it takes nothing in until it is opened again."""

    code = "account_closed"
    field = "number"

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number = number

    def message(self) -> str:
        """What to do first."""
        return _("This account is closed. Open it again first, or leave it out.")
