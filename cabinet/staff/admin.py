"""The built-in staff pages: which tables they have, and how they are put together."""

from typing import Any

import reflex as rx
from sqlmodel import SQLModel
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView, DefaultTheme, I18nConfig, TimezoneConfig
from starlette_admin.contrib.sqlmodel import Admin
from starlette_admin.routing import route
from starlette_admin.theme import TablerSettings

from cabinet.accounts.models import Account
from cabinet.database import make_session, read_only
from cabinet.i18n import LOCALES, N_, _
from cabinet.mail.models import Letter
from cabinet.payments.models import Payment
from cabinet.providers.models import Provider
from cabinet.residents.models import Resident
from cabinet.settings import settings
from cabinet.staff.accounts import AccountsView
from cabinet.staff.desk_view import DeskView
from cabinet.staff.gate import LANGUAGE_COOKIE, TEMPLATES, SameSession, StaffGate
from cabinet.staff.letters import LettersView
from cabinet.staff.payments import PaymentsView
from cabinet.staff.providers import ProvidersView
from cabinet.staff.residents import ResidentsView
from cabinet.staff.tickets import TicketsView
from cabinet.staff.words import later
from cabinet.support.models import Ticket

VIEWS: dict[type[SQLModel], type[DeskView]] = {
    Provider: ProvidersView,
    Account: AccountsView,
    Resident: ResidentsView,
    Payment: PaymentsView,
    Ticket: TicketsView,
    Letter: LettersView,
}


class ReadingSession(BaseHTTPMiddleware):
    """A session for reading that is never committed; writing goes through the services."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Serve one request with `request.state.session`."""
        async with read_only() as session:
            request.state.session = session
            return await call_next(request)


class Home(CustomView):
    """The first page: the tables that the person may open, with their sizes."""

    menu_label = later(N_("Home"))
    icon = "fa-solid fa-house"
    path = "/"
    route_name = "index"
    add_to_menu = False

    def title(self, request: Request) -> str:
        """What stands on the browser's tab."""
        return _("Staff pages")

    @route("")
    async def index(self, request: Request) -> Response:
        """Render the page."""
        assert isinstance(self._admin, StaffAdmin)
        return await self._admin.home_page(request, self.title(request))


class StaffAdmin(Admin):
    """starlette-admin with our gate, reading sessions, words and colours; without what we do not use."""

    def __init__(self) -> None:
        super().__init__(
            make_session,
            title=later(N_("Cabinet for staff")),
            base_url="/admin",
            templates_dir=str(TEMPLATES),
            index_view=Home(),
            theme=DefaultTheme(TablerSettings(base="stone", primary="teal", radius=1.5)),
            auth_provider=SameSession(),
            secret_key=settings.secret_key.get_secret_value(),
            middlewares=[Middleware(StaffGate)],
            i18n_config=I18nConfig("ru", LANGUAGE_COOKIE, language_header_name=None, language_switcher=list(LOCALES)),
            timezone_config=TimezoneConfig("Europe/Moscow", timezone_cookie_name=None, use_user_locale_timezone=False),
        )
        self.middlewares[0] = Middleware(ReadingSession)
        self.templates.env.globals["say"] = _

    async def home_page(self, request: Request, title: str) -> Response:
        """The tables that the person may open."""
        views = [view for view in self._model_views if view.is_accessible(request)]
        cards = [(view, await view.count(request)) for view in views]
        return self._template_response(request, "home.html", {"title": title, "cards": cards})

    @route("/_api/{key}/relation-lookup", methods=["GET"], name="relation-lookup")
    async def _render_relation_lookup(self, request: Request) -> Response:
        raise HTTPException(404)

    @route("/_api/{key}/inline-edit", methods=["GET", "POST"], name="inline-edit")
    async def _handle_inline_edit(self, request: Request) -> Response:
        raise HTTPException(404)

    @route("/_api/{key}/inline-edit/row", methods=["GET"], name="inline-edit-row")
    async def _render_inline_edit_row(self, request: Request) -> Response:
        raise HTTPException(404)

    @route("/_api/{key}/import", methods=["POST"], name="import")
    async def _render_import(self, request: Request) -> Response:
        raise HTTPException(404)

    @route("/_files/{storage}/{path:path}", methods=["GET"], name="file")
    async def _serve_file(self, request: Request) -> Response:
        raise HTTPException(404)


def build_admin() -> StaffAdmin:
    """The staff pages with all their tables, ready for `mount_to`."""
    admin = StaffAdmin()
    for model, view in VIEWS.items():
        admin.add_view(view(model))
    return admin


def admin_dash() -> rx.AdminDash:
    """The same for `rx.App(admin_dash=…)`, which adds the tables itself and mounts only if it is given some."""
    overrides: dict[Any, Any] = dict(VIEWS)
    return rx.AdminDash(models=list(VIEWS), view_overrides=overrides, admin=StaffAdmin())
