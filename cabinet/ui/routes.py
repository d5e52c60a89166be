"""Where every page lives: the only place that spells paths.

Constants and builders give the Russian path; `localized` puts `/en` before it in English.
Builders take a text or a var of a state, and give what fits into a link either way.
"""

from typing import TYPE_CHECKING, Any, overload
from urllib.parse import urlencode

from cabinet.i18n import current_locale

if TYPE_CHECKING:
    from reflex import Var

FRONT = "/"
SIGN_UP = "/signup"
LETTER_SENT = "/signup/sent"
CONFIRM = "/confirm"
SIGN_IN = "/login"
SIGN_IN_CODE = "/login/code"
FORGOT_PASSWORD = "/password/forgot"
RESET_PASSWORD = "/password/reset"
CABINET = "/cabinet"
LINK_ACCOUNT = "/accounts/link"
ACCOUNT = "/accounts/[account_id]"
SCAN = "/scan"
PROVE = "/accounts/[account_id]/prove"
ACCESS = "/accounts/[account_id]/access"
INVITATION = "/invitation"
PAY = "/pay"
READINGS = "/readings"
METERS = "/readings/[account_id]"
BILLS = "/bills"
BILL = "/bills/[bill_id]"
PAYMENTS = "/payments"
PAYMENT = "/payments/[payment_id]"
SETTINGS = "/settings"
LINKED_ACCOUNTS = "/settings/accounts"
CARDS = "/settings/cards"
TOKENS = "/settings/tokens"
SECURITY = "/settings/security"
SESSIONS = "/settings/sessions"
CHANGE_EMAIL = "/settings/email"
MY_DATA = "/settings/data"
NEW_EMAIL = "/email/confirm"
"""Where the letter to the new address leads."""
OLD_EMAIL = "/email/allow"
"""Where the letter to the old address leads."""
SUPPORT = "/support"
REQUESTS = "/requests"
REQUEST = "/requests/[ticket_id]"
GUEST_REQUEST = "/requests/guest"
HELP = "/help"
PRIVACY = "/legal/privacy"
TERMS = "/legal/terms"
CONSENT = "/legal/consent"
OFFER = "/legal/offer"
ADMIN = "/admin"
FORBIDDEN = "/forbidden"
FAILED = "/failed"
MAINTENANCE = "/maintenance"
OFFLINE = "/offline"
MANIFEST = "/manifest.webmanifest"
SERVICE_WORKER = "/sw.js"

API_SIGN_UP = "/api/signup"
API_RESEND = "/api/signup/resend"
API_CONFIRM = "/api/confirm"
API_SIGN_IN = "/api/login"
API_SIGN_IN_CODE = "/api/login/code"
API_SIGN_IN_SPARE = "/api/login/spare"
API_ASK_KEY = "/api/login/key/ask"
API_SIGN_IN_KEY = "/api/login/key"
API_SIGN_OUT = "/api/logout"
API_FORGOT_PASSWORD = "/api/password/forgot"
API_RESET_PASSWORD = "/api/password/reset"
API_CHANGE_PASSWORD = "/api/password/change"
API_SUPPORT = "/api/support"
API_GUEST_REPLY = "/api/requests/guest/reply"
API_TOKENS = "/api/tokens"
API_BEGIN_APP = "/api/factors/app"
API_CONFIRM_APP = "/api/factors/app/confirm"
API_REMOVE_APP = "/api/factors/app/remove"
API_BEGIN_KEY = "/api/factors/keys/ask"
API_ADD_KEY = "/api/factors/keys"
API_REMOVE_KEY = "/api/factors/keys/remove"
API_SPARE_CODES = "/api/factors/codes"
API_CHANGE_EMAIL = "/api/email"
API_NEW_EMAIL = "/api/email/confirm"
API_OLD_EMAIL = "/api/email/allow"
API_REFUSE_EMAIL = "/api/email/refuse"
API_MY_DATA = "/api/data"
API_DELETE_CABINET = "/api/data/delete"
MY_DATA_JSON = "/api/data/cabinet.json"
MY_DATA_ZIP = "/api/data/cabinet.zip"
DEVICE = "/w"
"""Short: a device keeps 63 characters of its whole address, the token included."""
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


def second_step(next: str, *, has_app: bool, has_keys: bool) -> str:
    """Where a sign-in goes on after the password: which ways there are, and where it leads to."""
    ways = {"app": "1"} if has_app else {}
    ways |= {"key": "1"} if has_keys else {}
    return f"{localized(SIGN_IN_CODE)}?{urlencode(ways | ({'next': next} if next else {}))}"


def enrolment(next: str) -> str:
    """Where who must have a second factor adds one before going on to `next`."""
    return f"{localized(SECURITY)}?{urlencode({'required': '1', 'next': next})}"


def account(account_id: Any) -> str:
    """The page of one linked account."""
    return f"/accounts/{account_id}"


def prove(account_id: Any) -> str:
    """Where a resident proves that a linked account is theirs."""
    return f"/accounts/{account_id}/prove"


def prove_new(account_id: Any) -> str:
    """The proof of an account that has just been linked; it can be put off."""
    return f"{prove(account_id)}?new=1"


def access(account_id: Any) -> str:
    """Who has access to a linked account."""
    return f"/accounts/{account_id}/access"


def invitation(invitation_id: Any) -> str:
    """An invitation that waits for the person who is signed in."""
    return f"{INVITATION}?id={invitation_id}"


def pay(account_id: Any = "", period: str = "", sum_minor: int = 0) -> str:
    """The payment page: of one account, or of all linked ones.

    `period` is the month to pay for, `2026-10`; `sum_minor` the sum to begin with, that of a scanned bill.
    """
    month = f"&period={period}" if period else ""
    wish = f"&sum={sum_minor}" if sum_minor else ""
    return f"{PAY}?account={account_id}{month}{wish}" if str(account_id) else PAY


def scan(purpose: str = "") -> str:
    """The scanner; `link`: to link an account, else to go on with whatever the bill is for."""
    return f"{SCAN}?for={purpose}" if purpose else SCAN


def bills(account_id: Any = "", before: str = "") -> str:
    """The bills of one account; `before` is a month, `2025-10`: only those of earlier months."""
    earlier = f"&before={before}" if before else ""
    return f"{BILLS}?account={account_id}{earlier}" if str(account_id) else BILLS


def bill(bill_id: Any) -> str:
    """One bill."""
    return f"/bills/{bill_id}"


def bill_pdf(bill_id: Any) -> str:
    """The bill as PDF, with the code that banks read, in the current language."""
    return f"/api/bills/{bill_id}/bill.pdf?locale={current_locale()}"


def readings(account_id: Any = "") -> str:
    """The form for readings: of one account, or of all linked ones."""
    return f"{READINGS}?account={account_id}" if str(account_id) else READINGS


def meters(account_id: Any, view: str = "", *, whole: bool = False) -> str:
    """The history of an account's readings; `view` is what the charts show: `years` or `zones`, else months."""
    asked = [f"show={view}"] * bool(view) + ["all=1"] * whole
    return f"/readings/{account_id}{'?' if asked else ''}{'&'.join(asked)}"


def readings_csv(account_id: Any) -> str:
    """All readings of an account as a table, in the current language."""
    return f"/api/readings/{account_id}/readings.csv?locale={current_locale()}"


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


def request(ticket_id: Any) -> str:
    """One request to support."""
    return f"/requests/{ticket_id}"


def reply_to(ticket_id: Any) -> str:
    """Where an answer in one's own request is sent."""
    return f"/api/requests/{ticket_id}/reply"


def request_file(file_id: Any, token: str = "") -> str:
    """A file of a request; `token` is that of a guest's link."""
    return f"/api/files/{file_id}?token={token}" if token else f"/api/files/{file_id}"


def legal(name: str) -> str:
    """One of the legal texts: privacy, terms, consent or offer."""
    return f"/legal/{name}"
