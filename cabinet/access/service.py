"""Who may see an account: proofs, invitations and their end, as the rest of the program may use them."""

from cabinet.access.ending import (
    end_expired,
    end_links_of_account,
    take_back,
    unlink,
    unlink_for,
)
from cabinet.access.errors import BadUntil, InvitationForAnother, InvitationOver, OwnsAlready
from cabinet.access.invitations import (
    Guest,
    Offer,
    People,
    Waiting,
    accept_invitation,
    decline_invitation,
    delete_invitations_before,
    invite,
    inviter_of,
    move_invitations,
    offer_of,
    offers_to,
    people_of,
    resend_invitation,
    revoke_invitation,
)
from cabinet.access.letters import last_day
from cabinet.access.proof import ProofAsked, proof_asked, proof_of, prove_ownership, set_pin

__all__ = [
    "BadUntil",
    "Guest",
    "InvitationForAnother",
    "InvitationOver",
    "Offer",
    "OwnsAlready",
    "People",
    "ProofAsked",
    "Waiting",
    "accept_invitation",
    "decline_invitation",
    "delete_invitations_before",
    "end_expired",
    "end_links_of_account",
    "invite",
    "inviter_of",
    "last_day",
    "move_invitations",
    "offer_of",
    "offers_to",
    "people_of",
    "proof_asked",
    "proof_of",
    "prove_ownership",
    "resend_invitation",
    "revoke_invitation",
    "set_pin",
    "take_back",
    "unlink",
    "unlink_for",
]
