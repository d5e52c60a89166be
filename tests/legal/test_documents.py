"""The legal texts: complete in both languages, and the consent is what 152-ФЗ asks for."""

import re
from dataclasses import FrozenInstanceError
from datetime import date
from typing import cast

import pytest

from cabinet.errors import NotFound
from cabinet.i18n import LOCALES, current_locale, use_locale
from cabinet.legal.parsing import BadText, parse
from cabinet.legal.service import NAMES, Document, Name, document
from cabinet.settings import Retention, settings

EVERY = pytest.mark.parametrize(("name", "locale"), [(name, locale) for name in NAMES for locale in LOCALES])

ARTICLE_9_PART_4 = {
    "who consents": ("адрес моей почты", "my e-mail address"),
    "the operator's name": (settings.operator_name, settings.operator_name),
    "the operator's address": (settings.operator_address, settings.operator_address),
    "the purpose": ("Цель обработки", "Purpose"),
    "the list of data": ("адрес электронной почты;", "my e-mail address;"),
    "who processes for the operator": (
        "другим лицам оператор не поручает",
        "does not entrust the processing",
    ),
    "the list of actions": (
        "сбор, запись, систематизацию, накопление",
        "collection, recording, systematisation",
    ),
    "the way of processing": ("с помощью средств автоматизации", "by automated means"),
    "the term": ("Согласие действует с момента", "in force from the moment"),
    "how to withdraw": ("Я могу отозвать согласие в любое время", "I may withdraw this consent at any time"),
    "where to withdraw": (settings.operator_email, settings.operator_email),
    "the signature": ("заменяют мою подпись", "stands for my signature"),
}
"""For each element, its words in Russian and in English."""


def shape(text: Document) -> list[list[int]]:
    """For each section its blocks: the length of a list, 0 for a paragraph."""
    return [[0 if isinstance(block, str) else len(block) for block in s.blocks] for s in text.sections]


@EVERY
def test_text_is_complete(name: Name, locale: str) -> None:
    text = document(name, locale)
    assert (text.name, text.locale) == (name, locale)
    assert text.title
    assert date.fromisoformat(text.version) == text.effective_on
    assert len(text.sections) >= 7
    assert all(section.heading and section.paragraphs for section in text.sections)
    assert not re.search(r"[{}]|TODO|XXX|\*\*|^#", text.text, re.MULTILINE)


@EVERY
def test_text_says_who_the_operator_is(name: Name, locale: str) -> None:
    text = document(name, locale).text
    assert settings.operator_name in text
    assert settings.operator_inn in text
    assert settings.operator_address in text
    assert settings.operator_email in text


@pytest.mark.parametrize("name", ["privacy", "terms", "offer"])
@pytest.mark.parametrize("locale", LOCALES)
def test_text_ends_with_how_to_reach_the_operator(name: Name, locale: str) -> None:
    contacts = " ".join(document(name, locale).sections[-1].paragraphs)
    assert settings.operator_phone in contacts
    assert settings.operator_hours in contacts


@EVERY
def test_whole_text_holds_title_version_and_every_paragraph(name: Name, locale: str) -> None:
    made = document(name, locale)
    assert made.text.startswith(f"{made.title}\n\n{made.version_line}\n\n")
    assert made.version in made.version_line
    for section in made.sections:
        assert section.heading in made.text
        assert all(paragraph in made.text for paragraph in section.paragraphs)


@EVERY
def test_sections_are_numbered_in_order(name: Name, locale: str) -> None:
    numbers = [int(section.heading.partition(".")[0]) for section in document(name, locale).sections]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_languages_have_the_same_sections_and_lists(name: Name) -> None:
    russian, english = document(name, "ru"), document(name, "en")
    noted = shape(english)
    assert noted[-1].pop() == 0, "the note that the Russian text prevails"
    assert shape(russian) == noted
    assert russian.version == english.version


@pytest.mark.parametrize("name", NAMES)
def test_english_is_english_and_says_that_the_russian_text_prevails(name: Name) -> None:
    english = document(name, "en").text
    assert english.endswith("the Russian text prevails.")
    for fact in (settings.operator_name, settings.operator_address, settings.operator_hours):
        english = english.replace(fact, "")
    assert not re.search("[а-яё]", english, re.IGNORECASE)


@pytest.mark.parametrize("element", ARTICLE_9_PART_4)
@pytest.mark.parametrize("locale", LOCALES)
def test_consent_has_what_article_9_asks_for(element: str, locale: str) -> None:
    assert ARTICLE_9_PART_4[element][LOCALES.index(locale)] in document("consent", locale).text


@pytest.mark.parametrize("locale", LOCALES)
def test_consent_mixes_in_no_other_document(locale: str) -> None:
    text = document("consent", locale).text.casefold()
    for other in ("оферт", "соглашени", "политик", "cookie", "offer", "agreement", "policy"):
        assert other not in text


@pytest.mark.parametrize("locale", LOCALES)
def test_privacy_names_what_the_browser_keeps(locale: str) -> None:
    text = document("privacy", locale).text
    for name in ("sid", "__Host-sid", "theme", "email", "token"):
        assert name in text


@pytest.mark.parametrize("kind", Retention.model_fields)
@pytest.mark.parametrize(("locale", "term"), [("ru", "1\u202f234\u00a0дня"), ("en", "1,234 days")])
def test_privacy_keeps_to_the_terms_of_the_settings(
    kind: str, locale: str, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spaceless(term) not in spaceless(document("privacy", locale).text)
    monkeypatch.setattr(settings, "keep_days", Retention(**{kind: 1234}))
    assert spaceless(term) in spaceless(document("privacy", locale).text)


def spaceless(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(("locale", "words"), [("ru", "не кассовый чек"), ("en", "not a fiscal receipt")])
def test_offer_says_that_a_confirmation_is_no_receipt(locale: str, words: str) -> None:
    assert words in document("offer", locale).text


@pytest.mark.parametrize(("locale", "least"), [("ru", "77,00\u202f₽"), ("en", "₽77.00")])
def test_offer_names_the_least_payment(locale: str, least: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "payment_minimum_minor", 7700)
    assert least in document("offer", locale).text


def test_operator_is_read_from_the_settings_and_taken_literally(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "operator_name", "ООО «{Скобки}»")
    assert "ООО «{Скобки}», ИНН" in document("consent", "ru").text


def test_unknown_language_reads_russian() -> None:
    assert document("terms", "de") == document("terms", "ru")


def test_language_of_the_reader_changes_neither_text_nor_context() -> None:
    with use_locale("en"):
        assert "Действует с 29 ноября 2026" in document("privacy", "ru").version_line
        assert current_locale() == "en"


@pytest.mark.parametrize("name", ["", "imprint", "../service", "privacy.ru", "Privacy"])
def test_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        document(cast(Name, name), "ru")


def test_entries_that_follow_each_other_are_one_list() -> None:
    source = "# T\nversion: 2026-11-22\n\n## 1. A\nOne.\n\n— two;\n— three.\nFour.\n— five.\n"
    section = parse("terms", "ru", source, {}).sections[0]
    assert section.blocks == ("One.", ("two;", "three."), "Four.", ("five.",))
    assert section.paragraphs == ("One.", "— two;", "— three.", "Four.", "— five.")


def test_document_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        document("terms", "ru").title = "x"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "source",
    ["", "version: 2026-11-22\n", "# T\nversion: soon\n", "# T\nversion: 2026-11-22\nStray\n## 1. A\nb\n"],
)
def test_bad_source_is_refused(source: str) -> None:
    with pytest.raises(BadText):
        parse("terms", "ru", source, {})


def test_unknown_placeholder_is_refused() -> None:
    with pytest.raises(KeyError):
        parse("terms", "ru", "# T\nversion: 2026-11-22\n## 1. A\n{nobody}\n", {})
