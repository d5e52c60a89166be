"""Parts of the front page."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.front.state import FrontState, KindTile
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_link
from cabinet.ui.icons import KINDS, icon, kind_icon
from cabinet.ui.links import link
from cabinet.ui.pictures import front_picture
from cabinet.ui.session import SessionState
from cabinet.ui.skeleton import bone


def hero() -> rx.Component:
    """What it is, and the way in."""
    guest = button_row(
        primary_link(pgettext("place", "Sign up"), to=routes.SIGN_UP),
        quiet_link(_("Sign in"), to=routes.SIGN_IN),
    )
    resident = button_row(primary_link(_("My cabinet"), to=routes.CABINET))
    words = rx.el.div(
        rx.el.h1(_("All the bills of your home in one place")),
        rx.el.p(
            _(
                "Gas, water, electricity, heating and housing: see what is owed, pay by card, send meter readings."
            ),
            class_name="lead",
        ),
        rx.cond(SessionState.signed_in, resident, guest),
        class_name="grid gap-6",
    )
    return rx.el.section(words, front_picture(), class_name="hero")


def steps() -> rx.Component:
    """How it begins."""
    return rx.el.section(
        rx.el.h2(_("Three steps to the first payment")),
        rx.el.ol(
            _step(
                _("Sign up with an e-mail"),
                _("An e-mail and a password are enough. We send a letter with a link."),
            ),
            _step(_("Link your account"), _("Choose the provider and enter the number from the paper bill.")),
            _step(
                _("Pay by card"),
                _("The whole debt or an amount of your own, with meter readings if you like."),
            ),
            class_name="steps",
        ),
        class_name="grid gap-5",
    )


def who_can_be_paid() -> rx.Component:
    """The kinds of service, with the providers of each once they are known."""
    known = rx.foreach(FrontState.tiles, _tile)
    waiting = rx.fragment(*[_kind(kind, bone("h-4 w-32 mt-1")) for kind in KINDS])
    return rx.el.section(
        rx.el.h2(_("What can be paid here")),
        rx.el.ul(rx.cond(FrontState.tiles, known, waiting), class_name="tiles"),
        class_name="grid gap-5",
    )


def promises() -> rx.Component:
    """Why one may trust it."""
    return rx.el.section(
        rx.el.h2(_("Your money and your data")),
        rx.el.ul(
            _promise(
                "lock", _("Card details are entered on the page of the payment service. We never see them.")
            ),
            _promise("check", _("A payment is credited once, even if the network fails or you press twice.")),
            _promise(
                "person",
                _("Names and full addresses stay hidden, even from someone who knows the account number."),
            ),
            class_name="grid gap-3",
        ),
        rx.el.p(
            _("Questions?"),
            " ",
            link(_("Answers and hints"), to=routes.HELP),
            " · ",
            link(_("Write to us"), to=routes.SUPPORT),
        ),
        class_name="grid gap-5",
    )


def _step(title: str, text: str) -> rx.Component:
    return rx.el.li(rx.el.h3(title), rx.el.p(text, class_name="text-soft"), class_name="step")


def _tile(tile: rx.vars.ObjectVar[KindTile]) -> rx.Component:
    names = rx.el.span(tile.names, class_name="small font-normal text-soft")
    words = rx.el.span(
        rx.match(tile.kind, *[(kind, text) for kind, text in _kind_names().items()], ""),
        names,
        class_name="grid",
    )
    return rx.el.li(kind_icon(tile.kind), words, class_name="tile", key=tile.kind)


def _kind(kind: str, below: rx.Component) -> rx.Component:
    words = rx.el.span(
        _kind_names()[kind], rx.el.span(below, class_name="small font-normal"), class_name="grid"
    )
    return rx.el.li(kind_icon(kind), words, class_name="tile")


def _kind_names() -> dict[str, str]:
    return {
        "gas": _("Gas"),
        "water": _("Water"),
        "electricity": _("Electricity"),
        "heat": _("Heating"),
        "housing": pgettext("bill", "Housing"),
    }


def _promise(sign: str, text: str) -> rx.Component:
    return rx.el.li(icon(sign, class_name="icon text-action"), rx.el.span(text), class_name="flex gap-3")
