"""«Запасные коды»: shown once, to be printed, copied or saved; later only how many are left."""

import reflex as rx

from cabinet.factors.spare import COUNT
from cabinet.i18n import _
from cabinet.portal.security.asking import on_demand, own_password
from cabinet.portal.security.state import SecurityState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_button, submit_button
from cabinet.ui.forms import form_error, send_form, when_state
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.surfaces import card, notice, section


def codes_section() -> rx.Component:
    """How many are left, and new ones."""
    return section(
        _("Spare codes"),
        rx.el.p(
            _(
                "If the phone is lost or the key broken, one of these codes opens your cabinet, once. "
                "Keep them on paper, not on the same phone."
            ),
            class_name="text-soft",
        ),
        rx.cond(SecurityState.has_any, card(_left(), class_name="grid gap-2"), _none()),
        hint=section_hint("spare_codes"),
    )


def _none() -> rx.Component:
    return notice(_("You get them together with the first app or key."))


def _left() -> rx.Component:
    renew = send_form(
        routes.API_SPARE_CODES,
        rx.el.p(_("The codes that you have now will not work any more.")),
        own_password("codes-password"),
        form_error(),
        submit_button(_("Make new codes"), wide=False),
    )
    few = notice(_("Few are left. Make new ones."), mood="due")
    return rx.fragment(
        rx.el.p(
            _("Codes left:"),
            " ",
            rx.el.strong(SecurityState.codes_left),
            " ",
            _("of {count}").format(count=COUNT),
        ),
        rx.cond(SecurityState.codes_left <= 3, few, rx.fragment()),
        on_demand(_("Make new codes"), renew),
    )


def new_codes() -> rx.Component:
    """The codes instead of everything else: this once, and in no state."""
    return when_state(
        "codes",
        rx.el.h2(_("Your spare codes")),
        notice(
            rx.el.p(_("Print or write them down now: they are shown only once."), class_name="font-semibold"),
            rx.el.p(_("Each of them opens your cabinet once, when the phone or the key is lost.")),
            mood="due",
        ),
        rx.el.textarea(
            id="spare-codes",
            read_only=True,
            rows=COUNT,
            spell_check=False,
            auto_complete="off",
            aria_label=_("Spare codes"),
            class_name="input codes-box figures",
            custom_attrs={"data-select-all": "true", "data-answer-value": "codes"},
        ),
        button_row(
            quiet_button(icon("print"), _("Print"), custom_attrs={"data-prints": "true"}),
            quiet_button(
                icon("copy"),
                rx.el.span(_("Copy"), custom_attrs={"data-copied": _("Copied")}),
                custom_attrs={"data-copies": "spare-codes"},
            ),
            quiet_button(
                icon("download"),
                _("Save as a file"),
                custom_attrs={"data-saves": "spare-codes", "data-file-name": _("spare-codes.txt")},
            ),
        ),
        rx.el.div(
            primary_link(
                _("I have kept the codes"),
                to=rx.cond(
                    SecurityState.way_on != "", SecurityState.way_on, routes.localized(routes.SECURITY)
                ),
                full=True,
            ),
            class_name="no-print",
        ),
    )
