"""No internet connection: the service worker keeps a copy of this page without its scripts (cabinet/http/worker.js)."""

import reflex as rx

from cabinet.i18n import _
from cabinet.settings import settings
from cabinet.ui.buttons import primary_button
from cabinet.ui.icons import icon
from cabinet.ui.layout import phone_link, title_of


def title() -> str:
    """The browser's tab."""
    return title_of(_("No internet connection"))


def page() -> rx.Component:
    """What happened, that nothing typed is lost, and one way on; no links, which would lead here again."""
    brand = rx.el.div(icon("bill"), rx.el.span(_("Utility Cabinet")), class_name="brand")
    return rx.el.div(
        rx.el.header(rx.el.div(brand, class_name="bar"), class_name="public-head"),
        rx.el.main(_words(), id="content", tab_index=-1, class_name="public-main"),
        rx.el.script(src="/offline.js", async_=True),
        class_name="public",
    )


def _words() -> rx.Component:
    lost = _("What you typed is not lost: it stands there again once the page opens.")
    return rx.el.div(
        rx.el.div(icon("offline"), class_name="result-sign result-waiting"),
        rx.el.h1(_("No internet connection"), tab_index=-1),
        rx.el.p(lost, class_name="lead"),
        rx.el.p(_("Check Wi-Fi or mobile internet. The page opens by itself when the connection is back.")),
        rx.el.div(primary_button(_("Try again"), custom_attrs={"data-load-again": "true"})),
        rx.el.p(
            _("In urgent cases call"),
            " ",
            phone_link(),
            ", ",
            settings.operator_hours,
            class_name="text-soft",
        ),
        class_name="narrow",
    )
