"""«Мои входы»: each sign-in with its device, place and times, and a way to end it."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.sessions.state import SessionLine, SessionsState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, danger_button, quiet_button, text_button
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, facts, notice, question, section, status

Line = rx.vars.ObjectVar[SessionLine]


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("My sign-ins"))


def page() -> rx.Component:
    """Those that live, the way out of the others, those that are over."""
    return cabinet_page(
        _("My sign-ins"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.el.div(
            rx.cond(SessionsState.loaded, _content(), lines_skeleton(4)),
            class_name="grid gap-9",
        ),
        place=routes.SETTINGS,
        hint=section_hint("sessions"),
        flow=True,
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.el.div(_said(), role="status", class_name="empty:hidden"),
        section(
            _("Signed in now"),
            rx.el.ul(rx.foreach(SessionsState.living, _living), class_name="grid gap-3"),
            rx.cond(SessionsState.living.length() > 1, _all_others(), rx.fragment()),
        ),
        _stranger(),
        rx.cond(SessionsState.over.length() > 0, _over(), rx.fragment()),
    )


def _said() -> rx.Component:
    return rx.fragment(
        rx.cond(SessionsState.said != "", notice(SessionsState.said, mood="fine"), rx.fragment()),
        rx.cond(SessionsState.problem != "", notice(SessionsState.problem, mood="failed"), rx.fragment()),
    )


def _living(one: Line) -> rx.Component:
    about = rx.el.span(": ", one.device, class_name="sr-only")
    end = rx.el.div(text_button(icon("leave"), _("End"), about, on_click=SessionsState.end(one.id)))
    return rx.el.li(
        card(
            rx.el.div(
                rx.el.h3(one.device),
                rx.cond(one.current, status(_("This sign-in"), "fine"), rx.fragment()),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            _facts(one),
            rx.cond(one.current, rx.fragment(), end),
            class_name="grid gap-3",
        ),
        key=one.id,
    )


def _facts(one: Line) -> rx.Component:
    return facts(
        (_("From where"), rx.cond(one.place != "", one.place, _("unknown"))),
        (_("Signed in"), one.began),
        (_("Last used"), one.used),
    )


def _all_others() -> rx.Component:
    sure = notice(
        rx.el.p(_("Every other phone and computer has to sign in again. Here you stay signed in.")),
        button_row(
            danger_button(_("End all others"), on_click=SessionsState.end_others),
            text_button(_("Leave it"), on_click=SessionsState.leave),
        ),
        mood="due",
        announce=True,
    )
    ask = rx.el.div(quiet_button(icon("leave"), _("End all others"), on_click=SessionsState.ask))
    return rx.cond(SessionsState.asked, sure, ask)


def _stranger() -> rx.Component:
    return notice(
        rx.el.p(_("Do you not know one of them? End it and change the password: somebody else knows it.")),
        rx.el.p(link(_("Change the password"), to=routes.SETTINGS)),
        rx.el.p(
            _(
                "All times are Moscow time. The place is found by the network address and is often that of the "
                "provider of the connection."
            ),
            class_name="small text-soft",
        ),
    )


def _over() -> rx.Component:
    return question(
        _("Over, of the last 30 days"),
        rx.el.ul(rx.foreach(SessionsState.over, _ended), class_name="grid gap-3"),
    )


def _ended(one: Line) -> rx.Component:
    return rx.el.li(
        rx.el.p(one.device, rx.cond(one.place != "", ", ", ""), one.place, class_name="font-semibold"),
        rx.el.p(
            one.began, " – ", rx.cond(one.ended != "", one.ended, one.used), class_name="small text-soft"
        ),
        key=one.id,
    )
