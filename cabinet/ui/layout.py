"""The two frames that pages stand in: the public one, and the cabinet with its places."""

from typing import Any

import reflex as rx

from cabinet.i18n import _, current_locale
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.forms import NativeForm
from cabinet.ui.gate import AccessState
from cabinet.ui.icons import icon
from cabinet.ui.links import fragment_link, full_link, link
from cabinet.ui.session import SessionState
from cabinet.ui.switches import language_link, theme_switch


def public_page(
    title: str, *content: Any, narrow: bool = True, own_heading: bool = False, entrance: bool = True
) -> rx.Component:
    """A page for everyone.

    `narrow` is for one column of text or fields; `own_heading` leaves the h1 to `content`, and
    `entrance=False` leaves it the ways in too.
    """
    heading = [] if own_heading else [rx.el.h1(title, tab_index=-1)]
    return rx.el.div(
        _skip_link(),
        rx.el.header(
            rx.el.div(_brand(routes.FRONT), _entrance() if entrance else _exit(), class_name="bar"),
            class_name="public-head",
        ),
        rx.el.main(
            rx.el.div(*heading, *content, class_name="narrow" if narrow else "grid gap-12"),
            id="content",
            tab_index=-1,
            class_name="public-main",
        ),
        _footer(),
        _script(),
        class_name="public",
    )


def cabinet_page(
    title: str | rx.Var[str],
    *content: Any,
    place: str = "",
    hint: rx.Component | None = None,
    flow: bool = False,
) -> rx.Component:
    """A page of the cabinet. `place` is the path of the place it belongs to; `flow` keeps it to one narrow column."""
    head = rx.el.div(rx.el.h1(title, tab_index=-1), *([hint] if hint else []), class_name="page-head")
    return rx.el.div(
        _skip_link(),
        rx.el.header(rx.el.div(_brand(routes.CABINET), class_name="bar"), class_name="shell-head"),
        _places(place),
        rx.el.main(
            head, *content, id="content", tab_index=-1, class_name="shell-main flow" if flow else "shell-main"
        ),
        _watch(),
        _script(),
        class_name="shell",
    )


def sign_out_form(class_name: str = "more-row") -> rx.Component:
    """«Выйти»: a plain POST, so that it works before and without the socket."""
    return NativeForm.create(
        rx.el.input(type="hidden", name="locale", value=current_locale()),
        rx.el.button(icon("leave"), _("Sign out"), type="submit", class_name=class_name),
        action=routes.API_SIGN_OUT,
        method="post",
    )


def _skip_link() -> rx.Component:
    return fragment_link(_("Skip to the content"), to="#content", class_name="skip")


def _brand(to: str, class_name: str = "brand") -> rx.Component:
    return link(icon("bill"), rx.el.span(_("Utility Cabinet")), to=to, class_name=class_name)


def _entrance() -> rx.Component:
    """Guests are asked in; who is signed in finds the way to the cabinet and out."""
    guest = rx.el.div(link(_("Sign in"), to=routes.SIGN_IN, class_name="button-text"), class_name="bar-end")
    cabinet = link(_("My cabinet"), to=routes.CABINET, class_name="button-text")
    resident = rx.el.div(cabinet, sign_out_form("button-text"), class_name="bar-end")
    return rx.cond(SessionState.signed_in, resident, guest)


def _exit() -> rx.Component:
    return rx.cond(SessionState.signed_in, sign_out_form("button-text"), rx.fragment())


def _footer() -> rx.Component:
    documents = [
        (_("Privacy policy"), routes.PRIVACY),
        (_("Terms of use"), routes.TERMS),
        (_("Consent to data processing"), routes.CONSENT),
        (_("Public offer"), routes.OFFER),
    ]
    links = [
        link(text, to=to)
        for text, to in [(_("Help"), routes.HELP), (_("Support"), routes.SUPPORT), *documents]
    ]
    return rx.el.footer(
        rx.el.div(
            rx.el.div(
                _contacts(),
                rx.el.nav(*links, class_name="foot-links", aria_label=_("Help and documents")),
                class_name="grid gap-3",
            ),
            rx.el.div(
                language_link(),
                theme_switch("foot"),
                class_name="flex flex-wrap items-center gap-x-5 gap-y-3 justify-self-start",
            ),
            class_name="foot-grid",
        ),
        class_name="public-foot",
    )


def phone_link() -> rx.Component:
    """The operator's number, to be dialled by a tap."""
    phone = settings.operator_phone
    return rx.el.a(phone, href=f"tel:{_dialled(phone)}", class_name="link whitespace-nowrap")


def _contacts() -> rx.Component:
    return rx.el.p(settings.operator_name, " · ", phone_link(), " · ", settings.operator_hours)


def _dialled(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def _places(current: str) -> rx.Component:
    items = [
        _place("house", _("Cabinet"), routes.CABINET, current),
        _place("meter", _("Readings"), routes.READINGS, current),
        _place("bill", _("Bills"), routes.BILLS, current),
        _place("wallet", _("Payment"), routes.PAY, current),
        _place("history", _("Payment history"), routes.PAYMENTS, current, class_name="wide-only"),
        _place("letter", _("Requests"), routes.REQUESTS, current, class_name="wide-only"),
        _place("settings", _("Settings"), routes.SETTINGS, current, class_name="wide-only"),
        _place("help", _("Help"), routes.HELP, current, class_name="wide-only"),
        rx.el.li(_more_button(), class_name="phone-only"),
    ]
    brand = rx.el.div(_brand(routes.CABINET), class_name="wide-only px-3")
    return rx.el.nav(
        brand,
        rx.el.ul(*items, class_name="places-list"),
        _more(current),
        class_name="places",
        aria_label=_("Sections"),
    )


def _place(
    sign: str, text: str, to: str, current: str, *, wide: str = "", class_name: str = ""
) -> rx.Component:
    here = {"aria_current": "page"} if to == current else {}
    words = (
        [rx.el.span(text, class_name="phone-only"), rx.el.span(wide, class_name="wide-only")]
        if wide
        else [rx.el.span(text)]
    )
    return rx.el.li(link(icon(sign), *words, to=to, class_name="place", **here), class_name=class_name)


def _more_button() -> rx.Component:
    return rx.el.button(
        icon("more"),
        rx.el.span(_("More")),
        type="button",
        class_name="place",
        aria_expanded="false",
        aria_controls="more",
        data_toggles="true",
    )


def _more(current: str) -> rx.Component:
    """Settings, language, theme and the way out; open in the column, a sheet on the phone."""
    here = {"aria_current": "page"} if current == routes.SETTINGS else {}
    staff = full_link(icon("person"), _("Staff pages"), to=routes.ADMIN, class_name="more-row")
    return rx.el.div(
        rx.el.div(
            link(icon("history"), _("Payment history"), to=routes.PAYMENTS, class_name="more-row"),
            link(icon("letter"), _("Requests"), to=routes.REQUESTS, class_name="more-row"),
            link(icon("settings"), _("Settings"), to=routes.SETTINGS, class_name="more-row", **here),
            link(icon("help"), _("Help"), to=routes.HELP, class_name="more-row"),
            class_name="phone-only",
        ),
        rx.cond(SessionState.is_staff, staff, rx.fragment()),
        rx.el.p(SessionState.email, class_name="who"),
        theme_switch("menu"),
        language_link(),
        sign_out_form(),
        id="more",
        class_name="more",
    )


def _watch() -> rx.Component:
    """Pressed by the script every few seconds: a page does not outlive the access to what it shows."""
    signs = {"data-look-again": "true", "data-loss": AccessState.loss}
    return rx.el.button(type="button", hidden=True, on_click=AccessState.look, custom_attrs=signs)


def _script() -> rx.Component:
    return rx.el.script(src="/ui.js", async_=True)


def title_of(page: str) -> str:
    """What stands in the browser's tab."""
    return " · ".join((page, _("My account")))
