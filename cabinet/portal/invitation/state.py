"""What the link of an invitation leads to."""

from urllib.parse import quote

import reflex as rx

from cabinet.access import service as access
from cabinet.access.service import InvitationForAnother, InvitationOver, Offer
from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.ui import routes
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import open_to_all, person, visitor
from cabinet.ui.invitations import OfferCard, offer_card


class InvitationState(rx.State):
    """The invitation of the page's address: by the token of a letter, or one that waits for the person."""

    stage: rx.Field[str] = rx.field("")
    """`guest`, `offer`, `another`, `over` or `declined`; empty before anything is known."""
    offer: rx.Field[OfferCard] = rx.field(default_factory=OfferCard)
    sign_in: rx.Field[str] = rx.field("")
    """The way to sign in and back here."""
    problem: rx.Field[str] = rx.field("")
    account: rx.Field[str] = rx.field("")
    """Where the account is, if the person has it already."""

    @rx.event
    @open_to_all
    async def load(self) -> None:
        """Say what is offered, to whom it is offered; guests learn nothing but where to sign in."""
        self.problem, self.account, self.offer = "", "", OfferCard()
        if visitor() is None:
            self.stage = "guest"
            asked = self.router.url.query
            here = routes.localized(routes.INVITATION) + (f"?{asked}" if asked else "")
            self.sign_in = f"{routes.SIGN_IN}?next={quote(here)}"
            return
        try:
            self.offer = offer_card(await self._find())
            self.stage = "offer"
        except InvitationForAnother:
            self.stage = "another"
        except CabinetError:
            self.stage = "over"

    @rx.event
    async def accept(self) -> object:
        """Take the access and go to the account."""
        try:
            invitation_id = (await self._find()).id
            async with unit_of_work() as session:
                account_id = await access.accept_invitation(person().id, invitation_id, session=session)
        except InvitationOver:
            self.stage = "over"
            return None
        except CabinetError as problem:
            self.problem = problem.message()
            return None
        return rx.redirect(routes.localized(routes.account(account_id)))

    @rx.event
    async def decline(self) -> None:
        """Refuse it."""
        try:
            invitation_id = (await self._find()).id
            async with unit_of_work() as session:
                await access.decline_invitation(person().id, invitation_id, session=session)
            self.stage, self.offer = "declined", OfferCard()
        except CabinetError:
            self.stage = "over"

    async def _find(self) -> Offer:
        """What the address names. Raises InvitationOver, InvitationForAnother."""
        asked = self.router.url.query_parameters
        async with read_only() as session:
            if token := str(asked.get("token", "")):
                return await access.offer_of(person().id, token, session=session)
            wanted = as_id(str(asked.get("id", "")))
            for offer in await access.offers_to(person().id, session=session):
                if offer.id == wanted:
                    return offer
        raise InvitationOver
