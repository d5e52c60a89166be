"""«Мои данные»: take a copy of everything, or delete the cabinet."""

import reflex as rx

from cabinet.i18n import _, current_locale
from cabinet.mydata.errors import delete_word
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, danger_button, quiet_link, submit_button
from cabinet.ui.fields import password_field, text_field
from cabinet.ui.forms import answer_scope, form_error, send_form, when_state
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.session import SessionState
from cabinet.ui.surfaces import card, notice, section


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("My data"))


def page() -> rx.Component:
    """The copy first: who leaves should take it along."""
    return cabinet_page(
        _("My data"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.el.div(_copy(), _end(), class_name="grid gap-9"),
        place=routes.SETTINGS,
        hint=section_hint("data"),
        flow=True,
    )


def _copy() -> rx.Component:
    ask = send_form(
        routes.API_MY_DATA,
        password_field(
            "current",
            label=_("Your password"),
            help=_("So that nobody else takes your data from an open computer."),
        ),
        form_error(),
        submit_button(_("Prepare my data"), wide=False),
        class_name="form before-answer",
    )
    return section(
        _("Download a copy"),
        card(
            rx.el.p(
                _(
                    "Everything that we keep about you: profile, accounts, payments, readings, requests with files, "
                    "sign-ins, consents. You get a letter about the download."
                )
            ),
            answer_scope(
                ask,
                when_state(
                    "ready",
                    notice(rx.el.p(_("Your data is ready. The links work for 15 minutes.")), mood="fine"),
                    button_row(
                        _file(_("Archive with tables and files (ZIP)"), routes.MY_DATA_ZIP),
                        _file(_("One file for programs"), routes.MY_DATA_JSON),
                    ),
                ),
            ),
            class_name="grid gap-4",
        ),
    )


def _file(name: str, path: str) -> rx.Component:
    return quiet_link(icon("download"), name, to=f"{path}?locale={current_locale()}", full=True)


def _end() -> rx.Component:
    about_staff = notice(rx.el.p(_("You work here: ask an administrator to take you from the staff first.")))
    return section(
        _("Delete my cabinet"),
        rx.cond(SessionState.is_staff, about_staff, card(_what_goes(), _form(), class_name="grid gap-4")),
    )


def _what_goes() -> rx.Component:
    goes = [
        _("your e-mail, name, phone, password and sign-ins;"),
        _("the linked accounts, and the access of those whom you let in;"),
        _("saved cards, autopay, keys for programs, calendars, reminders;"),
        _("your requests to support with their files, and our letters."),
    ]
    return rx.fragment(
        rx.el.div(
            rx.el.p(_("At once and for ever go:"), class_name="font-semibold"),
            rx.el.ul(*[rx.el.li(one) for one in goes], class_name="list-disc pl-5"),
        ),
        rx.el.p(
            _(
                "What stays, without your name: payments for five years, by the law on accounting; readings, which are "
                "the provider's; the record of your consent for three years."
            )
        ),
        rx.el.p(_("Your debt to the provider stays, too. The cabinet cannot be brought back.")),
    )


def _form() -> rx.Component:
    word = delete_word()
    return send_form(
        routes.API_DELETE_CABINET,
        text_field(
            "sure",
            _("Type the word {word}").format(word=word),
            auto_complete="off",
            spell_check=False,
            max_length=20,
        ),
        password_field("current", id="leaving-current", label=_("Your password")),
        form_error(),
        rx.el.div(danger_button(_("Delete my cabinet for ever"), type="submit")),
    )
