"""Which page stands where: one row a page, added once for each language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from cabinet.i18n import use_locale
from cabinet.portal.access import page as access
from cabinet.portal.access.state import PeopleState
from cabinet.portal.account import page as account
from cabinet.portal.account.state import AccountState
from cabinet.portal.bills import bill as bill_page
from cabinet.portal.bills import page as bills
from cabinet.portal.bills.state import BillsState, BillState
from cabinet.portal.cabinet import page as cabinet
from cabinet.portal.cabinet.state import WelcomeState
from cabinet.portal.cards import page as cards
from cabinet.portal.cards.state import AutopayState, CardsState
from cabinet.portal.confirm import page as confirm
from cabinet.portal.email import allow as allow_email
from cabinet.portal.email import confirm as confirm_email
from cabinet.portal.email import page as change_email
from cabinet.portal.email.state import EmailState
from cabinet.portal.errors import failed, forbidden, maintenance, not_found, offline
from cabinet.portal.front import page as front
from cabinet.portal.front.state import FrontState
from cabinet.portal.help import page as help_page
from cabinet.portal.history import page as history
from cabinet.portal.history.state import HistoryState
from cabinet.portal.invitation import page as invitation
from cabinet.portal.invitation.state import InvitationState
from cabinet.portal.legal import consent, offer, privacy, terms
from cabinet.portal.link import page as link
from cabinet.portal.link.state import LinkState
from cabinet.portal.login import code as login_code
from cabinet.portal.login import page as login
from cabinet.portal.meters import page as meters
from cabinet.portal.meters.state import MetersState
from cabinet.portal.mydata import page as mydata
from cabinet.portal.password import forgot, reset
from cabinet.portal.pay import page as pay
from cabinet.portal.pay.state import PayState
from cabinet.portal.payment import page as payment
from cabinet.portal.prove import page as prove
from cabinet.portal.prove.state import ProveState
from cabinet.portal.readings import page as readings
from cabinet.portal.readings.state import ReadingsState
from cabinet.portal.requests import guest as guest_request
from cabinet.portal.requests import page as requests
from cabinet.portal.requests import request
from cabinet.portal.requests.state import GuestRequestState, RequestsState, RequestState
from cabinet.portal.scan import page as scan
from cabinet.portal.scan.state import ScanState
from cabinet.portal.security import page as security
from cabinet.portal.security.state import SecurityState
from cabinet.portal.sessions import page as sessions
from cabinet.portal.sessions.state import SessionsState
from cabinet.portal.settings import linked
from cabinet.portal.settings import page as settings
from cabinet.portal.settings.calendar_state import CalendarState
from cabinet.portal.settings.state import LinkedState, SettingsState
from cabinet.portal.signup import page as signup
from cabinet.portal.signup import sent
from cabinet.portal.support import page as support
from cabinet.portal.support.state import SupportState
from cabinet.portal.tokens import page as tokens
from cabinet.portal.tokens.state import TokensState
from cabinet.ui import routes
from cabinet.ui.accounts import AccountsState
from cabinet.ui.invitations import OffersState
from cabinet.ui.notices import NoticesState
from cabinet.ui.payment import PaymentState
from cabinet.ui.session import SessionState


@dataclass(frozen=True)
class Page:
    """A route with what draws it, names it, and loads its data after the session."""

    path: str
    draw: Callable[[], rx.Component]
    title: Callable[[], str]
    load: list[Any] = field(default_factory=list)
    description: Callable[[], str] | None = None


PAGES = [
    Page(routes.FRONT, front.page, front.title, [FrontState.load], front.description),
    Page(routes.SIGN_UP, signup.page, signup.title, [], signup.description),
    Page(routes.LETTER_SENT, sent.page, sent.title),
    Page(routes.CONFIRM, confirm.page, confirm.title),
    Page(routes.SIGN_IN, login.page, login.title, [], login.description),
    Page(routes.SIGN_IN_CODE, login_code.page, login_code.title),
    Page(routes.FORGOT_PASSWORD, forgot.page, forgot.title),
    Page(routes.RESET_PASSWORD, reset.page, reset.title),
    Page(
        routes.CABINET,
        cabinet.page,
        cabinet.title,
        [AccountsState.load, WelcomeState.load, OffersState.load, NoticesState.load],
    ),
    Page(routes.LINK_ACCOUNT, link.page, link.title, [LinkState.load]),
    Page(routes.SCAN, scan.page, scan.title, [ScanState.load]),
    Page(routes.ACCOUNT, account.page, account.title, [AccountState.load, NoticesState.load]),
    Page(routes.PROVE, prove.page, prove.title, [ProveState.load]),
    Page(routes.ACCESS, access.page, access.title, [PeopleState.load]),
    Page(routes.INVITATION, invitation.page, invitation.title, [InvitationState.load]),
    Page(routes.PAY, pay.page, pay.title, [PayState.load]),
    Page(routes.READINGS, readings.page, readings.title, [ReadingsState.load]),
    Page(routes.METERS, meters.page, meters.title, [MetersState.load]),
    Page(routes.BILLS, bills.page, bills.title, [BillsState.load]),
    Page(routes.BILL, bill_page.page, bill_page.title, [BillState.load]),
    Page(routes.PAYMENTS, history.page, history.title, [AccountsState.load, HistoryState.load]),
    Page(routes.PAYMENT, payment.page, payment.title, [PaymentState.load, PaymentState.watch]),
    Page(routes.SETTINGS, settings.page, settings.title, [SettingsState.load, CalendarState.load]),
    Page(routes.CARDS, cards.page, cards.title, [CardsState.load, AutopayState.load]),
    Page(routes.LINKED_ACCOUNTS, linked.page, linked.title, [AccountsState.load, LinkedState.load]),
    Page(routes.SUPPORT, support.page, support.title, [SupportState.load], support.description),
    Page(routes.REQUESTS, requests.page, requests.title, [RequestsState.load]),
    Page(routes.GUEST_REQUEST, guest_request.page, guest_request.title, [GuestRequestState.load]),
    Page(routes.REQUEST, request.page, request.title, [RequestState.load, RequestState.watch]),
    Page(routes.SECURITY, security.page, security.title, [SecurityState.load]),
    Page(routes.TOKENS, tokens.page, tokens.title, [TokensState.load]),
    Page(routes.SESSIONS, sessions.page, sessions.title, [SessionsState.load]),
    Page(routes.CHANGE_EMAIL, change_email.page, change_email.title, [EmailState.load]),
    Page(routes.MY_DATA, mydata.page, mydata.title),
    Page(routes.NEW_EMAIL, confirm_email.page, confirm_email.title),
    Page(routes.OLD_EMAIL, allow_email.page, allow_email.title),
    Page(routes.HELP, help_page.page, help_page.title, [], help_page.description),
    Page(routes.PRIVACY, privacy.page, privacy.title),
    Page(routes.TERMS, terms.page, terms.title),
    Page(routes.CONSENT, consent.page, consent.title),
    Page(routes.OFFER, offer.page, offer.title),
    Page(routes.FORBIDDEN, forbidden.page, forbidden.title),
    Page(routes.FAILED, failed.page, failed.title),
    Page(routes.MAINTENANCE, maintenance.page, maintenance.title),
    Page(routes.OFFLINE, offline.page, offline.title),
]


def add_page(app: rx.App, page: Page, locale: str) -> None:
    """Add the page in one language; its words are fixed when it is compiled."""

    def draw() -> rx.Component:
        with use_locale(locale):
            return page.draw()

    # Pages are grouped into files of script by module: each page and language gets its own.
    draw.__module__ = f"{page.draw.__module__}.{locale}"
    draw.__name__ = draw.__qualname__ = page.path.strip("/").replace("/", "_") or "front"
    with use_locale(locale):
        app.add_page(
            draw,
            route=routes.localized(page.path),
            title=page.title(),
            description=(page.description or front.description)(),
            meta=[rx.el.link(rel="manifest", href=routes.localized(routes.MANIFEST))],
            on_load=[SessionState.load, *page.load],
        )


def add_not_found(app: rx.App) -> None:
    """The one page that answers every unknown address, in both languages."""
    app.add_page(not_found.page, route="404", title=not_found.title(), on_load=[SessionState.load])
