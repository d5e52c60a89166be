"""The form that makes a token, and the token itself: shown once, in a field that no state knows."""

from typing import Any, Literal

import reflex as rx

from cabinet.i18n import _
from cabinet.keys.personal import TERMS
from cabinet.keys.personal_models import LONGEST_NAME, TokenKind
from cabinet.portal.tokens.state import AccountChoice, TokensState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, quiet_button, quiet_link, submit_button
from cabinet.ui.fields import password_field, select_field, text_field
from cabinet.ui.forms import FILLED_BY_SCRIPT, answer_scope, form_error, send_form, when_state
from cabinet.ui.icons import icon
from cabinet.ui.surfaces import card, notice, section

_FOREVER = "0"
_USUAL_TERM = "365"
_UNLESS_DEVICE = "group-has-[#kind-waterius:checked]:hidden"


def new_token() -> rx.Component:
    """The form; after it, the token instead of it."""
    return section(_("A new key"), answer_scope(card(_form(), *_made(), class_name="grid gap-4")))


def _form() -> rx.Component:
    return send_form(
        routes.API_TOKENS,
        _kinds(),
        text_field(
            "name",
            _("Name"),
            help=_("By this name you know later what it is for: “Home Assistant at the summer house”."),
            max_length=LONGEST_NAME,
            auto_complete="off",
        ),
        _accounts(),
        _rights(),
        select_field("term", _("How long it works"), _terms(), value=_USUAL_TERM),
        password_field(
            "current",
            label=_("Your password"),
            help=_("So that nobody makes a key while you are away from the computer."),
        ),
        form_error(),
        submit_button(_("Make the key"), wide=False),
        class_name="form group before-answer",
    )


def _made() -> list[rx.Component]:
    return [
        when_state(
            "made-program made-waterius",
            notice(
                rx.el.p(_("The key is made."), class_name="font-semibold"),
                rx.el.p(
                    _("Copy it now: it is shown only once. Whoever knows it can do what you have ticked.")
                ),
                mood="fine",
            ),
        ),
        when_state("made-program", _secret("new-token", _("Key"), _("Copy the key"))),
        when_state(
            "made-waterius",
            _secret("new-address", _("Address for the device"), _("Copy the address")),
            rx.el.p(
                _(
                    "In the settings of the Waterius, switch “Server HTTP” on and put this whole address into the "
                    "field “Address”. The numbers of the meters belong into the device, too."
                )
            ),
        ),
        when_state(
            "made-program made-waterius",
            rx.el.div(quiet_link(_("Done, show my keys"), to=routes.localized(routes.TOKENS), full=True)),
        ),
    ]


def _secret(id: str, label: str, copy: str) -> rx.Component:
    box = rx.el.input(
        type="text",
        id=id,
        read_only=True,
        auto_complete="off",
        spell_check=False,
        class_name="input address-box",
        custom_attrs={"data-select-all": "true", "data-answer-value": "secret"},
    )
    return rx.fragment(
        rx.el.div(rx.el.label(label, html_for=id, class_name="label"), box, class_name="field"),
        button_row(
            quiet_button(
                icon("copy"),
                rx.el.span(copy, custom_attrs={"data-copied": _("Copied")}),
                custom_attrs={"data-copies": id},
            )
        ),
    )


def _kinds() -> rx.Component:
    return _group(
        _("What is it for?"),
        _choice(
            "radio",
            "kind",
            TokenKind.PROGRAM,
            _("A program"),
            _("Home Assistant or another smart home, a script of your own."),
            default_checked=True,
        ),
        _choice(
            "radio",
            "kind",
            TokenKind.WATERIUS,
            _("A Waterius device"),
            _("It sends the readings of the meters by itself, and can do nothing else here."),
        ),
    )


def _accounts() -> rx.Component:
    return _group(
        _("For which accounts?"),
        rx.foreach(TokensState.choices, _account),
        _error("account-error"),
    )


def _account(one: rx.vars.ObjectVar[AccountChoice]) -> rx.Component:
    ident = f"account-{one.id}"
    box = rx.el.input(
        type="checkbox",
        id=ident,
        name="account",
        value=one.id,
        default_checked=TokensState.choices.length() == 1,
    )
    words = rx.el.div(
        rx.el.label(one.title, html_for=ident, class_name="font-semibold"),
        rx.el.p(_("No."), "\u00a0", rx.el.span(one.number, class_name="figures"), class_name="help"),
        rx.cond(
            one.only_looks,
            rx.el.p(_("You only look here, so a program cannot send readings."), class_name="help"),
            rx.fragment(),
        ),
    )
    return rx.el.div(box, words, class_name="check", key=one.id)


def _rights() -> rx.Component:
    return _group(
        _("What may it do?"),
        _choice(
            "checkbox",
            "look",
            "true",
            _("See"),
            _("The debt, the readings, and the bills if the account is proved."),
            default_checked=True,
        ),
        _choice(
            "checkbox", "send", "true", _("Send readings"), _("By the same rules as you. It can never pay.")
        ),
        _error("look-error"),
        class_name=_UNLESS_DEVICE,
    )


def _group(legend: str, *children: Any, class_name: str = "") -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="label mb-2"),
        rx.el.div(*children, class_name="grid gap-3"),
        class_name=class_name,
    )


def _choice(
    type: Literal["radio", "checkbox"], name: str, value: str, label: str, about: str, **props: Any
) -> rx.Component:
    ident = f"{name}-{value}" if type == "radio" else name
    box = rx.el.input(type=type, id=ident, name=name, value=value, aria_describedby=f"{ident}-help", **props)
    words = rx.el.div(
        rx.el.label(label, html_for=ident, class_name="font-semibold"),
        rx.el.p(about, id=f"{ident}-help", class_name="help"),
    )
    return rx.el.div(box, words, class_name="check")


def _error(id: str) -> rx.Component:
    return rx.el.p(id=id, role="alert", class_name="error", custom_attrs=FILLED_BY_SCRIPT)


def _terms() -> list[tuple[str, str]]:
    names = {30: _("30 days"), 90: _("90 days"), 365: _("A year")}
    return [*((str(days), names[days]) for days in TERMS), (_FOREVER, _("Until I delete it"))]
