"""Why a card was declined, in words: what happened, what it means for the money, what to do."""

from cabinet.i18n import N_, _

_GENERAL = N_("The bank declined the card. Nothing has been charged. Try another card or call the bank.")
_CONFIRMATION = N_("The bank did not get your confirmation. Nothing has been charged. Try again.")
_NO_MONEY = N_("There is not enough money on the card. Nothing has been charged. Use another card.")
_WRONG_CODE = N_("The security code of the card is wrong. Nothing has been charged. Check the three digits.")
_WRONG_NUMBER = N_(
    "The number of the card is wrong. Nothing has been charged. Check it, or use another card."
)
_WRONG_EXPIRY = N_(
    "The expiry date of the card is wrong. Nothing has been charged. Check it, or use another card."
)
_LIMIT = N_(
    "The payment is above a limit of the card. Nothing has been charged. "
    "Raise the limit at your bank, pay a smaller sum, or use another card."
)
_NOT_SUPPORTED = N_(
    "The card is not meant for payments like this. Nothing has been charged. Use another card."
)
_BLOCKED = N_("The bank has blocked the card. Nothing has been charged. Call your bank, or use another card.")
_NO_ANSWER = N_("The bank did not answer. Nothing has been charged. Try again in a few minutes.")
_EXPIRED = N_("The card has expired. Nothing has been charged. Use another card.")
_TWICE = N_(
    "The bank took this for a repeated payment. Nothing has been charged. "
    "Look into the history whether you have paid already; if not, try again in a few minutes."
)

KNOWN = {
    "insufficient_funds": _NO_MONEY,
    "expired_card": _EXPIRED,
    "incorrect_cvc": _WRONG_CODE,
    "invalid_cvc": _WRONG_CODE,
    "incorrect_number": _WRONG_NUMBER,
    "invalid_number": _WRONG_NUMBER,
    "invalid_expiry_month": _WRONG_EXPIRY,
    "invalid_expiry_year": _WRONG_EXPIRY,
    "authentication_required": _CONFIRMATION,
    "authentication_not_handled": _CONFIRMATION,
    "payment_intent_authentication_failure": _CONFIRMATION,
    "processing_error": _NO_ANSWER,
    "issuer_not_available": _NO_ANSWER,
    "try_again_later": _NO_ANSWER,
    "card_velocity_exceeded": _LIMIT,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "card_not_supported": _NOT_SUPPORTED,
    "currency_not_supported": _NOT_SUPPORTED,
    "transaction_not_allowed": _NOT_SUPPORTED,
    "lost_card": _BLOCKED,
    "stolen_card": _BLOCKED,
    "pickup_card": _BLOCKED,
    "restricted_card": _BLOCKED,
    "duplicate_transaction": _TWICE,
}
"""The processor's codes that tell the resident what to do."""


def say_decline(code: str) -> str:
    """The sentences for a processor's decline code; unknown codes get the general ones."""
    return _(KNOWN.get(code, _GENERAL))
