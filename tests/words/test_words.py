"""What residents read is said in words that they know: the catalogs against the list beside this file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from cabinet.settings import ROOT

CATALOG = ROOT / "cabinet" / "locales" / "ru" / "LC_MESSAGES" / "cabinet.po"
NOT_FOR_RESIDENTS = (
    "cabinet/accounts/registering.py",
    "cabinet/audit/",
    "cabinet/demo/",
    "cabinet/exchange/",
    "cabinet/http/api/",
    "cabinet/keys/errors.py",
    "cabinet/launcher/",
    "cabinet/mail/errors.py",
    "cabinet/sandbox/",
    "cabinet/staff/",
    "cabinet/webhooks/",
)
"""Texts that stand in these places only are read by staff, engineers and programs."""
FOR_ENGINEERS = {
    "cabinet/portal/tokens/guide.py": "for those who set up a program: names that they will see in it",
    "cabinet/keys/personal_errors.py": "answers of the API to a resident's program",
}
_ON_THE_DEVICE = "the name of the setting on the device's own page"
_TO_AN_ENGINEER = "a letter to the engineer of a provider"
_ON_THE_PHONE = "the name that phones and shops of apps use: people need it to find the thing"
ALLOWED = {
    "(passkeys)": _ON_THE_PHONE,
    "«аутентификатор»": _ON_THE_PHONE,
    "“authenticator”": _ON_THE_PHONE,
    "«Сервер HTTP»": _ON_THE_DEVICE,
    "“Server HTTP”": _ON_THE_DEVICE,
    "Your server does not answer": _TO_AN_ENGINEER,
    "Ваш сервер не отвечает": _TO_AN_ENGINEER,
    "cabinet.json": "the name of a file in the copy of one's data",
    "the server {host} has taken no event": _TO_AN_ENGINEER,
    "сервер {host} несколько дней": _TO_AN_ENGINEER,
    "Mend the server": _TO_AN_ENGINEER,
    "Почините сервер": _TO_AN_ENGINEER,
    "pulled by the API": _TO_AN_ENGINEER,
    "можно забрать через API": _TO_AN_ENGINEER,
}
"""Parts of texts that may use such words, and why."""


@dataclass(frozen=True)
class Rule:
    """A word that residents do not know."""

    locale: str
    word: str
    instead: str

    @property
    def pattern(self) -> re.Pattern[str]:
        word = re.escape(self.word).replace(r"\*", r"\w*")
        return re.compile(rf"(?<![\w-]){word}(?![\w-])", re.IGNORECASE)


def read_rules() -> list[Rule]:
    lines = (Path(__file__).parent / "unfamiliar.txt").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.strip() and not line.startswith("#")]
    return [
        Rule(locale.strip(), word.strip(), instead.strip())
        for locale, words, instead in rows
        for word in words.split(",")
    ]


RULES = read_rules()


def texts() -> Iterator[tuple[str, str, str]]:
    """(language, text, place) of all that residents read."""
    with CATALOG.open("rb") as source:
        for message in read_po(source, locale="ru"):
            places = [place for place, _line in message.locations if not place.startswith(NOT_FOR_RESIDENTS)]
            if message.id and any(place not in FOR_ENGINEERS for place in places):
                yield from _both(message, places[0])


def _both(message: Message, place: str) -> Iterator[tuple[str, str, str]]:
    for locale, said in (("en", message.id), ("ru", message.string)):
        for text in [said] if isinstance(said, str) else said or ():
            yield locale, text, place


def complaints(found: Iterator[tuple[str, str, str]], rules: list[Rule]) -> list[str]:
    return [
        f"{place}: “{text}” says “{match[0]}”: say {rule.instead}"
        for locale, text, place in found
        for rule in rules
        if rule.locale == locale and (match := rule.pattern.search(re.sub(r"\{\w*\}", "…", text)))
        if not any(part in text for part in ALLOWED)
    ]


def test_residents_read_words_that_they_know():
    said = complaints(texts(), RULES)
    assert not said, "\n".join(["Words that residents do not know (tests/words/unfamiliar.txt):", *said])


def test_what_is_allowed_is_still_said():
    every = [text for _locale, text, _place in texts()]
    assert [part for part in ALLOWED if not any(part in text for text in every)] == []


@pytest.mark.parametrize(
    ("locale", "text", "is_known"),
    [
        ("ru", "Пройдите аутентификацию", False),
        ("ru", "Осуществить оплату", False),
        ("ru", "Данный счёт оплачен", False),
        ("ru", "Обработка персональных данных", True),
        ("ru", "Ключи для программ", True),
        ("en", "Your session has expired", False),
        ("en", "Log in", False),
        ("en", "Sign in again", True),
    ],
)
def test_the_list_knows_what_it_looks_for(locale: str, text: str, is_known: bool):
    assert (complaints(iter([(locale, text, "a place")]), RULES) == []) is is_known
