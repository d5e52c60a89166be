"""The «?» is a button that is described by a tooltip, and is not mistaken for its field."""

import reflex as rx

from cabinet.i18n import use_locale
from cabinet.ui.hint import hint
from cabinet.ui.hints import EXPLANATIONS, section_hint
from tests.ui.tree import inside, props_of, text_of, the


def _tooltip(component: rx.Component) -> str:
    found = [props_of(part) for part in inside(component) if 'role:"tooltip"' in props_of(part)]
    assert len(found) == 1
    return found[0]


def test_the_button_is_described_by_the_tooltip() -> None:
    component = hint("At the top of the bill", about="Account number", id="where")
    assert '"aria-describedby":"where"' in props_of(the(component, "button"))
    assert 'id:"where"' in _tooltip(component)


def test_the_name_of_the_button_says_what_it_is_about() -> None:
    with use_locale("ru"):
        component = hint("Вверху квитанции", about="Номер лицевого счёта")
    assert "Подсказка: Номер лицевого счёта" in text_of(the(component, "button"))


def test_looking_for_the_field_by_its_label_does_not_find_the_hint() -> None:
    component = hint("At the top of the bill", about="Account number")
    assert all("aria-label" not in props_of(part) for part in inside(component))


def test_every_section_of_the_cabinet_has_an_explanation_in_russian() -> None:
    with use_locale("ru"):
        said = {name: text_of(section_hint(name)) for name in EXPLANATIONS}
    assert all(any("а" <= letter <= "я" for letter in text) for text in said.values())
    assert len(set(said.values())) == len(said)
