"""The two choices a visitor has everywhere: language and theme."""

import reflex as rx

from cabinet.i18n import _, current_locale
from cabinet.ui.icons import icon
from cabinet.ui.links import full_link


def language_link() -> rx.Component:
    """To the same page in the other language, by a full load; `assets/ui.js` sets the address of this very page."""
    other, name = ("en", "English") if current_locale() == "ru" else ("ru", "Русский")
    return full_link(
        icon("globe"),
        name,
        to="/en" if other == "en" else "/",
        href_lang=other,
        lang=other,
        class_name="plain-link link gap-2",
        data_other_language=other,
    )


def theme_switch(where: str) -> rx.Component:
    """System, light or dark; kept in the browser. `where` keeps two switches of a page apart."""
    choices = [("system", _("System")), ("light", _("Light")), ("dark", _("Dark"))]
    buttons = [
        rx.el.button(text, type="button", data_theme_choice=value, aria_pressed="false")
        for value, text in choices
    ]
    return rx.el.div(*buttons, class_name="themes", role="group", aria_label=_("Theme"), id=f"themes-{where}")
