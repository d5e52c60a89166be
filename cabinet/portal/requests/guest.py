"""A request of somebody without an account, opened by the link of a letter."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.requests.conversation import conversation
from cabinet.portal.requests.state import GuestRequestState
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_link
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Request"))


def page() -> rx.Component:
    """The conversation, or what to do when the link works no more."""
    token = rx.el.input(type="hidden", name="token", custom_attrs={"data-from-query": "token"})
    over = rx.el.div(
        notice(
            rx.el.p(_("This link does not work any more.")),
            rx.el.p(_("Write to support anew and quote the number of the request.")),
            mood="due",
        ),
        rx.el.p(quiet_link(pgettext("button", "Write to support"), to=routes.SUPPORT)),
        class_name="grid gap-5",
    )
    heading = rx.el.h1(
        rx.cond(GuestRequestState.card.subject != "", GuestRequestState.card.subject, _("Request")),
        tab_index=-1,
    )
    shown = rx.cond(
        GuestRequestState.found, conversation(GuestRequestState, routes.API_GUEST_REPLY, token), over
    )
    return public_page(
        _("Request"),
        heading,
        rx.cond(GuestRequestState.address != "", shown, lines_skeleton(4)),
        own_heading=True,
    )
