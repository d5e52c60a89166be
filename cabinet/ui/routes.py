"""Where every page lives: the only place that spells paths.

Constants and builders give the Russian path; `localized` puts `/en` before it in English.
Builders take a text or a var of a state, and give what fits into a link either way.
"""

from typing import TYPE_CHECKING, Any, overload

from cabinet.i18n import current_locale

if TYPE_CHECKING:
    from reflex import Var

FRONT = "/"
SIGN_UP = "/signup"
LETTER_SENT = "/signup/sent"
CONFIRM = "/confirm"
SIGN_IN = "/login"
FORGOT_PASSWORD = "/password/forgot"
RESET_PASSWORD = "/password/reset"
CABINET = "/cabinet"
LINK_ACCOUNT = "/accounts/link"
ACCOUNT = "/accounts/[account_id]"
PAY = "/pay"
PAYMENTS = "/payments"
PAYMENT = "/payments/[payment_id]"
SETTINGS = "/settings"
LINKED_ACCOUNTS = "/settings/accounts"
CARDS = "/settings/cards"
SUPPORT = "/support"
HELP = "/help"
PRIVACY = "/legal/privacy"
TERMS = "/legal/terms"
CONSENT = "/legal/consent"
OFFER = "/legal/offer"
ADMIN = "/admin"
MAILBOX = "/dev/mail"
FORBIDDEN = "/forbidden"
FAILED = "/failed"
MAINTENANCE = "/maintenance"

API_SIGN_UP = "/api/signup"
API_RESEND = "/api/signup/resend"
API_CONFIRM = "/api/confirm"
API_SIGN_IN = "/api/login"
API_SIGN_OUT = "/api/logout"
API_FORGOT_PASSWORD = "/api/password/forgot"
API_RESET_PASSWORD = "/api/password/reset"
API_CHANGE_PASSWORD = "/api/password/change"
API_SUPPORT = "/api/support"
API_PAYMENTS_CSV = "/api/payments.csv"


@overload
def localized(path: str, locale: str = "") -> str: ...
@overload
def localized(path: "Var[Any]", locale: str = "") -> "str | Var[Any]": ...
def localized(path: "str | Var[Any]", locale: str = "") -> "str | Var[Any]":
    """The path in `locale`, by default that of the current context: `/pay` or `/en/pay`."""
    if (locale or current_locale()) == "ru":
        return path
    return "/en" if isinstance(path, str) and path == FRONT else f"/en{path}"


def account(account_id: Any) -> str:
    """The page of one linked account."""
    return f"/accounts/{account_id}"


def pay(account_id: Any = "") -> str:
    """The payment page: of one account, or of all linked ones."""
    return f"{PAY}?account={account_id}" if str(account_id) else PAY


def payment(payment_id: Any) -> str:
    """The result of one payment."""
    return f"/payments/{payment_id}"


def confirmation(payment_id: Any) -> str:
    """The confirmation of a payment as PDF, in the current language."""
    return f"/api/payments/{payment_id}/confirmation.pdf?locale={current_locale()}"


def payments_csv(account_id: Any = "") -> str:
    """The history as a table, of one account or of all, in the current language."""
    only = f"&account={account_id}" if str(account_id) else ""
    return f"{API_PAYMENTS_CSV}?locale={current_locale()}{only}"


def payments(account_id: Any = "") -> str:
    """The history, of one account or of all."""
    return f"{PAYMENTS}?account={account_id}" if str(account_id) else PAYMENTS


def legal(name: str) -> str:
    """One of the legal texts: privacy, terms, consent or offer."""
    return f"/legal/{name}"
