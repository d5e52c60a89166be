"""Test cards: how a number, a date and a code are checked, and what the bank behind each card does."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cabinet.sandbox.keys import MORE_CARDS, TEST_CARDS


class Behaviour(StrEnum):
    """What the bank does when the card is charged."""

    SUCCEED = "succeed"
    DECLINE = "decline"
    AUTHENTICATE_ONCE = "authenticate_once"
    AUTHENTICATE_ALWAYS = "authenticate_always"
    SETTLE_LATER = "settle_later"
    DISPUTE = "dispute"
    DECLINE_WHEN_CHARGED = "decline_when_charged"
    REFUND_LATER = "refund_later"
    REFUND_FAILS = "refund_fails"


@dataclass(frozen=True)
class Decline:
    """Why the bank says no, in Stripe's codes."""

    code: str
    decline_code: str | None
    message: str


GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.")
_LIVE = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
_DECLINES = {
    TEST_CARDS["declined"]: GENERIC,
    TEST_CARDS["insufficient_funds"]: Decline(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    MORE_CARDS["lost"]: Decline("card_declined", "lost_card", "Your card was declined."),
    MORE_CARDS["expired"]: Decline("expired_card", "expired_card", "Your card has expired."),
    MORE_CARDS["wrong_cvc"]: Decline(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."
    ),
}
_BEHAVIOURS = {
    TEST_CARDS["success"]: Behaviour.SUCCEED,
    TEST_CARDS["authentication"]: Behaviour.AUTHENTICATE_ONCE,
    MORE_CARDS["delayed"]: Behaviour.SETTLE_LATER,
    MORE_CARDS["dispute"]: Behaviour.DISPUTE,
    MORE_CARDS["always_authenticate"]: Behaviour.AUTHENTICATE_ALWAYS,
    MORE_CARDS["declined_when_charged"]: Behaviour.DECLINE_WHEN_CHARGED,
    MORE_CARDS["refund_pending"]: Behaviour.REFUND_LATER,
    MORE_CARDS["refund_fails"]: Behaviour.REFUND_FAILS,
}


@dataclass(frozen=True)
class Card:
    """A card as typed, checked. The number never leaves this object: only its end and behaviour are kept."""

    number: str
    month: int
    year: int

    @property
    def last4(self) -> str:
        """The end of the number."""
        return self.number[-4:]

    @property
    def brand(self) -> str:
        """The network, by the first digit."""
        match self.number[0]:
            case "2":
                return "mir"
            case "5":
                return "mastercard"
            case _:
                return "visa"

    @property
    def behaviour(self) -> Behaviour:
        """What the bank behind the card does."""
        return _BEHAVIOURS.get(self.number, Behaviour.DECLINE)

    @property
    def decline(self) -> Decline | None:
        """The refusal of this card; real cards are refused, as nothing here may touch them."""
        return _DECLINES.get(self.number, _LIVE) if self.behaviour is Behaviour.DECLINE else None


class Mistake(StrEnum):
    """What is wrong with a field of the card form."""

    NUMBER_MISSING = "number_missing"
    NUMBER_WRONG = "number_wrong"
    EXPIRY_MISSING = "expiry_missing"
    EXPIRY_WRONG = "expiry_wrong"
    EXPIRY_PAST = "expiry_past"
    CVC_WRONG = "cvc_wrong"


class CardMistakes(ValueError):
    """The card cannot be charged as typed: a mistake for each field that has one."""

    def __init__(self, fields: dict[str, Mistake]) -> None:
        super().__init__(fields)
        self.fields = fields


_EXPIRY = re.compile(r"(0[1-9]|1[0-2]) ?/? ?(?:20)?(\d\d)")


def read_card(number: str, expiry: str, cvc: str, *, today: date) -> Card:
    """The card that was typed: spaces and dashes do not matter. Raises CardMistakes."""
    digits = re.sub(r"[\s\u00a0\u202f-]", "", number)
    match = _EXPIRY.fullmatch(expiry.strip())
    found = {
        "number": _number_mistake(digits),
        "expiry": _expiry_mistake(expiry.strip(), match, today),
        "cvc": None if re.fullmatch(r"[0-9]{3,4}", cvc.strip()) else Mistake.CVC_WRONG,
    }
    mistakes = {name: mistake for name, mistake in found.items() if mistake}
    if mistakes or not match:
        raise CardMistakes(mistakes)
    return Card(digits, int(match[1]), 2000 + int(match[2]))


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = [int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _number_mistake(digits: str) -> Mistake | None:
    if not digits:
        return Mistake.NUMBER_MISSING
    right = re.fullmatch(r"[0-9]{13,19}", digits) and passes_luhn(digits)
    return None if right else Mistake.NUMBER_WRONG


def _expiry_mistake(text: str, match: re.Match[str] | None, today: date) -> Mistake | None:
    if not text:
        return Mistake.EXPIRY_MISSING
    if not match or int(match[2]) + 2000 > today.year + 50:
        return Mistake.EXPIRY_WRONG
    past = (2000 + int(match[2]), int(match[1])) < (today.year, today.month)
    return Mistake.EXPIRY_PAST if past else None
