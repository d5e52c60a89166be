"""Who gets into the staff pages: checked on every request, before anything else of the admin runs."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from jinja2 import Environment, FileSystemLoader
from sqlmodel import col, select
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.i18n import set_locale, set_timezone

from cabinet.database import read_only
from cabinet.exchange.imports.errors import RegistryTooLarge
from cabinet.http.guard import page_policy
from cabinet.http.requests import client_address, enrolling_person_of, is_ours
from cabinet.http.uploads import most_bytes
from cabinet.i18n import LOCALES, _, current_locale, path_in, use_locale
from cabinet.kit.text import fold, whole_number
from cabinet.providers.models import Provider
from cabinet.residents.person import Permission, Person
from cabinet.settings import settings
from cabinet.staff.cookies import with_guarded_names, with_plain_names
from cabinet.staff.markup import StrictMarkup, page_nonce
from cabinet.support.errors import FormBroken
from cabinet.ui.routes import enrolment

LANGUAGE_COOKIE = "admin_language"
TEMPLATES = Path(__file__).parent / "templates"
_HOME_ZONE = "Europe/Moscow"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LARGEST_FORM = 1024 * 1024
REGISTRY_UPLOAD = "/admin/imports/upload"
"""The one form that may be as large as a registry; it is read as a stream."""
_WITH_FILES = re.compile(r"/admin/requests/[0-9a-f-]{36}/(?:answer|note)")
"""Forms with files have a limit of their own."""

_plain_pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=[StrictMarkup])


@dataclass(frozen=True, slots=True)
class ProviderName:
    """What every list needs of a provider."""

    id: UUID
    name: str
    name_en: str
    timezone: str

    def said(self) -> str:
        """The name in the reader's language."""
        return self.name_en if current_locale() == "en" and self.name_en else self.name


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works here, and which providers they may see."""

    person: Person
    providers: dict[UUID, ProviderName]
    address: str

    @property
    def sees_all(self) -> bool:
        """Whether rows of every provider are shown."""
        return self.person.may(Permission.SEE_ALL_PROVIDERS)

    @property
    def timezone(self) -> str:
        """The zone that dates are shown in: the own provider's, or Moscow."""
        own = self.providers.get(self.person.provider_id) if self.person.provider_id else None
        return own.timezone if own else _HOME_ZONE

    def provider_name(self, provider_id: UUID) -> str:
        """The name, or a dash for a provider of others."""
        found = self.providers.get(provider_id)
        return found.said() if found else "—"


class StaffGate:
    """ASGI middleware: guests go to sign in, residents get 403, foreign forms get 403."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sets `request.state.desk` and the language for what follows."""
        if settings.is_https:
            scope = {**scope, "scheme": "https"}
        scope, send = with_plain_names(scope), with_guarded_names(send)
        request = Request(scope, receive)
        person = await enrolling_person_of(request)
        with use_locale(_language(request, person)), page_nonce() as nonce:
            send = _with_policy(send, nonce)
            set_locale(current_locale())
            if person is None:
                await _to_sign_in(request)(scope, receive, send)
            elif person.must_enrol:
                await _to_enrolment(request)(scope, receive, send)
            elif refusal := _refusal(request, person):
                await refusal(scope, receive, send)
            else:
                desk = await _desk(request, person)
                set_timezone(desk.timezone)
                scope.setdefault("state", {})["desk"] = desk
                await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The page; the library reads a form before any page is found, and whoever finds it broken answers here."""
        try:
            await self.app(scope, receive, send)
        except HTTPException as error:
            refusal = plain_page(
                error.status_code, FormBroken().message(), _("Open the page again and repeat.")
            )
            await refusal(scope, receive, send)


class SameSession(BaseAuthProvider):
    """Tells starlette-admin who passed the gate; it has no sign-in form of its own."""

    async def authenticate(self, request: Request) -> AdminUser | None:
        """The person that the gate let in."""
        desk = desk_of(request)
        return AdminUser(username=desk.person.full_name or desk.person.email)


def desk_of(request: Request) -> Desk:
    """Who is asking; the gate has put it there."""
    return request.state.desk


def _with_policy(send: Send, nonce: str) -> Send:
    async def with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                named = [f"'nonce-{nonce}'"]
                headers.setdefault("Content-Security-Policy", page_policy(scripts=named, styles=named))
        await send(message)

    return with_policy


def _language(request: Request, person: Person | None) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LOCALES else person.locale if person else "ru"


def _to_sign_in(request: Request) -> Response:
    wanted = _wanted(request)
    return RedirectResponse(f"{path_in('/login', current_locale())}?next={quote(wanted)}", status_code=303)


def _to_enrolment(request: Request) -> Response:
    """Nothing of the staff pages opens, and nothing is done, before a second factor is on."""
    return RedirectResponse(enrolment(_wanted(request)), status_code=303)


def _wanted(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}".rstrip("?/") if request.method in _SAFE else "/admin"


def _refusal(request: Request, person: Person) -> Response | None:
    if not person.may(Permission.SEE_STAFF_PAGES):
        return plain_page(
            403, _("These pages are for staff."), _("Your own accounts and payments are in your cabinet.")
        )
    if request.method in _SAFE:
        return None
    if not is_ours(request):
        return plain_page(
            403, _("This form was not sent from our page."), _("Open the page again and repeat.")
        )
    length = whole_number(request.headers.get("content-length", ""))
    if request.url.path == REGISTRY_UPLOAD:
        most = settings.registry_max_bytes + _LARGEST_FORM
        too_large = RegistryTooLarge(settings.registry_max_bytes).message()
        is_fine = length is not None and length <= most
        return None if is_fine else plain_page(413, _("This file is too large."), too_large)
    with_files = _WITH_FILES.fullmatch(request.url.path) is not None
    if length is None or length > (most_bytes() if with_files else _LARGEST_FORM):
        advice = _("Go back and attach fewer or smaller files.")
        return plain_page(
            413,
            _("This form is too large."),
            advice if with_files else _("Go back and shorten the texts."),
        )
    return None


def plain_page(status: int, title: str, text: str) -> Response:
    """A page that needs no script, no style sheet and no permission."""
    page = _plain_pages.get_template("plain.html")
    home = path_in("/cabinet", current_locale())
    html = page.render(
        locale=current_locale(),
        status=status,
        title=title,
        text=text,
        home=home,
        back=_("Back to the cabinet"),
    )
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


async def _desk(request: Request, person: Person) -> Desk:
    columns = (col(Provider.id), col(Provider.name), col(Provider.name_en), col(Provider.timezone))
    wanted = select(*columns)
    if not person.may(Permission.SEE_ALL_PROVIDERS):
        wanted = wanted.where(col(Provider.id) == person.provider_id)
    async with read_only() as session:
        found = [ProviderName(*row) for row in await session.exec(wanted)]
    return Desk(
        person,
        {one.id: one for one in sorted(found, key=lambda one: fold(one.name))},
        client_address(request),
    )
