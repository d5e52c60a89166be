"""The history of readings, and the calendar of the days that matter."""

import re
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.conftest import Household, NewVisitor
from tests.journeys.words import RUSSIAN


def test_the_calendar_is_made_read_exchanged_and_switched_off(household: Household, new_visitor: NewVisitor):
    visitor = new_visitor(RUSSIAN, resident=False, state=household.state)
    visitor.open(routes.SETTINGS)
    visitor.press("Создать адрес календаря")
    field = visitor.page.get_by_label("Секретный адрес вашего календаря")
    first = field.input_value()
    assert b"BEGIN:VEVENT" in urlopen(first).read()
    visitor.press("Новый адрес")
    expect(field).not_to_have_value(first)
    second = field.input_value()
    with pytest.raises(HTTPError, match="404"):
        urlopen(first)
    visitor.open(routes.SETTINGS)
    expect(field).to_have_value(second)
    visitor.press("Выключить календарь")
    expect(field).to_have_count(0)
    with pytest.raises(HTTPError, match="404"):
        urlopen(second)


def test_the_history_is_walked_by_keyboard_and_kept_by_reload(household: Household, new_visitor: NewVisitor):
    visitor = new_visitor(RUSSIAN, resident=False, state=household.state, phone=True)
    visitor.open(routes.meters(household.account_id))
    visitor.follow("Год к году")
    expect(visitor.page).to_have_url(re.compile(r"show=years"))
    visitor.page.reload()
    chosen = visitor.page.locator("a[aria-current=true]", has_text="Год к году")
    expect(chosen).to_be_visible()
    with visitor.page.expect_download() as download:
        visitor.follow("Скачать таблицей (CSV)")
    assert download.value.suggested_filename.startswith("readings-")
