"""Form fields: label above, help below, the error below that, joined for screen readers.

Every field works in two ways. Inside `send_form` the script writes the answer's errors into
`<name>-error`. On a page with a state, `error` is a var, `value` is the text to begin with (drawn
anew when the var changes), and `on_change`, `on_blur` and the like are handed to the input.
"""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui.forms import FILLED_BY_SCRIPT
from cabinet.ui.icons import icon

Words = str | rx.Var[str] | rx.Component
Error = rx.Var[str] | None


def text_field(
    name: str,
    label: str,
    *,
    help: Words = "",
    hint: rx.Component | None = None,
    error: Error = None,
    value: str | rx.Var[str] = "",
    optional: bool = False,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """One line of text. `id` differs from `name` only where a page repeats the field."""
    control = rx.el.input(
        **_control(name, id, help, error, value, {"type": "text", "required": not optional, **props})
    )
    return _field(control, id or name, label, help, hint, error, optional)


def email_field(name: str = "email", *, label: str = "", **props: Any) -> rx.Component:
    """An e-mail address, filled in by the browser if it knows one."""
    usual: dict[str, Any] = {
        "type": "email",
        "auto_complete": "email",
        "input_mode": "email",
        **_PLAIN,
        **props,
    }
    return text_field(name, label or _("E-mail"), **usual)


def password_field(
    name: str = "password",
    *,
    label: str = "",
    new: bool = False,
    help: Words = "",
    error: Error = None,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """A password with a button that shows it; `new` tells the password manager to offer one. No maxlength."""
    attributes = {
        "type": "password",
        "required": True,
        "auto_complete": "new-password" if new else "current-password",
    }
    control = rx.el.input(**_control(name, id, help, error, "", {**attributes, **_PLAIN, **props}))
    box = rx.el.div(control, _reveal_button(id or name), class_name="input-box has-end")
    return _field(box, id or name, label or _("Password"), help, None, error, optional=False)


def money_field(
    name: str,
    label: str,
    *,
    help: Words = "",
    hint: rx.Component | None = None,
    error: Error = None,
    value: str | rx.Var[str] = "",
    id: str = "",
    **props: Any,
) -> rx.Component:
    """A sum in roubles, with the pad of numbers; comma or dot."""
    attributes = {
        "type": "text",
        "input_mode": "decimal",
        "auto_complete": "off",
        "class_name": "input input-money",
    }
    control = rx.el.input(**_control(name, id, help, error, value, {**attributes, **props}))
    sign = rx.el.span("₽", class_name="input-end", aria_hidden="true")
    return _field(
        rx.el.div(control, sign, class_name="input-box has-sign"), id or name, label, help, hint, error, False
    )


def textarea_field(
    name: str,
    label: str,
    *,
    help: Words = "",
    error: Error = None,
    value: str | rx.Var[str] = "",
    optional: bool = False,
    id: str = "",
    **props: Any,
) -> rx.Component:
    """Several lines of text."""
    attributes = _control(name, id, help, error, value, {"rows": 6, "required": not optional, **props})
    return _field(rx.el.textarea(**attributes), id or name, label, help, None, error, optional)


def file_field(
    name: str,
    label: str,
    *,
    help: Words = "",
    error: Error = None,
    many: bool = True,
    accept: str = "",
    **props: Any,
) -> rx.Component:
    """Files to send with the form."""
    attributes = {"type": "file", "multiple": many, **({"accept": accept} if accept else {}), **props}
    return _field(
        rx.el.input(**_control(name, "", help, error, "", attributes)), name, label, help, None, error, True
    )


def select_field(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]] | Sequence[rx.Component],
    *,
    help: Words = "",
    hint: rx.Component | None = None,
    error: Error = None,
    value: str | rx.Var[str] = "",
    id: str = "",
    **props: Any,
) -> rx.Component:
    """A short list: pairs of value and text, or `rx.el.option`s (an `rx.foreach` of them)."""
    drawn = [rx.el.option(item[1], value=item[0]) if isinstance(item, tuple) else item for item in options]
    given = {"value": value} if "on_change" in props else {}
    attributes = _control(name, id, help, error, "" if given else value, {**given, **props})
    return _field(rx.el.select(*drawn, **attributes), id or name, label, help, hint, error, False)


def checkbox_field(
    name: str, label: Words, *, help: Words = "", error: Error = None, id: str = "", **props: Any
) -> rx.Component:
    """A box to tick, its label beside it; `help` is where a link to a text belongs."""
    id = id or name
    attributes = {"type": "checkbox", "value": "true", "class_name": "", **props}
    box = rx.el.input(**_control(name, id, help, error, "", attributes))
    beside = rx.el.div(rx.el.label(label, html_for=id), *_help(id, help), class_name="grid gap-1")
    return rx.el.div(rx.el.div(box, beside, class_name="check"), *_error(id, error), class_name="field")


def search_select(
    name: str,
    label: str,
    options: rx.Var[Any],
    option: "Callable[[Any], rx.Component]",
    *,
    on_clear: Any,
    chosen: rx.Var[str] | str = "",
    help: Words = "",
    hint: rx.Component | None = None,
    error: Error = None,
    **props: Any,
) -> rx.Component:
    """A list that narrows while one types a part of a name: `option` draws each item by `search_option`.

    Enter, a click, or leaving the field with one match left chooses; that clicks the option, and its
    `on_click` tells the state. `on_clear` says that what was chosen is no more. `chosen` is the name to begin with.
    """
    listing = f"{name}-list"
    control = rx.el.input(
        **_control(name, "", help, error, chosen, {"type": "text", **_COMBO, **props}),
        role="combobox",
        aria_expanded="false",
        aria_controls=listing,
        aria_autocomplete="list",
    )
    control = rx.el.div(
        control, rx.el.span(icon("down"), class_name="input-end"), class_name="input-box has-sign"
    )
    found = rx.el.ul(
        rx.foreach(options, option),
        id=listing,
        role="listbox",
        aria_label=_("Options"),
        hidden=True,
        class_name="combo-list",
    )
    none = rx.el.p(
        _("Nothing found. Try a part of the name."),
        class_name="combo-list combo-none",
        hidden=True,
        role="status",
    )
    clear = rx.el.button(
        type="button", hidden=True, on_click=on_clear, custom_attrs={"data-combo-clear": "true"}
    )
    box = rx.el.div(control, found, none, clear, class_name="combo", data_combo="true")
    return _field(box, name, label, help, hint, error, False)


def search_option(
    value: rx.Var[str], name: rx.Var[str], *before: rx.Component, on_choose: Any, also: rx.Var[str] | str = ""
) -> rx.Component:
    """One item of `search_select`, named `name`, with a sign before it; `also` are words that find it too."""
    attributes: dict[str, Any] = {
        "data-value": value,
        "data-name": name,
        "data-search": also,
        "aria-selected": "false",
    }
    return rx.el.li(
        *before,
        rx.el.span(name),
        role="option",
        id=f"option-{value}",
        key=value,
        on_click=on_choose,
        class_name="combo-option",
        custom_attrs=attributes,
    )


_PLAIN: dict[str, Any] = {"auto_capitalize": "none", "spell_check": False}
_COMBO: dict[str, Any] = {"auto_complete": "off", "spell_check": False}


def _control(
    name: str, id: str, help: Words, error: Error, value: str | rx.Var[str], props: dict[str, Any]
) -> dict[str, Any]:
    """What every input has: its name, its description, whether it is wrong, the text to begin with."""
    id = id or name
    described = f"{id}-help {id}-error" if _is_given(help) else f"{id}-error"
    attributes: dict[str, Any] = {
        "name": name,
        "id": id,
        "class_name": "input",
        "aria_describedby": described,
    }
    if error is not None:
        attributes["aria_invalid"] = error != ""
    if isinstance(value, rx.Var):
        attributes |= {"default_value": value, "key": value}
    elif value:
        attributes["default_value"] = value
    return {**attributes, **props}


def _field(
    control: rx.Component,
    id: str,
    label: str,
    help: Words,
    hint: rx.Component | None,
    error: Error,
    optional: bool,
) -> rx.Component:
    words: list[Any] = (
        [label, rx.el.span(" ", _("(optional)"), class_name="optional")] if optional else [label]
    )
    head = rx.el.div(
        rx.el.label(*words, html_for=id, class_name="label"),
        *([hint] if hint else []),
        class_name="field-head",
    )
    return rx.el.div(head, control, *_help(id, help), *_error(id, error), class_name="field")


def _help(id: str, help: Words) -> list[rx.Component]:
    return [rx.el.div(help, id=f"{id}-help", class_name="help")] if _is_given(help) else []


def _error(id: str, error: Error) -> list[rx.Component]:
    if error is not None:
        return [rx.el.p(error, id=f"{id}-error", role="alert", class_name="error")]
    return [rx.el.p(id=f"{id}-error", role="alert", class_name="error", custom_attrs=FILLED_BY_SCRIPT)]


def _is_given(help: Words) -> bool:
    return not isinstance(help, str) or bool(help)


def _reveal_button(name: str) -> rx.Component:
    """Shows and hides the password; the script does it, and styles choose the word."""
    said = rx.el.span(" ", _("the password"), class_name="sr-only")
    return rx.el.button(
        icon("eye"),
        rx.el.span(_("Show"), class_name="when-off"),
        rx.el.span(_("Hide"), class_name="when-on"),
        said,
        type="button",
        class_name="input-end",
        data_reveal=name,
    )
