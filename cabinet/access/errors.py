"""What can be wrong with a proof or an invitation, in words that tell a stranger nothing."""

from cabinet.errors import CabinetError
from cabinet.i18n import _

LONGEST_REASON = 300


class WrongProof(CabinetError):
    """The answer is not the one: whether it was near, or there is nothing to compare, reads the same."""

    code = "wrong_proof"
    field = "answer"

    def message(self) -> str:
        """What to compare."""
        return _("This does not match. Compare it with the paper, or call the provider.")


class EmptyProof(CabinetError):
    """Nothing was typed: no try is counted."""

    code = "empty_proof"
    field = "answer"

    def message(self) -> str:
        """What to do."""
        return _("Fill in this field.")


class NoProofPossible(CabinetError):
    """The provider chose no proof, or there is nothing yet that could prove it."""

    code = "no_proof_possible"

    def message(self) -> str:
        """Whom to ask."""
        return _("It cannot be proved here yet. Ask the provider.")


class CannotInviteSelf(CabinetError):
    """The address is the owner's own."""

    code = "cannot_invite_self"
    field = "email"

    def message(self) -> str:
        """Whose address it is."""
        return _("This is your own address. Enter the address of the person you invite.")


class HasAccessAlready(CabinetError):
    """The person is in the list of those who have access through this owner."""

    code = "has_access_already"
    field = "email"

    def message(self) -> str:
        """What to do."""
        return _("This person has access already. To change it, take it back and invite again.")


class TooManyPeople(CabinetError):
    """An owner gives access to a household, not to a town."""

    code = "too_many_people"
    field = "email"

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def message(self) -> str:
        """How many there may be."""
        return _("Up to {count} people can have access. Take one access back first.").format(count=self.most)


class BadUntil(CabinetError):
    """The last day of the access is no date, is over, or is too far away."""

    code = "bad_until"
    field = "until"

    def message(self) -> str:
        """Which days fit."""
        return _("Choose a day from today on, within five years, or leave the field empty.")


class InvitationOver(CabinetError):
    """Unknown, used, taken back, expired, or its owner's access has ended: they read the same."""

    code = "invitation_over"

    def message(self) -> str:
        """What to do."""
        return _("This invitation does not work any more. Ask the owner for a new one.")


class InvitationForAnother(CabinetError):
    """The person is signed in with another address than the letter went to."""

    code = "invitation_for_another"

    def message(self) -> str:
        """What to do; does not name the address."""
        return _(
            "The letter went to another address. Sign out, then sign in or sign up with the address that got it."
        )


class ReasonMissing(CabinetError):
    """Access to an account does not end for everybody without a reason."""

    code = "reason_missing"
    field = "reason"

    def message(self) -> str:
        """What to write."""
        return _("Write the reason in up to {count} characters.").format(count=LONGEST_REASON)


class OwnsAlready(CabinetError):
    """The invited person sees everything of the account already."""

    code = "owns_already"

    def message(self) -> str:
        """Where the account is."""
        return _("The account is in your cabinet already, with everything in it.")
