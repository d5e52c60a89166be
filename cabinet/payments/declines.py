"""Why a card was declined, in words: what happened, what it means for the money, what to do."""

from cabinet.i18n import _


def say_decline(code: str) -> str:
    """The sentence for a processor's decline code; unknown codes get the general one."""
    match code:
        case "insufficient_funds":
            return _("There is not enough money on the card. Nothing has been charged. Use another card.")
        case "expired_card":
            return _("The card has expired. Nothing has been charged. Use another card.")
        case "incorrect_cvc" | "invalid_cvc":
            return _(
                "The security code of the card is wrong. Nothing has been charged. Check the three digits."
            )
        case "authentication_required" | "payment_intent_authentication_failure":
            return _("The bank did not get your confirmation. Nothing has been charged. Try again.")
        case "processing_error":
            return _("The bank did not answer. Nothing has been charged. Try again in a few minutes.")
        case _:
            return _(
                "The bank declined the card. Nothing has been charged. Try another card or call the bank."
            )
