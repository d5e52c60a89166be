"""The built-in staff pages: which tables they have, and how they are put together."""

import logging
from typing import Any, cast

import reflex as rx
from sqlmodel import SQLModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette_admin import DefaultTheme, I18nConfig, TimezoneConfig
from starlette_admin.contrib.sqlmodel import Admin
from starlette_admin.theme import TablerSettings

from cabinet.accounts.models import Account, AccountLink
from cabinet.billing.models import Bill
from cabinet.database import make_session, read_only
from cabinet.i18n import LOCALES, N_
from cabinet.keys.personal_models import PersonalToken
from cabinet.mail.models import Letter
from cabinet.meters.models import Meter
from cabinet.payments.models import Payment
from cabinet.providers.models import Provider
from cabinet.residents.models import Resident
from cabinet.settings import settings
from cabinet.staff.access import AccessView
from cabinet.staff.accounts import AccountsView
from cabinet.staff.audit import AuditView
from cabinet.staff.bills import BillsView, GapsView
from cabinet.staff.canned import CannedView
from cabinet.staff.colleagues import ColleaguesView
from cabinet.staff.desk_view import DeskView
from cabinet.staff.export_schedules import ExportSchedulesView
from cabinet.staff.exports import ExportsView
from cabinet.staff.gate import LANGUAGE_COOKIE, TEMPLATES, SameSession, StaffGate
from cabinet.staff.imports import ImportsView
from cabinet.staff.imports_upload import RegistryUploads
from cabinet.staff.jobs import JobsView
from cabinet.staff.keys import KeysView
from cabinet.staff.letters import LettersView
from cabinet.staff.links import LinksView
from cabinet.staff.markup import StrictMarkup, style_rules
from cabinet.staff.menu import menu_of
from cabinet.staff.meters import MetersView
from cabinet.staff.money_ledger import LedgerView
from cabinet.staff.money_payouts import PayoutsView
from cabinet.staff.money_reconciliation import ReconciliationView
from cabinet.staff.money_refunds import RefundsView
from cabinet.staff.money_statements import StatementsView
from cabinet.staff.money_view import MoneyView
from cabinet.staff.notices import NoticesView
from cabinet.staff.payments import PaymentsView
from cabinet.staff.personal_tokens import PersonalTokensView
from cabinet.staff.provider_desk import ProviderDeskView
from cabinet.staff.providers import ProvidersView
from cabinet.staff.readings import ReadingsView
from cabinet.staff.requests import RequestsView
from cabinet.staff.resident_acts import ResidentActs
from cabinet.staff.residents import ResidentsView
from cabinet.staff.start import Home
from cabinet.staff.tariffs import TariffsView
from cabinet.staff.tickets import TicketsView
from cabinet.staff.words import IN_TEMPLATES, later
from cabinet.support.models import Ticket

VIEWS: dict[type[SQLModel], type[DeskView]] = {
    Provider: ProvidersView,
    Account: AccountsView,
    Resident: ResidentsView,
    Payment: PaymentsView,
    Bill: BillsView,
    Meter: MetersView,
    Ticket: TicketsView,
    Letter: LettersView,
    AccountLink: LinksView,
    PersonalToken: PersonalTokensView,
}

PAGES: tuple[type[MoneyView], ...] = (
    RequestsView,
    CannedView,
    NoticesView,
    ReadingsView,
    TariffsView,
    GapsView,
    AccessView,
    ResidentActs,
    ColleaguesView,
    AuditView,
    RefundsView,
    PayoutsView,
    ReconciliationView,
    LedgerView,
    StatementsView,
    ImportsView,
    JobsView,
    ProviderDeskView,
    ExportsView,
    ExportSchedulesView,
    KeysView,
)

_LANGUAGES = I18nConfig("ru", LANGUAGE_COOKIE, language_header_name=None, language_switcher=list(LOCALES))
_ZONE = TimezoneConfig("Europe/Moscow", timezone_cookie_name=None, use_user_locale_timezone=False)
"""Both are what holds before the gate has seen who asks."""

_UNUSED = frozenset({"relation-lookup", "inline-edit", "inline-edit-row", "import", "file"})
"""Doors of the library that lead to rows or files by ways of their own; templates still need their names."""


class ReadingSession(BaseHTTPMiddleware):
    """A session for reading that is never committed; writing goes through the services."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Serve one request with `request.state.session`."""
        async with read_only() as session:
            request.state.session = session
            return await call_next(request)


class StaffAdmin(Admin):
    """starlette-admin with our gate, reading sessions, words and colours; without what we do not use.

    Its logs below warnings are off: they repeat what staff search for.
    """

    def __init__(self) -> None:
        logging.getLogger("starlette_admin").setLevel(logging.WARNING)
        super().__init__(
            cast(Any, make_session),
            title=later(N_("Cabinet for staff")),
            base_url="/admin",
            templates_dir=str(TEMPLATES),
            index_view=Home(),
            theme=DefaultTheme(TablerSettings(base="stone", primary="teal", radius=1.5)),
            auth_provider=SameSession(),
            secret_key=settings.secret_key.get_secret_value(),
            middlewares=[Middleware(StaffGate), Middleware(RegistryUploads)],
            i18n_config=_LANGUAGES,
            timezone_config=_ZONE,
        )
        self.middlewares[0] = Middleware(ReadingSession)
        self.templates.env.add_extension(StrictMarkup)
        cast(dict[str, Any], self.templates.env.globals).update(
            said=IN_TEMPLATES, menu_of=menu_of, style_rules=style_rules(self.templates.env)
        )
        self._pages = [page() for page in PAGES]

    def mount_to(self, app: Starlette) -> None:
        """Mount the tables, and after them in the menu the pages of daily work and of money."""
        for page in self._pages:
            self.add_view(page)
        super().mount_to(app)

    def entries(self) -> list[Any]:
        """Every view of the menu, whoever may open it."""
        return list(self._views)

    def _collect_core_routes(self) -> list[Route]:
        """The library's routes, with an answer of «not found» where we do not use what they do."""
        routes = super()._collect_core_routes()
        return [
            Route(one.path, _not_found, methods=one.methods, name=one.name) if one.name in _UNUSED else one
            for one in routes
        ]


async def _not_found(_request: Request) -> Response:
    raise HTTPException(404)


def build_admin() -> StaffAdmin:
    """The staff pages with all their tables, ready for `mount_to`."""
    admin = StaffAdmin()
    for model, view in VIEWS.items():
        admin.add_view(view(model))
    return admin


def admin_dash() -> rx.AdminDash:
    """The same for `rx.App`, which adds the tables itself and mounts nothing without them."""
    overrides: dict[Any, Any] = dict(VIEWS)
    return rx.AdminDash(models=list(VIEWS), view_overrides=overrides, admin=StaffAdmin())
