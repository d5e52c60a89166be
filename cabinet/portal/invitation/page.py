"""«Вас пригласили»: accept, decline, or find the right door."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.invitation.state import InvitationState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_button, primary_link, quiet_button, quiet_link
from cabinet.ui.icons import kind_icon
from cabinet.ui.layout import public_page, sign_out_form, title_of
from cabinet.ui.session import SessionState
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice, tear_line


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Invitation"))


def page() -> rx.Component:
    """The invitation, for whom it is; for others, what to do."""
    return public_page(
        _("You are invited to an account"),
        rx.match(
            InvitationState.stage,
            ("guest", _for_guest()),
            ("offer", _offer()),
            ("another", _for_another()),
            ("over", _over()),
            ("declined", _declined()),
            lines_skeleton(3),
        ),
        entrance=False,
    )


def _for_guest() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            _(
                "Sign in with the address that the letter came to, and you will see who invites you and where."
            ),
            class_name="lead",
        ),
        primary_link(_("Sign in"), to=InvitationState.sign_in, wide=True),
        rx.el.p(
            _(
                "No cabinet yet? Sign up with the same address: after signing in, "
                "the invitation waits on the first page."
            ),
        ),
        quiet_link(pgettext("place", "Sign up"), to=routes.SIGN_UP, wide=True),
        class_name="grid gap-5",
    )


def _offer() -> rx.Component:
    offer = InvitationState.offer
    head = rx.el.div(
        kind_icon(offer.kind),
        rx.el.div(
            rx.el.h2(offer.provider),
            rx.el.p(
                _("Invited by:"), " ", rx.el.strong(offer.inviter, class_name="[overflow-wrap:anywhere]")
            ),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )
    replaces = notice(
        _("The account is in your cabinet already. What you may do with it will be what the owner says here.")
    )
    return rx.el.div(
        card(
            head,
            tear_line(),
            rx.el.div(
                rx.el.p(offer.rights),
                rx.cond(offer.until != "", rx.el.p(offer.until), rx.fragment()),
                rx.el.p(
                    _("The owner sees your name and e-mail, and can take the access back."),
                    class_name="text-soft small",
                ),
                rx.cond(offer.replaces, replaces, rx.fragment()),
                rx.cond(
                    InvitationState.problem != "",
                    notice(InvitationState.problem, mood="failed", announce=True),
                    rx.fragment(),
                ),
                button_row(
                    primary_button(_("Accept"), on_click=InvitationState.accept),
                    quiet_button(_("Decline"), on_click=InvitationState.decline),
                ),
                class_name="grid gap-3",
            ),
        ),
        class_name="grid gap-5",
    )


def _for_another() -> rx.Component:
    return rx.el.div(
        notice(
            rx.el.h2(_("The letter went to another address")),
            rx.el.p(
                _("You are signed in as:"),
                " ",
                rx.el.span(SessionState.email, class_name="[overflow-wrap:anywhere]"),
            ),
            rx.el.p(_("Sign out, and sign in or sign up with the address that the letter came to.")),
            mood="due",
        ),
        rx.el.div(sign_out_form("button button-quiet")),
        quiet_link(_("To my accounts"), to=routes.CABINET),
        class_name="grid gap-4",
    )


def _over() -> rx.Component:
    return rx.el.div(
        notice(
            rx.el.h2(_("This invitation does not work any more")),
            rx.el.p(
                _("It was used or taken back, or it is more than 7 days old. Ask the owner for a new one.")
            ),
            mood="due",
        ),
        primary_link(_("To my accounts"), to=routes.CABINET, wide=True),
        class_name="grid gap-4",
    )


def _declined() -> rx.Component:
    return rx.el.div(
        notice(_("You have declined the invitation. Nothing else happens."), mood="fine", announce=True),
        primary_link(_("To my accounts"), to=routes.CABINET, wide=True),
        class_name="grid gap-4",
    )
