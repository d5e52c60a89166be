"""One request of a resident."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.requests.conversation import conversation
from cabinet.portal.requests.state import RequestState
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import empty


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Request"))


def page() -> rx.Component:
    """The conversation; a stranger's request is not found."""
    loaded = RequestState.address == rx.State.router.url.path
    back = rx.el.p(
        link(icon("back"), _("All requests"), to=routes.REQUESTS, class_name="button-text"),
        class_name="no-print -mt-4 mb-3",
    )
    shown = rx.cond(
        RequestState.found,
        conversation(RequestState, routes.reply_to(RequestState.card.id)),
        empty(
            nothing_found_picture(),
            _("There is no such request"),
            _("It may be somebody else's, or the address has a mistake."),
            primary_link(_("All requests"), to=routes.REQUESTS),
        ),
    )
    return cabinet_page(
        rx.cond(RequestState.card.subject != "", RequestState.card.subject, _("Request")),
        back,
        rx.cond(loaded, shown, lines_skeleton(4)),
        place=routes.REQUESTS,
    )
