"""Fields join their label, help and error for people who cannot see the page."""

import reflex as rx

from cabinet.i18n import use_locale
from cabinet.ui.fields import (
    checkbox_field,
    email_field,
    password_field,
    search_option,
    search_select,
    text_field,
)
from cabinet.ui.forms import form_error, send_form
from tests.ui.tree import by_tag, props_of, text_of, the


def test_the_input_is_described_by_its_help_and_its_error() -> None:
    field = text_field("number", "Account number", help="12 digits")
    control = props_of(the(field, "input"))
    assert '"aria-describedby":"number-help number-error"' in control
    assert 'id:"number-error"' in props_of(by_tag(field, "p")[0])
    assert 'htmlFor:"number"' in props_of(the(field, "label"))


def test_without_help_nothing_is_promised() -> None:
    field = text_field("number", "Account number")
    assert '"aria-describedby":"number-error"' in props_of(the(field, "input"))


def test_an_error_of_a_state_marks_the_input() -> None:
    error = rx.Var("state.error", _var_type=str)
    field = text_field("number", "Account number", error=error)
    assert '"aria-invalid"' in props_of(the(field, "input"))
    assert "state.error" in text_of(field)


def test_a_script_may_write_into_the_error_of_a_sent_form() -> None:
    field = text_field("number", "Account number")
    assert "dangerouslySetInnerHTML" in props_of(by_tag(field, "p")[0])


def test_a_password_has_no_maxlength_and_can_be_shown() -> None:
    field = password_field(new=True)
    control = props_of(the(field, "input"))
    assert "maxLength" not in control
    assert 'autoComplete:"new-password"' in control
    assert '"data-reveal":"password"' in props_of(the(field, "button"))


def test_looking_for_the_password_by_label_finds_the_field_alone() -> None:
    assert "aria-label" not in props_of(the(password_field(), "button"))


def test_an_email_field_asks_for_the_right_keyboard() -> None:
    control = props_of(the(email_field(), "input"))
    assert 'inputMode:"email"' in control
    assert 'autoComplete:"email"' in control


def test_a_checkbox_is_labelled() -> None:
    field = checkbox_field("consent", "Consent")
    assert 'htmlFor:"consent"' in props_of(the(field, "label"))
    assert 'type:"checkbox"' in props_of(the(field, "input"))


def test_a_searchable_list_is_a_combobox_with_a_listbox() -> None:
    options = rx.Var("state.options", _var_type=list[str])
    clear = rx.console_log("cleared")

    def option(name: rx.Var[str]) -> rx.Component:
        return search_option(name, name, on_choose=rx.console_log(name))

    field = search_select("provider", "Provider", options, option, on_clear=clear)
    control = props_of(the(field, "input"))
    assert 'role:"combobox"' in control
    assert '"aria-controls":"provider-list"' in control
    listing = props_of(the(field, "ul"))
    assert 'role:"listbox"' in listing
    assert 'id:"provider-list"' in listing
    assert '"aria-label":"Provider"' not in listing


def test_a_sent_form_is_native_and_says_its_language() -> None:
    with use_locale("en"):
        form = send_form("/api/login", email_field(), form_error())
    native = props_of(the(form, "form"))
    assert 'action:"/api/login"' in native
    assert 'method:"post"' in native
    assert '"data-send":"true"' in native
    assert "onSubmit" not in native
    assert any(
        'name:"locale"' in props_of(part) and '"en"' in props_of(part) for part in by_tag(form, "input")
    )
