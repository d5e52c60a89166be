"""A request to support, with a file, by a guest and by a resident."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.conftest import NewVisitor
from tests.journeys.visitor import Visitor
from tests.journeys.words import Words

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cfc0500f00"
    "0485018084a98c210000000049454e44ae426082"
)


@pytest.mark.parametrize("who", ["guest", "resident"])
def test_a_request_with_a_file_gets_a_number_and_a_letter(
    who: str, words: Words, new_visitor: NewVisitor, tmp_path: Path
):
    person = new_visitor(words, resident=who == "resident")
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    person.open(routes.SUPPORT)
    if who == "guest":
        person.fill(words.email, person.email)
    else:
        expect(person.field(words.email)).to_have_value(person.email)
    person.fill(words.subject, "Счётчик")
    person.fill(words.message, "Стрелка стоит на месте.")
    person.page.get_by_label(words.files).set_input_files(photo)
    person.press(words.send)
    heading = person.page.get_by_role("heading", name=re.compile(rf"^{words.request_number}\s*\d+$"))
    expect(heading).to_be_visible()
    number = re.findall(r"\d+", heading.inner_text())[0]
    assert number in str(person.mailbox.wait_for(person.email, number)["Subject"])


def test_a_request_without_words_is_asked_for_them(visitor: Visitor):
    words = visitor.words
    visitor.open(routes.SUPPORT)
    visitor.fill(words.email, "анна")
    visitor.fill(words.subject, "Счётчик")
    visitor.press(words.send)
    for label in (words.email, words.message):
        expect(visitor.field(label)).to_have_attribute("aria-invalid", "true")
    expect(visitor.field(words.subject)).to_have_value("Счётчик")
    visitor.forget_complaints(about="422")
