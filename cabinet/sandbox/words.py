"""What the hosted page says, in the language of the session."""

from cabinet.i18n import DEFAULT, LOCALES, N_, _, current_locale
from cabinet.sandbox.cards import Mistake

_TEXTS = {
    "banner": N_("TEST MODE: no money moves"),
    "title": N_("Card payment"),
    "title_setup": N_("Save a card"),
    "total": N_("To pay"),
    "number": N_("Card number"),
    "expiry": N_("Expiry"),
    "expiry_help": N_("Month and year, for example 12/34"),
    "cvc_help": N_("Three digits on the back of the card"),
    "pay": N_("Pay"),
    "save": N_("Save the card"),
    "cards": N_("Test cards"),
    "cards_help": N_("Any future date and any CVC will do. Real cards are refused."),
    "card_success": N_("payment goes through"),
    "card_declined": N_("the bank declines"),
    "card_insufficient_funds": N_("not enough money"),
    "card_authentication": N_("the bank asks for confirmation"),
    "number_missing": N_("Enter the number of the card."),
    "number_wrong": N_("There is a mistake in the number. Compare it with the card."),
    "expiry_missing": N_("Enter the month and year that stand on the card."),
    "expiry_wrong": N_("Enter month and year as on the card, for example 12/34."),
    "expiry_past": N_("The card has expired. Use another one."),
    "cvc_wrong": N_("Enter the three digits on the back of the card."),
    "generic_decline": N_(
        "The bank declined the card. Nothing has been charged. Try another card or call the bank."
    ),
    "insufficient_funds": N_(
        "There is not enough money on the card. Nothing has been charged. Use another card."
    ),
    "expired_card": N_("The card has expired. Nothing has been charged. Use another card."),
    "incorrect_cvc": N_(
        "The security code of the card is wrong. Nothing has been charged. Check the three digits."
    ),
    "payment_intent_authentication_failure": N_(
        "The bank did not get your confirmation. Nothing has been charged. Try again."
    ),
    "test_mode_live_card": N_(
        "Only the test cards below work here. The number was not kept. Nothing has been charged."
    ),
    "bank_title": N_("Confirmation by the bank"),
    "bank_text": N_("Your bank asks whether it is you who pays. In real life a code comes to your phone."),
    "approve": N_("Confirm"),
    "refuse": N_("Refuse"),
    "done_title": N_("Already paid"),
    "done_text": N_("This payment has gone through. Nothing more will be charged."),
    "closed_title": N_("The link has expired"),
    "closed_text": N_("Nothing has been charged. Go back and start the payment again."),
    "missing_title": N_("There is no such payment"),
    "missing_text": N_("Check the link, or start the payment again in your cabinet."),
    "forbidden_title": N_("The form was sent from another site"),
    "forbidden_text": N_("Nothing has been charged. Open the payment page again and pay there."),
}


# The rest of the site says «Назад» for the same English word; here it leads out of the processor's page.
_BACK = {"ru": "Вернуться", "en": "Back"}


def page_locale(asked: str | None) -> str:
    """`ru` or `en` for the locale of a session."""
    language = (asked or DEFAULT).partition("-")[0]
    if language == "auto":
        return DEFAULT
    return language if language in LOCALES else "en"


def page_words() -> dict[str, str]:
    """Every text of the hosted page in the current language."""
    return {name: _(text) for name, text in _TEXTS.items()} | {"back": _BACK[current_locale()]}


def say_mistake(mistake: Mistake) -> str:
    """What is wrong with a field and what to do."""
    return _(_TEXTS[mistake.value])


def say_refusal(code: str) -> str:
    """Why the card was refused: nothing was charged, and what to do."""
    if code == "setup_intent_authentication_failure":
        code = "payment_intent_authentication_failure"
    return _(_TEXTS.get(code, _TEXTS["generic_decline"]))
