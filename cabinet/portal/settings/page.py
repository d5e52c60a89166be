"""The resident's settings: profile, letters, password, language, and the way to «Подключение ЛС»."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.settings.calendar import calendar_section
from cabinet.portal.settings.state import SettingsState
from cabinet.residents import service as residents
from cabinet.settings import settings as app_settings
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_button, submit_button
from cabinet.ui.fields import checkbox_field, password_field, select_field, text_field
from cabinet.ui.forms import form_error, send_form
from cabinet.ui.hint import hint
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import way
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice, section
from cabinet.ui.switches import language_link, theme_switch


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Settings"))


def page() -> rx.Component:
    """Linked accounts first: that is what most people come for."""
    about = _(
        "Link more accounts, fill in your name and phone, choose letters, change the password, language and theme."
    )
    return cabinet_page(
        _("Settings"),
        rx.el.div(
            rx.el.div(_accounts(), _cards(), class_name="grid gap-4"),
            _profile(),
            calendar_section(),
            _tokens(),
            _password(),
            rx.el.div(_security(), _sessions(), _email(), _data(), class_name="grid gap-4"),
            _look(),
            class_name="grid gap-9",
        ),
        place=routes.SETTINGS,
        hint=hint(about, about=_("Settings")),
        flow=True,
    )


def _accounts() -> rx.Component:
    return way("link", _("Link accounts"), _("add, rename, unlink"), routes.LINKED_ACCOUNTS)


def _cards() -> rx.Component:
    return way("card", _("Cards and autopay"), _("save a card, pay by itself"), routes.CARDS)


def _tokens() -> rx.Component:
    return way("key", _("Keys for programs"), _("smart home, devices that send readings"), routes.TOKENS)


def _security() -> rx.Component:
    return way("lock", _("Security"), _("second step, sign-in keys, spare codes"), routes.SECURITY)


def _sessions() -> rx.Component:
    return way("lock", _("My sign-ins"), _("phones and computers where you are signed in"), routes.SESSIONS)


def _email() -> rx.Component:
    return way("letter", _("Change the e-mail"), _("sign in with another address"), routes.CHANGE_EMAIL)


def _data() -> rx.Component:
    return way("download", _("My data"), _("download a copy, delete the cabinet"), routes.MY_DATA)


def _profile() -> rx.Component:
    form = rx.el.form(
        text_field(
            "email",
            _("E-mail"),
            value=SettingsState.email,
            read_only=True,
            help=_("You sign in with this e-mail."),
            optional=False,
        ),
        text_field(
            "full_name",
            _("Your name"),
            value=SettingsState.full_name,
            error=SettingsState.name_error,
            optional=True,
            auto_complete="name",
        ),
        text_field(
            "phone",
            _("Phone"),
            value=SettingsState.phone,
            error=SettingsState.phone_error,
            optional=True,
            auto_complete="tel",
            input_mode="tel",
        ),
        select_field(
            "locale",
            _("Language of letters"),
            [rx.el.option("Русский", value="ru"), rx.el.option("English", value="en")],
            value=SettingsState.locale,
        ),
        _letters(),
        rx.cond(
            SettingsState.saved != "", notice(SettingsState.saved, mood="fine", announce=True), rx.fragment()
        ),
        quiet_button(_("Save"), type="submit"),
        on_submit=SettingsState.save,
        custom_attrs={"data-keeps": "true"},
        class_name="form",
        no_validate=True,
    )
    about = _("Nothing here is needed to pay. The name and phone help our staff to answer you.")
    return section(
        _("Profile"),
        rx.cond(SettingsState.loaded, card(form), lines_skeleton(4)),
        hint=hint(about, about=_("Profile")),
    )


def _letters() -> rx.Component:
    """What letters are sent; those that an action needs come always."""
    choices = [
        ("letters", _("After each payment"), SettingsState.letters),
        ("letters_about_bills", _("When a new bill comes"), SettingsState.letters_about_bills),
        (
            "letters_about_readings",
            _("When it is time to send readings"),
            SettingsState.letters_about_readings,
        ),
        ("letters_about_notices", _("News and outages"), SettingsState.letters_about_notices),
    ]
    return rx.el.fieldset(
        rx.el.legend(_("Send me letters"), class_name="label mb-3"),
        *[
            checkbox_field(name, words, default_checked=chosen, key=chosen.to_string())
            for name, words, chosen in choices
        ],
        class_name="grid gap-3",
    )


def _password() -> rx.Component:
    about = _("After the change you are signed out everywhere, here too: sign in with the new password.")
    return section(
        _("Password"),
        card(
            send_form(
                routes.API_CHANGE_PASSWORD,
                password_field("current", label=_("Current password")),
                password_field(
                    "password",
                    label=_("New password"),
                    new=True,
                    help=residents.password_rule(app_settings.password_policy),
                ),
                form_error(),
                submit_button(_("Change the password"), wide=False),
            )
        ),
        hint=hint(about, about=_("Password")),
    )


def _look() -> rx.Component:
    about = _("The theme is kept in this browser. The language link opens this page in the other language.")
    return section(
        _("Language and theme"),
        card(
            theme_switch("settings"),
            language_link(),
            class_name="flex flex-wrap items-center gap-x-6 gap-y-3",
        ),
        hint=hint(about, about=_("Language and theme")),
    )
