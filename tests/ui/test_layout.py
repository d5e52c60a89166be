"""Every page has the same landmarks, one heading and a way out."""

from collections.abc import Callable

import pytest
import reflex as rx

from cabinet.i18n import LOCALES, use_locale
from cabinet.pages import PAGES, Page
from cabinet.ui import routes
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, public_page
from tests.ui.tree import by_tag, inside, props_of, the


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_has_one_heading_and_one_main_part(page: Page, locale: str) -> None:
    with use_locale(locale):
        drawn = page.draw()
    the(drawn, "main")
    assert by_tag(drawn, "h1")


@pytest.mark.parametrize("frame", [public_page, cabinet_page])
def test_signing_out_is_a_form_on_every_page(frame: Callable[..., rx.Component]) -> None:
    forms = [props_of(part) for part in by_tag(frame("Title"), "form")]
    assert any(f'action:"{routes.API_SIGN_OUT}"' in form and 'method:"post"' in form for form in forms)


def test_the_place_one_is_at_is_marked_once_among_the_places() -> None:
    page = cabinet_page("Payment", place=routes.PAY)
    marked = [props_of(part) for part in inside(page) if '"aria-current":"page"' in props_of(part)]
    assert len(marked) == 1
    assert 'to:"/pay"' in marked[0]


def test_the_link_to_the_other_language_says_which() -> None:
    with use_locale("ru"):
        links = [props_of(part) for part in by_tag(public_page("Заголовок"), "Link")]
    other = [link for link in links if "data-other-language" in link]
    assert len(other) == 1
    assert 'hrefLang:"en"' in other[0]
    assert "reloadDocument:true" in other[0]


def test_icons_carry_no_styles_of_their_own() -> None:
    assert "css:" not in props_of(icon("house"))
