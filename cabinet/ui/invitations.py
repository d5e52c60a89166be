"""Invitations that wait for the person who is signed in: for whoever signed up to accept one."""

from dataclasses import dataclass

import reflex as rx

from cabinet.access import service as access
from cabinet.access.service import Offer
from cabinet.accounts.models import LinkRole
from cabinet.database import read_only
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link
from cabinet.ui.gate import person
from cabinet.ui.surfaces import notice


@dataclass
class OfferCard:
    """An invitation in the words of the page's language."""

    id: str = ""
    inviter: str = ""
    provider: str = ""
    kind: str = ""
    rights: str = ""
    until: str = ""
    page: str = ""
    replaces: bool = False


class OffersState(rx.State):
    """What waits for the person's address."""

    offers: rx.Field[list[OfferCard]] = rx.field(default_factory=list)

    @rx.event
    async def load(self) -> None:
        """Read the invitations that can be accepted now."""
        async with read_only() as session:
            found = await access.offers_to(person().id, session=session)
        self.offers = [offer_card(offer) for offer in found]


def offer_card(offer: Offer) -> OfferCard:
    """What an invitation says."""
    return OfferCard(
        id=str(offer.id),
        inviter=offer.inviter,
        provider=offer.account.provider_name_in(current_locale()),
        kind=offer.account.kind.value,
        rights=_say_rights(offer.role),
        until=_("The access ends after {day}.").format(day=say_date(offer.last_day))
        if offer.last_day
        else "",
        page=routes.invitation(offer.id),
        replaces=offer.replaces,
    )


def waiting_offers() -> rx.Component:
    """A notice for each, with the way to it."""
    return rx.cond(
        OffersState.offers.length() > 0,
        rx.el.ul(rx.foreach(OffersState.offers, _offer), class_name="grid gap-3 mb-6"),
        rx.fragment(),
    )


def _offer(offer: rx.vars.ObjectVar[OfferCard]) -> rx.Component:
    words = notice(
        rx.el.p(
            rx.el.strong(offer.inviter, class_name="[overflow-wrap:anywhere]"),
            " ",
            _("invites you to an account:"),
            " ",
            offer.provider,
        ),
        rx.el.div(primary_link(_("See the invitation"), to=offer.page), class_name="mt-2"),
        sign="letter",
    )
    return rx.el.li(words, key=offer.id)


def _say_rights(role: LinkRole) -> str:
    if role is LinkRole.HELPER:
        return _("You will see the bills and the meters, pay, and send readings.")
    return _("You will see the bills and the meters. Paying and sending readings stays with the owner.")
