"""A request to support, with a file, by a guest and by a resident; its answer, closing and mark."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cabinet.ui import routes
from tests.journeys.app import App
from tests.journeys.conftest import NewVisitor
from tests.journeys.mailbox import link_in, text_of
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
    said = person.page.get_by_text(re.compile(rf"^{words.request_number}\s*\d+$")).first
    expect(said).to_be_visible()
    person.expect_page(routes.SUPPORT if who == "guest" else routes.request("…"))
    number = re.findall(r"\d+", said.inner_text())[0]
    assert number in str(person.mailbox.wait_for(person.email, number)["Subject"])


@pytest.fixture
def staff(words: Words, app: App, new_visitor: NewVisitor) -> Visitor:
    """The administrator of the demo."""
    visitor = new_visitor(words, resident=False)
    person = app.demo()["staff"]
    visitor.post(routes.API_SIGN_IN, {"email": person["email"], "password": person["password"]})
    visitor.context.add_cookies([{"name": "admin_language", "value": words.locale, "url": app.url}])
    return visitor


def ask(person: Visitor, subject: str) -> None:
    """Send a request from the support page."""
    person.open(routes.SUPPORT)
    if not person.field(person.words.email).input_value():
        person.fill(person.words.email, person.email)
    person.fill(person.words.subject, subject)
    person.fill(person.words.message, "Стрелка стоит на месте.")
    person.press(person.words.send)


def keep_answer(staff: Visitor, title: str, text: str) -> None:
    """Write an answer to keep."""
    staff.page.goto(f"{staff.app.url}/admin/canned/new")
    staff.page.locator("#title").fill(title)
    staff.page.locator("#text_ru").fill(text)
    staff.page.locator("form[method=post] button.btn-primary").click()


def test_asked_answered_closed_and_rated(words: Words, resident: Visitor, staff: Visitor, tmp_path: Path):
    subject, photo = f"Счётчик {resident.email}", tmp_path / "instruction.png"
    photo.write_bytes(PNG)
    ask(resident, subject)
    resident.expect_page(routes.request("…"))
    keep_answer(staff, f"Проверка {resident.email}", "Проверим счётчик. Обращение {number}.")
    staff.page.goto(f"{staff.app.url}/admin/requests?q={resident.email}")
    staff.follow(subject)
    staff.page.get_by_text(words.note, exact=True).first.click()
    staff.field(words.note).fill("Не показывать жителю")
    staff.press(words.save_note)
    staff.page.locator("#message").fill("Здравствуйте!")
    staff.page.get_by_label(words.canned_answer).select_option(label=f"Проверка {resident.email}")
    staff.press(words.insert)
    expect(staff.page.locator("#message")).to_have_value(
        re.compile(r"^Здравствуйте!\n\nПроверим счётчик. Обращение \d+\.$")
    )
    staff.page.locator("#files").set_input_files(photo)
    staff.press(words.send_answer)
    # The page of the resident is open all the while, and shows the answer by itself.
    resident.sees("Проверим счётчик.")
    resident.sees_not("Не показывать жителю")
    letter = resident.mailbox.wait_for(resident.email, words.answer_letter)
    assert "Проверим счётчик." in text_of(letter)
    assert "Не показывать" not in text_of(letter)
    resident.page.goto(link_in(letter, "/requests/"))
    with resident.page.expect_download() as download:
        resident.follow("instruction.png")
    assert Path(download.value.path()).read_bytes() == PNG
    resident.fill(words.your_message, "Спасибо!")
    resident.press(words.send)
    resident.sees("Спасибо!")
    resident.press(words.is_settled)
    resident.page.get_by_role("radio", name="5").check(force=True)
    resident.press(words.send_mark)
    resident.sees(words.mark_kept)
    staff.page.reload()
    staff.sees("5 / 5")


def test_a_guest_answers_by_the_link_of_the_letter(words: Words, visitor: Visitor, staff: Visitor):
    subject = f"Гость {visitor.email}"
    ask(visitor, subject)
    visitor.sees(words.request_number)
    staff.page.goto(f"{staff.app.url}/admin/requests?q={visitor.email}")
    staff.follow(subject)
    staff.page.locator("#message").fill("Пришлите номер счёта.")
    staff.press(words.send_answer)
    letter = visitor.mailbox.wait_for(visitor.email, words.answer_letter)
    visitor.page.goto(link_in(letter, routes.GUEST_REQUEST))
    visitor.sees("Пришлите номер счёта.")
    visitor.fill(words.your_message, "Вот он.")
    visitor.press(words.send)
    visitor.sees("Вот он.")
    staff.page.reload()
    staff.sees("Вот он.")


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
