"""What a request tells: from where, in which language, by whom."""

import re

from starlette.datastructures import FormData
from starlette.requests import Request

from cabinet.http.guard import is_from_our_page
from cabinet.i18n import LOCALES, locale_of_path
from cabinet.kit.tokens import new_token
from cabinet.residents import service as residents
from cabinet.residents.cookie import device_cookie_name, token_in
from cabinet.residents.person import Person
from cabinet.settings import settings
from cabinet.watching.context import who

_DEVICE_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")


def session_token(request: Request) -> str | None:
    """The token that the browser carries."""
    return token_in(request.headers.get("cookie", ""))


def device_token(request: Request) -> str:
    """The token by which this browser is known again, or a new one to give it: the same all through the request."""
    if not hasattr(request.state, "device_token"):
        found = cookie_of(request, device_cookie_name())
        request.state.device_token = found if _DEVICE_TOKEN.fullmatch(found) else new_token()
    return request.state.device_token


async def person_of(request: Request) -> Person | None:
    """Who sent the request, if a living session stands behind it that may do something.

    Staff who must have a second factor and have none are nobody here, but for `enrolling_person_of`.
    """
    person = await enrolling_person_of(request)
    return person if person and not person.must_enrol else None


async def enrolling_person_of(request: Request) -> Person | None:
    """Who sent the request, also somebody who may do nothing yet but add a second factor."""
    token = session_token(request)
    person = await residents.person_behind(token) if token else None
    who.set(person.id if person else None)
    return person


def cookie_of(request: Request, name: str) -> str:
    """The value of our cookie with this name; empty if the browser has none."""
    return token_in(request.headers.get("cookie", ""), name) or ""


def is_ours(request: Request) -> bool:
    """Whether a page of ours sent the request: to ask before anything is changed."""
    return is_from_our_page(request.headers)


def client_address(request: Request) -> str:
    """The address of who asks, behind as many proxies of ours as the setting says.

    Only the last entries of X-Forwarded-For were written by our proxies; the rest can be invented.
    """
    hops = settings.trusted_proxy_hops
    heard = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if hops and len(heard) >= hops:
        return heard[-hops][:64]
    return request.client.host[:64] if request.client else ""


def device_of(request: Request) -> str:
    """The browser's own name for itself."""
    return request.headers.get("user-agent", "")[:300]


def locale_of(request: Request, form: FormData | None = None) -> str:
    """`ru` or `en`: as the form's hidden field says, else the page that sent it, else the path."""
    asked = form.get("locale") if form else request.query_params.get("locale")
    if isinstance(asked, str) and asked in LOCALES:
        return asked
    path = re.sub(r"^https?://[^/]+", "", request.headers.get("referer", "")) or request.url.path
    return locale_of_path(path)


def own_path(text: str, otherwise: str) -> str:
    """`text` if it is a path on this site, else `otherwise`: no way out to foreign pages or scripts."""
    return text if _OWN_PATH.fullmatch(text) else otherwise


def text_of(form: FormData, name: str) -> str:
    """A text field of the form, without the NUL that no database keeps; empty if missing or a file."""
    value = form.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""
