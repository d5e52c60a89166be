"""«Обращения»: what the resident asked, and what was answered."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.portal.requests.cards import RequestRow
from cabinet.portal.requests.state import RequestsState
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link
from cabinet.ui.hint import hint
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import support_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import empty, status


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Requests"))


def page() -> rx.Component:
    """Those with news first; writing a new one is one press away."""
    about = _("Everything that you asked support, with the answers. A new answer comes by e-mail, too.")
    return cabinet_page(
        _("Requests"),
        rx.cond(RequestsState.loaded, _requests(), lines_skeleton(3)),
        place=routes.REQUESTS,
        hint=hint(about, about=_("Requests")),
    )


def _requests() -> rx.Component:
    return rx.cond(
        RequestsState.rows.length() > 0,
        rx.el.div(
            rx.el.p(_new()),
            rx.el.ul(rx.foreach(RequestsState.rows, _row), class_name="grid gap-3"),
            class_name="grid gap-5",
        ),
        empty(
            support_picture(),
            _("No requests yet"),
            _("If something is unclear, write to us: the conversation will stand here."),
            _new(),
        ),
    )


def _new() -> rx.Component:
    return primary_link(pgettext("button", "Write to support"), to=routes.SUPPORT)


def _row(row: rx.vars.ObjectVar[RequestRow]) -> rx.Component:
    words = rx.cond(
        row.is_unread,
        status(_("New answer"), "due"),
        rx.match(row.tone, ("fine", status(row.state, "fine")), status(row.state, "plain")),
    )
    return rx.el.li(
        link(
            rx.el.span(row.subject, class_name="request-subject"),
            rx.el.span(_("No."), "\u00a0", row.number, " · ", row.moved, class_name="small text-soft"),
            words,
            to=row.page,
            class_name="card request-row",
            custom_attrs={"data-unread": row.is_unread},
        ),
        key=row.id,
    )
