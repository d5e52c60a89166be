"""«Безопасность»: the password, the second factor, the keys and the spare codes of a person."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.security.app import app_section
from cabinet.portal.security.codes import codes_section, new_codes
from cabinet.portal.security.keys import keys_section
from cabinet.portal.security.state import SecurityState
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link
from cabinet.ui.forms import answer_scope, when_query
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link, way
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Security"))


def page() -> rx.Component:
    """What protects the cabinet; the spare codes instead of all else, the one time that they are shown."""
    back = link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text")
    return cabinet_page(
        _("Security"),
        rx.el.p(back, class_name="-mt-4 mb-2 no-print"),
        answer_scope(
            new_codes(),
            rx.el.div(
                _notices(),
                rx.cond(SecurityState.loaded, _content(), lines_skeleton(4)),
                class_name="grid gap-9 before-codes",
            ),
        ),
        rx.el.script(src="/factors.js", async_=True),
        place=routes.SETTINGS,
        hint=section_hint("security"),
        flow=True,
    )


def _notices() -> rx.Component:
    """Why the person is here, or what has just been done."""
    must = notice(
        rx.el.p(_("Your work needs a second step."), class_name="font-semibold"),
        rx.el.p(_("Add an app or a key below. Until then, nothing else opens.")),
        mood="due",
    )
    return rx.fragment(
        when_query("done=added", notice(_("It is on. Look at it below."), mood="fine")),
        when_query("done=removed", notice(_("It is off. A letter about it is on its way."), mood="fine")),
        rx.cond(SecurityState.must_enrol, must, _go_on()),
    )


def _go_on() -> rx.Component:
    """On to where the person was going, once the factor is there."""
    link_on = primary_link(_("Continue"), to=SecurityState.way_on, full=True)
    done = notice(
        rx.el.p(_("The second step is on. You can go on.")),
        rx.el.div(link_on, class_name="mt-2"),
        mood="fine",
    )
    return rx.cond(SecurityState.has_any & (SecurityState.way_on != ""), done, rx.fragment())


def _content() -> rx.Component:
    return rx.fragment(
        way("lock", _("Password"), _("change it"), routes.SETTINGS),
        app_section(),
        keys_section(),
        codes_section(),
    )
