"""What a link to an account lets its holder do. A pure rule."""

from enum import StrEnum

from cabinet.accounts.errors import NeedsOwner, NeedsProof, OnlyLooks
from cabinet.accounts.models import LinkLevel, LinkRole


class Right(StrEnum):
    """Something that a person may do with an account."""

    LOOK = "look"
    """The debt, own payments, meters with the previous value."""
    SEE_ALL = "see_all"
    """Name, address, bills, and the history whoever made it."""
    SEND_READINGS = "send_readings"
    PAY = "pay"
    INVITE = "invite"
    """Give others access, and take it back."""


def require(right: Right, *, role: LinkRole, level: LinkLevel) -> None:
    """Raise NeedsOwner, OnlyLooks or NeedsProof unless a link of this role and level gives the right."""
    if right is Right.INVITE and role is not LinkRole.OWNER:
        raise NeedsOwner
    if right in (Right.SEND_READINGS, Right.PAY) and role is LinkRole.VIEWER:
        raise OnlyLooks
    if right in (Right.SEE_ALL, Right.INVITE) and level is not LinkLevel.FULL:
        raise NeedsProof


def has_right(right: Right, *, role: LinkRole, level: LinkLevel) -> bool:
    """Whether a link of this role and level gives the right."""
    try:
        require(right, role=role, level=level)
    except (NeedsOwner, NeedsProof, OnlyLooks):
        return False
    return True
