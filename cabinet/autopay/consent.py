"""What a resident agrees to with a standing order. A changed wording is a new version, never an edit."""

from dataclasses import dataclass

VERSION = "2026-11-22"

_TEXTS = {
    "ru": (
        "Я согласен (согласна), чтобы сервис без отдельного подтверждения списывал с выбранной карты долг"
        " по этому лицевому счёту вместе с комиссией, если она есть: в выбранный день месяца или после"
        " прихода квитанции. За два дня до списания мне придёт письмо с суммой, днём и картой."
        " Спишется не больше суммы из письма и не больше моего лимита. Я могу приостановить или отключить"
        " автоплатёж в настройках в любой момент. Если я отвяжу счёт или удалю карту, автоплатёж отключится."
    ),
    "en": (
        "I agree that the service charges the chosen card, without asking me each time, with the debt of this"
        " account and the commission, if there is one: on the chosen day of the month, or after a bill has"
        " arrived. Two days before each charge I get a letter with the sum, the day and the card. No charge is"
        " larger than the letter says, or than my limit. I can pause or stop autopay in the settings at any"
        " time. If I unlink the account or remove the card, autopay ends."
    ),
}


@dataclass(frozen=True, slots=True)
class ConsentText:
    """The wording, its version and language: kept word for word with the order."""

    version: str
    locale: str
    text: str


def consent_text(locale: str) -> ConsentText:
    """The current wording in that language."""
    known = locale if locale in _TEXTS else "ru"
    return ConsentText(VERSION, known, _TEXTS[known])
